import type { TableColumn } from '../datasets/table.ts'
import { Random } from '../evaluation/random.ts'
import {
  type CompleteRecipe,
  LEAST_OF_CLASS,
  mayCompareOnSample,
  SAMPLE_ROWS,
  targetNames,
} from '../recipe/index.ts'
import { chooseRows, labelledRows } from './data/rows.ts'
import type { TrainingTable } from './data/tables.ts'
import type { RunInput } from './runs.ts'

/** Some rows of a table, and the number of rows with a target from which they were drawn. */
export interface CandidateSample {
  table: TrainingTable
  of: number
}

/**
 * Returns training rows of a large table, drawn at random, on which candidates are compared, so that no validation row
 * chooses one; null where all rows are needed: with folds or a number of validation rows, by another data set, with texts, and
 * where the sample has too few rows of a class.
 */
export function sampleOf({
  recipe,
  table,
  validationFrom,
}: Pick<RunInput, 'recipe' | 'table' | 'validationFrom'>): CandidateSample | null {
  if (validationFrom != null || (table.words?.size ?? 0) > 0) return null
  const labelled = labelledRows(recipe, table)
  if (!mayCompareOnSample(recipe, labelled.length)) return null
  const { training } = chooseRows(recipe, table, { from: null, fold: null })
  const rows = new Random(recipe.seed, 'sample').shuffle(training.slice()).slice(0, SAMPLE_ROWS).sort()
  const columns = new Map([...table.columns].map(([name, column]) => [name, rowsOf(column, rows)] as const))
  const hasTexts = [...columns.values()].some(({ type }) => type === 'text')
  if (recipe.task !== 'regression' && (hasTexts || !hasAllClasses(recipe, table, columns))) return null
  return { table: { ...table, rows: rows.length, columns }, of: labelled.length }
}

/** Returns whether a sample has enough rows of each class of the table. */
function hasAllClasses(
  recipe: CompleteRecipe,
  table: TrainingTable,
  sample: TrainingTable['columns'],
): boolean {
  const name = targetNames(recipe)[0] ?? ''
  const wanted = classCounts(table.columns.get(name))
  const found = classCounts(sample.get(name))
  return [...wanted.keys()].every((label) => (found.get(label) ?? 0) >= LEAST_OF_CLASS)
}

function classCounts(column: TableColumn | undefined): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of column?.values ?? [])
    if (value !== null && !Number.isNaN(value))
      counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  return counts
}

function rowsOf(column: TableColumn, rows: Uint32Array): TableColumn {
  const at = <T>(values: ArrayLike<T>): (T | null)[] => Array.from(rows, (row) => values[row] ?? null)
  switch (column.type) {
    case 'number':
      return { type: 'number', values: Float64Array.from(rows, (row) => column.values[row] ?? Number.NaN) }
    case 'boolean':
      return { type: 'boolean', values: at(column.values) }
    case 'category':
    case 'text':
      return { type: column.type, values: at(column.values) }
    default:
      return { ...column, values: at(column.values) }
  }
}
