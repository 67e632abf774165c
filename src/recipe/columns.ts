import { type FieldProblem, listQuoted, ProblemList, quoted } from '../errors.ts'
import { classLookup, nfcLookup } from '../normal-form.ts'
import { labelsOf } from './lists.ts'
import { suggestion } from './names.ts'
import { MAX_CLASSES } from './parts.ts'
import { pointer } from './problems.ts'
import type { CompleteRecipe, RecipeInput } from './schema.ts'
import { type ColumnDescription, columnFinder, isDateType, type TableDescription } from './table.ts'
import { targetNames } from './targets.ts'
import type { Task } from './task.ts'
import { typesOption } from './types-option.ts'

/** The column that is the target if a recipe names none. */
export const LABEL = 'label'

/** Fields of a recipe that name a column which is no input unless `inputs` names it too. */
export const ROLES = ['group', 'time', 'weights'] as const
export type Role = (typeof ROLES)[number]

const ROLE_NAMES: Record<Role, string> = { group: 'the group', time: 'the time', weights: 'the weights' }

/** The columns of a table that a recipe trains on. */
export interface ChosenColumns {
  /** The target; of several the first one, with the most gaps that any of them has. */
  target: ColumnDescription
  targets: ColumnDescription[]
  inputs: ColumnDescription[]
  /** Columns that are read for another purpose than as inputs, by the recipe's field that names them. */
  roles: Partial<Record<Role, ColumnDescription>>
}

/** Returns the names of the columns that a recipe reads beside its inputs and its target. */
export function roleColumns(recipe: { readonly [Key in Role]?: string | null | undefined }): string[] {
  return ROLES.flatMap((role) => recipe[role] ?? [])
}

/** Returns a recipe whose names of columns and classes are spelled as the table spells them (see `nfcLookup`). */
export function withTableNames(recipe: RecipeInput, table: TableDescription): RecipeInput {
  const { target, inputs, columns, classWeights, cost, rank } = recipe
  const lookup = recipe.mergeClasses ? classLookup : nfcLookup
  const columnOf = columnFinder(table)
  const nameOf = (name: string) => columnOf(name)?.name ?? name
  const targets = target === undefined ? undefined : targetNames({ target }).map(nameOf)
  const targetColumn = columnOf(targets?.[0] ?? defaultTarget(table) ?? '')
  const classOf = lookup(Object.keys(targetColumn?.classes ?? {}).map((name) => [name, name] as const))
  return {
    ...recipe,
    ...(targets && { target: targets.length === 1 ? (targets[0] ?? '') : targets }),
    ...(inputs && { inputs: inputs.map(nameOf) }),
    ...Object.fromEntries(ROLES.flatMap((role) => (recipe[role] ? [[role, nameOf(recipe[role])]] : []))),
    ...(columns && { columns: renamed(columns, nameOf) }),
    ...(typeof classWeights === 'object' &&
      classWeights && { classWeights: renamed(classWeights, (name) => classOf(name) ?? name) }),
    ...(Array.isArray(rank) && { rank: rank.map((name) => classOf(name) ?? name) }),
    ...(cost && {
      cost: Object.fromEntries(
        Object.entries(renamed(cost, (name) => classOf(name) ?? name)).map(([name, line]) => [
          name,
          renamed(line, (each) => classOf(each) ?? each),
        ]),
      ),
    }),
  }
}

/** Renames keys, but not to one that is there already: it then stays an unknown name, and is reported. */
function renamed<T>(
  record: Readonly<Record<string, T>>,
  nameOf: (name: string) => string,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      Object.hasOwn(record, nameOf(key)) ? key : nameOf(key),
      value,
    ]),
  )
}

/** Returns the target of a recipe that names none: `label`, else the last column. */
export function defaultTarget({ columns }: TableDescription): string | undefined {
  return columns.some(({ name }) => name === LABEL) ? LABEL : columns.at(-1)?.name
}

/**
 * Finds the target (default: `label`, else the last column) and the inputs (default: all other columns but those that are left
 * out and those without any value, unless these are all). Adds what is wrong to `problems`; returns undefined if there is no
 * target or no input.
 */
export function chooseColumns(
  recipe: RecipeInput,
  table: TableDescription,
  problems: FieldProblem[],
): ChosenColumns | undefined {
  const found = new ProblemList()
  const columns = findColumns(recipe, table, found)
  problems.push(...found.told('/recipe'))
  return columns
}

function findColumns(
  recipe: RecipeInput,
  table: TableDescription,
  problems: ProblemList,
): ChosenColumns | undefined {
  const names = table.columns.map((column) => column.name)
  const byName = new Map(table.columns.map((column) => [column.name, column]))
  const find = (name: string, path: string): ColumnDescription | undefined => {
    const column = byName.get(name)
    if (!column)
      problems.add(() => ({
        path,
        message: `Unknown column${suggestion(name, names)} The data set has: ${listQuoted(names)}.`,
      }))
    return column
  }
  const { targetNamesOf, targets } = findTargets(recipe, table, find, problems)
  const [first] = targets
  const target = first && { ...first, missing: Math.max(...targets.map(({ missing }) => missing)) }
  const roles: ChosenColumns['roles'] = {}
  for (const role of ROLES) {
    const name = recipe[role]
    if (name == null) continue
    const path = `/recipe/${role}`
    const column = find(name, path)
    if (targetNamesOf.includes(name))
      problems.add(() => ({
        path,
        message: `The target cannot be ${ROLE_NAMES[role]} as well. Name another column, or remove ${role}.`,
      }))
    else if (column?.type === 'list')
      problems.add(() => ({
        path,
        message: `The column holds lists, which cannot be ${ROLE_NAMES[role]}. Name another column, or remove ${role}.`,
      }))
    else if (column) roles[role] = column
  }
  const inputs = new Map<string, ColumnDescription>()
  for (const [index, name] of (recipe.inputs ?? defaultInputs(recipe, table, targetNamesOf)).entries()) {
    const path = `/recipe/inputs/${index}`
    const column = find(name, path)
    if (targetNamesOf.includes(name))
      problems.add(() => ({ path, message: 'The target cannot be an input. Remove it from inputs.' }))
    else if (inputs.has(name))
      problems.add(() => ({ path, message: 'This column is listed twice. Remove one.' }))
    else if (column?.type === 'list')
      problems.add(() => ({
        path,
        message: 'The column holds lists, which can only be a target. Remove it from inputs.',
      }))
    else if (column) inputs.set(name, column)
  }
  if (target && inputs.size === 0 && problems.total === 0)
    problems.add(() => ({
      path: '/recipe/inputs',
      message: `The data set has no column beside ${[`the target`, ...ROLES.flatMap((role) => (recipe[role] ? ROLE_NAMES[role] : []))].join(' and ')}, so there is nothing to learn from.`,
    }))
  const inputNames = [...inputs.keys()]
  for (const name of Object.keys(recipe.columns ?? {}))
    if (!inputs.has(name))
      problems.add(() => ({
        path: `/recipe/columns${pointer([name])}`,
        message: `Unknown input column${suggestion(name, inputNames)} The inputs are: ${listQuoted(inputNames)}.`,
      }))
  return target && inputs.size > 0 ? { target, targets, inputs: [...inputs.values()], roles } : undefined
}

function findTargets(
  recipe: RecipeInput,
  table: TableDescription,
  find: (name: string, path: string) => ColumnDescription | undefined,
  problems: ProblemList,
): { targetNamesOf: readonly string[]; targets: ColumnDescription[] } {
  const chosen = recipe.target ?? defaultTarget(table)
  const names = chosen === undefined ? [] : targetNames({ target: chosen })
  const targets: ColumnDescription[] = []
  for (const [index, name] of names.entries()) {
    const path = typeof chosen === 'string' ? '/recipe/target' : `/recipe/target/${index}`
    const column = find(name, path)
    if (names.indexOf(name) < index)
      problems.add(() => ({ path, message: 'This column is listed twice. Remove one.' }))
    else if (column) targets.push(column)
  }
  return { targetNamesOf: names, targets: targets.length === names.length ? targets : [] }
}

function defaultInputs(
  recipe: RecipeInput,
  { columns, rows }: TableDescription,
  targets: readonly string[],
): string[] {
  const taken = [...targets, ...roleColumns(recipe)]
  const others = columns.filter(({ name, type }) => !taken.includes(name) && type !== 'list')
  const telling = others.filter(({ leftOutAs, missing }) => leftOutAs === undefined && missing < rows)
  return (telling.length > 0 ? telling : others).map(({ name }) => name)
}

/**
 * Returns the names of the classes if the description has them; for numbers it has only the smallest and the largest.
 */
export function classNames(task: Task, target: ColumnDescription): string[] | undefined {
  if (target.classes) return Object.keys(target.classes)
  return task === 'binary' && target.min !== undefined && target.max !== undefined
    ? [String(target.min), String(target.max)]
    : undefined
}

/** Returns the number of different values of a column; undefined where the description does not tell. */
export function valueCount({ classes, distinct }: ColumnDescription): number | undefined {
  return classes ? Object.keys(classes).length : distinct
}

/** Returns the number of classes of a target: its different values. */
export function classCount(target: ColumnDescription): number {
  return target.classes ? Object.keys(target.classes).length : (target.distinct ?? 0)
}

/**
 * Returns the rows of each label of a target whose cells name several; undefined where the description does not list the
 * cells.
 */
export function labelCounts(
  { type, classes }: ColumnDescription,
  separator: string,
): Record<string, number> | undefined {
  if (!classes || type === 'list') return classes
  const counts = new Map<string, number>()
  for (const [cell, rows] of Object.entries(classes))
    for (const label of labelsOf(cell, separator)) counts.set(label, (counts.get(label) ?? 0) + rows)
  return Object.fromEntries(counts)
}

/** Returns the classes or labels of a recipe's target, which are the outputs of its network; 1 for a number. */
export function answerCount(
  { task, multiLabel }: Pick<CompleteRecipe, 'task' | 'multiLabel'>,
  target: ColumnDescription,
): number {
  if (task === 'regression') return 1
  if (task !== 'multiLabel') return classCount(target)
  return Object.keys(labelCounts(target, multiLabel?.separator ?? '') ?? {}).length
}

/** Returns the outputs of a recipe's network. */
export function outputCount(
  recipe: Pick<CompleteRecipe, 'task' | 'multiLabel' | 'target'>,
  target: ColumnDescription,
): number {
  if (recipe.task === 'regression') return targetNames(recipe).length
  return recipe.task === 'binary' ? 1 : answerCount(recipe, target)
}

/**
 * Returns the default task for a target: multiLabel for lists, binary for 0 and 1, `true` and `false` or two categories,
 * multiclass for more categories, regression for other numbers.
 */
export function taskOf(target: ColumnDescription): Task {
  if (target.type === 'list') return 'multiLabel'
  if (target.type === 'number') {
    const zeroOne = target.distinct === 2 && target.min === 0 && target.max === 1
    return zeroOne ? 'binary' : 'regression'
  }
  return classCount(target) > 2 ? 'multiclass' : 'binary'
}

/** Returns why a task cannot learn a target; undefined if it can. */
export function targetFault(
  recipe: Pick<CompleteRecipe, 'task' | 'multiLabel'>,
  target: ColumnDescription,
  rows: number,
): string | undefined {
  const { task } = recipe
  const name = quoted(target.name)
  if (target.missing >= rows)
    return `Every value of ${name} is missing, so there is nothing to learn. Choose another target.`
  if (task === 'multiLabel') return labelsFault(recipe, target)
  if (target.type === 'list')
    return `${name} holds lists of labels, and the task ${task} learns one value of a row. Use the task multiLabel.`
  if (target.type === 'text' && !target.classes) return textFault(target)
  if (isDateType(target.type)) return dateFault(target)
  if (task === 'regression')
    return target.type === 'number'
      ? undefined
      : `${name} is a ${target.type}, and a regression needs a number. Use another task or target.`
  const classes = classCount(target)
  if (classes < 2)
    return `${name} has one class only, and a classifier needs at least two. Choose another target.`
  if (task === 'binary' && classes > 2)
    return `${name} has ${classes} classes, and the task binary needs two. Use multiclass.`
  if (classes > MAX_CLASSES)
    return `${name} has ${classes.toLocaleString('en')} different values, and a classifier learns at most ${MAX_CLASSES.toLocaleString('en')} classes. Choose another target, or join classes in the data${target.type === 'number' ? '; or use the task regression' : ''}.`
  return undefined
}

/** Returns why the labels of a target cannot be learnt. */
function labelsFault(
  recipe: Pick<CompleteRecipe, 'task' | 'multiLabel'>,
  target: ColumnDescription,
): string | undefined {
  const name = quoted(target.name)
  const { type, classes, distinct = 0 } = target
  if (type === 'number' || type === 'boolean')
    return `${name} is a ${type}, and labels are read from lists or from texts with a separator. Use another task or target, or upload the data with ${typesOption(target.name, 'category')}.`
  if (!classes && type === 'text')
    return `${name} is a text whose values are not counted, so its labels are not known. Upload the data with ${typesOption(target.name, 'category')}, or as NDJSON with arrays of labels.`
  const separator = recipe.multiLabel?.separator ?? ''
  if (type !== 'list' && !Object.keys(classes ?? {}).some((cell) => cell.includes(separator)))
    return `No value of ${name} has the separator ${JSON.stringify(separator)}, so each row would have one label. Give the text between labels as "multiLabel": {"separator": …}, or use the task multiclass.`
  const labels = classes ? answerCount(recipe, target) : distinct
  if (labels < 2)
    return `${name} has ${labels === 0 ? 'no label' : 'one label only'}, and multiLabel needs at least two. Check the "separator" in multiLabel, or choose another target.`
  if (labels > MAX_CLASSES)
    return `${name} has ${labels.toLocaleString('en')} different labels, and at most ${MAX_CLASSES.toLocaleString('en')} are learnt. Leave out rare labels in the data, or join them.`
  return undefined
}

/** Returns why a text cannot be a target, with a remedy that the limit on classes does not refuse afterwards. */
function textFault({ name, distinct }: ColumnDescription): string {
  const column = quoted(name)
  if (distinct !== undefined && distinct > MAX_CLASSES)
    return `${column} has ${distinct.toLocaleString('en')} different texts, and a classifier learns at most ${MAX_CLASSES.toLocaleString('en')} classes. Choose another target, or join classes in the data.`
  return `${column} is a text, which no task can predict. Choose another target, or upload the data with ${typesOption(name, 'category')}.`
}

/** Returns why a date cannot be a target, with a remedy that the limit on classes does not refuse afterwards. */
function dateFault({ name, type, distinct = 0 }: ColumnDescription): string {
  const asClasses =
    distinct > MAX_CLASSES
      ? ''
      : ` To predict it as one of ${distinct.toLocaleString('en')} classes, upload the data with ${typesOption(name, 'category')}.`
  return `${quoted(name)} is a ${type}, which no task can predict. Choose another target, or add a column with a number to predict, such as the days until it.${asClasses}`
}
