import { type FieldProblem, listQuoted, ProblemList, quoted } from '../errors.ts'
import { inClassForm, inNfc } from '../normal-form.ts'
import { counted } from '../numbers.ts'
import { type ChosenColumns, labelCounts } from './columns.ts'
import { foldCount } from './monitor.ts'
import type { CompleteRecipe } from './schema.ts'
import { type ColumnDescription, columnFinder, readingOf, type TableDescription } from './table.ts'
import { targetNames, transformOf } from './targets.ts'
import { readingOption } from './types-option.ts'
import { weightsFault } from './weights.ts'

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
      `The data set has ${counted(rows, 'row')} with a target, too few to train and validate on. Upload at least 2.`,
    )
  else if (kFold !== undefined && kFold > rows)
    problem('/kFold', `The data set has ${counted(rows, 'row')} with a target, so use at most ${rows} folds.`)
  else if (foldCount(recipe) > MAX_FOLDS)
    problem(
      '/kFold',
      `${kFold} folds × ${repeats} repeats are more than ${MAX_FOLDS.toLocaleString('en')} trainings. Use fewer.`,
    )
  if (dataset === undefined || !other) return
  const columnOf = columnFinder(other)
  const faults = new ProblemList()
  const { weights } = columns.roles
  for (const column of [...columns.inputs, ...columns.targets, ...(weights ? [weights] : [])]) {
    const fault = columnFault(column, columnOf(column.name))
    if (fault !== undefined) faults.add(() => ({ message: fault }))
  }
  const otherWeights = weights && columnOf(weights.name)
  const unfit = otherWeights?.type === 'number' ? weightsFault(otherWeights) : undefined
  if (unfit !== undefined) faults.add(() => ({ message: unfit }))
  for (const { message } of faults.told('')) problem('/dataset', message)
  const known = answersOf(recipe, columns.target)
  for (const fault of targetFaults(recipe, known, other)) problem('/dataset', fault)
  for (const name of targetNames(recipe)) {
    const { min = 0 } = columnOf(name) ?? {}
    if (transformOf(recipe, name) === 'log' && min <= -1)
      problem(
        '/dataset',
        `The smallest value of the target in this data set is ${min}, and ln(1 + x) needs values above -1. Leave out such rows, or use the targetTransform "standardize" or "none".`,
      )
  }
}

/**
 * Returns why a version cannot be evaluated on a data set: missing columns, no target, classes that the version does
 * not know. Empty if it can.
 */
export function validationFaults(
  recipe: CompleteRecipe,
  classes: readonly string[] | null,
  table: TableDescription,
): string[] {
  const columnOf = columnFinder(table)
  const missing = new ProblemList()
  for (const name of [...recipe.inputs, ...targetNames(recipe)])
    if (!columnOf(name)) missing.add(() => ({ message: `The data set has no column ${quoted(name)}.` }))
  if (missing.total > 0) return missing.told('').map(({ message }) => message)
  return targetFaults(recipe, classes, table)
}

/** Returns the classes or labels of a target; null where the description does not have all of them. */
export function answersOf(recipe: CompleteRecipe, target: ColumnDescription): string[] | null {
  const { values, isComplete } = listedAnswers(recipe, target)
  return isComplete ? values : null
}

/** Returns the classes or labels that the description of a target lists: of many different numbers, only some. */
function listedAnswers(
  { multiLabel }: Pick<CompleteRecipe, 'multiLabel'>,
  target: ColumnDescription,
): { values: string[]; isComplete: boolean } {
  const counts = multiLabel ? labelCounts(target, multiLabel.separator) : target.classes
  if (counts) return { values: Object.keys(counts), isComplete: true }
  if (target.type !== 'number') return { values: [], isComplete: false }
  const { min, max, frequent = [], distinct } = target
  const ends = [min, max].flatMap((end) => (end === undefined ? [] : [String(end)]))
  const values = [...new Set([...frequent.map(({ value }) => value), ...ends])]
  return { values, isComplete: values.length === distinct }
}

function targetFaults(
  recipe: CompleteRecipe,
  classes: readonly string[] | null,
  table: TableDescription,
): string[] {
  const [first, ...others] = targetNames(recipe)
  if (first !== undefined && others.length > 0)
    return [first, ...others].flatMap((name) => targetFaults({ ...recipe, target: name }, classes, table))
  const target = columnFinder(table)(first ?? '')
  if (!target) return []
  if (target.missing >= table.rows) return ['No row of the data set has a value in the target column.']
  if (recipe.task === 'regression')
    return target.type === 'number'
      ? []
      : [`The target of the data set is a ${target.type}, and a regression needs a number.`]
  if (!recipe.multiLabel && target.type === 'list')
    return ['The target of the data set holds lists, and the training data has single values.']
  if (!classes) return []
  const formOf = recipe.mergeClasses ? inClassForm : inNfc
  const known = new Set(classes.map(formOf))
  const unknown = listedAnswers(recipe, target).values.filter((name) => !known.has(formOf(name)))
  if (unknown.length > 0)
    return [
      `The target of the data set has ${recipe.multiLabel ? 'labels' : 'classes'} that the training data lacks: ${listQuoted(unknown)}. ${LEAVE_OUT}`,
    ]
  const { distinct = 0 } = target
  if (target.type === 'number' && distinct > known.size)
    return [
      `The target of the data set has ${distinct.toLocaleString('en')} different values, and the training data has ${known.size} classes. ${LEAVE_OUT}`,
    ]
  return []
}

/** What to do about rows whose class the training data lacks. */
const LEAVE_OUT = 'Leave out such rows, or train on data that has them too.'

/**
 * Returns what is wrong with numbers that are to be classes; undefined if each is known. For what no description lists: many
 * different numbers.
 * @param dataset how the message names the data set of the numbers
 * @param column name of the target
 * @param numbers NaN: the row has none
 */
export function unknownNumberFault(
  dataset: string,
  column: string,
  numbers: Float64Array,
  known: ReadonlySet<number>,
): string | undefined {
  const unknown = numbers.find((number) => !Number.isNaN(number) && !known.has(number))
  if (unknown === undefined) return undefined
  return `${dataset} has the value ${unknown} in its target column ${quoted(column)}, a class that the training data lacks. ${LEAVE_OUT}`
}

/** Returns why a column does not fit. Text fits category, since the texts of a short table look like categories. */
function columnFault(column: ColumnDescription, found: ColumnDescription | undefined): string | undefined {
  const name = quoted(column.name)
  if (!found) return `The data set has no column ${name}.`
  // A column of lists is compared as a target, where labels may stand in lists or texts.
  if (readingOf(found.type) === readingOf(column.type)) return undefined
  // Another name would be another column.
  const remedy = column.name.includes(',') ? '' : ` Upload it with ${readingOption(column)}.`
  return `The column ${name} is a ${found.type} in this data set, but a ${column.type} in the training data.${remedy}`
}
