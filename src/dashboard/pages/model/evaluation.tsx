import type { Schemas } from '../../api/client.ts'
import { evaluationOf } from '../../api/version-results.ts'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { useMetricFormat, useMetricText } from '../../parts/metric.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { Certainty } from './certainty.tsx'
import { Confusion } from './confusion.tsx'
import { PerClass } from './per-class.tsx'
import { Plots } from './plots.tsx'
import { ResidualPoints } from './residual-points.tsx'
import { ThresholdSlider } from './threshold-slider.tsx'

interface Props {
  model: string
  version: number
  /** Called when a version was made of this one. */
  onPublish: () => void
}

/** How good a version is on rows that it was not fitted on. */
export function Evaluation({ model, version, onPublish }: Props) {
  const evaluation = useLoad((signal) => evaluationOf(model, version, signal), [model, version])
  return (
    <Loading of={evaluation}>
      {(value) => {
        const { confusionMatrix, perClass, residuals } = value
        return (
          <div class="stack">
            <Metrics evaluation={value} />
            {confusionMatrix && <Confusion model={model} version={version} evaluation={value} />}
            {perClass && <PerClass perClass={perClass} />}
            <ThresholdSlider model={model} version={version} evaluation={value} onPublish={onPublish} />
            {residuals && <ResidualPoints model={model} version={version} residuals={residuals} />}
            <Certainty evaluation={value} />
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
