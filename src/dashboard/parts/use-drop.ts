import { useState } from 'preact/hooks'

/**
 * Lets files be dropped on an element.
 * @param take receives the first file that is dropped; undefined where something else is
 * @returns whether a file is held over the element, and the handlers of its events
 */
export function useDrop(take: (file: File | undefined) => void) {
  const [isOver, setOver] = useState(false)
  return {
    isOver,
    handlers: {
      onDragOver: (event: DragEvent) => {
        event.preventDefault()
        setOver(true)
      },
      onDragLeave: () => setOver(false),
      onDrop: (event: DragEvent) => {
        event.preventDefault()
        setOver(false)
        take(event.dataTransfer?.files[0])
      },
    },
  }
}
