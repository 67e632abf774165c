import type { History } from '../history.ts'
import { thinned } from '../thin.ts'
import { foldColumn, type PlotData } from './names.ts'
import { type Layer, type Plot, single } from './spec.ts'
import { printable, short } from './text.ts'
import type { Colors } from './theme.ts'

const HEIGHT = 400
/** Parts of the x-axis of which a line shows first, last, lowest and highest value. */
const COLUMNS = 300
/** Up to so many epochs each is marked by a point. */
const MOST_POINTS = 30

/** One line over the epochs. */
interface Line {
  name: string
  values: readonly (number | null)[]
  color: string
  dash?: readonly number[]
  width?: number
  opacity?: number
  /** Keeps lines of one name apart. */
  part?: number
}

interface EpochPlot {
  title: string
  axis: string
  notes: string[]
  lines: Line[]
  /** The column that the best epoch is marked on. */
  marked: readonly (number | null)[]
  markedName: string
}

/** Training and validation curves of one metric. */
export function curves(metric: 'loss' | 'accuracy' | 'mae'): Plot {
  return (data, colors) => {
    const history = data.history
    const validation = columnOf(history, `val${metric.charAt(0).toUpperCase()}${metric.slice(1)}`)
    const training = columnOf(history, metric)
    const final = history?.final && Object.hasOwn(history.final, metric) ? history.final[metric] : undefined
    const over = history?.folds ? [`mean of ${history.folds.length} folds`] : []
    return draw(data, colors, {
      ...wordsOf(metric, data),
      notes: over,
      marked: validation ?? training ?? [],
      markedName: validation ? 'validation' : 'training',
      lines: [
        ...(training ? [{ name: 'training', values: training, color: colors.training, dash: [5, 3] }] : []),
        ...(validation ? [{ name: 'validation', values: validation, color: colors.validation }] : []),
        ...(final
          ? [{ name: 'final fit on all rows', values: final, color: colors.accent, dash: [2, 3] }]
          : []),
      ],
    })
  }
}

/** The validation curves of all folds, their mean and its moving average. */
export const kfold: Plot = (data, colors) => {
  const { history } = data
  const column = (history && foldColumn(history)) ?? 'valLoss'
  const folds = (history?.folds ?? []).flatMap((fold) =>
    Object.hasOwn(fold, column) ? [fold[column] ?? []] : [],
  )
  const smoothed = history && Object.hasOwn(history.smoothed, column) ? history.smoothed[column] : undefined
  const { axis } = wordsOf(column === 'valMae' ? 'mae' : 'loss', data)
  const mean = columnOf(history, column) ?? []
  return draw(data, colors, {
    title: `${column === 'valMae' ? 'Mean absolute error' : 'Loss'} of ${folds.length} folds per epoch`,
    axis,
    notes: ['on validation rows'],
    marked: smoothed ?? mean,
    markedName: smoothed ? 'moving average' : 'mean',
    lines: [
      ...folds.map((values, part) => ({
        ...{
          name: 'each fold',
          values,
          part,
          color: colors.muted,
          width: 1,
          opacity: folds.length > 8 ? 0.25 : 0.5,
        },
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

function draw(data: PlotData, colors: Colors, plot: EpochPlot) {
  const { history } = data
  const last = Math.max(1, ...plot.lines.map(({ values }) => values.length))
  const best = history?.bestEpoch ?? null
  const overfits = history?.overfitsAfter ?? null
  const { domain, cut } = heights(plot.lines)
  const value = best === null ? null : (plot.marked[best - 1] ?? null)
  const facts = [
    ...(best === null
      ? []
      : [`best epoch ${best}${value === null ? '' : `: ${plot.markedName} ${short(value)}`}`]),
    ...(overfits === null ? [] : [`shaded: overfits after epoch ${overfits}`]),
  ]
  const beyond = cut ? ['the first epochs are beyond the axis'] : []
  const axes = axesOf(last, domain, cut, plot.axis)
  return single(colors, {
    title: plot.title,
    notes: [[printable(data.subject, 60), ...plot.notes, ...beyond].join(' · '), facts.join(' · ')].filter(
      Boolean,
    ),
    height: HEIGHT,
    layers: [
      ...shade(colors, overfits, last, axes),
      ...lineLayers(plot.lines, last, axes),
      ...bestMarks(colors, best, value, axes),
    ],
  })
}

/** The range of all values; where the first epochs are far above all others, as often, that of the others. */
function heights(lines: readonly Line[]): { domain: [number, number]; cut: boolean } {
  const late: number[] = []
  const all: number[] = []
  for (const { values } of lines)
    for (const [at, value] of values.entries()) {
      if (value === null || !Number.isFinite(value)) continue
      all.push(value)
      if (at >= Math.max(1, values.length * 0.1)) late.push(value)
    }
  const [low, high] = rangeOf(all)
  const [lateLow, lateHigh] = rangeOf(late)
  const cut = late.length > 20 && high - low > 1.8 * (lateHigh - lateLow) && lateHigh > lateLow
  const [from, to] = cut ? [lateLow, lateHigh] : [low, high]
  const margin = to > from ? (to - from) * 0.04 : Math.max(Math.abs(to) * 0.1, 0.01)
  const bottom = from >= 0 ? Math.max(0, from - margin) : from - margin
  return { domain: [bottom, to + margin], cut }
}

function rangeOf(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return values.length > 0 ? [low, high] : [0, 1]
}

type Axes = ReturnType<typeof axesOf>

function axesOf(last: number, domain: [number, number], cut: boolean, title: string) {
  const large = Math.max(...domain.map(Math.abs)) >= 10_000
  return {
    x: {
      ...({ field: 'epoch', type: 'quantitative', title: 'Epoch' } as const),
      scale: { domain: last > 1 ? [1, last] : [0.5, 1.5], nice: false },
      axis: { tickMinStep: 1, format: 'd', tickCount: 10, grid: false },
    },
    y: {
      ...({ field: 'value', type: 'quantitative', title } as const),
      scale: { domain, zero: false, nice: !cut },
      axis: { tickCount: 6, ...(large ? { format: '~s' } : {}) },
    },
  }
}

/** The epochs after the one from which the network only learned its training rows by heart. */
function shade(colors: Colors, overfits: number | null, last: number, { x }: Axes): Layer[] {
  if (overfits === null) return []
  return [
    {
      data: { values: [{ epoch: overfits, end: last }] },
      mark: { type: 'rect', color: colors.shade, opacity: 0.09 },
      encoding: { x, x2: { field: 'end' } },
    },
  ]
}

function lineLayers(lines: readonly Line[], last: number, { x, y }: Axes): Layer[] {
  const named = [...new Map(lines.map((line) => [line.name, line])).values()]
  const [domain, range] = [named.map(({ name }) => name), named.map(({ color }) => color)]
  const dashes = named.map(({ dash }) => [...(dash ?? [1, 0])])
  const color = { field: 'line', type: 'nominal', title: null, scale: { domain, range } } as const
  const strokeDash = {
    field: 'line',
    type: 'nominal',
    title: null,
    scale: { domain, range: dashes },
  } as const
  return named.map(({ name, width, opacity }) => ({
    data: { values: lines.filter((line) => line.name === name).flatMap(pointsOf) },
    mark: {
      ...({
        type: 'line',
        clip: true,
        strokeWidth: width ?? 2,
        opacity: opacity ?? 1,
        strokeJoin: 'round',
      } as const),
      // A point has no dash of its own, and shows where the epochs are.
      ...(last <= MOST_POINTS ? { point: { size: 28, opacity: opacity ?? 1, strokeWidth: 0 } } : {}),
    },
    encoding: { x, y, color, strokeDash, detail: { field: 'part', type: 'nominal' } },
  }))
}

/** The points that show: thinned where there are very many, with gaps left out. */
function pointsOf({ name, values, part = 0 }: Line) {
  const there = values.flatMap((value, at) =>
    value === null ? [] : [{ epoch: at + 1, value, line: name, part }],
  )
  const kept = thinned(
    there.map(({ epoch }) => epoch),
    there.map(({ value }) => value),
    COLUMNS,
  )
  return kept.flatMap((at) => there[at] ?? [])
}

function bestMarks(colors: Colors, best: number | null, value: number | null, { x, y }: Axes): Layer[] {
  if (best === null) return []
  const data = { values: [{ epoch: best, value: value ?? 0 }] }
  const rule: Layer = {
    data,
    mark: { type: 'rule', color: colors.text, strokeDash: [2, 3], opacity: 0.8 },
    encoding: { x },
  }
  if (value === null) return [rule]
  const point: Layer = {
    data,
    mark: {
      ...({ type: 'point', clip: true, filled: true, size: 90, opacity: 1 } as const),
      ...{ fill: colors.background, stroke: colors.text, strokeWidth: 2 },
    },
    encoding: { x, y },
  }
  return [rule, point]
}
