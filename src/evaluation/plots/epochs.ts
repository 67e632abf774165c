import { validationName } from '../../recipe/index.ts'
import { foldsBehind, type History } from '../history.ts'
import type { PlotData } from './data.ts'
import { epochFigure, type Line } from './epoch-figure.ts'
import type { Figure, Plot } from './spec.ts'
import { printable } from './text.ts'
import type { Colors } from './theme.ts'

/** Epochs above which a line that jumps fills the picture; it is then drawn faintly behind its moving average. */
const MANY = 400

/** Epochs below which a moving average is still near its first value, and is left out. */
const SETTLED = 20

const FINAL = 'final fit on all rows'

type EpochMetric = 'loss' | 'accuracy' | 'mae'

/** Training and validation curves of one metric over the epochs. */
export function epochCurves(metric: EpochMetric): Plot {
  return {
    drawable: ({ history }) =>
      hasValues(history, metric) || (metric !== 'loss' && hasValues(history, validationName(metric))),
    figure: (data, colors) => curvesFigure(metric, data, colors),
  }
}

function hasValues(history: History | null, column: string): boolean {
  return columnOf(history, column)?.some((value) => value !== null) ?? false
}

function curvesFigure(metric: EpochMetric, data: PlotData, colors: Colors): Figure {
  const history = data.history
  const validation = columnOf(history, validationName(metric))
  const training = columnOf(history, metric)
  const final = history?.final && Object.hasOwn(history.final, metric) ? history.final[metric] : undefined
  const over = history?.folds ? [`mean of ${foldsBehind(history)} folds`] : []
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

function withAverage(line: Line, window: number): Line[] {
  const { dash: _, ...plain } = line
  return [
    { ...plain, faint: true, width: 1, opacity: 0.3 },
    { ...line, values: averaged(line.values, window), width: 2.5 },
  ]
}

/** Means over `window` epochs around each one; gaps do not count. */
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

/** The validation curves of all folds of a k-fold validation, their mean and its moving average. */
export const kfold: Plot = {
  drawable: ({ history }) =>
    history?.folds !== undefined && history.folds.length > 0 && foldColumn(history) !== undefined,
  figure: foldsFigure,
}

/** The column of a history that a k-fold's plot shows. */
function foldColumn(history: History): string | undefined {
  return ['valMae', 'valLoss', 'loss'].find((name) => Array.isArray(history[name]))
}

function foldsFigure(data: PlotData, colors: Colors): Figure {
  const { history } = data
  const column = (history && foldColumn(history)) ?? 'valLoss'
  const folds = (history?.folds ?? []).flatMap((fold) =>
    Object.hasOwn(fold, column) ? [fold[column] ?? []] : [],
  )
  const average = history && Object.hasOwn(history.smoothed, column) ? history.smoothed[column] : undefined
  const smoothed = average && average.length >= SETTLED ? average : undefined
  const { axis } = wordsOf(column === 'valMae' ? 'mae' : 'loss', data)
  const mean = columnOf(history, column) ?? []
  const all = history ? foldsBehind(history) : folds.length
  const count = folds.length < all ? `the first ${folds.length} of ${all}` : all
  return epochFigure(data, colors, {
    title: `${column === 'valMae' ? 'Mean absolute error' : 'Loss'} of ${count} folds per epoch`,
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

function wordsOf(metric: EpochMetric, { loss, target }: PlotData) {
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
