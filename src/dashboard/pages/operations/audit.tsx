import { useState } from 'preact/hooks'
import { answerOf, api } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

/** What was changed over HTTP, when, and by whose key. */
export function Audit() {
  const { operations } = useTexts()
  const { time } = useFormat()
  const [cursor, setCursor] = useState<string>()
  const page = useLoad(
    (signal) =>
      answerOf(
        api.GET('/audit', { params: { query: { limit: 15, ...(cursor ? { cursor } : {}) } }, signal }),
      ),
    [cursor],
  )
  return (
    <section class="card stack" aria-labelledby="audit">
      <h2 id="audit">{operations.audit}</h2>
      <Loading of={page}>
        {({ items, next }) => (
          <>
            <Scroll label={operations.audit}>
              <table>
                <thead>
                  <tr>
                    <th>{operations.when}</th>
                    <th>{operations.who}</th>
                    <th>{operations.what}</th>
                    <th>{operations.where}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map(({ id, at, by, action, target }) => (
                    <tr key={id}>
                      <td>{time(at)}</td>
                      <td>{by ?? '–'}</td>
                      <td>{action}</td>
                      <td>
                        <code>{target}</code>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
            <Pager next={next} onPage={setCursor} />
          </>
        )}
      </Loading>
    </section>
  )
}
