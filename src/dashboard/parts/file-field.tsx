import type { RefObject } from 'preact'
import { useTexts } from '../texts/texts.tsx'

interface Props {
  label: string
  /** What kinds of files it takes, in words. Default: nothing is said. */
  hint?: string
  /** Ends of names of files that can be chosen, such as `.csv`. */
  kinds: readonly string[]
  disabled?: boolean
  /** Name of the file that was chosen; undefined: none was, or it is not to be shown. */
  chosen?: string | undefined
  onFile: (file: File) => void
  /** Gets the element, for one who opens it. */
  input?: RefObject<HTMLInputElement>
}

/**
 * Asks for a file. The browser's own button has words in the language of the browser, which may be another one than that of
 * the page, so it is out of sight, where it takes keys and files as ever.
 */
export function FileField({ label, hint, kinds, disabled = false, chosen, onFile, input }: Props) {
  const { datasets } = useTexts()
  return (
    <label class="field">
      {label}
      <span class="row file">
        <input
          {...(input && { ref: input })}
          type="file"
          accept={kinds.join(',')}
          disabled={disabled}
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? []
            if (file) onFile(file)
            // The same file can be chosen again after it was changed.
            currentTarget.value = ''
          }}
        />
        <span class="button" aria-hidden="true">
          {datasets.choose}
        </span>
        {chosen !== undefined && <span class="name">{chosen}</span>}
      </span>
      {hint !== undefined && <small>{hint}</small>}
    </label>
  )
}
