import { answerOf, api, type Schemas } from '../../api/client.ts'
import { Paged } from '../../parts/paged.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** Columns of a row that are shown. */
const MAX_COLUMNS = 40
/** Characters of a cell that are shown. */
const MAX_TEXT = 200

/** The rows of a data set, a page at a time. */
export function RowPreview({ id, columns }: { id: string; columns: readonly Schemas['Column'][] }) {
  const { datasets } = useTexts()
  const shown = columns.slice(0, MAX_COLUMNS)
  return (
    <section class="card stack" aria-labelledby="preview">
      <h2 id="preview">{datasets.preview}</h2>
      {columns.length > MAX_COLUMNS && <p class="quiet fine">{datasets.firstColumns(MAX_COLUMNS)}</p>}
      <Paged
        limit={10}
        load={(query, signal) =>
          answerOf(api.GET('/datasets/{dataset}/rows', { params: { path: { dataset: id }, query }, signal }))
        }
      >
        {(items) => (
          <Scroll label={datasets.preview}>
            <table class="preview">
              <thead>
                <tr>
                  {shown.map(({ name, type }) => (
                    <th class={type === 'number' ? 'number' : undefined} key={name}>
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {items.map((row) => (
                  <tr>
                    {shown.map(({ name, type }) => (
                      <td class={type === 'number' ? 'number' : undefined} key={name}>
                        {cellText(row[name])}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Paged>
    </section>
  )
}

/** Writes a cell; a dot in the middle where there is no value. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '·'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} …` : text
}
