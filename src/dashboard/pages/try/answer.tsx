import type { Schemas } from '../../api/client.ts'
import { Bars } from '../../parts/bars.tsx'
import { useFormat } from '../../parts/format.ts'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useTexts } from '../../texts/texts.tsx'
import type { Prediction } from './use-prediction.ts'

/** Classes that are shown of a model with many. */
const MAX_CLASSES = 12

/** What a model has answered: the label with all classes as bars, or the value. */
export function Answer({ prediction: { answer, ms, error } }: { prediction: Prediction }) {
  const { tryIt } = useTexts()
  const { number } = useFormat()
  return (
    <section class="card stack" aria-label={tryIt.answer} aria-live="polite">
      <ErrorNotice error={error} />
      {!answer && !error && <p class="quiet">{tryIt.nothing}</p>}
      {answer && !error && (
        <>
          <Result answer={answer} />
          {answer.notes?.map(({ feature, message }) => (
            <p class="notice warn fine" key={feature}>
              <strong>{feature}</strong> {message}
            </p>
          ))}
          {ms !== undefined && <p class="quiet fine">{tryIt.took(number(Math.round(ms)), answer.version)}</p>}
        </>
      )}
    </section>
  )
}

function Result({ answer }: { answer: Schemas['PredictAnswer'] }) {
  const { tryIt } = useTexts()
  const { number, percent } = useFormat()
  const { label, labels, value, values, interval, intervals, probabilities, confidence } = answer
  if (value !== undefined) {
    return (
      <div title={tryIt.aboutValue}>
        <div class="big">{number(value)}</div>
        {interval && <IntervalText interval={interval} />}
      </div>
    )
  }
  if (values) {
    return (
      <dl class="facts">
        {Object.entries(values).map(([name, each]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {number(each)}
              {intervals?.[name] && <IntervalText interval={intervals[name]} />}
            </dd>
          </div>
        ))}
      </dl>
    )
  }
  const chosen = labels ? labels.map((each) => each.label) : [label ?? '']
  const sorted = Object.entries(probabilities ?? {}).toSorted(([, a], [, b]) => b - a)
  return (
    <>
      <div>
        <div class="big">{chosen.join(', ') || tryIt.noLabel}</div>
        {confidence !== undefined && (
          <div class="quiet fine" title={tryIt.aboutConfidence}>
            {tryIt.confidence(percent(confidence))}
          </div>
        )}
      </div>
      <Bars
        label={tryIt.classes}
        most={1}
        bars={sorted.slice(0, MAX_CLASSES).map(([name, share]) => ({
          name,
          value: share,
          text: percent(share),
          strong: chosen.includes(name),
        }))}
      />
      {sorted.length > MAX_CLASSES && (
        <p class="quiet fine">{tryIt.otherClasses(sorted.length - MAX_CLASSES)}</p>
      )}
    </>
  )
}

/** The interval in which the true value is, in most rows. */
function IntervalText({ interval: { low, high, level } }: { interval: Schemas['Interval'] }) {
  const { tryIt } = useTexts()
  const { number, percent } = useFormat()
  return <div class="quiet fine">{tryIt.inInterval(number(low), number(high), percent(level))}</div>
}
