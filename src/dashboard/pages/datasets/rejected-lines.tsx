import { useState } from 'preact/hooks'
import { answerOf, api } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

/** The lines of a file that could not be read, each with the reason. */
export function RejectedLines({ id, count }: { id: string; count: number }) {
  const { datasets } = useTexts()
  const { number } = useFormat()
  const [cursor, setCursor] = useState<string>()
  const page = useLoad(
    (signal) =>
      answerOf(
        api.GET('/datasets/{dataset}/rejects', {
          params: { path: { dataset: id }, query: { limit: 20, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    [id, cursor],
  )
  return (
    <details class="card">
      <summary>{datasets.rejected(number(count))}</summary>
      <Loading of={page}>
        {({ items, next }) => (
          <div class="stack">
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
            <Pager next={next} onPage={setCursor} />
          </div>
        )}
      </Loading>
    </details>
  )
}
