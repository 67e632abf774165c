import { isUtf8 } from 'node:buffer'
import { readFile, stat } from 'node:fs/promises'
import { FitserveError } from '../../errors.ts'
import { isObject } from '../../recipe/index.ts'
import { beginningOf } from '../../runtime/read-whole.ts'
import type { Warning } from '../../warnings.ts'
import { MAX_COLUMN_NAME, MAX_RECORD } from './limits.ts'

/*
 * A file that holds one JSON object in whatever number of lines. Programs write whole tables so, above all pandas' `to_json`:
 *
 *   by column   {"a": [1, 2], "b": ["x", "y"]}, or {"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}
 *   by row      {"0": {"a": 1, "b": "x"}, "1": {"a": 2, "b": "y"}}
 *   split       {"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]}
 *   table       {"schema": {"fields": […]}, "data": [{"index": 0, "a": 1, "b": "x"}, …]}
 *
 * Such a file is parsed as a whole, so it may have as many bytes as one line.
 */

/** Bytes at the beginning of a file that tell whether it may be one object. */
const HEAD = 64 * 1024
/** Rows from which an object is taken for a table: one row may be an object with lists of one item. */
const LEAST_ROWS = 2
/** Levels of objects and lists in a row: far more than columns are made of (see `ndjson.ts`). */
const MOST_DEEP = 100

/** What the one object of a file holds. */
export interface JsonTable {
  /** The texts of the rows, each an object. */
  rows: Iterable<string>
  warnings: Warning[]
}

/**
 * Reads a file that holds one object. Returns undefined for any other file.
 * @param expected names of the columns that rows are to have, where they go on a table; null: any. An object that has
 *   other columns if it is read as a table is a row
 * @param hasLists whether the client expects lists, so that lists are values and not columns
 * @throws FitserveError `invalid-dataset` where the rows are an array within the object, or it cannot be told what they are
 */
export async function readJsonObject(
  path: string,
  { expected, hasLists }: { expected: ReadonlySet<string> | null; hasLists: boolean },
): Promise<JsonTable | undefined> {
  const text = await textOfObject(path)
  const object = text === undefined ? undefined : parsed(text)
  if (text === undefined || !isObject(object)) return undefined
  const asRow = { rows: [text], warnings: [] }
  if (hasLists) return asRow
  const table = tableIn(object)
  const isExpected =
    expected === null || (table && Object.keys(table.row(0)).every((name) => expected.has(name)))
  if (table && table.count >= LEAST_ROWS && isExpected) {
    refuseUnsafe(table)
    return { rows: textsOf(table), warnings: [tableFound(table)] }
  }
  const [key] = Object.entries(object).find(([, value]) => isArrayOfObjects(value)) ?? []
  if (key !== undefined) throw rowsWithin(key)
  if (expected === null && mayBeTable(object)) throw unclear()
  return asRow
}

/** Returns the text of a file whose first line is not a whole object, unless the file is too large to be parsed. */
async function textOfObject(path: string): Promise<string | undefined> {
  const { size } = await stat(path)
  if (size > MAX_RECORD) return undefined
  const head = String(await beginningOf(path, HEAD))
    .replace(BOM, '')
    .trim()
  const [first = ''] = head.split('\n', 1)
  const isLine = first.length < head.length && first.trimEnd().endsWith('}')
  if (!head.startsWith('{') || isLine) return undefined
  const bytes = await readFile(path)
  return isUtf8(bytes) ? bytes.toString().replace(BOM, '') : undefined
}

const BOM = /^\uFEFF/

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Row = Record<string, unknown>

interface Table {
  /** Number of the rows. */
  count: number
  /** Returns a row by its place, from 0. */
  row: (at: number) => Row
  /** How the object has the rows, as a message says it. */
  form: string
}

const BY_COLUMN = 'its columns, each with the values of all rows'

function tableIn(object: object): Table | undefined {
  const { columns, data, schema } = object as { columns?: unknown; data?: unknown; schema?: unknown }
  if (Array.isArray(columns) && Array.isArray(data)) return splitTable(columns, data)
  if (isObject(schema) && 'fields' in schema && isArrayOfObjects(data)) return tableOfSchema(schema, data)
  const entries = Object.entries(object)
  if (entries.length === 0) return undefined
  return tableOfLists(entries) ?? tableOfObjects(entries)
}

function splitTable(columns: readonly unknown[], data: readonly unknown[]): Table | undefined {
  const names = columns.map(String)
  const rows = data.flatMap((row) => (Array.isArray(row) && row.length === names.length ? [row] : []))
  if (names.length === 0 || rows.length < data.length) return undefined
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw sameName(name)
    seen.add(name)
  }
  const row = (at: number) => rowOf(names, (column) => rows[at]?.[column])
  return { count: rows.length, row, form: 'its "columns" and its "data"' }
}

/** The index of the data frame, which the schema names, is left out. */
function tableOfSchema(schema: object, data: readonly Row[]): Table {
  const { primaryKey } = schema as { primaryKey?: unknown }
  const index = new Set(Array.isArray(primaryKey) ? primaryKey.map(String) : [])
  const row = (at: number) =>
    Object.fromEntries(Object.entries(data[at] ?? {}).filter(([name]) => !index.has(name)))
  return { count: data.length, row, form: 'its "schema" and its "data"' }
}

function tableOfLists(entries: readonly [string, unknown][]): Table | undefined {
  const names = entries.map(([name]) => name)
  const lists = entries.flatMap(([, value]) => (isListOfSingles(value) ? [value] : []))
  const [first = []] = lists
  if (lists.length < entries.length || lists.some(({ length }) => length !== first.length)) return undefined
  return { count: first.length, row: (at) => rowOf(names, (column) => lists[column]?.[at]), form: BY_COLUMN }
}

/**
 * Values by column and row, or by row and column: what numbers the rows are whole numbers. Where the columns are called so too,
 * nothing tells the two apart.
 */
function tableOfObjects(entries: readonly [string, unknown][]): Table | undefined {
  const objects = entries.flatMap(([, value]) => (isObject(value) ? [value as Row] : []))
  const [first = {}] = objects
  if (objects.length < entries.length) return undefined
  const keys = Object.keys(first)
  const mayBeRows = keys.every(isNumber) && areAlike(objects)
  if (entries.every(([key]) => isNumber(key)))
    return mayBeRows
      ? undefined
      : { count: objects.length, row: (at) => objects[at] ?? {}, form: 'its rows, each by its number' }
  if (!mayBeRows) return undefined
  const names = entries.map(([name]) => name)
  const row = (at: number) => rowOf(names, (column) => objects[column]?.[keys[at] ?? ''])
  return { count: keys.length, row, form: BY_COLUMN }
}

/** Returns whether objects of single values have the same keys, but what their keys are is not told. */
function mayBeTable(object: object): boolean {
  const objects = Object.values(object)
  return objects.length >= LEAST_ROWS && objects.every(isObject) && areAlike(objects as Row[])
}

function areAlike([first = {}, ...others]: readonly Row[]): boolean {
  const keys = Object.keys(first)
  const isLikeFirst = (values: Row) =>
    Object.keys(values).length === keys.length &&
    keys.every((key) => Object.hasOwn(values, key) && isSingle(values[key]))
  return keys.length >= LEAST_ROWS && [first, ...others].every(isLikeFirst)
}

function rowOf(names: readonly string[], value: (column: number) => unknown): Row {
  return Object.fromEntries(names.map((name, column) => [name, value(column)]))
}

function* textsOf({ count, row }: Table): Generator<string> {
  for (let at = 0; at < count; at++) yield JSON.stringify(row(at))
}

function isSingle(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

function isListOfSingles(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.every(isSingle)
}

function isNumber(key: string): boolean {
  return /^\d+$/.test(key)
}

function isArrayOfObjects(value: unknown): value is Row[] {
  return Array.isArray(value) && value.length > 0 && value.every(isObject)
}

/** Refuses values that would be others once they are written row by row. Whole numbers beyond 2^53 may be ids. */
function refuseUnsafe({ count, row }: Table): void {
  for (let at = 0; at < count; at++) {
    const fault = faultIn(row(at))
    if (fault !== undefined)
      throw new FitserveError('invalid-dataset', `The file is one JSON object with ${fault}. ${ONE_PER_ROW}`)
  }
}

function faultIn(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return 'numbers too large for double precision'
    const isSafe = Number.isSafeInteger(value) || !Number.isInteger(value)
    return isSafe ? undefined : 'whole numbers beyond 2^53, whose digits would be lost'
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === MOST_DEEP) return 'values that are nested too deeply'
  for (const own of Object.values(value)) {
    const fault = faultIn(own, depth + 1)
    if (fault !== undefined) return fault
  }
  return undefined
}

const ONE_PER_ROW = 'Write an array with one object per row (pandas: to_json(orient="records"))'

function tableFound({ count, form }: Table): Warning {
  return {
    code: 'format-found',
    message: `The file is one JSON object, and was read as ${count} rows from ${form}. If it is one row with lists, upload it as an array of this object.`,
  }
}

function rowsWithin(key: string): FitserveError {
  const name = JSON.stringify(key.slice(0, 100))
  return new FitserveError(
    'invalid-dataset',
    `The file is one JSON object, whose ${name} is an array of objects. If these are the rows, upload this array alone; the command jq '.[${name}]' prints it`,
  )
}

function sameName(name: string): FitserveError {
  const message = 'Two columns have the same name'
  return new FitserveError(
    'invalid-dataset',
    `The "columns" of the file's JSON object are invalid. ${message}`,
    {
      problems: [{ column: name.slice(0, MAX_COLUMN_NAME), message }],
    },
  )
}

function unclear(): FitserveError {
  return new FitserveError(
    'invalid-dataset',
    `The file is one JSON object of objects with equal keys, so that nothing tells its columns from its rows. ${ONE_PER_ROW}`,
  )
}
