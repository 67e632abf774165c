import { z } from 'zod'
import { instantOf } from '../../date-time.ts'
import { type CompleteRecipe, hasTreeMembers, isTrees } from '../../recipe/index.ts'
import type { Cell } from '../../recipe/table.ts'
import type { BinnedFeature } from '../network/network.ts'
import { type CategoryState, categoryReader } from './category.ts'
import { numberOfText } from './cell-texts.ts'
import type { ColumnEncoder, ColumnFitter, InputCell } from './column-encoder.ts'
import { DATE_PLACES, type DateState, dateReader, placesOf } from './date.ts'
import type { ColumnState } from './kinds.ts'
import { sortedCopy } from './quantiles.ts'

/*
 * Columns as trees see them: each value is the number of a bin. Bin 0 is a gap. A number has the bins 1, 2, … between
 * rising edges; a category has a bin of its own while there are any, and the rare ones and those that no training row has
 * share the last bin. A date is several numbers: its time, and its places in the year, the week and the day.
 */

/** Bin of a missing value. */
const GAP_BIN = 0
/** Largest number of bins of a number's values. With the one for gaps they fit into a byte. */
export const MOST_BINS = 255
/** Bin of categories that are rare, or that no training row has. */
const OTHER_BIN = 255

/** Returns the largest number of bins in which trees see a column; null where the recipe grows none. */
export function binsForTrees(recipe: CompleteRecipe, name: string): number | null {
  // Beside networks, the recipe's bins are those of their inputs.
  if (!isTrees(recipe)) return hasTreeMembers(recipe) ? MOST_BINS : null
  const options = Object.hasOwn(recipe.columns, name) ? recipe.columns[name] : undefined
  return options?.bins ?? recipe.bins
}

/** The largest value of each bin but the last, rising. */
export const Edges = z.array(z.number()).max(MOST_BINS - 1)

/** How trees see a column, as it is kept in `encoder.json` beside the column's state. */
export const Bins = z.discriminatedUnion('kind', [
  /** The largest value of each bin but the last, rising. `fill` replaces a gap. Absent: a gap has a bin of its own. */
  z.object({ kind: z.literal('number'), edges: Edges, fill: z.number().optional() }),
  /** Positions among the column's values of those with a bin of their own, from bin 1 on. */
  z.object({ kind: z.literal('category'), own: z.array(z.int().nonnegative()).max(OTHER_BIN - 1) }),
  /** Edges of the instant, in milliseconds since 1970, and of each place in a cycle that differs among training rows. */
  z.object({
    kind: z.literal('date'),
    instant: Edges,
    places: z.array(z.object({ place: z.enum(DATE_PLACES), edges: Edges })),
  }),
])
export type Bins = z.infer<typeof Bins>

/**
 * Returns up to `bins` − 1 edges between values: half-way between neighbours where these are few, else at evenly spaced
 * percentiles, as in scikit-learn's HistGradientBoosting.
 * @param sorted in rising order
 */
export function edgesBetween(sorted: Float64Array, bins: number): number[] {
  const distinct = distinctOf(sorted, bins)
  if (distinct) return distinct.slice(1).map((value, at) => middleOf(distinct[at] ?? 0, value))
  const edges: number[] = []
  for (let at = 1; at < bins; at++) {
    const place = (at / bins) * (sorted.length - 1)
    const edge = middleOf(sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0)
    // The largest value belongs to the last bin, which has no edge.
    if (edge > (edges.at(-1) ?? Number.NEGATIVE_INFINITY) && edge < (sorted.at(-1) ?? 0)) edges.push(edge)
  }
  return edges
}

/** Returns the different values, or undefined if there are more than `most`. */
function distinctOf(sorted: Float64Array, most: number): number[] | undefined {
  const distinct: number[] = []
  for (const value of sorted) {
    if (value === distinct.at(-1)) continue
    if (distinct.length === most) return undefined
    distinct.push(value)
  }
  return distinct
}

/** Returns the middle of two numbers, which is below the larger one also where they are neighbours. */
function middleOf(low: number, high: number): number {
  const middle = low / 2 + high / 2
  return middle < high ? middle : low
}

/** Returns the number of the bin of a value. @param edges rising */
function binOf(edges: Float64Array, value: number): number {
  let from = 0
  let to = edges.length
  while (from < to) {
    const at = (from + to) >> 1
    if (value <= (edges[at] ?? 0)) to = at
    else from = at + 1
  }
  return from + 1
}

/** Values of a column that are put in order to find its bins, at most, as in scikit-learn. */
const MOST_SORTED = 200_000

/** Returns the values, or of very many ones some that are evenly spread over the rows. */
function evenly(values: number[]): number[] {
  if (values.length <= MOST_SORTED) return values
  const step = values.length / MOST_SORTED
  return Array.from({ length: MOST_SORTED }, (_, at) => values[Math.floor(at * step)] ?? 0)
}

/** Learns a column's bins from its training rows. */
export interface BinsFitter extends Pick<ColumnFitter<Bins>, 'add'> {
  /** @param state what the column's own fitter has learnt @returns undefined for a column that trees do not take */
  finish(state: ColumnState): Bins | undefined
}

/**
 * Returns a fitter of a column's bins.
 * @param bins largest number of them, without the one for gaps
 * @param fill number that replaces a gap; null: gaps are a bin of their own
 */
export function binsFitter(bins: number, fill: number | null): BinsFitter {
  const numbers: number[] = []
  const counts = new Map<string, number>()
  return {
    add(value) {
      if (typeof value === 'number') numbers.push(value)
      else if (value !== null) {
        const text = String(value)
        counts.set(text, (counts.get(text) ?? 0) + 1)
      }
    },
    finish(state) {
      if (state.kind === 'category') return { kind: 'category', own: mostFrequent(state, counts) }
      if (state.kind === 'date') return dateBins(state, counts, bins)
      if (!isOfNumbers(state)) return undefined
      const edges = edgesBetween(sortedCopy(evenly(numbers)), bins)
      return { kind: 'number', edges, ...(fill !== null && { fill }) }
    },
  }
}

/** Returns the positions of the values with a bin of their own: the most frequent ones, if there are too many. */
function mostFrequent(state: CategoryState, counts: ReadonlyMap<string, number>): number[] {
  const read = categoryReader(state)
  const rows = new Float64Array(state.values.length)
  for (const [text, count] of counts) {
    const position = read(text)
    if (position !== null && position >= 0) rows[position] = (rows[position] ?? 0) + count
  }
  const own = state.values.map((_, position) => position)
  // Equally frequent ones stay in their order.
  if (own.length >= OTHER_BIN) own.sort((a, b) => (rows[b] ?? 0) - (rows[a] ?? 0) || a - b)
  return own.slice(0, OTHER_BIN - 1)
}

function dateBins(state: DateState, counts: ReadonlyMap<string, number>, bins: number): Bins {
  const read = dateReader(state)
  const times = [...counts].flatMap(([text, count]) => {
    const time = read(text)
    return time ? [{ time, count }] : []
  })
  const rows = times.reduce((sum, { count }) => sum + count, 0)
  const edgesOf = (numberOf: (time: (typeof times)[number]['time']) => number) => {
    const values = new Float64Array(rows)
    let at = 0
    for (const { time, count } of times) {
      values.fill(numberOf(time), at, at + count)
      at += count
    }
    return edgesBetween(values.sort(), bins)
  }
  const places = DATE_PLACES.map((place) => ({ place, edges: edgesOf((time) => placesOf(time)[place]) }))
  return {
    kind: 'date',
    instant: edgesOf(instantOf),
    places: places.filter(({ edges }) => edges.length > 0),
  }
}

/** The encoder of a column as trees see it: it checks values as the column's own encoder does, and gives bins. */
export interface BinnedEncoder extends ColumnEncoder {
  readonly features: readonly BinnedFeature[]
}

/** What a note says of a gap that has a bin of its own. */
const GAP_NOTE = 'The value is missing. It counts as a value of its own.'

/** Returns the encoder of a column's bins. @param own the column's own encoder @throws RangeError if the two do not fit */
export function binnedEncoder(own: ColumnEncoder, state: ColumnState, bins: Bins): BinnedEncoder {
  const { curve: _, sequence: __, indicator: ___, ...checks } = own
  const { features, encode } = readerOf(state, bins)
  const { gap } = own
  const isFilled = bins.kind === 'number' && bins.fill !== undefined
  return {
    ...checks,
    features,
    width: features.length,
    memoryBytes: own.memoryBytes + features.reduce((sum, feature) => sum + 8 * feature.bins, 0),
    ...(gap && !isFilled && { gap: (value: Cell) => (gap(value) === undefined ? undefined : GAP_NOTE) }),
    encode,
  }
}

/** Returns whether a column has numbers, however networks see them. */
function isOfNumbers({ kind }: ColumnState): boolean {
  return kind === 'number' || kind === 'quantile' || kind === 'piecewiseLinear'
}

type BinReader = Pick<BinnedEncoder, 'features' | 'encode'>

function readerOf(state: ColumnState, bins: Bins): BinReader {
  if (bins.kind === 'number' && isOfNumbers(state)) return numberBins(bins)
  if (bins.kind === 'category' && state.kind === 'category') return categoryBins(state, bins.own)
  if (bins.kind === 'date' && state.kind === 'date') return datesAsBins(state, bins)
  throw new RangeError('bins of another kind of column')
}

function ordered(edges: ArrayLike<number>): BinnedFeature {
  return { bins: edges.length + 2, categorical: false }
}

function numberBins({ edges: rising, fill }: Bins & { kind: 'number' }): BinReader {
  const edges = Float64Array.from(rising)
  const gap = fill === undefined ? GAP_BIN : binOf(edges, fill)
  return {
    features: [ordered(edges)],
    encode(sent: InputCell, base, into) {
      const value = typeof sent === 'string' ? numberOfText(sent) : sent
      into.add(base, typeof value === 'number' ? binOf(edges, value) : gap)
    },
  }
}

function categoryBins(state: CategoryState, own: readonly number[]): BinReader {
  const read = categoryReader(state)
  const bins = new Uint8Array(state.values.length).fill(OTHER_BIN)
  for (const [at, position] of own.entries()) bins[position] = at + 1
  return {
    features: [{ bins: OTHER_BIN + 1, categorical: true }],
    encode(sent: Cell, base, into) {
      const position = read(sent)
      into.add(base, position === null ? GAP_BIN : (bins[position] ?? OTHER_BIN))
    },
  }
}

function datesAsBins(state: DateState, bins: Bins & { kind: 'date' }): BinReader {
  const read = dateReader(state)
  const instant = Float64Array.from(bins.instant)
  const places = bins.places.map(({ place, edges }) => ({ place, edges: Float64Array.from(edges) }))
  return {
    features: [instant, ...places.map(({ edges }) => edges)].map(ordered),
    encode(sent: Cell, base, into) {
      const time = read(sent) ?? null
      into.add(base, time ? binOf(instant, instantOf(time)) : GAP_BIN)
      const own = time && placesOf(time)
      for (const [at, { place, edges }] of places.entries())
        into.add(base + 1 + at, own ? binOf(edges, own[place]) : GAP_BIN)
    },
  }
}
