import { useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Paged } from '../../parts/paged.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { AuditFields, type AuditFilter } from './audit-fields.tsx'

/** What was changed over HTTP, when, and by whose key; also of one key, action, model or time alone. */
export function Audit() {
  const { operations } = useTexts()
  const [filter, setFilter] = useState<AuditFilter>({})
  const isFiltered = Object.keys(filter).length > 0
  return (
    <section class="card stack" aria-labelledby="audit">
      <h2 id="audit">{operations.audit}</h2>
      <AuditFields filter={filter} onChange={setFilter} />
      <Paged
        key={JSON.stringify(filter)}
        limit={15}
        load={(page, signal) =>
          answerOf(api.GET('/audit', { params: { query: { ...page, ...filter } }, signal }))
        }
      >
        {(items, { next }) => {
          if (items.length > 0) return <Changes items={items} />
          if (next !== null) return <p class="quiet">{operations.noneYet}</p>
          return <p class="quiet">{isFiltered ? operations.noSuchChanges : operations.noChanges}</p>
        }}
      </Paged>
    </section>
  )
}

function Changes({ items }: { items: readonly Schemas['AuditEntry'][] }) {
  const { operations } = useTexts()
  const { time } = useFormat()
  return (
    <Scroll label={operations.audit}>
      <table>
        <thead>
          <tr>
            <th>{operations.when}</th>
            <th>{operations.who}</th>
            <th>{operations.what}</th>
            <th>{operations.model}</th>
            <th>{operations.where}</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ id, at, by, action, model, target, complete }) => (
            <tr key={id}>
              <td class="whole">{time(at)}</td>
              <td>{by ?? '–'}</td>
              <td>
                {action}{' '}
                {!complete && (
                  <span class="tag warn" title={operations.aboutIncomplete}>
                    {operations.incomplete}
                  </span>
                )}
              </td>
              <td>{model ?? '–'}</td>
              <td class="whole">
                <code>{target}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
