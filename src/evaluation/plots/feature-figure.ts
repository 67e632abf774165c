import { DAY_MS, instantOf } from '../../date-time.ts'
import { parseIso } from '../../dates.ts'
import type { PlotData } from './data.ts'
import { type Layer, NAMES_AXIS, type Panel, panel } from './spec.ts'
import { printable, rough, rowsText } from './text.ts'
import type { Colors } from './theme.ts'

/** Pixels of lines, around bars, and of a bar with the space around it. */
const HEIGHT = { lines: 380, aroundBars: 180, bar: 30 }
/** The least span of an axis of probabilities, so that a flat curve looks flat. */
const LEAST_SPAN = 0.1
/** Share of the axis to the right of the longest bar, where its number stands. */
const NUMBER_SHARE = 0.15
/** Numbers from here on have the letters of thousands and millions at an axis. */
const LONG = 10_000

/** What one panel shows of a feature. */
export interface FeatureView {
  /** The title of the axis of answers. */
  title: string
  isProbability: boolean
  /** Values of the feature. */
  values: readonly (number | string)[]
  series: readonly Series[]
  /** What is left out, for the notes; empty: nothing. */
  left: string
}

/** The mean answers of one class, label or target to the values. */
export interface Series {
  name: string
  outputs: readonly number[]
}

/** Draws lines over numbers and dates; else bars from 0, or where there are several classes a point for each. */
export function featurePanel(data: PlotData, view: FeatureView, colors: Colors): Panel {
  const instants = instantsOf(view.values)
  const numbers = instants ?? numbersOf(view.values)
  const order = numbers ? 'ticks: values at even shares of the rows' : 'the most frequent value first'
  const facts = [printable(data.subject, 40), rowsText(data.explanation?.rows ?? 0)]
  const layers = numbers
    ? lines(data, view, { numbers, areInstants: instants !== null }, colors)
    : bars(view, colors)
  return panel(colors, {
    title: `Partial dependence on ${printable(data.feature ?? '', 32)}`,
    notes: [
      [...facts, ...(view.left ? [view.left] : [])].join(' · '),
      `the mean answer if all rows had this value · ${order}`,
    ],
    height: numbers ? HEIGHT.lines : HEIGHT.aroundBars + view.values.length * HEIGHT.bar,
    layers,
    params: [
      { name: 'labels', value: view.series.map(({ name }) => printable(name, 18)) },
      { name: 'names', value: view.values.map((value) => printable(String(value), 24)) },
    ],
  })
}

interface Position {
  numbers: readonly number[]
  /** Whether the numbers are dates, in milliseconds. */
  areInstants: boolean
}

function lines(
  { feature }: PlotData,
  view: FeatureView,
  { numbers, areInstants }: Position,
  colors: Colors,
): Layer[] {
  const domain = widened([Math.min(...numbers), Math.max(...numbers)], areInstants ? DAY_MS : 1)
  const x = {
    field: 'x',
    title: printable(feature ?? '', 40),
    ...(areInstants
      ? { type: 'temporal' as const, scale: { type: 'utc' as const, domain, nice: false } }
      : { type: 'quantitative' as const, scale: { domain, nice: false } }),
    axis: { tickCount: 6, grid: false, ...(areInstants ? {} : formatOf(numbers)) },
  }
  const outputs = view.series.flatMap((each) => each.outputs)
  const y = {
    field: 'y',
    type: 'quantitative' as const,
    title: view.title,
    scale: { domain: rangeOf(outputs, view.isProbability), nice: true },
    axis: { tickCount: 6, ...formatOf(outputs) },
  }
  const color = colorOf(view, colors, {})
  return [
    ...view.series.map((each, line): Layer => {
      const values = numbers.map((value, at) => ({ x: value, y: each.outputs[at] ?? 0, line }))
      return {
        data: { values },
        mark: { type: 'line', strokeWidth: 2.2, strokeJoin: 'round', point: { filled: true, size: 26 } },
        encoding: { x, y, color },
      }
    }),
    {
      data: { values: numbers.map((value) => ({ x: value })) },
      mark: { type: 'rule', color: colors.muted, strokeWidth: 1.2, aria: false },
      encoding: { x, y: { value: 'height' }, y2: { value: { expr: 'height - 9' } } },
    },
  ]
}

function bars(view: FeatureView, colors: Colors): Layer[] {
  const isAlone = view.series.length === 1
  const values = view.series.flatMap(({ outputs }, line) =>
    outputs.map((output, place) => {
      return { place, line, x: output, end: Math.max(0, output), text: rough(output) }
    }),
  )
  const outputs = values.map((value) => value.x)
  const least = Math.min(0, ...outputs)
  const span = Math.max(0, ...outputs) - least || 1
  const x = {
    field: 'x',
    type: 'quantitative' as const,
    title: view.title,
    scale: { domain: [least, least + (isAlone ? span / (1 - NUMBER_SHARE) : span * 1.03)], nice: false },
    axis: { tickCount: 6, ...formatOf(outputs) },
  }
  const places = view.values.map((_, place) => place)
  const y = {
    field: 'place',
    type: 'ordinal' as const,
    title: null,
    scale: { type: 'band' as const, domain: places, paddingInner: 0.3, paddingOuter: 0.2 },
    axis: {
      ...NAMES_AXIS,
      labelPadding: 6,
      grid: !isAlone,
    },
  }
  if (!isAlone)
    return [
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 90, opacity: 0.9 },
        encoding: { x, y, color: colorOf(view, colors, { symbolType: 'circle', symbolSize: 90 }) },
      },
    ]
  return [
    { data: { values }, mark: { type: 'bar', color: colors.training }, encoding: { x, y } },
    {
      data: { values },
      mark: { type: 'text', align: 'left', dx: 6, color: colors.text, fontSize: 11 },
      encoding: { x: { ...x, field: 'end' }, y, text: { field: 'text', type: 'nominal' } },
    },
  ]
}

function colorOf(
  { series }: FeatureView,
  colors: Colors,
  symbol: { symbolType?: string; symbolSize?: number },
) {
  return {
    field: 'line',
    type: 'nominal' as const,
    title: null,
    scale: { domain: series.map((_, at) => at), range: [...colors.classes] },
    legend: series.length === 1 ? null : { labelExpr: 'labels[datum.value]', columns: 3, ...symbol },
  }
}

function formatOf(numbers: readonly number[]): { format?: string } {
  return numbers.some((number) => Math.abs(number) >= LONG) ? { format: '~s' } : {}
}

/** Returns the range of the axis of answers. */
function rangeOf(outputs: readonly number[], isProbability: boolean): [number, number] {
  const low = Math.min(...outputs)
  const high = Math.max(...outputs)
  if (!isProbability) return widened([low, high], Math.abs(low) * 0.1 || 1)
  const more = Math.max(0, LEAST_SPAN - (high - low)) / 2
  // At 0 and at 1 the axis ends, and is as wide there.
  const from = Math.max(0, Math.min(low - more, 1 - LEAST_SPAN))
  return [from, Math.min(1, Math.max(high + more, from + LEAST_SPAN))]
}

/** Returns a range that is wider by a number on both sides if it is a single one. */
function widened([low, high]: [number, number], by: number): [number, number] {
  return low < high ? [low, high] : [low - by, high + by]
}

function numbersOf(values: readonly (number | string)[]): number[] | null {
  const numbers = values.flatMap((value) => (typeof value === 'number' ? [value] : []))
  return numbers.length === values.length ? numbers : null
}

/** Returns dates as milliseconds since 1970; null if not all values are dates. */
function instantsOf(values: readonly (number | string)[]): number[] | null {
  const instants = values.flatMap((value) => {
    const time = typeof value === 'string' ? parseIso(value) : undefined
    return time ? [instantOf(time)] : []
  })
  return instants.length === values.length ? instants : null
}
