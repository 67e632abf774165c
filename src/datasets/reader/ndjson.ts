import { FitserveError } from '../../errors.ts'
import { inNfc } from '../../normal-form.ts'
import { type DecimalSign, isObject, leavesOf, nameOfPath } from '../../recipe/index.ts'
import { listCell } from '../../recipe/lists.ts'
import type { Warning } from '../../warnings.ts'
import type { Encoding } from '../contract.ts'
import { isWellFormed } from '../unicode.ts'
import { type Block, blocksOf } from './blocks.ts'
import { FLATTENED_TWICE, nameProblem, TOO_DEEP, TOO_MANY_COLUMNS } from './columns.ts'
import { BLANK_LINES, EmptyRows } from './empty-rows.ts'
import { NO_LINE_ENDS } from './foreign.ts'
import { arrayItems, isArray } from './json-array.ts'
import { readJsonObject } from './json-columns.ts'
import { MAX_COLUMNS } from './limits.ts'
import type { Staging } from './staging.ts'

const EMPTY = 'The file is empty; expected a JSON object with at least one key on each line'

/** How a JSON file is read. */
export interface JsonOptions {
  /** The encoding that the client gave. */
  encoding: Encoding | null
  /** Decimal sign of numbers in texts that have two readings; null: the values of their column show it. */
  decimal: DecimalSign | null
  /** Reading stops soon after this number of bad lines. */
  maxBad: number
  /** Names of the columns of the table that the rows go on; null: they are a table of their own. */
  expected: ReadonlySet<string> | null
  /** Whether the client says that a column has lists. */
  hasLists: boolean
}

/**
 * Reads a file with one JSON object per line, or one array of objects, into the staging table. Each key becomes a column, in
 * the order in which keys first appear. If an object repeats a key, the last value counts, as in `JSON.parse`. Numbers and
 * booleans are staged as JavaScript writes them (whole numbers beyond 2^53 as the file does), so the type of a column is found
 * from texts even if the column mixes types. Objects within objects are flattened: `{"a":{"b":1}}` has the column `a.b`. Arrays
 * of single values are lists, and a column has lists in all of its rows or in none. A file that is one object may be a whole
 * table (see `json-columns.ts`).
 * @returns the indexes of the columns of lists, and warnings
 * @throws FitserveError `invalid-dataset` for an empty file
 */
export async function readNdjson(
  path: string,
  staging: Staging,
  options: JsonOptions,
): Promise<{ lists: ReadonlySet<number>; warnings: Warning[] }> {
  const rows = new JsonRows(staging, options.decimal)
  if (await isArray(path)) {
    await readArray(path, staging, rows, options)
    return { lists: rows.lists, warnings: [] }
  }
  const object = await readJsonObject(path, options)
  if (!object) return { warnings: await readLines(path, staging, rows, options), lists: rows.lists }
  let line = 0
  for (const text of object.rows) {
    await rows.take(++line, text)
    if (staging.rejected > options.maxBad) break
  }
  if (staging.columns.length === 0 && staging.rejected === 0)
    throw new FitserveError('invalid-dataset', EMPTY)
  return { lists: rows.lists, warnings: object.warnings }
}

/** Reads an array of objects. */
async function readArray(
  path: string,
  staging: Staging,
  rows: JsonRows,
  { encoding, maxBad }: JsonOptions,
): Promise<void> {
  for await (const { number, text, fault } of arrayItems(path, encoding)) {
    if (fault !== undefined) staging.reject(number, null, fault, text)
    else await rows.take(number, text)
    if (staging.rejected > maxBad) return
  }
  if (staging.columns.length === 0 && staging.rejected === 0)
    throw new FitserveError('invalid-dataset', 'The array is empty; expected objects with at least one key')
}

/** Reads one object from each line that is not blank. Returns the warning about blank lines between others. */
async function readLines(
  path: string,
  staging: Staging,
  rows: JsonRows,
  { encoding, maxBad }: JsonOptions,
): Promise<Warning[]> {
  const blank = new EmptyRows()
  // Blank lines at the end of the file are nothing to tell.
  let pending = 0
  for await (const block of blocksOf(path, 'ndjson', encoding)) {
    for (const { line, text } of linesOf(block)) {
      if (text.trim() === '') {
        pending += 1
        continue
      }
      blank.add(line - pending, pending)
      pending = 0
      const fault = block.faults.get(line)
      if (fault !== undefined) staging.reject(line, null, fault, text)
      else await rows.take(line, text)
      if (staging.rejected > maxBad) return blank.warnings(BLANK_LINES)
    }
    // Objects side by side without a line end between them.
    if (block.last && block.line === 1 && staging.rows === 0 && /^[^\n]*\}[ \t\r]*\{/.test(block.text))
      throw new FitserveError('invalid-dataset', NO_LINE_ENDS)
  }
  if (staging.columns.length === 0 && staging.rejected === 0)
    throw new FitserveError('invalid-dataset', EMPTY)
  return blank.warnings(BLANK_LINES)
}

/** The reason why a line is bad, and the column at fault if there is one. */
class BadLine {
  readonly message: string
  readonly column: string | null

  constructor(message: string, column: string | null = null) {
    this.message = message
    this.column = column
  }
}

/** An array of single values, as its cell is kept. */
class List {
  readonly cell: string

  constructor(items: readonly string[]) {
    this.cell = listCell(items)
  }
}

/** A value as it is staged; null is a missing one. */
type Field = string | List | null

class JsonRows {
  /** Indexes of the columns of lists. */
  readonly lists = new Set<number>()
  readonly #staging: Staging
  /** Indexes of the columns of single values. */
  readonly #singles = new Set<number>()
  readonly #indexes = new Map<string, number>()
  /** The keys that lead to each column whose name has a point, as JSON: `a.b` may be one key or two. */
  readonly #paths = new Map<string, string>()
  readonly #decimal: DecimalSign | null

  constructor(staging: Staging, decimal: DecimalSign | null) {
    this.#staging = staging
    this.#decimal = decimal
  }

  async take(line: number, text: string): Promise<void> {
    const object = parseObject(text)
    if (object instanceof BadLine) return this.#staging.reject(line, null, object.message, text)
    const fields = this.#named(this.#withoutCollision(readFields(object, text, this.#decimal)))
    if (fields instanceof BadLine) return this.#reject(line, fields, text)
    for (const [name, value] of fields) {
      const fault = this.#formFault(this.#indexes.get(name), value)
      if (fault !== undefined) return this.#reject(line, new BadLine(fault, name), text)
    }
    const added = this.#newColumns(fields, text)
    if (added instanceof BadLine) return this.#reject(line, added, text)
    if (added.length > 0) {
      for (const name of added) this.#indexes.set(name, this.#indexes.size)
      await this.#staging.addColumns(added)
    }
    const row = new Array<string | null>(this.#indexes.size).fill(null)
    for (const [name, value] of fields) {
      const index = this.#indexes.get(name)!
      row[index] = value instanceof List ? value.cell : value
      if (value !== null) (value instanceof List ? this.lists : this.#singles).add(index)
    }
    this.#staging.add(line, row)
  }

  /** Returns why a value does not have the form of its column, which the first value decides. */
  #formFault(index: number | undefined, value: Field): string | undefined {
    if (value === null || index === undefined) return undefined
    if (value instanceof List)
      return this.#singles.has(index)
        ? 'Expected a single value as in the lines before, got an array'
        : undefined
    return this.lists.has(index) ? 'Expected an array as in the lines before, got a single value' : undefined
  }

  /** Takes the columns that nested keys give, and refuses two ways to one name. */
  #withoutCollision(read: ReadField[] | BadLine): [string, Field][] | BadLine {
    if (read instanceof BadLine) return read
    const fields = new Map<string, Field>()
    for (const { path, name, value } of read) {
      const written = name.includes('.') ? JSON.stringify(path) : ''
      const known = this.#paths.get(name)
      if (fields.has(name) || (known !== undefined && known !== written))
        return new BadLine(FLATTENED_TWICE, name)
      if (written !== '') this.#paths.set(name, written)
      fields.set(name, value)
    }
    return [...fields]
  }

  /** Brings keys to the normal form that names of columns have. Known ones have it already. */
  #named(fields: [string, Field][] | BadLine): [string, Field][] | BadLine {
    if (fields instanceof BadLine || fields.every(([name]) => this.#indexes.has(name))) return fields
    const named = new Map<string, Field>()
    for (const [key, value] of fields) {
      const name = inNfc(key)
      if (named.has(name)) return new BadLine('Two keys are the same name in Unicode normal form NFC', name)
      named.set(name, value)
    }
    return [...named]
  }

  #reject(line: number, bad: BadLine, text: string): void {
    const index = bad.column === null ? undefined : this.#indexes.get(inNfc(bad.column))
    const named = index === undefined && bad.column !== null
    const message = named ? `${bad.message} (key ${JSON.stringify(bad.column!.slice(0, 100))})` : bad.message
    this.#staging.reject(line, index ?? null, message, text)
  }

  #newColumns(fields: readonly [string, Field][], text: string): string[] | BadLine {
    const added = fields.map(([name]) => name).filter((name) => !this.#indexes.has(name))
    for (const name of added) {
      const problem = nameProblem(name)
      if (problem !== undefined) return new BadLine(problem)
    }
    if (this.#indexes.size + added.length > MAX_COLUMNS) return new BadLine(TOO_MANY_COLUMNS)
    return added.some((name) => /^\d+$/.test(name)) ? inOrderOfAppearance(added, text) : added
  }
}

function parseObject(text: string): object | BadLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return new BadLine('The line is not valid JSON')
  }
  if (isObject(value)) return value
  const remedy = Array.isArray(value)
    ? ' but an array, which has no names of columns. Write one object per row (pandas: to_json(orient="records"))'
    : ''
  return new BadLine(`The line is not a JSON object${remedy}`)
}

/** A value with the keys that lead to it. */
interface ReadField {
  path: readonly string[]
  name: string
  value: Field
}

/**
 * Returns the object's values with their keys, the values as texts or lists of texts.
 * @param text the object's line
 * @param decimal decimal sign of numbers in texts: the numbers of JSON have a point
 */
function readFields(object: object, text: string, decimal: DecimalSign | null): ReadField[] | BadLine {
  // Only an escape can write a NUL or half of a surrogate pair: the bytes themselves are valid UTF-8.
  const escapes = text.includes('\\u')
  let exact: Map<string, string> | undefined
  const fields: ReadField[] = []
  for (const { path, name, value } of leavesOf(object)) {
    if (typeof value === 'string') {
      if (escapes && value.includes('\0')) return new BadLine('The text contains a NUL character', name)
      if (escapes && !isWellFormed(value)) return new BadLine('The text is not valid Unicode', name)
      fields.push({ path, name, value })
    } else if (Array.isArray(value)) {
      const list = readList(value)
      if (typeof list === 'string') return new BadLine(list, name)
      fields.push({ path, name, value: list })
    } else if (typeof value === 'object' && value !== null) {
      return new BadLine(TOO_DEEP, name)
    } else if (typeof value === 'number' && !Number.isFinite(value)) {
      return new BadLine('The number is too large', name)
    } else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      exact ??= integersOf(text)
      fields.push({ path, name, value: exact.get(name) ?? String(value) })
    } else {
      fields.push({ path, name, value: value === null ? null : pointed(String(value), decimal) })
    }
  }
  return fields
}

/** Writes a number of JSON such that its point cannot be taken for a separator of thousands. */
function pointed(text: string, decimal: DecimalSign | null): string {
  return decimal === ',' && /^-?\d{1,3}\.\d{3}$/.test(text) ? `${text}0` : text
}

/** Reads an array of texts, numbers and booleans; returns what is wrong with any other. */
function readList(values: readonly unknown[]): List | string {
  const items: string[] = []
  for (const value of values) {
    if (value === null || typeof value === 'object')
      return 'Expected an array of single values, and one of them is null, an array or an object. If its items are the rows, upload this array alone'
    const item = inNfc(String(value))
    if (item.trim() === '') return 'An array has an empty text'
    if (item.includes('\0')) return 'The text contains a NUL character'
    if (!isWellFormed(item)) return 'The text is not valid Unicode'
    items.push(item)
  }
  return new List(items)
}

/** Sorts names as they appear in the text of a flat object; JavaScript lists keys that look like integers first. */
function inOrderOfAppearance(names: readonly string[], text: string): string[] {
  const wanted = new Set(names)
  return [...new Set(Array.from(membersOf(text), ([key]) => inNfc(key)))].filter((name) => wanted.has(name))
}

/** Returns the whole numbers of an object digit by digit, by key: an id of 20 digits may be a class. */
function integersOf(text: string): Map<string, string> {
  return new Map([...membersOf(text)].filter(([, value]) => /^-?\d+$/.test(value)))
}

/**
 * Yields the names of a JSON object's values with the values as they are written; those of objects within it under their
 * flattened names. This is no regular expression because one would run out of stack on a text of some megabytes.
 */
function* membersOf(text: string): Generator<[name: string, value: string]> {
  const scalarEnd = /[,}\s]/g
  const path: string[] = []
  for (let at = text.indexOf('{') + 1; at < text.length; ) {
    const character = text.charAt(at)
    if (character !== '"') {
      if (character === '}') path.pop()
      at++
      continue
    }
    const nameEnd = endOfString(text, at)
    const key = JSON.parse(text.slice(at, nameEnd)) as string
    at = text.indexOf(':', nameEnd) + 1
    while (/\s/.test(text.charAt(at))) at++
    if (text[at] === '{') {
      path.push(key)
      at++
      continue
    }
    scalarEnd.lastIndex = at
    const end = endOfValue(text, at, scalarEnd)
    yield [nameOfPath([...path, key]), text.slice(at, end)]
    at = end
  }
}

function endOfValue(text: string, start: number, scalarEnd: RegExp): number {
  if (text[start] === '"') return endOfString(text, start)
  if (text[start] !== '[') return scalarEnd.exec(text)?.index ?? text.length
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '"') at = endOfString(text, at) - 1
    else if (character === '[') depth++
    else if (character === ']' && --depth === 0) return at + 1
  }
  return text.length
}

/** Returns the index behind the closing quote of the JSON string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0
    while (text[quote - 1 - escapes] === '\\') escapes++
    if (escapes % 2 === 0) return quote + 1
  }
  return text.length
}

function* linesOf({ text, line }: Block): Generator<{ line: number; text: string }> {
  for (let start = 0; start < text.length; line++) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    yield { line, text: text.slice(start, end) }
    start = end + 1
  }
}
