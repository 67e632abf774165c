import type { History } from '../history.ts'
import { epochFigure, type Line } from './epoch-figure.ts'
import { foldColumn, type PlotData } from './names.ts'
import type { Plot } from './spec.ts'
import { printable } from './text.ts'

/** Above so many a line that jumps fills the picture, and is drawn faintly behind its average. */
const MANY = 400

/** A moving average of fewer epochs is still near the first one. */
const SETTLED = 20

const FINAL = 'final fit on all rows'

/** Training and validation curves of one metric. */
export function curves(metric: 'loss' | 'accuracy' | 'mae'): Plot {
  return (data, colors) => {
    const history = data.history
    const validation = columnOf(history, `val${metric.charAt(0).toUpperCase()}${metric.slice(1)}`)
    const training = columnOf(history, metric)
    const final = history?.final && Object.hasOwn(history.final, metric) ? history.final[metric] : undefined
    const over = history?.folds ? [`mean of ${history.folds.length} folds`] : []
    const lines: Line[] = [
      ...(training ? [{ name: 'training', values: training, color: colors.training, dash: [5, 3] }] : []),
      ...(validation ? [{ name: 'validation', values: validation, color: colors.validation }] : []),
      ...(final ? [{ name: FINAL, values: final, color: colors.accent, dash: [2, 3] }] : []),
    ]
    const longest = Math.max(0, ...lines.map(({ values }) => values.length))
    const window = longest > MANY ? 2 * Math.round(longest / 200) + 1 : 1
    return epochFigure(data, colors, {
      ...wordsOf(metric, data),
      notes: [...over, ...(window > 1 ? [`lines are means over ${window} epochs`] : [])],
      marked: validation ?? training ?? [],
      markedName: validation ? 'validation' : 'training',
      lines: window > 1 ? lines.flatMap((line) => withAverage(line, window)) : lines,
    })
  }
}

function withAverage(line: Line, window: number): Line[] {
  const { dash: _, ...plain } = line
  return [
    { ...plain, faint: true, width: 1, opacity: 0.3 },
    { ...line, values: averaged(line.values, window), width: 2.5 },
  ]
}

/** A centred mean over so many epochs. */
function averaged(values: readonly (number | null)[], window: number): (number | null)[] {
  let sum = 0
  let count = 0
  const take = (value: number | null | undefined, times: 1 | -1) => {
    if (typeof value !== 'number') return
    sum += value * times
    count += times
  }
  const half = Math.floor(window / 2)
  for (const value of values.slice(0, half)) take(value, 1)
  return values.map((_, at) => {
    take(values[at + half], 1)
    take(values[at - half - 1], -1)
    return count > 0 ? sum / count : null
  })
}

/** The validation curves of all folds, their mean and its moving average. */
export const kfold: Plot = (data, colors) => {
  const { history } = data
  const column = (history && foldColumn(history)) ?? 'valLoss'
  const folds = (history?.folds ?? []).flatMap((fold) =>
    Object.hasOwn(fold, column) ? [fold[column] ?? []] : [],
  )
  const average = history && Object.hasOwn(history.smoothed, column) ? history.smoothed[column] : undefined
  const smoothed = average && average.length >= SETTLED ? average : undefined
  const { axis } = wordsOf(column === 'valMae' ? 'mae' : 'loss', data)
  const mean = columnOf(history, column) ?? []
  return epochFigure(data, colors, {
    title: `${column === 'valMae' ? 'Mean absolute error' : 'Loss'} of ${folds.length} folds per epoch`,
    axis,
    notes: ['on validation rows'],
    marked: mean,
    markedName: 'mean',
    lines: [
      ...folds.map((values, part) => ({
        name: 'each fold',
        values,
        part,
        color: colors.muted,
        width: 1,
        opacity: folds.length > 8 ? 0.25 : 0.5,
      })),
      { name: 'mean', values: mean, color: colors.training, width: smoothed ? 1.5 : 2.5 },
      ...(smoothed ? [{ name: 'moving average', values: smoothed, color: colors.validation, width: 3 }] : []),
    ],
  })
}

function wordsOf(metric: 'loss' | 'accuracy' | 'mae', { loss, target }: PlotData) {
  if (metric === 'loss') return { title: 'Loss per epoch', axis: `Loss (${printable(loss, 40)})` }
  if (metric === 'accuracy') return { title: 'Accuracy per epoch', axis: 'Accuracy (share of rows)' }
  return {
    title: 'Mean absolute error per epoch',
    axis: `Mean absolute error (unit of ${printable(target, 24)})`,
  }
}

function columnOf(history: History | null, name: string): (number | null)[] | undefined {
  if (!history || !Object.hasOwn(history, name)) return undefined
  const values = history[name]
  return Array.isArray(values) ? values.map((value) => (typeof value === 'number' ? value : null)) : undefined
}
