import type { TableColumn } from '../../../src/datasets/table.ts'
import { CompleteRecipe } from '../../../src/recipe/index.ts'
import type { TrainingTable } from '../../../src/training/data/tables.ts'

/** A table of columns. Numbers may have gaps: NaN. */
export function tableOf(columns: Record<string, TableColumn>): TrainingTable {
  const [first] = Object.values(columns)
  return { rows: first?.values.length ?? 0, columns: new Map(Object.entries(columns)) }
}

export const numbers = (...values: (number | null)[]): TableColumn => ({
  type: 'number',
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
})
export const texts = (...values: (string | null)[]): TableColumn => ({ type: 'text', values })
export const classes = (...values: (string | null)[]): TableColumn => ({ type: 'category', values })

/** A recipe whose target is `y` and whose input is `x`, as it is after all defaults. */
export function recipeOf(own: object): CompleteRecipe {
  return CompleteRecipe.parse({
    task: 'regression',
    target: 'y',
    inputs: ['x'],
    encoder: null,
    scaling: 'standard',
    bins: 8,
    missing: 'median',
    columns: {},
    targetTransform: 'none',
    layers: [],
    labels: null,
    optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0, nesterov: false },
    loss: { type: 'meanSquaredError' },
    metrics: [],
    learningRateSchedule: null,
    classWeights: null,
    epochs: 1,
    batchSize: 16,
    validation: null,
    earlyStopping: null,
    finalEpochs: null,
    threshold: 0.5,
    ensemble: 1,
    engine: 'auto',
    seed: 1,
    ...own,
  })
}
