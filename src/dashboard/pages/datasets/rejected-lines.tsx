import { answerOf, api } from '../../api/client.ts'
import { Fold } from '../../parts/fold.tsx'
import { useFormat } from '../../parts/format.ts'
import { Paged } from '../../parts/paged.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** The lines of a file that could not be read, each with the reason. */
export function RejectedLines({ id, count }: { id: string; count: number }) {
  const { datasets } = useTexts()
  const { number } = useFormat()
  return (
    <Fold class="card" summary={datasets.rejected(number(count))}>
      <Paged
        limit={20}
        load={(query, signal) =>
          answerOf(
            api.GET('/datasets/{dataset}/rejects', { params: { path: { dataset: id }, query }, signal }),
          )
        }
      >
        {(items) => (
          <Scroll label={datasets.rejected(number(count))}>
            <table>
              <thead>
                <tr>
                  <th class="number">{datasets.line}</th>
                  <th>{datasets.reason}</th>
                  <th>{datasets.text}</th>
                </tr>
              </thead>
              <tbody>
                {items.map(({ line, message, text }) => (
                  <tr key={line}>
                    <td class="number">{number(line)}</td>
                    <td>{message}</td>
                    <td>
                      <code>{text}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Paged>
    </Fold>
  )
}
