import { useFormat } from '../../parts/format.ts'
import { ErrorNotice } from '../../parts/notice.tsx'
import { Warnings } from '../../parts/warnings.tsx'
import { useTexts } from '../../texts/texts.tsx'
import type { Judgement } from './use-dry-run.ts'

/** What the service expects of an order: time, memory, size, and what it warns of. */
export function Forecast({ judgement: { forecast, error, waits } }: { judgement: Judgement }) {
  const { train, common } = useTexts()
  const { number, duration, size } = useFormat()
  return (
    <section class="stack" aria-labelledby="forecast" aria-live="polite" aria-busy={waits}>
      <h2 id="forecast">{train.forecast}</h2>
      <ErrorNotice error={error} />
      {waits && !forecast && !error && <p class="quiet waiting">{common.loading}</p>}
      {forecast && !error && (
        <>
          <dl class="facts">
            <div title={train.aboutEstimate}>
              <dt>{train.time}</dt>
              <dd>≈ {duration(forecast.estimated.seconds)}</dd>
            </div>
            <div title={train.aboutEstimate}>
              <dt>{train.memory}</dt>
              <dd>≈ {size(forecast.estimated.memoryMb * 1e6)}</dd>
            </div>
            <div title={train.aboutInputs}>
              <dt>{train.networkInputs}</dt>
              <dd>≤ {number(forecast.inputs)}</dd>
            </div>
            <div title={train.aboutParameters}>
              <dt>{train.parameters}</dt>
              <dd>{number(forecast.parameters)}</dd>
            </div>
          </dl>
          <Warnings warnings={forecast.warnings} />
          {forecast.notes.length > 0 && (
            <ul class="fine quiet">
              {forecast.notes.map(({ path, message }) => (
                <li key={path}>
                  <code>{path}</code> {message}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  )
}
