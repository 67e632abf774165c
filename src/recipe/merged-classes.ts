import { quoted } from '../errors.ts'
import { inClassForm } from '../normal-form.ts'
import { counted } from '../numbers.ts'
import type { Warning } from '../warnings.ts'
import { defaultTarget, labelCounts } from './columns.ts'
import { MULTI_LABEL_DEFAULTS } from './defaults.ts'
import { ITEM_MARK, labelsOf, listCell } from './lists.ts'
import type { RecipeInput } from './schema.ts'
import { type ColumnDescription, columnFinder, type TableDescription } from './table.ts'
import { targetNames } from './targets.ts'

/** Classes that a message names. */
const NAMED_CLASSES = 3

/**
 * The spelling that is kept of each class, by its form (`inClassForm`): the one of most rows, of equally frequent ones
 * one without spaces around it, and then the first by code unit.
 */
export type Spellings = ReadonlyMap<string, string>

/** Returns the spellings that are kept. @param counts rows of each spelling */
export function keptSpellings(counts: Iterable<readonly [name: string, rows: number]>): Spellings {
  const most = new Map<string, { name: string; rows: number }>()
  for (const [name, rows] of counts) {
    const form = inClassForm(name)
    const kept = most.get(form)
    const isMore =
      kept === undefined || rows > kept.rows || (rows === kept.rows && isPlainer(name, kept.name))
    if (isMore) most.set(form, { name, rows })
  }
  return new Map([...most].map(([form, { name }]) => [form, name]))
}

/** Returns whether a spelling is kept before another one of as many rows. */
function isPlainer(name: string, other: string): boolean {
  const isTrimmed = name === name.trim()
  return isTrimmed === (other === other.trim()) ? name < other : isTrimmed
}

/**
 * Returns a function that writes a cell with the spellings that are kept. A class that is not among them stays as it is.
 * @param separator what stands between the labels of a cell; undefined: the whole cell is one class
 */
export function cellSpeller(spellings: Spellings, separator: string | undefined): (cell: string) => string {
  const spell = (name: string) => spellings.get(inClassForm(name)) ?? name
  if (separator === undefined) return spell
  return (cell) => {
    const labels = [...new Set(labelsOf(cell, separator).map(spell))]
    if (cell.startsWith(ITEM_MARK)) return listCell(labels)
    // A cell of a separator alone has no label, and is not missing.
    return labels.length === 0 ? cell : labels.join(separator)
  }
}

/** A table whose classes are spelled as `mergeClasses` has them, and what it joined. */
export interface MergedTable {
  table: TableDescription
  warnings: Warning[]
}

/**
 * Returns the description of a table in which spellings of one class are one class: of the target, and of the inputs that
 * are categories. The names of the recipe's columns may have any normal form.
 */
export function mergedTable(table: TableDescription, input: RecipeInput): MergedTable {
  const columnOf = columnFinder(table)
  const named = (names: readonly string[]) => new Set(names.flatMap((name) => columnOf(name)?.name ?? []))
  const targets = named(targetNames({ target: input.target ?? defaultTarget(table) ?? [] }))
  const inputs = input.inputs && named(input.inputs)
  const warnings: Warning[] = []
  const columns = table.columns.map((column) => {
    const isTarget = targets.has(column.name)
    const isMerged = isTarget || (column.type === 'category' && (inputs?.has(column.name) ?? true))
    if (!isMerged || !column.classes || column.type === 'boolean' || column.type === 'number') return column
    const merged = mergedColumn(column, isTarget ? givenSeparator(input, column) : undefined)
    if (merged.warning) warnings.push(merged.warning)
    return merged.column
  })
  return { table: { ...table, columns }, warnings }
}

/** Returns the separator of a recipe that is not complete yet. */
function givenSeparator({ multiLabel, task }: RecipeInput, { type }: ColumnDescription): string | undefined {
  if (!multiLabel && task !== 'multiLabel' && type !== 'list') return undefined
  const given = typeof multiLabel === 'object' ? multiLabel?.separator : undefined
  return given ?? MULTI_LABEL_DEFAULTS.separator
}

/** The merged forms of columns: a search completes a recipe for the same columns a thousand times. */
const known = new WeakMap<ColumnDescription, Map<string | undefined, Merged>>()

interface Merged {
  column: ColumnDescription
  warning: Warning | undefined
}

function mergedColumn(column: ColumnDescription, separator: string | undefined): Merged {
  const bySeparator = known.get(column) ?? new Map<string | undefined, Merged>()
  known.set(column, bySeparator)
  const merged = bySeparator.get(separator) ?? merge(column, separator)
  bySeparator.set(separator, merged)
  return merged
}

function merge(column: ColumnDescription, separator: string | undefined): Merged {
  const names = (separator === undefined ? column.classes : labelCounts(column, separator)) ?? {}
  const spellings = keptSpellings(Object.entries(names))
  const others = Object.entries(names).filter(([name]) => spellings.get(inClassForm(name)) !== name)
  if (others.length === 0) return { column, warning: undefined }
  // The classes of a list are its items already.
  const spell = cellSpeller(spellings, column.type === 'list' ? undefined : separator)
  const classes = new Map<string, number>()
  for (const [cell, rows] of Object.entries(column.classes ?? {}))
    classes.set(spell(cell), (classes.get(spell(cell)) ?? 0) + rows)
  const pairs = others
    .slice(0, NAMED_CLASSES)
    .map(([name]) => `${quoted(name)} as ${quoted(spellings.get(inClassForm(name)) ?? name)}`)
  const more = others.length - NAMED_CLASSES
  return {
    column: { ...column, classes: Object.fromEntries(classes) },
    warning: {
      code: 'merged-classes',
      column: column.name,
      count: others.reduce((sum, [, rows]) => sum + rows, 0),
      message: `Spellings of one class in ${quoted(column.name)} are read alike, as mergeClasses says: ${pairs.join(', ')}${more > 0 ? ` (and ${counted(more, 'more spelling')})` : ''}.`,
    },
  }
}
