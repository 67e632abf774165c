import { inNfc } from '../../normal-form.ts'
import { isObject } from '../../recipe/index.ts'
import { beginningOf } from '../../runtime/read-whole.ts'
import { nameProblem } from './columns.ts'
import type { DuckDb } from './duckdb.ts'
import { foreignFormat } from './foreign.ts'
import { MOST_COLUMNS, type StagedRows, stageNumberRows } from './number-rows.ts'
import type { Staging } from './staging.ts'

/*
 * Programs write the rows of a table all alike: the same keys in the same order, with the same spaces. Where all values are
 * numbers or null, a kernel reads such rows (number-rows.ts) in a twentieth of the time that JavaScript takes, and DuckDB gets
 * them as numbers. With the first row or value of any other kind, the file is read as in ndjson.ts from its beginning, which
 * says what is wrong, if anything.
 */

/** Bytes at the beginning of the file that must have its first row. */
const HEAD = 2 ** 20
const LF = 10
const BOM = '\uFEFF'

/**
 * Fills the staging table, which has no columns yet, from a file with one JSON object per line. Returns undefined, and leaves
 * the table as it was, unless there are two rows at least, all are written alike, and all values are numbers that a double
 * holds exactly as they are meant, or null.
 * @param mayBeNumber whether a column may be staged as numbers, by its name
 */
export async function stagePlainJson(
  db: DuckDb,
  path: string,
  staging: Staging,
  mayBeNumber: (name: string) => boolean,
): Promise<StagedRows | undefined> {
  const row = firstRow(await beginningOf(path, HEAD))
  if (row === undefined || !row.names.every(mayBeNumber)) return undefined
  return stageNumberRows(db, path, staging, { ...row, lines: 0, isCsv: false })
}

/** How the first row of a file is written. */
interface FirstRow {
  /** Place of the first byte of the row in the file. */
  from: number
  names: string[]
  /** What is written before each value, and behind the last one to the end of the line. */
  around: Buffer[]
}

/**
 * Returns how the first of two rows is written; undefined if other rows cannot be written alike, or have other values than
 * numbers.
 */
function firstRow(head: Buffer): FirstRow | undefined {
  const end = head.indexOf(LF) + 1
  if (end === 0 || end === head.length || foreignFormat(head, 'ndjson') !== undefined) return undefined
  const line = head.toString('utf8', 0, end)
  const text = line.startsWith(BOM) ? line.slice(1) : line
  const pieces = piecesOf(text)
  if (pieces === undefined || pieces.names.length > MOST_COLUMNS) return undefined
  const { names, around } = pieces
  const isUsual = (name: string) =>
    nameProblem(name) === undefined && name === inNfc(name) && !name.includes('.') && !name.includes('\uFFFD')
  if (!names.every(isUsual) || new Set(names).size < names.length) return undefined
  const from = Buffer.byteLength(line) - Buffer.byteLength(text)
  return { from, names, around: around.map((each) => Buffer.from(each)) }
}

const KEY = /\s*[{,]\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:\s*/y
const VALUE = /-?\d[\d.eE+-]*|null/y
const END = /\s*\}[ \t\r]*\n/y

/** Cuts a row of numbers into its keys and what is written around its values. */
function piecesOf(text: string): { names: string[]; around: string[] } | undefined {
  if (!isObject(parsed(text))) return undefined
  const names: string[] = []
  const around: string[] = []
  for (let at = 0; ; ) {
    KEY.lastIndex = at
    const key = KEY.exec(text)
    if (key === null) {
      END.lastIndex = at
      const end = END.exec(text)
      return end === null || names.length === 0 ? undefined : { names, around: [...around, end[0]] }
    }
    names.push(String(parsed(key[1] ?? '')))
    around.push(key[0])
    VALUE.lastIndex = at + key[0].length
    const value = VALUE.exec(text)
    if (value === null) return undefined
    at = VALUE.lastIndex
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
