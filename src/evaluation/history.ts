import { z } from 'zod'
import { largerIsBetter } from './metrics.ts'

const Column = z.array(z.number().nullable())

/**
 * Metrics per epoch: arrays of equal length under `loss`, `valLoss` and each metric's name (`accuracy`,
 * `valAccuracy`). Losses are in the units the network was trained in, metrics in the target's own.
 */
export const History = z.looseObject({
  epochs: z.array(z.int().positive()),
  /** The epoch with the best monitored value; null before there is one. */
  bestEpoch: z.int().positive().nullable(),
  /** The epoch after which validation loss only rose above its minimum while training loss fell, or null. */
  overfitsAfter: z.int().positive().nullable(),
  /** Exponential moving average of the validation columns. */
  smoothed: z.record(z.string(), Column),
  /** After k-fold, each fold's own columns in the order of the folds; the columns above are their means. */
  folds: z.array(z.record(z.string(), Column)).optional(),
  /** The columns of the last fit on all rows, where the recipe asked for one. */
  final: z.record(z.string(), Column).optional(),
})
export type History = z.infer<typeof History>

/** One epoch's values by column name. */
export type EpochValues = Record<string, number | null>

/** Share of the past in the moving average, as in the book's `smooth_curve`. */
const SMOOTHING = 0.9

/** Builds a history from its epochs. @param monitor the column that decides on the best epoch */
export function historyOf(
  epochs: readonly EpochValues[],
  monitor: string,
  final?: readonly EpochValues[],
): History {
  const columns = columnsOf(epochs)
  const smoothed = Object.fromEntries(
    Object.entries(columns)
      .filter(([name]) => name.startsWith('val'))
      .map(([name, values]) => [name, smooth(values, SMOOTHING)]),
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

function columnsOf(epochs: readonly EpochValues[]): Record<string, (number | null)[]> {
  const names = Object.keys(epochs[0] ?? {})
  return Object.fromEntries(names.map((name) => [name, epochs.map((epoch) => epoch[name] ?? null)]))
}

/** Number (from 1) of the best value's epoch, the first of equal ones; null where there is no value. */
function bestEpoch(values: readonly (number | null)[], larger: boolean): number | null {
  let best: number | null = null
  for (const [index, value] of values.entries()) {
    const record = best === null ? null : (values[best - 1] ?? null)
    if (value !== null && (record === null || (larger ? value > record : value < record))) best = index + 1
  }
  return best
}

function overfitsAfter(loss: readonly (number | null)[], valLoss: readonly (number | null)[]): number | null {
  const best = bestEpoch(valLoss, false)
  if (best === null || best === valLoss.length) return null
  const [atBest, atEnd] = [loss[best - 1], loss.at(-1)]
  return typeof atBest === 'number' && typeof atEnd === 'number' && atEnd < atBest ? best : null
}

/** Exponential moving average: each value is `factor` of the average before and the rest of its own. */
export function smooth(values: readonly (number | null)[], factor: number): (number | null)[] {
  let average: number | null = null
  return values.map((value) => {
    if (value !== null) average = average === null ? value : average * factor + value * (1 - factor)
    return average
  })
}
