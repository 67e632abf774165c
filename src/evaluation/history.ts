import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { mean } from '../numbers.ts'
import { largerIsBetter } from '../recipe/index.ts'
import { overfitsAfter } from './overfitting.ts'

const Column = z.array(z.number().nullable())

/**
 * Metrics per epoch: arrays of equal length under `loss`, `valLoss` and each metric's name (`accuracy`,
 * `valAccuracy`). Losses are in the units the network was trained in, metrics in the target's own.
 */
export const History = z.looseObject({
  epochs: z.array(z.int().positive()),
  /** The epoch with the best monitored value; null before there is one. */
  bestEpoch: z.int().positive().nullable(),
  /** The epoch after which validation loss rose beyond its noise while training loss fell, or null. */
  overfitsAfter: z.int().positive().nullable(),
  /** Exponential moving average of the validation columns. */
  smoothed: z.record(z.string(), Column),
  /** After k-fold, each fold's own columns in the order of the folds; the columns above are their means. */
  folds: z.array(z.record(z.string(), Column)).optional(),
  /** Number of all folds, where `folds` has only the first of them (see `boundedHistory`). */
  foldCount: z.int().positive().optional(),
  /** The columns of the last fit on all rows, where the recipe asked for one. */
  final: z.record(z.string(), Column).optional(),
})
export type History = z.infer<typeof History>

/** One epoch's values by column name. */
export type EpochValues = Record<string, number | null>

/** Share of the past in the moving average, as in `smooth_curve` of Chollet's book. */
export const SMOOTHING = 0.9

/**
 * Builds a history from its epochs.
 * @param monitor the column that decides on the best epoch
 * @param final the epochs of the last fit on all rows
 * @param smoothing share of the past in the moving average
 */
export function historyOf(
  epochs: readonly EpochValues[],
  monitor: string,
  final?: readonly EpochValues[],
  smoothing = SMOOTHING,
): History {
  const columns = columnsOf(epochs)
  const smoothed = Object.fromEntries(
    Object.entries(columns)
      .filter(([name]) => name.startsWith('val'))
      .map(([name, values]) => [name, smooth(values, smoothing)]),
  )
  const decisive = columns[monitor] ?? columns['valLoss'] ?? columns['loss'] ?? []
  return {
    epochs: epochs.map((_, index) => index + 1),
    ...columns,
    smoothed,
    bestEpoch: bestEpoch(decisive, largerIsBetter(monitor)),
    overfitsAfter: overfitsAfter(columns['loss'] ?? [], columns['valLoss'] ?? []),
    ...(final ? { final: columnsOf(final) } : {}),
  }
}

/** A fold's columns in a history: arrays of equal length by name. */
export type Columns = Record<string, (number | null)[]>

/**
 * Builds the history of a k-fold validation: for each epoch the mean over the folds, whose best epoch is the
 * best of the means. Folds that stopped early count as far as the shortest of them, so that every mean is over
 * all folds.
 */
export function kFoldHistory(
  folds: readonly Columns[],
  options: { monitor: string; smoothing: number; final?: readonly EpochValues[] },
): History {
  const lengths = folds.map((fold) => fold['loss']?.length ?? 0)
  const epochs = folds.length === 0 ? 0 : Math.min(...lengths)
  const names = Object.keys(folds[0] ?? {})
  const means = Array.from({ length: epochs }, (_, epoch) =>
    Object.fromEntries(
      names.map((name) => [name, meanOfPresent(folds.map((fold) => fold[name]?.[epoch] ?? null))]),
    ),
  )
  const history = historyOf(means, options.monitor, options.final, options.smoothing)
  return { ...history, folds: folds.map((fold) => ({ ...fold })) }
}

/** Numbers that the folds of a bounded history have together: some 6 MB of JSON. */
export const MAX_FOLD_NUMBERS = 300_000

/**
 * Returns a history as a version keeps it and as it is answered: with only so many folds, the first ones, that their
 * columns have `MAX_FOLD_NUMBERS` numbers or fewer. `foldCount` then tells how many there were.
 */
export function boundedHistory(history: History): History {
  const { folds } = history
  let numbers = 0
  const fitting = folds?.findIndex((fold) => {
    for (const column of Object.values(fold)) numbers += column.length
    return numbers > MAX_FOLD_NUMBERS
  })
  if (folds === undefined || fitting === undefined || fitting < 0) return history
  return { ...history, folds: folds.slice(0, fitting), foldCount: history.foldCount ?? folds.length }
}

/** Bytes of a file below which its history is taken for a bounded one. */
const SMALL_FILE_BYTES = 8 * 2 ** 20

/**
 * Returns a version's `history.json` with a bounded history. Versions of earlier releases kept all folds.
 * @throws FitserveError `corrupt-artifact`
 */
export function boundedHistoryFile(bytes: Buffer): Buffer {
  if (bytes.length <= SMALL_FILE_BYTES) return bytes
  try {
    return Buffer.from(JSON.stringify(boundedHistory(History.parse(JSON.parse(bytes.toString('utf8'))))))
  } catch (cause) {
    throw new FitserveError('corrupt-artifact', 'history.json holds no history.', { cause })
  }
}

/** Returns the number of folds of a history, those included that a bounded one left out. */
export function foldsBehind({ folds = [], foldCount }: History): number {
  return foldCount ?? folds.length
}

/** Returns the columns of a history: loss and metrics, of training and of validation rows. */
export function columnsIn(history: History): Columns {
  const { epochs: _epochs, bestEpoch: _best, overfitsAfter: _after, smoothed: _smoothed, ...rest } = history
  const { folds: _folds, foldCount: _count, final: _final, ...columns } = rest
  return z.record(z.string(), Column).catch({}).parse(columns)
}

/** Returns the mean of the values that are not null; null if all are. */
export function meanOfPresent(values: readonly (number | null)[]): number | null {
  const there = values.filter((value) => value !== null)
  return there.length === 0 ? null : mean(there)
}

/** Returns the population standard deviation of the values that are not null; null if all are. */
export function deviation(values: readonly (number | null)[]): number | null {
  const center = meanOfPresent(values)
  if (center === null) return null
  const squares = meanOfPresent(values.map((value) => (value === null ? null : (value - center) ** 2)))
  return squares === null ? null : Math.sqrt(squares)
}

/** Turns epochs into columns by name. */
export function columnsOf(epochs: readonly EpochValues[]): Columns {
  const names = Object.keys(epochs[0] ?? {})
  return Object.fromEntries(names.map((name) => [name, epochs.map((epoch) => epoch[name] ?? null)]))
}

/** Returns the number, from 1, of the epoch with the best value, the first of equal ones; null without values. */
export function bestEpoch(values: readonly (number | null)[], larger: boolean): number | null {
  let best: number | null = null
  for (const [index, value] of values.entries()) {
    const record = best === null ? null : (values[best - 1] ?? null)
    if (value !== null && (record === null || (larger ? value > record : value < record))) best = index + 1
  }
  return best
}

/** Returns the exponential moving average: each value is `factor` of the average before and the rest of its own. */
export function smooth(values: readonly (number | null)[], factor: number): (number | null)[] {
  let average: number | null = null
  return values.map((value) => {
    if (value !== null) average = average === null ? value : average * factor + value * (1 - factor)
    return average
  })
}
