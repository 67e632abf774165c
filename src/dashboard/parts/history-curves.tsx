import { useMemo } from 'preact/hooks'
import type { Schemas } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'
import type { Curve, Mark } from './curve.ts'
import { Curves } from './curves.tsx'
import { useMetricText, validatedMetric } from './metric.tsx'

type History = Schemas['History']

/** The curves of loss and metrics by epoch: training and validation, the best epoch, and where it overfits. */
export function HistoryCurves({ history }: { history: History }) {
  const { curves: texts } = useTexts()
  const metricText = useMetricText()
  const charts = useMemo(() => chartsOf(history), [history])
  const marks = useMemo(() => {
    const found: Mark[] = []
    if (history.bestEpoch !== null) found.push({ at: history.bestEpoch, name: texts.best })
    if (history.overfitsAfter !== null) found.push({ at: history.overfitsAfter, name: texts.overfits })
    return found
  }, [history, texts])
  return (
    <div class="charts">
      {charts.map(({ name, training, validation, smoothed }) => {
        const curves: Curve[] = []
        if (training) curves.push({ name: texts.training, values: training, color: 1 })
        if (validation) curves.push({ name: texts.validation, values: validation, color: 2 })
        if (smoothed) curves.push({ name: texts.smoothed, values: smoothed, color: 3, dashed: true })
        const { name: title } = metricText(name)
        return (
          <Curves
            key={name}
            title={title}
            xName={texts.epoch}
            x={history.epochs}
            curves={curves}
            marks={marks}
          />
        )
      })}
    </div>
  )
}

type Values = (number | null)[]
interface Chart {
  name: string
  training: Values | undefined
  validation: Values | undefined
  /** The moving average of the validation, after k-fold. */
  smoothed: Values | undefined
}

/** Sorts the columns of a history into charts: a metric and its validation values make one. */
function chartsOf(history: History): Chart[] {
  const names = Object.keys(history).filter((name) => valuesOf(history, name) !== undefined)
  const metrics = new Set(names.map((name) => validatedMetric(name) ?? name))
  return [...metrics].map((name) => {
    const val = `val${name[0]?.toUpperCase()}${name.slice(1)}`
    const averaged = history.folds && history.folds.length > 1
    return {
      name,
      training: valuesOf(history, name),
      validation: valuesOf(history, val),
      smoothed: averaged ? history.smoothed[val] : undefined,
    }
  })
}

/** Returns a column of the history; undefined where the field is something else. */
function valuesOf(history: History, name: string): Values | undefined {
  const values: unknown = history[name]
  if (name === 'epochs' || name === 'folds' || !Array.isArray(values)) return undefined
  return values.map((value) => (typeof value === 'number' ? value : null))
}
