import type { Schemas } from '../../api/client.ts'
import { evaluationOf } from '../../api/version-results.ts'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { useMetricFormat, useMetricText } from '../../parts/metric.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { ConfusionMatrix } from './confusion-matrix.tsx'
import { PerClass } from './per-class.tsx'
import { Plots } from './plots.tsx'
import { ThresholdSlider } from './threshold-slider.tsx'

/** Classes up to which the confusion matrix has room. */
const MAX_MATRIX = 12

/** How good a version is on rows that it was not fitted on. */
export function Evaluation({ model, version }: { model: string; version: number }) {
  const evaluation = useLoad((signal) => evaluationOf(model, version, signal), [model, version])
  return (
    <Loading of={evaluation}>
      {(value) => {
        const { classes = [], confusionMatrix, perClass } = value
        return (
          <div class="stack">
            <Metrics evaluation={value} />
            {confusionMatrix && classes.length <= MAX_MATRIX && (
              <ConfusionMatrix classes={classes} matrix={confusionMatrix} />
            )}
            {confusionMatrix && classes.length > MAX_MATRIX && <Confusions evaluation={value} />}
            {perClass && <PerClass perClass={perClass} />}
            <ThresholdSlider evaluation={value} />
            <Plots model={model} version={version} evaluation={value} />
          </div>
        )
      }}
    </Loading>
  )
}

/** Each metric beside what a trivial model reaches. */
function Metrics({ evaluation }: { evaluation: Schemas['Evaluation'] }) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  const write = useMetricFormat()
  const text = useMetricText()
  const { metrics, baseline = {}, rows, loss, deviation = {} } = evaluation
  return (
    <section class="card stack" aria-label={texts.evaluation}>
      <p class="quiet fine">{texts.onRows(number(rows))}</p>
      <dl class="figures">
        {Object.entries({ ...metrics, loss }).map(([name, value]) => {
          const spread = deviation[name]
          const trivial = baseline[name]
          return (
            <div title={text(name).about} key={name}>
              <dt>{text(name).name}</dt>
              <dd class="big">{write(name, value)}</dd>
              {typeof spread === 'number' && (
                <dd class="quiet fine" title={texts.aboutSpread}>
                  ± {write(name, spread)}
                </dd>
              )}
              {typeof trivial === 'number' && (
                <dd class="quiet fine" title={texts.aboutBaseline}>
                  {texts.baseline(write(name, trivial))}
                </dd>
              )}
            </div>
          )
        })}
      </dl>
    </section>
  )
}

/** The most frequent mistakes of a model with many classes. */
function Confusions({ evaluation: { confusions = [] } }: { evaluation: Schemas['Evaluation'] }) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  return (
    <section class="card stack" aria-labelledby="confusions">
      <h3 id="confusions">{texts.mistakes}</h3>
      <table>
        <thead>
          <tr>
            <th>{texts.truth}</th>
            <th>{texts.answered}</th>
            <th class="number">{texts.rows}</th>
          </tr>
        </thead>
        <tbody>
          {confusions.slice(0, 20).map(({ truth, answered, rows }) => (
            <tr key={`${truth} ${answered}`}>
              <td>{truth}</td>
              <td>{answered}</td>
              <td class="number">{number(rows)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
