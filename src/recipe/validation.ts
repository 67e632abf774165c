import type { FieldProblem } from '../errors.ts'
import type { ChosenColumns } from './columns.ts'
import { foldCount } from './monitor.ts'
import type { CompleteRecipe } from './schema.ts'
import type { ColumnDescription, TableDescription } from './table.ts'

/** Largest number of trainings of one k-fold validation: folds times repeats. */
const MAX_FOLDS = 1_000

/** Checks a k-fold against the number of rows, and a validation data set against the recipe's columns. */
export function checkValidation(
  recipe: CompleteRecipe,
  columns: ChosenColumns,
  table: TableDescription,
  other: TableDescription | undefined,
  problems: FieldProblem[],
): void {
  const problem = (path: string, message: string) =>
    problems.push({ path: `/recipe/validation${path}`, message })
  const rows = table.rows - columns.target.missing
  const { kFold, repeats = 1, dataset } = recipe.validation ?? {}
  if (kFold !== undefined && rows < 2)
    problem(
      '',
      `The data set has ${rows} rows with a target, too few to train and validate on. Upload at least 2.`,
    )
  else if (kFold !== undefined && kFold > rows)
    problem('/kFold', `The data set has ${rows} rows with a target, so use at most ${rows} folds.`)
  else if (foldCount(recipe) > MAX_FOLDS)
    problem(
      '/kFold',
      `${kFold} folds × ${repeats} repeats are more than ${MAX_FOLDS.toLocaleString('en')} trainings. Use fewer.`,
    )
  if (dataset === undefined || !other) return
  const faults = [...columns.inputs, columns.target].flatMap((column) => columnFault(column, other) ?? [])
  for (const fault of faults) problem('/dataset', fault)
  const known = columns.target.classes ? Object.keys(columns.target.classes) : null
  for (const fault of targetFaults(recipe, known, other)) problem('/dataset', fault)
  const { min = 0 } = other.columns.find(({ name }) => name === recipe.target) ?? {}
  if (recipe.targetTransform === 'log' && min <= -1)
    problem(
      '/dataset',
      `The smallest value of the target in this data set is ${min}, and ln(1 + x) needs values above -1. Leave out such rows, or use the targetTransform "standardize" or "none".`,
    )
}

/**
 * Returns why a version cannot be evaluated on a data set: missing columns, no target, classes that the version does not
 * know. Empty if it can.
 */
export function validationFaults(
  recipe: CompleteRecipe,
  classes: readonly string[] | null,
  table: TableDescription,
): string[] {
  const missing = [...recipe.inputs, recipe.target].filter(
    (name) => !table.columns.some((column) => column.name === name),
  )
  if (missing.length > 0) return missing.map((name) => `The data set has no column ${JSON.stringify(name)}.`)
  return targetFaults(recipe, classes, table)
}

function targetFaults(
  recipe: CompleteRecipe,
  classes: readonly string[] | null,
  table: TableDescription,
): string[] {
  const target = table.columns.find((column) => column.name === recipe.target)
  if (!target) return []
  if (target.missing >= table.rows) return ['No row of the data set has a value in the target column.']
  if (recipe.task === 'regression')
    return target.type === 'number'
      ? []
      : [`The target of the data set is a ${target.type}, and a regression needs a number.`]
  if (!classes || !target.classes) return []
  const unknown = Object.keys(target.classes).filter((name) => !classes.includes(name))
  if (unknown.length === 0) return []
  const listed = unknown.slice(0, 10).map((name) => JSON.stringify(name))
  return [`The target of the data set has classes that the training data lacks: ${listed.join(', ')}.`]
}

/** Returns why a column does not fit. Text fits category, since the texts of a short table look like categories. */
function columnFault(column: ColumnDescription, other: TableDescription): string | undefined {
  const name = JSON.stringify(column.name)
  const found = other.columns.find((each) => each.name === column.name)
  if (!found) return `The data set has no column ${name}.`
  const kind = (type: ColumnDescription['type']) => (type === 'category' ? 'text' : type)
  if (kind(found.type) === kind(column.type)) return undefined
  return `The column ${name} is a ${found.type} in this data set, but a ${column.type} in the training data. Upload it with types=${column.name}:${column.type}.`
}
