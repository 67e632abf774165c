import { powerOfTwo, SCHEDULE_DEFAULTS, TASK_DEFAULTS } from './defaults.ts'
import { completeLoss } from './losses.ts'
import { completeOptimizer } from './optimizers.ts'
import type { CompleteRecipe } from './schema.ts'

/** Steps of a linear fit, after which its loss hardly falls any more. */
const STEPS = 3_000
/** Cells of all rows times epochs above which no linear model is fitted: some seconds. */
const MOST_CELLS = 200e6

/**
 * Returns the recipe of a linear model of the same columns and validation rows, with which other models are compared:
 * standardized numbers, no hidden layer, one network. Undefined where texts are among the inputs or the table is so large
 * that it would take long.
 * @param rows rows that have a target
 */
export function linearRecipe(recipe: CompleteRecipe, rows: number): CompleteRecipe | undefined {
  const { task, inputs, validation, encoder } = recipe
  const batchSize = powerOfTwo(rows / 30, 16, 256)
  const epochs = Math.max(20, Math.ceil(STEPS / Math.max(1, rows / batchSize)))
  const folds = validation?.kFold ?? 1
  if (validation === null || encoder !== null || rows * inputs.length * epochs * folds > MOST_CELLS)
    return undefined
  return {
    ...recipe,
    scaling: 'standard',
    columns: Object.fromEntries(
      Object.entries(recipe.columns).map(([name, { scaling: _scaling, bins: _bins, ...rest }]) => [
        name,
        rest,
      ]),
    ),
    network: { type: 'layers' },
    layers: [],
    outputL1: 0,
    otherMembers: [],
    optimizer: completeOptimizer({ type: 'adam', learningRate: 0.03 }),
    loss: task === 'regression' ? completeLoss({ type: TASK_DEFAULTS.regression.loss }) : recipe.loss,
    learningRateSchedule: SCHEDULE_DEFAULTS.cosine,
    epochs,
    batchSize,
    validation: validation.kFold === undefined ? validation : { ...validation, repeats: 1 },
    earlyStopping: null,
    finalEpochs: null,
    ensemble: 1,
    candidates: null,
    learningCurve: false,
    budget: null,
    search: null,
  }
}
