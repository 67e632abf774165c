import type { KeptTable, OpenTable } from '../../datasets/kept-tables.ts'
import { readTable, type Table, type TableColumn } from '../../datasets/table.ts'
import { FitserveError } from '../../errors.ts'
import { kindOfText } from '../../models/encoders/kinds.ts'
import type { WordVectors } from '../../models/encoders/word-vectors.ts'
import { WordTexts } from '../../models/encoders/words/word-texts.ts'
import { inNfc } from '../../normal-form.ts'
import {
  type CellRules,
  type CompleteRecipe,
  roleColumns,
  targetNames,
  unknownNumberFault,
} from '../../recipe/index.ts'
import { type Cell, columnFinder, type DateType, isDateType } from '../../recipe/table.ts'
import { spellingsOf, withSpellings } from './spellings.ts'

/** A table to train on. */
export interface TrainingTable extends Table {
  /** Columns of texts that were cut into words as they were read, and are not among `columns`. */
  words?: ReadonlyMap<string, WordTexts>
  /** How the texts of columns are read that are not read plainly. Absent: all are. */
  cells?: ReadonlyMap<string, CellRules>
  /** Names of the data set's columns that are no inputs, the target among them, with those of an index that was left out. */
  ignored?: readonly string[]
  /** The sets of word vectors of the recipe and its candidates, by name. Absent: they have none. */
  vectorSets?: ReadonlyMap<string, WordVectors>
}

/** Returns a column as a function of the row number; a gap is null. */
export function columnOf(table: Table, name: string): (row: number) => Cell {
  const column = table.columns.get(name)
  if (!column) throw new RangeError('the table lacks a column of the recipe')
  if (column.type !== 'number') return (row) => column.values[row] ?? null
  return (row) => {
    const value = column.values[row] ?? Number.NaN
    return Number.isNaN(value) ? null : value
  }
}

/**
 * Reads a recipe's columns of its data set and, below them, those of the data set it validates on.
 * @returns the table, and the number of the validation data set's first row, or null
 * @throws FitserveError `unknown-dataset`, `corrupt-artifact`; `training-failed` if the second one has further classes
 */
export async function readTables(
  open: OpenTable,
  recipe: CompleteRecipe,
  dataset: string,
): Promise<{ table: TrainingTable; validationFrom: number | null }> {
  const words = new Map<string, WordTexts>()
  const read = await readColumns(open, recipe, dataset, words)
  const spellings = spellingsOf(recipe, read)
  const table = withSpellings(recipe, read, spellings)
  const other = recipe.validation?.dataset
  if (other === undefined) return { table: { ...table, words }, validationFrom: null }
  const below = withSpellings(recipe, await readColumns(open, recipe, other, words), spellings)
  checkClasses(recipe, table, below, other)
  return { table: { ...table, ...joined(table, below), words }, validationFrom: table.rows }
}

/** Checks that numbers which are classes are among those of the training data, since its description may not list them all. */
function checkClasses(recipe: CompleteRecipe, table: Table, below: Table, other: string): void {
  const [name = ''] = targetNames(recipe)
  const trained = table.columns.get(name)
  const validated = below.columns.get(name)
  if (recipe.task === 'regression' || trained?.type !== 'number' || validated?.type !== 'number') return
  const fault = unknownNumberFault(
    `The validation data set ${other}`,
    name,
    validated.values,
    new Set(trained.values),
  )
  if (fault !== undefined) throw new FitserveError('training-failed', fault)
}

/** @param words where the recipe reads texts word by word: those of each column; those of another table go below */
async function readColumns(
  open: OpenTable,
  recipe: CompleteRecipe,
  dataset: string,
  words: Map<string, WordTexts>,
): Promise<TrainingTable> {
  const kept = await open(dataset)
  if (!kept) throw new FitserveError('unknown-dataset', `The data set ${dataset} is no longer there.`)
  const { encoder, inputs } = recipe
  const others = roleColumns(recipe)
  // Candidates may read the same texts in different ways.
  const isOne = !recipe.candidates?.some((candidate) => candidate.encoder)
  const scan = encoder && isOne && kindOfText(encoder).wordScan(encoder)
  const columnNamed = columnFinder(kept.description)
  if (scan)
    // Of a column that is more than an input the texts themselves are needed.
    for (const name of inputs)
      if (columnNamed(name)?.type === 'text' && !words.has(name) && !others.includes(name))
        words.set(name, new WordTexts(scan))
  const cells = inputs.flatMap((name) => {
    const rules = columnNamed(name)?.cells
    return rules ? [[name, rules] as const] : []
  })
  const columns = [...inputs, ...targetNames(recipe), ...others]
  const table = await readTable(kept.file, kept.description, { columns, texts: words })
  return { ...table, cells: new Map(cells), ignored: ignoredColumns(recipe, kept.description) }
}

/** Names that a first column without a name has in JSON: by Python's csv module, and by pandas. */
const NAMELESS = ['', 'Unnamed: 0']

function ignoredColumns(
  recipe: CompleteRecipe,
  { columns, warnings = [] }: KeptTable['description'],
): string[] {
  const read = new Set(recipe.inputs.map(inNfc))
  const indexes = warnings.flatMap(({ code, column }) =>
    code !== 'index-left-out' ? [] : column === undefined ? NAMELESS : [column],
  )
  return [...new Set([...indexes, ...columns.map(({ name }) => name)])].filter(
    (name) => !read.has(inNfc(name)),
  )
}

/** Puts the rows of the second table below those of the first, whose column types count. */
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
  if ((isText(first) && isText(second)) || (isDates(first) && isDates(second)))
    return { ...first, values: [...first.values, ...second.values] }
  throw new RangeError('a column of the validation data set has another type')
}

function isText(column: TableColumn): column is Extract<TableColumn, { type: 'category' | 'text' }> {
  return column.type === 'category' || column.type === 'text'
}

function isDates(column: TableColumn): column is Extract<TableColumn, { type: DateType }> {
  return isDateType(column.type)
}
