import { quoted } from '../errors.ts'
import { counted } from '../numbers.ts'
import type { Warning } from '../warnings.ts'
import { warningsOfClasses, warningsOfPlaceholders } from './class-warnings.ts'
import { type ChosenColumns, classCount, LABEL, labelCounts } from './columns.ts'
import type { CompleteRecipe, RecipeInput } from './schema.ts'
import type { ColumnDescription, TableDescription } from './table.ts'

/** Different whole numbers up to which a target is likely to have classes. */
const MOST_NUMERIC_CLASSES = 10

/** Returns what the client may not expect of the target that was chosen, and of the task. */
export function warningsOfTarget(
  input: RecipeInput,
  recipe: CompleteRecipe,
  { target }: ChosenColumns,
): Warning[] {
  const warnings: Warning[] = []
  const column = target.name
  if (input.target === undefined && column !== LABEL)
    warnings.push({
      code: 'target-by-position',
      column,
      message: `The target is ${quoted(column)}, because it is the last column. To predict another column, name it in the recipe's "target".`,
    })
  const { distinct = 0, integer } = target
  if (
    input.task === undefined &&
    recipe.task === 'regression' &&
    integer &&
    distinct <= MOST_NUMERIC_CLASSES
  ) {
    const range = distinct === 2 ? `${target.min} and ${target.max}` : `${target.min} to ${target.max}`
    if (distinct > 1)
      warnings.push({
        code: 'numeric-target',
        column,
        message: `${quoted(column)} has only ${distinct} different values, the whole numbers ${range}, and is learnt as a number: predictions are numbers such as 1.9. If the values are classes, set the recipe's "task" to "${distinct === 2 ? 'binary' : 'multiclass'}".`,
      })
  }
  return warnings
}

function weightedProbabilities(column: string): Warning {
  return {
    code: 'weighted-probabilities',
    column,
    message:
      'With classWeights, probabilities are not frequencies: those of classes with a higher weight are too high. Set "calibration" to "auto", which corrects them and keeps the predicted classes, or leave out classWeights and choose a threshold.',
  }
}

/** Number of rows below which a class is rare and gets a warning. */
const RARE = 10
/** Largest number of rare classes with a warning each; one more warning counts the others. */
const NAMED_CLASSES = 10

function warnOfRareClasses({ name: column, classes = {} }: ColumnDescription, warnings: Warning[]): void {
  const rare = Object.entries(classes).filter(([, count]) => count < RARE)
  const few = 'too few to learn it or to measure it well.'
  for (const [name, count] of rare.slice(0, NAMED_CLASSES))
    warnings.push({
      code: 'rare-class',
      column,
      count,
      message: `The class ${quoted(name)} has only ${counted(count, 'row')}: ${few}`,
    })
  const others = rare.length - NAMED_CLASSES
  if (others > 0)
    warnings.push({
      code: 'rare-class',
      column,
      message: `There ${others === 1 ? 'is' : 'are'} ${counted(others, 'more class', 'more classes')} of fewer than ${RARE} rows.`,
    })
}

/**
 * Adds the warnings about what a recipe is trained on: layers, classes, a constant target, and columns without any
 * information.
 * @param input the recipe as it was sent, which may name the inputs
 */
export function warnOfData(
  input: RecipeInput,
  recipe: CompleteRecipe,
  columns: ChosenColumns,
  table: TableDescription,
  warnings: Warning[],
): void {
  if (recipe.task === 'multiclass') {
    const classes = classCount(columns.target)
    for (const [index, layer] of recipe.layers.entries())
      if (layer.units < classes)
        warnings.push({
          code: 'narrow-layer',
          message: `Hidden layer ${index + 1} has ${counted(layer.units, 'unit')} for ${classes} classes: an information bottleneck. Give it at least ${classes} units.`,
        })
  }
  if (recipe.multiLabel) {
    const classes = labelCounts(columns.target, recipe.multiLabel.separator) ?? {}
    warnOfRareClasses({ ...columns.target, classes }, warnings)
  } else if (recipe.task !== 'regression') {
    warnOfRareClasses(columns.target, warnings)
    // The column as the table has it, whose warnings are known once it was looked at.
    const [target = columns.target] = columns.targets
    warnings.push(...warningsOfClasses(target), ...warningsOfPlaceholders(target))
    if (recipe.classWeights !== null && recipe.calibration === 'none')
      warnings.push(weightedProbabilities(columns.target.name))
  } else
    for (const { name, distinct } of columns.targets)
      if (distinct === 1)
        warnings.push({
          code: 'constant-target',
          column: name,
          message: `The target ${quoted(name)} has the same value in every row, so there is nothing to learn.`,
        })
  const empty = (input.inputs ? columns.inputs : withoutRole(columns, table)).filter(
    ({ missing }) => missing === table.rows,
  )
  const unread = 'has no value in any row, and is an input only if a recipe names it in "inputs"'
  warnOfEach(empty, 'empty-column', unread, warnings)
  const nothing = 'has the same value in every row, so nothing can be learnt from it'
  warnOfEach(columns.inputs.filter(isConstant), 'constant-column', nothing, warnings)
}

/** Returns the columns of a table that are neither a target nor read for a purpose of their own. */
function withoutRole({ targets, roles }: ChosenColumns, { columns }: TableDescription): ColumnDescription[] {
  const taken = new Set([...targets, ...Object.values(roles)].map(({ name }) => name))
  return columns.filter(({ name }) => !taken.has(name))
}

/** Tells whether a column has one value in all rows. One with gaps tells of its rows where they are. */
function isConstant({ type, missing, classes, distinct }: ColumnDescription): boolean {
  if (type === 'text' || missing > 0) return false
  return (classes ? Object.keys(classes).length : distinct) === 1
}

/** Columns of one fault that are warned of one by one; one more warning counts the others. */
const NAMED_COLUMNS = 20

function warnOfEach(
  columns: readonly ColumnDescription[],
  code: Warning['code'],
  fault: string,
  warnings: Warning[],
): void {
  for (const { name: column } of columns.slice(0, NAMED_COLUMNS))
    warnings.push({ code, column, message: `The column ${quoted(column)} ${fault}.` })
  if (columns.length > NAMED_COLUMNS)
    warnings.push({
      code,
      message: `${counted(columns.length - NAMED_COLUMNS, 'more column')}: each ${fault}.`,
    })
}
