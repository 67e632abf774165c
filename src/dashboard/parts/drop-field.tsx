import { useState } from 'preact/hooks'

interface Props {
  label: string
  hint: string
  /** Ends of names of files that can be chosen, such as `.csv`. */
  kinds: readonly string[]
  disabled: boolean
  onFile: (file: File) => void
}

/** Asks for a file, which can be dropped on it as well. */
export function DropField({ label, hint, kinds, disabled, onFile }: Props) {
  const [isOver, setOver] = useState(false)
  const take = (file: File | undefined) => {
    if (file && !disabled) onFile(file)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the field in it takes a file by keyboard.
    <div
      class={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        take(event.dataTransfer?.files[0])
      }}
    >
      <label class="field">
        {label}
        <input
          type="file"
          accept={kinds.join(',')}
          disabled={disabled}
          onChange={({ currentTarget }) => {
            take(currentTarget.files?.[0])
            // The same file can be chosen again after it was changed.
            currentTarget.value = ''
          }}
        />
        <small>{hint}</small>
      </label>
    </div>
  )
}
