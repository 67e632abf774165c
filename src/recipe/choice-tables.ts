import type { Choice, Facts } from './choice.ts'
import { DEFAULT_BINS, ENCODER_DEFAULTS, LAYER_DEFAULTS, powerOfTwo, TASK_DEFAULTS } from './defaults.ts'

/** Rows below which there are too few to learn a curve of many bins for each number. */
const FEW_ROWS = 1_000
/** Rows from which one network takes as long as several may. */
const MANY_ROWS = 50_000
/** Inputs that all numbers may have together, and the bins of one that are worth it. */
const [MOST_INPUTS, MOST_BINS, LEAST_BINS] = [2_048, 64, 8]

/**
 * For tables without a text. Numbers become piecewise linear (Gorishniy et al. 2022), unless there are few rows or
 * very many columns; and several networks are averaged, which pays more than a larger one.
 */
export function choiceForTables({ task, inputs, rows }: Facts): Choice {
  const numbers = inputs.filter(({ type }) => type === 'number').length
  const bins = Math.min(MOST_BINS, Math.floor(MOST_INPUTS / Math.max(1, numbers)))
  const few = rows < FEW_ROWS
  const curves = !few && bins >= LEAST_BINS
  const units = few ? 128 : 256
  return {
    encoder: ENCODER_DEFAULTS,
    ...{ scaling: curves ? 'piecewiseLinear' : 'standard', bins: curves ? bins : DEFAULT_BINS },
    layers: [0, 1].map(() => ({ units, ...LAYER_DEFAULTS })),
    optimizer: few ? { type: 'adam', learningRate: 0.003 } : { type: 'adamW', learningRate: 0.002 },
    learningRateSchedule: { type: 'cosine', alpha: 0 },
    // What a regression is judged by; squares would be ruled by a few rows.
    loss: task === 'regression' ? 'meanAbsoluteError' : TASK_DEFAULTS[task].loss,
    epochs: few ? 100 : rows < MANY_ROWS ? 40 : 10,
    batchSize: few ? powerOfTwo(rows / 30, 16, 32) : powerOfTwo(rows / 60, 32, 512),
    ensemble: few ? 4 : rows < MANY_ROWS ? 3 : 1,
  }
}
