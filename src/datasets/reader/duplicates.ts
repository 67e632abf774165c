import { counted } from '../../numbers.ts'
import type { ColumnDescription } from '../../recipe/table.ts'
import { MAX_EXAMPLE_LINES, type Warning } from '../../warnings.ts'
import { type DuckDb, toNumber } from './duckdb.ts'
import { openMeasures } from './measure-numbers.ts'
import { readNumbers } from './number-vectors.ts'
import { isKeptAsText, rowHash, textDigest } from './row-hash.ts'
import type { RowMeasures } from './row-measures.ts'
import type { Source } from './source.ts'

/** Columns of numbers that are compared first, at most: of more, all columns take hardly longer. */
const FIRST_NUMBERS = 4

/** Bits of a number's fraction. */
const FRACTION_BITS = 52
/** SQL: the bits of the number 1, whose fraction is zero. */
const ONE = `${0x3ffn << BigInt(FRACTION_BITS)}::UBIGINT`

/** A column with the place in a relation. */
type Placed = ColumnDescription & { c: string }

/** Columns of numbers that are kept in memory, all of them as the table has them. */
export interface KeptNumbers {
  measures: RowMeasures
  /** Which of its columns one is, by its name in the relation. */
  columnOf(c: string): number
}

/** Rows that repeat an earlier one. */
export interface Duplicates {
  count: number
  /** Places of the first of them in the source; none for a table in which rows are equal by chance. */
  examples: number[]
}

const NONE: Duplicates = { count: 0, examples: [] }

/**
 * Finds the rows that repeat an earlier one in all columns that do not identify rows; none where all columns do. There are no
 * examples for a table in which rows are equal by chance, because no column has many different values.
 * @param rows of the table, by which a column has many different values or not
 * @param source with the values as the table keeps them: rows that differ only in how a number is written repeat each other
 * @param kept the numbers of all columns, which cannot be measured any more then. Absent: they are read from the source
 */
export async function findDuplicates(
  db: DuckDb,
  rows: number,
  columns: readonly Placed[],
  source: Source,
  kept?: KeptNumbers,
): Promise<Duplicates> {
  const telling = columns.filter(({ leftOutAs }) => leftOutAs === undefined)
  if (telling.length === 0) return NONE
  const diverse = telling.filter((column) => isDiverse(column, rows))
  // A few numbers show for most tables that no row repeats, in a fraction of the time.
  const first = firstNumbers(telling, rows)
  const own = kept?.measures.rows === rows ? kept : undefined
  if (first.length > 0 && own) {
    if (own.measures.doRowsDiffer(first.map(({ c }) => own.columnOf(c)))) return NONE
  } else if (first.length > 0) {
    const quick = `SELECT ${rowHash(first.map(({ c }) => c))} AS hash FROM ${source.relation}`
    if (await doAllDiffer(db, quick, rows)) return NONE
  }
  try {
    const count = await countRepeated(db, telling, source)
    return { count, examples: count > 0 && diverse.length > 0 ? await firstRepeated(db) : [] }
  } finally {
    await db.rows('DROP TABLE IF EXISTS hashed')
  }
}

/**
 * Returns the columns of numbers with most different ones: as few as give each row values of its own, if none depends on
 * another. None where four do not, or where a text takes as long as all columns.
 */
function firstNumbers(columns: readonly Placed[], rows: number): Placed[] {
  const numbers = columns
    .filter(({ type, distinct = 0 }) => type === 'number' && distinct > 1)
    .sort((a, b) => (b.distinct ?? 0) - (a.distinct ?? 0))
  let bits = 0
  for (const [index, { distinct = 1 }] of numbers.slice(0, FIRST_NUMBERS).entries()) {
    bits += Math.log2(distinct)
    // Among n rows there are n² / 2 pairs, of which less than one in a thousand tables may have an equal one.
    if (bits >= 2 * Math.log2(rows) + 9) return numbers.slice(0, index + 1)
  }
  return []
}

/**
 * Counts the rows that repeat an earlier one. Fills the table `hashed` with the `hash` of each `row` that may be one of them.
 */
async function countRepeated(db: DuckDb, columns: readonly Placed[], source: Source): Promise<number> {
  const { row, relation } = source
  const quick = rowHash(columns.map(({ c }) => c))
  const hashes = `SELECT ${row} AS row, ${quick} AS hash FROM ${relation}`
  await db.onAllCores(() => db.rows(`CREATE OR REPLACE TEMP TABLE hashed AS ${hashes}`))
  const most = await repeated(db, 'FROM hashed')
  if (most === 0 || !columns.some(({ type }) => isKeptAsText(type))) return most
  // Different texts may have the same quick hash, so the digests of those rows decide. Of all rows they would take longer.
  const sure = rowHash(columns.map(({ c, type }) => (isKeptAsText(type) ? textDigest(c) : c)))
  const suspects = `SELECT row AS ${row} FROM hashed SEMI JOIN (${SEVERAL}) USING (hash)`
  const rehashed = `SELECT ${row} AS row, ${sure} AS hash FROM ${relation} SEMI JOIN (${suspects}) USING (${row})`
  await db.onAllCores(() => db.rows(`CREATE OR REPLACE TEMP TABLE hashed AS ${rehashed}`))
  return repeated(db, 'FROM hashed')
}

/**
 * Returns whether all hashes differ. They are counted by the kernel of numbers, in a third of the memory of DuckDB's own count:
 * a hash without its last bits is the fraction of a number from 1 to 2.
 * @param rows as many as there are hashes, or more
 */
async function doAllDiffer(db: DuckDb, hashes: string, rows: number): Promise<boolean> {
  const measures = openMeasures(1, rows)
  if (measures === null) return (await repeated(db, hashes)) === 0
  const fractions = `SELECT (hash >> ${64 - FRACTION_BITS}) | ${ONE} FROM (${hashes})`
  for await (const chunk of db.chunks(fractions)) {
    const { rowCount } = chunk
    if (!measures.begin(rowCount)) return false
    readNumbers(chunk, 0, rowCount, measures.values)
    measures.add(0)
  }
  return measures.found(0)?.distinct === measures.present(0)
}

async function repeated(db: DuckDb, hashes: string): Promise<number> {
  const count = `SELECT count(*) - count(DISTINCT hash) FROM (${hashes})`
  const [row = []] = await db.onAllCores(() => db.rows(count))
  return toNumber(row[0])
}

/** SQL: the hashes that several rows have. */
const SEVERAL = 'SELECT hash FROM hashed GROUP BY hash HAVING count(*) > 1'

async function firstRepeated(db: DuckDb): Promise<number[]> {
  const rows = await db.rows(
    `WITH several AS (${SEVERAL})
      SELECT row FROM (
        SELECT row, row_number() OVER (PARTITION BY hash ORDER BY row) AS place FROM hashed SEMI JOIN several USING (hash))
      WHERE place > 1 ORDER BY row LIMIT ${MAX_EXAMPLE_LINES}`,
  )
  return rows.map(([row]) => toNumber(row))
}

/**
 * Returns the warning about rows that repeat an earlier one, if there are examples.
 * @param duplicates what `findDuplicates` has found by the places of rows
 * @param relation of the same rows in the same order, with the `line` of each
 */
export async function warningsOfDuplicates(
  db: DuckDb,
  { count, examples }: Duplicates,
  relation: string,
): Promise<Warning[]> {
  if (examples.length === 0) return []
  const placed = `SELECT line, row_number() OVER () - 1 AS place FROM ${relation}`
  const lines = await db.rows(
    `SELECT line FROM (${placed}) WHERE place IN (${examples.join(', ')}) ORDER BY line`,
  )
  return [
    {
      code: 'duplicate-rows',
      count,
      lines: lines.map(([line]) => Number(line)),
      message: messageOf(count),
    },
  ]
}

function messageOf(count: number): string {
  const where = 'in all columns that do not identify rows'
  const advice = 'If the file was joined or appended twice,'
  if (count === 1)
    return `1 row repeats an earlier row ${where}. It counts twice in training. ${advice} remove it.`
  return `${counted(count, 'row')} repeat an earlier row ${where}. They count several times in training. ${advice} remove them.`
}

/** Returns whether most rows have a value of their own. The number of different texts is known only where it is large. */
function isDiverse({ type, classes, distinct }: ColumnDescription, rows: number): boolean {
  if (type === 'text') return classes === undefined && (distinct === undefined || 2 * distinct >= rows)
  return type === 'number' && 2 * (distinct ?? 0) >= rows
}
