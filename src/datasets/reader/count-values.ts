import { type DuckDb, toNumber } from './duckdb.ts'
import { ofEachColumn } from './each-column.ts'
import { isBoolean, isEmpty, isNumber, type OddForms, oddForms } from './forms.ts'
import { MAX_CATEGORY_TEXT } from './limits.ts'
import type { StagedColumn } from './staging.ts'

/** Texts with a mean length above this, in characters, are not searched for odd forms of numbers. */
const ODD_LENGTH = 64

/** Bytes of a class or a category up to which it is kept in the normal form NFC. */
const NFC_BYTES = 4_096

/** What the values of a staged column look like, counted. */
export interface Counts {
  present: number
  empty: number
  numbers: number
  booleans: number
  characters: number
  /** Texts that begin with a zero and another digit. */
  zeros: number
  /** An estimate, which is off by up to 40%. */
  distinct: number
}

/** Returns the number of values by which a column is judged: those that are neither empty texts nor placeholders. */
export function tellingCount(
  { present, empty }: Pick<Counts, 'present' | 'empty'>,
  { placeholders }: Pick<OddForms, 'placeholders'>,
): number {
  return present - empty - placeholders
}

/** Counts the values of some columns. @param first index of the first column @param rows rows of the table */
export async function countValues(
  db: DuckDb,
  columns: readonly StagedColumn[],
  first: number,
  rows: number,
): Promise<Counts[]> {
  const placed = columns.map(({ kind }, index) => ({ kind, c: `c${first + index}` }))
  const texts = placed.flatMap(({ kind, c }) => (kind === 'text' ? [c] : []))
  const counts = new Map([...(await countPlain(db, placed)), ...(await countTexts(db, texts, rows))])
  return placed.map(({ c }) => counts.get(c)!)
}

type Counted = [c: string, counts: Counts][]

/** Counts the values of the columns that hold numbers or lists. */
async function countPlain(
  db: DuckDb,
  placed: readonly { kind: StagedColumn['kind']; c: string }[],
): Promise<Counted> {
  const plain = placed.filter(({ kind }) => kind !== 'text')
  if (plain.length === 0) return []
  const expressions = plain.flatMap(({ kind, c }) => [
    `count(${c})`,
    kind === 'list' ? `coalesce(sum(length(${c})), 0)` : '0',
  ])
  const [row = []] = await db.onAllCores(() => db.rows(`SELECT ${expressions.join(', ')} FROM staging`))
  return plain.map(({ kind, c }, index) => {
    const [present = 0, characters = 0] = row.slice(index * 2, index * 2 + 2).map(toNumber)
    const numbers = kind === 'number' ? present : 0
    return [c, { present, empty: 0, numbers, booleans: 0, characters, zeros: 0, distinct: 0 }]
  })
}

async function countTexts(db: DuckDb, texts: readonly string[], rows: number): Promise<Counted> {
  const found = await ofEachColumn(db, texts, rows, (c) => [
    `count(${c})`,
    `count_if(${isEmpty(c)})`,
    `count_if(${isNumber(c)})`,
    `count_if(${isBoolean(c)})`,
    `coalesce(sum(length(${c})), 0)`,
    // "00" to "09…": a comparison is cheaper than a pattern.
    `count_if(${c} >= '00' AND ${c} < '0:')`,
    `approx_count_distinct(${c})`,
  ])
  return found.map((values, index) => {
    const [present = 0, empty = 0, numbers = 0, booleans = 0, characters = 0, zeros = 0, distinct = 0] =
      values.map(toNumber)
    return [texts[index]!, { present, empty, numbers, booleans, characters, zeros, distinct }]
  })
}

const NOTHING_ODD: OddForms = { placeholders: 0, numberLike: 0, times: 0, mayBeMeasures: 0 }

/** Counts the odd forms of columns, but not where all values are numbers or booleans, or are long texts. */
export async function oddFormsOf(
  db: DuckDb,
  columns: readonly StagedColumn[],
  first: number,
  counts: readonly Counts[],
  rows: number,
): Promise<OddForms[]> {
  const asked = columns.flatMap(({ kind }, index) =>
    mayBeOdd(kind, counts[index]!) ? [`c${first + index}`] : [],
  )
  const found = await oddForms(db, asked, rows)
  const odds = new Map(asked.map((c, index) => [c, found[index]!]))
  return columns.map((_, index) => odds.get(`c${first + index}`) ?? NOTHING_ODD)
}

function mayBeOdd(kind: StagedColumn['kind'], count: Counts): boolean {
  const { present, empty, numbers, booleans, characters } = count
  const telling = present - empty
  const isPlain = kind !== 'text' || numbers === telling || booleans === telling
  return !isPlain && characters <= ODD_LENGTH * present
}

/** The different values of a column: their number, their characters together, and the words of an average one. */
export interface DifferentValues {
  count: number
  characters: number
  /** Words have a letter. */
  meanWords: number
}

/**
 * Pattern of a letter, by which a word is told from the number in front of a level ("1. Never married") and from signs. The
 * class of all letters would take longer to compile than all else of the statement, of which wide tables need thousands.
 */
const LETTER = '[A-Za-z\\x{c0}-\\x{1fff}\\x{3040}-\\x{10ffff}]'

/** Counts the different values of a column. */
export async function differentValues(db: DuckDb, c: string): Promise<DifferentValues> {
  const values = `SELECT DISTINCT ${nfcOf(c)} AS v FROM staging WHERE ${c} IS NOT NULL`
  const words = `len(regexp_extract_all(v, '${LETTER}\\S*'))`
  const [row = []] = await db.rows(
    `SELECT count(*), coalesce(sum(length(v)), 0), coalesce(avg(${words}), 0) FROM (${values})`,
  )
  const [count, characters, meanWords] = row.map(toNumber)
  return { count: count!, characters: characters!, meanWords: meanWords! }
}

/**
 * Returns the SQL expression of a text in Unicode's normal form NFC (D-126). Texts of ASCII pass through. A long text
 * stays as it is, because DuckDB takes the square of the marks in a row, which may be millions.
 */
export function nfcOf(c: string): string {
  return `CASE WHEN strlen(${c}) <= ${NFC_BYTES} THEN nfc_normalize(${c}) ELSE ${c} END`
}

/** Tells whether different values are few and short enough for a category. */
export function areFew({ count, characters }: DifferentValues, most: number): boolean {
  return count <= most && characters <= MAX_CATEGORY_TEXT
}
