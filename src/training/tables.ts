import type { KeptTable } from '../datasets/kept.ts'
import { readTable, type Table, type TableColumn } from '../datasets/table.ts'
import { FitserveError } from '../errors.ts'
import type { CompleteRecipe } from '../recipe/index.ts'

/** Finds a data set's local copy, or undefined where there is none. */
export type OpenTable = (datasetId: string) => Promise<KeptTable | undefined>

/**
 * Reads a recipe's columns of its data set and, below them, those of the data set it validates on.
 * @returns the table, and from which row on it is the validation data set's, or null
 * @throws FitserveError `unknown-dataset`, `corrupt-artifact`
 */
export async function readTables(
  open: OpenTable,
  recipe: CompleteRecipe,
  dataset: string,
): Promise<{ table: Table; validationFrom: number | null }> {
  const table = await readColumns(open, recipe, dataset)
  const other = recipe.validation?.dataset
  if (other === undefined) return { table, validationFrom: null }
  const below = await readColumns(open, recipe, other)
  return { table: joined(table, below), validationFrom: table.rows }
}

async function readColumns(open: OpenTable, recipe: CompleteRecipe, dataset: string): Promise<Table> {
  const kept = await open(dataset)
  if (!kept) throw new FitserveError('unknown-dataset', `The data set ${dataset} is no longer there.`)
  return readTable(kept.file, kept.description, { columns: [...recipe.inputs, recipe.target] })
}

/** Rows of the second below those of the first, whose columns' types hold. */
function joined(first: Table, second: Table): Table {
  const columns = new Map<string, TableColumn>()
  for (const [name, column] of first.columns) {
    const other = second.columns.get(name)
    if (!other) throw new RangeError('the validation data set lacks a column of the recipe')
    columns.set(name, joinedColumn(column, other))
  }
  return { rows: first.rows + second.rows, columns }
}

function joinedColumn(first: TableColumn, second: TableColumn): TableColumn {
  if (first.type === 'number' && second.type === 'number') {
    const values = new Float64Array(first.values.length + second.values.length)
    values.set(first.values)
    values.set(second.values, first.values.length)
    return { type: 'number', values }
  }
  if (first.type === 'boolean' && second.type === 'boolean')
    return { type: 'boolean', values: [...first.values, ...second.values] }
  if (isText(first) && isText(second))
    return { type: first.type, values: [...first.values, ...second.values] }
  throw new RangeError('a column of the validation data set has another type')
}

function isText(column: TableColumn): column is Extract<TableColumn, { type: 'category' | 'text' }> {
  return column.type === 'category' || column.type === 'text'
}
