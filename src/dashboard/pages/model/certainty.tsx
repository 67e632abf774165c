import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** How far the probabilities, intervals and sets of a version can be trusted; nothing where it has none. */
export function Certainty({
  evaluation: { calibration, intervals = [], sets = [] },
}: {
  evaluation: Schemas['Evaluation']
}) {
  const { model: texts } = useTexts()
  if (!calibration && intervals.length === 0 && sets.length === 0) return null
  return (
    <section class="card stack" aria-labelledby="certainty">
      <h3 id="certainty">{texts.certainty}</h3>
      {calibration && <CalibrationFigures calibration={calibration} />}
      {intervals.length > 0 && (
        <Levels
          title={texts.intervals}
          about={texts.aboutIntervals}
          size={texts.meanWidth}
          rows={intervals.map(({ meanWidth, ...each }) => ({ ...each, size: meanWidth }))}
        />
      )}
      {sets.length > 0 && (
        <Levels
          title={texts.sets}
          about={texts.aboutSets}
          size={texts.meanSize}
          rows={sets.map(({ meanSize, ...each }) => ({ ...each, size: meanSize }))}
        />
      )}
    </section>
  )
}

function CalibrationFigures({ calibration }: { calibration: Schemas['CalibrationFigures'] }) {
  const { model: texts } = useTexts()
  const { percent, number } = useFormat()
  const { method, before, after } = calibration
  return (
    <div class="stack tight">
      <p>
        <strong>{texts.calibration}:</strong> {texts.calibrations[method]}
      </p>
      <p class="quiet fine">{texts.aboutCalibration}</p>
      <dl class="figures">
        <div title={texts.aboutCalibrationError}>
          <dt>{texts.calibrationError}</dt>
          <dd class="big">{percent(after.expectedCalibrationError)}</dd>
          {method !== 'none' && (
            <dd class="quiet fine">{texts.uncalibrated(percent(before.expectedCalibrationError))}</dd>
          )}
        </div>
        <div title={texts.aboutLogLoss}>
          <dt>{texts.logLoss}</dt>
          <dd class="big">{number(after.logLoss)}</dd>
          {method !== 'none' && <dd class="quiet fine">{texts.uncalibrated(number(before.logLoss))}</dd>}
        </div>
      </dl>
    </div>
  )
}

interface LevelsProps {
  title: string
  about: string
  size: string
  rows: readonly { level: number; coverage: number; size: number }[]
}

/** What was asked for beside what was reached. */
function Levels({ title, about, size, rows }: LevelsProps) {
  const { model: texts } = useTexts()
  const { percent, number } = useFormat()
  return (
    <div class="stack tight">
      <p>
        <strong>{title}</strong>
      </p>
      <p class="quiet fine">{about}</p>
      <Scroll label={title}>
        <table>
          <thead>
            <tr>
              <th class="number">{texts.level}</th>
              <th class="number">{texts.held}</th>
              <th class="number">{size}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.level}>
                <td class="number">{percent(row.level)}</td>
                <td class="number">{percent(row.coverage)}</td>
                <td class="number">{number(row.size)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  )
}
