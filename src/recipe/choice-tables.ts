import { DEFAULT_BINS, LAYER_DEFAULTS, powerOfTwo, TASK_DEFAULTS } from './defaults.ts'
import { DEFAULT_ENCODER } from './encoders/bag.ts'
import type { Choice, Facts } from './facts.ts'
import type { ColumnDescription } from './table.ts'

/** Rows below which there are too few to learn a curve of many bins for each number. */
const FEW_ROWS = 1_000
const VERY_FEW_ROWS = 200
const MANY_VALUES = 100
const MOST_INPUTS = 2_048
const MOST_BINS = 64
const LEAST_BINS = 8

/**
 * For tables without a text. Numbers become piecewise linear (Gorishniy et al. 2022), unless there are few rows or
 * very many columns; and several networks are averaged, which pays more than a larger one.
 */
export function choiceForTables(facts: Facts): Choice {
  const { task, inputs, rows, classes } = facts
  const numbers = inputs.filter(({ type }) => type === 'number').length
  const bins = Math.min(MOST_BINS, Math.floor(MOST_INPUTS / Math.max(1, numbers)))
  const few = rows < FEW_ROWS
  const curves = !few && bins >= LEAST_BINS
  const units = few ? 128 : 256
  return {
    encoder: DEFAULT_ENCODER,
    scaling: curves ? 'piecewiseLinear' : 'standard',
    bins: curves ? bins : DEFAULT_BINS,
    layers: [0, 1].map(() => ({ units, ...LAYER_DEFAULTS })),
    optimizer: few ? { type: 'adam', learningRate: 0.003 } : { type: 'adamW', learningRate: 0.002 },
    learningRateSchedule: { type: 'cosine', alpha: 0 },
    // What a regression is judged by; squares would be ruled by a few rows.
    loss: task === 'regression' ? 'meanAbsoluteError' : TASK_DEFAULTS[task].loss,
    batchSize: few ? powerOfTwo(rows / 30, 16, 32) : powerOfTwo(rows / 60, 32, 512),
    ...(few ? effortForFew : effort)(rows * widthOf(inputs, curves ? bins : 1), task === 'regression'),
    ...bound(rows, Math.max(classes, ...inputs.map((column) => Object.keys(column.classes ?? {}).length))),
  }
}

/** With what time allows, some minute on two cores. @param size encoded numbers of all rows */
function effort(size: number, regression: boolean): Pick<Choice, 'epochs' | 'ensemble'> {
  if (size > 36e6) return { epochs: 10, ensemble: 1 }
  // Classifiers overfit sooner.
  return { epochs: regression ? 40 : 15, ensemble: size > 12e6 ? 1 : 3 }
}

/** One network where its ends are wide, which take most of the time; two where so few rows are fitted in a moment. */
function bound(rows: number, widest: number): { ensemble?: 1 | 2 } {
  if (widest > MANY_VALUES) return { ensemble: 1 }
  return rows < VERY_FEW_ROWS ? { ensemble: 2 } : {}
}

/** Each network is fitted once in every fold, and then on all rows. */
function effortForFew(size: number, regression: boolean): Pick<Choice, 'epochs' | 'ensemble'> {
  return { epochs: regression ? 100 : 50, ensemble: size > 0.1e6 ? 1 : 4 }
}

function widthOf(inputs: readonly ColumnDescription[], bins: number): number {
  return inputs.reduce((sum, { type, classes = {} }) => {
    return sum + (type === 'number' ? bins : Object.keys(classes).length)
  }, 0)
}
