import type { PlotData } from './data.ts'
import { type Figure, NAMES_AXIS, type Plot, single } from './spec.ts'
import { printable, rough, rowsText, short } from './text.ts'
import type { Colors } from './theme.ts'

/** Columns that are drawn: the most important ones. */
const MOST_COLUMNS = 20
/** Pixels around the bars, and of a bar with the space around it. */
const AROUND = 150
const STEP = 30
/** Share of the axis to the right of the longest bar, where its number stands. */
const NUMBER_SHARE = 0.24

/** By how much the loss grows if the values of a column are shuffled, with the deviation over the shuffles. */
export const importance: Plot = {
  isOfExplanation: true,
  drawable: ({ explanation }) => (explanation?.importance.features.length ?? 0) > 0,
  figure: importanceFigure,
}

function importanceFigure({ subject, target, explanation }: PlotData, colors: Colors): Figure {
  const { metric = 'logLoss', repeats = 0, baseline = 0, features = [] } = explanation?.importance ?? {}
  const shown = features.slice(0, MOST_COLUMNS)
  const values = shown.map(({ mean, deviation }, column) => {
    const low = mean - deviation
    const high = mean + deviation
    return { column, mean, low, high, end: Math.max(0, high), text: `${rough(mean)} ± ${rough(deviation)}` }
  })
  const least = Math.min(0, ...values.map(({ low }) => low))
  const most = Math.max(0, ...values.map(({ high }) => high))
  // Where no column counts, the bars still need an axis.
  const span = most - least || 1
  const isError = metric === 'meanAbsoluteError'
  const title = isError
    ? `Growth of the mean absolute error (${printable(target, 24)})`
    : 'Growth of the log loss'
  const x = {
    field: 'mean',
    type: 'quantitative' as const,
    title,
    scale: { domain: [least, least + span / (1 - NUMBER_SHARE)], nice: false },
    axis: { tickCount: 6, ...(most >= 10_000 ? { format: '~s' } : {}) },
  }
  const y = {
    field: 'column',
    type: 'ordinal' as const,
    title: null,
    scale: { domain: values.map(({ column }) => column), paddingInner: 0.3, paddingOuter: 0.2 },
    axis: {
      ...NAMES_AXIS,
      labelPadding: 6,
    },
  }
  const facts = [
    `${rowsText(explanation?.rows ?? 0)}${explanation?.seen ? ', trained on these too' : ''}`,
    `${isError ? 'mean absolute error' : 'log loss'} ${short(baseline)}`,
    ...(features.length > shown.length ? [`the first ${shown.length} of ${features.length} columns`] : []),
  ]
  return single(colors, {
    title: 'Importance of each column',
    notes: [
      `${printable(subject, 40)} · ${facts.join(' · ')}`,
      `if its values are shuffled among the rows · lines: ± one deviation of ${repeats} shuffles`,
    ],
    height: AROUND + shown.length * STEP,
    layers: [
      { data: { values }, mark: { type: 'bar', color: colors.training }, encoding: { x, y } },
      {
        data: { values },
        mark: { type: 'rule', color: colors.text, strokeWidth: 1.4 },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'left', dx: 6, color: colors.text, fontSize: 11 },
        encoding: { x: { ...x, field: 'end' }, y, text: { field: 'text', type: 'nominal' as const } },
      },
    ],
    params: [{ name: 'names', value: shown.map(({ feature }) => printable(feature, 24)) }],
  })
}
