import { thinned } from '../thin.ts'
import type { PlotData } from './data.ts'
import { type Figure, type Layer, single } from './spec.ts'
import { printable, short } from './text.ts'
import type { Colors } from './theme.ts'

const HEIGHT = 400
/** Columns of the x-axis in each of which a line keeps its first, last, lowest and highest value. */
const COLUMNS = 300
/** Epochs up to which each is marked by a point. */
const MOST_POINTS = 30

/** One line over the epochs. */
export interface Line {
  name: string
  values: readonly (number | null)[]
  color: string
  dash?: readonly number[]
  width?: number
  opacity?: number
  /** Tells lines of one name apart. */
  part?: number
  /** Whether it is drawn behind the other lines, without dashes. Default: false. */
  faint?: boolean
}

/** The words and lines of a figure over epochs. */
export interface EpochPlot {
  title: string
  axis: string
  notes: string[]
  lines: Line[]
  /** The line on which the best epoch is marked. */
  marked: readonly (number | null)[]
  markedName: string
}

/** Draws lines over the epochs, with the best epoch and the ones that overfit marked. */
export function epochFigure(data: PlotData, colors: Colors, plot: EpochPlot): Figure {
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

/** The range of all values; where the first epochs are far above the others, as is common, that of the others. */
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
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return values.length > 0 ? [low, high] : [0, 1]
}

type Axes = ReturnType<typeof axesOf>

function axesOf(last: number, domain: [number, number], cut: boolean, title: string) {
  // Points at the ends are not cut.
  const beside = last <= MOST_POINTS ? (last - 1) * 0.015 : 0
  const large = Math.max(...domain.map(Math.abs)) >= 10_000
  return {
    x: {
      field: 'epoch',
      type: 'quantitative' as const,
      title: 'Epoch',
      scale: { domain: last > 1 ? [1 - beside, last + beside] : [0.5, 1.5], nice: false },
      axis: { tickMinStep: 1, format: 'd', tickCount: 10, grid: false },
    },
    y: {
      field: 'value',
      type: 'quantitative' as const,
      title,
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
  const domain = named.map(({ name }) => name)
  const range = named.map(({ color }) => color)
  const dashes = named.map(({ dash }) => [...(dash ?? [1, 0])])
  const legend = { field: 'line', type: 'nominal', title: null } as const
  const color = { ...legend, scale: { domain, range } }
  const strokeDash = { ...legend, scale: { domain, range: dashes } }
  const layers = new Map<string, Line[]>()
  for (const line of [...lines.filter(({ faint }) => faint), ...lines.filter(({ faint }) => !faint)]) {
    const key = `${line.faint} ${line.name}`
    layers.set(key, [...(layers.get(key) ?? []), line])
  }
  return [...layers.values()].map((own) => {
    const { width = 2, opacity = 1, faint = false } = own[0] ?? {}
    // Not the whole mark's opacity: a layer of its own would be cut where the line goes far beyond the axis.
    const look = { strokeWidth: width, strokeOpacity: opacity, strokeJoin: 'round' } as const
    // A point has no dash of its own, and shows where the epochs are.
    const points =
      last <= MOST_POINTS ? { point: { size: 28, opacity: 1, fillOpacity: opacity, strokeWidth: 0 } } : {}
    return {
      data: { values: own.flatMap((line) => pointsOf(line, y.scale.domain)) },
      mark: { type: 'line', clip: true, ...look, ...points },
      encoding: {
        x,
        y,
        color,
        detail: { field: 'part', type: 'nominal' as const },
        // Dashes do not show in a line that goes up and down all the time.
        ...(faint ? {} : { strokeDash }),
      },
    }
  })
}

/** The points that show: thinned where there are very many, with gaps left out, and not farther than needed. */
function pointsOf({ name, values, part = 0 }: Line, [from, to]: readonly [number, number]) {
  const far = to + 20 * (to - from)
  const there = values.flatMap((value, at) =>
    value === null ? [] : [{ epoch: at + 1, value: Math.min(value, far), line: name, part }],
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
      type: 'point' as const,
      clip: true,
      filled: true,
      size: 90,
      opacity: 1,
      fill: colors.background,
      stroke: colors.text,
      strokeWidth: 2,
    },
    encoding: { x, y },
  }
  return [rule, point]
}
