import { FileField } from './file-field.tsx'
import { useDrop } from './use-drop.ts'

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
  const take = (file: File | undefined) => {
    if (file && !disabled) onFile(file)
  }
  const { isOver, handlers } = useDrop(take)
  return (
    <div class={isOver ? 'drop over' : 'drop'} {...handlers}>
      <FileField label={label} hint={hint} kinds={kinds} disabled={disabled} onFile={take} />
    </div>
  )
}
