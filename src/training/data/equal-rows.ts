import { createHash } from 'node:crypto'
import { counted } from '../../numbers.ts'
import { type CompleteRecipe, targetNames } from '../../recipe/index.ts'
import type { Warning } from '../../warnings.ts'
import { type Groups, groupsOf } from './groups.ts'
import { columnOf, type TrainingTable } from './tables.ts'

/** Rows above which nobody looks for equal ones: it takes some 3 µs a row. */
const MOST_ROWS = 500_000

/** What `firstEqualRows` found for the labelled rows of a table, by the columns that it compared. */
const found = new WeakMap<TrainingTable, Map<string, Uint32Array | null>>()

/**
 * Does the work of `firstEqualRows` for all rows of a table that have a target, once for all folds and warnings of a run.
 * @param labelled these rows, ascending
 */
export function equalLabelledRows(
  recipe: CompleteRecipe,
  table: TrainingTable,
  labelled: Uint32Array,
): Uint32Array | null {
  const byColumns = found.get(table) ?? new Map<string, Uint32Array | null>()
  found.set(table, byColumns)
  const columns = JSON.stringify([recipe.target, ...recipe.inputs])
  const known = byColumns.get(columns)
  if (known !== undefined) return known
  const firsts = firstEqualRows(recipe, table, labelled)
  byColumns.set(columns, firsts)
  return firsts
}

/**
 * Finds rows that are equal in all inputs, whatever their targets. Says nothing of tables without a text or a number with
 * decimals, where the few values that there are make equal rows by nature.
 * @returns for each of the rows the place of the first one that is equal to it; null where none are equal, or nobody looks
 */
function firstEqualRows(recipe: CompleteRecipe, table: TrainingTable, rows: Uint32Array): Uint32Array | null {
  if (rows.length > MOST_ROWS || !recipe.inputs.some((name) => isOpen(table, name))) return null
  const keyOf = rowKeys(recipe, table)
  const places = new Map<string, number>()
  const firsts = new Uint32Array(rows.length)
  for (const [at, row] of rows.entries()) {
    const key = keyOf(row)
    const first = places.get(key)
    if (first === undefined) places.set(key, at)
    firsts[at] = first ?? at
  }
  return places.size < rows.length ? firsts : null
}

/**
 * Divides the rows of a table that have a target into the groups of a recipe, within which equal rows are; undefined where
 * it has no groups.
 * @param labelled these rows, ascending
 */
export function labelledGroups(
  recipe: CompleteRecipe,
  table: TrainingTable,
  labelled: Uint32Array,
): Groups | undefined {
  if (recipe.group === null) return undefined
  const firsts = equalLabelledRows(recipe, table, labelled)
  return groupsOf(columnOf(table, recipe.group), labelled, firsts, recipe.validation?.kFold ?? 2)
}

/**
 * Warns of rows that repeat others of their table: they are drawn for the same side of a split, or for the same fold.
 * @param rows all rows of the table that have a target
 */
export function repeatedRowsWarning(
  recipe: CompleteRecipe,
  table: TrainingTable,
  rows: Uint32Array,
): Warning[] {
  const firsts = equalLabelledRows(recipe, table, rows)
  const count = firsts?.reduce((sum, first, at) => sum + (first === at ? 0 : 1), 0) ?? 0
  if (!firsts || count === 0) return []
  const areTogether = labelledGroups(recipe, table, rows)?.holdsEqual ?? isDrawn(recipe)
  const rule = areTogether
    ? 'Equal rows are kept on one side of the validation.'
    : 'Some may be validated on as well as trained on, so the figures may be too good.'
  return [
    {
      code: 'equal-rows',
      count,
      message: `${count} of the ${counted(rows.length, 'row')} ${count === 1 ? 'repeats' : 'repeat'} another row in all inputs. ${contradictions(recipe, table, rows, firsts)}${rule} If they are copies by mistake, upload the data set without them.`,
    },
  ]
}

/** Says how many rows have another target than the first one that is equal to them in all inputs. */
function contradictions(
  recipe: CompleteRecipe,
  table: TrainingTable,
  rows: Uint32Array,
  firsts: Uint32Array,
): string {
  const targets = targetNames(recipe).map((name) => columnOf(table, name))
  const differs = (at: number, first: number) =>
    targets.some((target) => target(rows[at] ?? 0) !== target(rows[first] ?? 0))
  const count = firsts.reduce((sum, first, at) => sum + (first !== at && differs(at, first) ? 1 : 0), 0)
  if (count === 0) return ''
  return `${count} of these ${count === 1 ? 'contradicts' : 'contradict'} the first such row by another target, which no model can answer right for both. `
}

/** Tells whether a recipe draws its validation rows from its own data set, so that equal ones can be kept together. */
export function isDrawn({ validation, time }: CompleteRecipe): boolean {
  return (
    time === null && validation !== null && validation.dataset === undefined && validation.shuffle !== false
  )
}

/** Warns of rows of another data set, which validates, that are equal to rows trained on. */
export function knownRowsWarning(
  recipe: CompleteRecipe,
  table: TrainingTable,
  { training, validation }: { training: Uint32Array; validation: Uint32Array },
): Warning[] {
  const all = Uint32Array.from([...training, ...validation])
  const firsts = firstEqualRows(recipe, table, all)?.subarray(training.length) ?? new Uint32Array()
  const count = firsts.reduce((sum, first) => sum + (first < training.length ? 1 : 0), 0)
  if (count === 0) return []
  return [
    {
      code: 'equal-rows',
      count,
      message: `${count} of the ${validation.length} validation rows are equal to rows that are trained on, in all inputs, so the figures are too good. Leave them out of one of the two data sets.`,
    },
  ]
}

/** Tells whether a column has so many possible values that equal ones are no chance: texts, times, or numbers with decimals. */
function isOpen(table: TrainingTable, name: string): boolean {
  if (table.words?.has(name)) return true
  const column = table.columns.get(name)
  if (column?.type !== 'number') return column?.type === 'text' || column?.type === 'datetime'
  return column.values.some((value) => Number.isFinite(value) && !Number.isInteger(value))
}

/** Returns a function that gives a short key for each row, equal for rows with equal inputs. */
function rowKeys(recipe: CompleteRecipe, table: TrainingTable): (row: number) => string {
  const cells = recipe.inputs.map((name) => {
    const text = table.words?.get(name)?.reader()
    if (!text) {
      const cell = columnOf(table, name)
      return (row: number) => JSON.stringify(cell(row))
    }
    return (row: number) => {
      const { bytes, start, end } = text(row)
      return bytes.subarray(start, end)
    }
  })
  return (row) => {
    const hash = createHash('sha256')
    for (const cell of cells) hash.update(cell(row)).update('\n')
    return hash.digest('base64').slice(0, 24)
  }
}
