import { useTexts } from '../texts/texts.tsx'
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
  const { datasets } = useTexts()
  const { isOver, handlers } = useDrop(take)
  return (
    <div class={isOver ? 'drop over' : 'drop'} {...handlers}>
      <label class="field">
        {label}
        {/* Its own button has words in the language of the browser, which may be another one than that of the page. */}
        <input
          type="file"
          class="unseen"
          accept={kinds.join(',')}
          disabled={disabled}
          onChange={({ currentTarget }) => {
            take(currentTarget.files?.[0])
            // The same file can be chosen again after it was changed.
            currentTarget.value = ''
          }}
        />
        <span class="row">
          <span class="button" aria-hidden="true">
            {datasets.choose}
          </span>
        </span>
        <small>{hint}</small>
      </label>
    </div>
  )
}
