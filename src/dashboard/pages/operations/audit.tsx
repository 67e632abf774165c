import { answerOf, api } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Paged } from '../../parts/paged.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** What was changed over HTTP, when, and by whose key. */
export function Audit() {
  const { operations } = useTexts()
  const { time } = useFormat()
  return (
    <section class="card stack" aria-labelledby="audit">
      <h2 id="audit">{operations.audit}</h2>
      <Paged limit={15} load={(query, signal) => answerOf(api.GET('/audit', { params: { query }, signal }))}>
        {(items) => (
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
        )}
      </Paged>
    </section>
  )
}
