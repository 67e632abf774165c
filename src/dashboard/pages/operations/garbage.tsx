import { useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { ConfirmButton } from '../../parts/confirm-button.tsx'
import { useFormat } from '../../parts/format.ts'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Finds files that nothing refers to, and deletes them only after they were shown. */
export function Garbage() {
  const { operations } = useTexts()
  const { number, size } = useFormat()
  const [found, setFound] = useState<Schemas['Garbage']>()
  const collect = async (dryRun: 'true' | 'false') =>
    setFound(await answerOf(api.POST('/gc', { params: { query: { dryRun } } })))
  const look = useAction(() => collect('true'))
  return (
    <section class="card stack" aria-labelledby="garbage">
      <h2 id="garbage">{operations.garbage}</h2>
      <p class="quiet">{operations.garbageAbout}</p>
      <ErrorNotice error={look.error} />
      <div class="row">
        <button type="button" class="button" disabled={look.busy} onClick={() => void look.run()}>
          {operations.findGarbage}
        </button>
      </div>
      {found && (
        <p role="status">
          {found.dryRun
            ? operations.garbageFound(number(found.total.keys), size(found.total.bytes))
            : operations.garbageDeleted(number(found.total.keys), size(found.total.bytes))}
        </p>
      )}
      {found?.dryRun && found.total.items > 0 && (
        <>
          <ul class="fine plain-list">
            {found.items.slice(0, 20).map(({ key, reason }) => (
              <li key={key}>
                <code>{key}</code> {reason}
              </li>
            ))}
          </ul>
          <ConfirmButton
            name={operations.deleteGarbage}
            about={operations.garbageFound(number(found.total.keys), size(found.total.bytes))}
            act={() => collect('false')}
          />
        </>
      )}
    </section>
  )
}
