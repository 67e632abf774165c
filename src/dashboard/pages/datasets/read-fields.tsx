import { useTexts } from '../../texts/texts.tsx'
import { DELIMITERS, QUOTES, type ReadOptions } from './upload.ts'

interface Props {
  options: ReadOptions
  onChange: (options: ReadOptions) => void
}

/** How a table of text is read: its delimiter and quotes, and what becomes of lines that cannot be read. */
export function ReadFields({ options, onChange }: Props) {
  const { datasets } = useTexts()
  return (
    <>
      <label class="field">
        {datasets.delimiter}
        <select
          value={options.delimiter ?? ''}
          onChange={(event) => onChange({ ...options, delimiter: event.currentTarget.value })}
        >
          <option value="">{datasets.bySample}</option>
          {DELIMITERS.map((each) => (
            <option value={each}>{each}</option>
          ))}
        </select>
      </label>
      <label class="field">
        {datasets.quotes}
        <select
          value={options.quotes ?? 'double'}
          onChange={({ currentTarget }) =>
            onChange({ ...options, quotes: QUOTES.find((each) => each === currentTarget.value) })
          }
        >
          {QUOTES.map((each) => (
            <option value={each}>{datasets.quotesAs[each]}</option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={options.skips ?? false}
          onChange={(event) => onChange({ ...options, skips: event.currentTarget.checked })}
        />
        {datasets.skip}
      </label>
    </>
  )
}
