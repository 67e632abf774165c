import { createHash } from 'node:crypto'
import type { CompleteRecipe } from '../recipe/index.ts'
import type { Warning } from '../warnings.ts'
import type { ChosenRows } from './data/rows.ts'
import { columnOf, type TrainingTable } from './data/tables.ts'

/** Rows above which nobody looks for equal ones: it takes some 3 µs a row. */
const MOST_ROWS = 500_000

/**
 * Warns of rows that are equal, in all inputs and the target, to rows that are trained on: a network may know them by
 * heart, so that the figures are too good. Says nothing of tables without a text or a number with decimals, where the
 * few values that there are make equal rows by nature.
 */
export function equalRowsWarning(recipe: CompleteRecipe, table: TrainingTable, rows: ChosenRows): Warning[] {
  const { training, validation } = rows
  const total = training.length + (validation?.length ?? 0)
  if (!validation || total > MOST_ROWS || !recipe.inputs.some((name) => isOpen(table, name))) return []
  const keyOf = rowKeys(recipe, table)
  const learnt = new Set(Array.from(training, keyOf))
  const count = validation.reduce((sum, row) => sum + (learnt.has(keyOf(row)) ? 1 : 0), 0)
  return count === 0 ? [] : [warning(count, `${count} of the ${validation.length} validation rows are equal`)]
}

/** The same after k-fold, where each row is validated on once: of rows that are equal to any other one. */
export function equalFoldRowsWarning(
  recipe: CompleteRecipe,
  table: TrainingTable,
  rows: Uint32Array,
): Warning[] {
  if (rows.length > MOST_ROWS || !recipe.inputs.some((name) => isOpen(table, name))) return []
  const counts = new Map<string, number>()
  const keys = Array.from(rows, rowKeys(recipe, table))
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  const count = keys.reduce((sum, key) => sum + ((counts.get(key) ?? 0) > 1 ? 1 : 0), 0)
  return count === 0 ? [] : [warning(count, `${count} of the ${rows.length} rows of the folds are equal`)]
}

function warning(count: number, said: string): Warning {
  return {
    code: 'equal-rows',
    count,
    message: `${said} to rows that are trained on, in all inputs and the target, so the figures are too good. Upload the data set without repeated rows, or validate on a data set of its own with validation {"dataset":"…"}.`,
  }
}

/** Tells whether a column has so many possible values that equal ones are no chance: texts, or numbers with decimals. */
function isOpen(table: TrainingTable, name: string): boolean {
  if (table.words?.has(name)) return true
  const column = table.columns.get(name)
  if (column?.type !== 'number') return column?.type === 'text'
  return column.values.some((value) => Number.isFinite(value) && !Number.isInteger(value))
}

/** Returns a function that gives a short key for each row, equal for rows with equal inputs and target. */
function rowKeys(recipe: CompleteRecipe, table: TrainingTable): (row: number) => string {
  const cells = [...recipe.inputs, recipe.target].map((name) => {
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
