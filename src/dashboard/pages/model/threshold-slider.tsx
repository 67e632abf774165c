import { useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { thresholdOf } from '../../api/version-results.ts'
import { ConfirmButton } from '../../parts/confirm-button.tsx'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { useMetricText } from '../../parts/metric.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { countsOf, pointAt } from './threshold-points.ts'

interface Props {
  model: string
  version: number
  evaluation: Schemas['Evaluation']
  /** Called when a version with another threshold was published. */
  onPublish: () => void
}

/** What each threshold would do to a model of two classes, and a version with the chosen one; nothing for other models. */
export function ThresholdSlider(props: Props) {
  return countsOf(props.evaluation) ? <FromItsThreshold {...props} /> : null
}

function FromItsThreshold(props: Props) {
  const { model, version } = props
  const own = useLoad((signal) => thresholdOf(model, version, signal), [model, version])
  return <Loading of={own}>{(value) => value !== null && <Slider {...props} own={value} />}</Loading>
}

/** Ends of the slider, and a step of it. A threshold that it was set to otherwise is kept as it is. */
const RANGE = { min: '0.01', max: '0.99', step: '0.01' }

interface SliderProps extends Props {
  /** The threshold of the version. */
  own: number
}

function Slider({ model, version, evaluation, own, onPublish }: SliderProps) {
  const { model: texts } = useTexts()
  const { percent, exactPercent, number } = useFormat()
  const { may } = useSession()
  const text = useMetricText()
  const [threshold, setThreshold] = useState(own)
  const point = pointAt(evaluation, threshold, own)
  if (!point) return null
  const best = evaluation.thresholds?.bestF1.threshold
  const figures = [
    ['precision', percent(point.precision)],
    ['recall', percent(point.recall)],
    ['accuracy', percent(point.accuracy)],
  ] as const
  return (
    <section class="card stack" aria-labelledby="threshold">
      <h3 id="threshold">{texts.threshold}</h3>
      <label class="field">
        {texts.positiveFrom(point.positive, exactPercent(threshold))}
        <input
          type="range"
          {...RANGE}
          value={threshold}
          aria-valuetext={exactPercent(threshold)}
          onInput={(event) => setThreshold(event.currentTarget.valueAsNumber)}
        />
        <small>
          {texts.ownThreshold(exactPercent(own))} {texts.thresholdHint}
        </small>
      </label>
      <dl class="figures" aria-live="polite">
        {figures.map(([name, value]) => (
          <div title={text(name).about} key={name}>
            <dt>{text(name).name}</dt>
            <dd class="big">{value}</dd>
          </div>
        ))}
        <div title={texts.aboutFalseAlarms}>
          <dt>{texts.falseAlarms}</dt>
          <dd class="big">{number(point.falsePositives)}</dd>
        </div>
        <div title={texts.aboutMissed}>
          <dt>{texts.missed}</dt>
          <dd class="big">{number(point.falseNegatives)}</dd>
        </div>
      </dl>
      <div class="actions">
        {best !== undefined && (
          <button type="button" class="button" title={texts.aboutBestF1} onClick={() => setThreshold(best)}>
            {texts.bestF1}
          </button>
        )}
        {may('train') && (
          <ConfirmButton
            name={texts.publishThreshold}
            about={texts.publishThresholdAbout(version, point.positive, exactPercent(threshold))}
            loses={false}
            act={async () => {
              const path = { name: model, version: String(version) }
              await answerOf(
                api.POST('/models/{name}/versions/{version}/threshold', {
                  params: { path },
                  body: { threshold },
                }),
              )
              onPublish()
            }}
          />
        )}
      </div>
    </section>
  )
}
