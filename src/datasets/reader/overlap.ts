import type { ColumnType } from '../../recipe/table.ts'
import type { OverlapResult, OverlapTask } from '../messages.ts'
import { openDuckDb, parquet, toNumber } from './duckdb.ts'
import { isKeptAsText, rowHash, textDigest } from './row-hash.ts'

/** Memory of the database in MB: a hash of 8 bytes for each row of both tables, and an index of those of one part. */
const MEMORY_MB = 1_024
/** Rows whose hashes are looked up at once. Larger tables are compared in parts, by the remainder of the hash. */
const PART_ROWS = 2_000_000

/**
 * Counts the rows of each of two kept tables whose cells in the given columns occur together in a row of the other one. Rows
 * are compared by a hash of 64 bits.
 */
export async function readOverlap({ file, other, columns }: OverlapTask): Promise<OverlapResult> {
  if (columns.length === 0) return { here: 0, there: 0 }
  const db = await openDuckDb({ files: [file, other] }, MEMORY_MB)
  try {
    const here = columns.flatMap(({ place, type, otherType }) => cellsOf(`c${place}`, type, otherType))
    const there = columns.flatMap(({ otherPlace, type, otherType }) =>
      cellsOf(`c${otherPlace}`, otherType, type),
    )
    await db.rows(`CREATE TEMP TABLE here AS SELECT ${rowHash(here)} AS h FROM ${parquet(file)}`)
    await db.rows(`CREATE TEMP TABLE there AS SELECT ${rowHash(there)} AS h FROM ${parquet(other)}`)
    const [[rows] = []] = await db.rows(
      'SELECT greatest((SELECT count(*) FROM here), (SELECT count(*) FROM there))',
    )
    const parts = Math.max(1, Math.ceil(toNumber(rows) / PART_ROWS))
    const countIn = async (one: string, another: string) => {
      let sum = 0
      for (let part = 0; part < parts; part++) {
        const isOwn = `h % ${parts} = ${part}`
        const [[count] = []] = await db.rows(
          `SELECT count(*) FROM ${one} WHERE ${isOwn} AND h IN (SELECT h FROM ${another} WHERE ${isOwn})`,
        )
        sum += toNumber(count)
      }
      return sum
    }
    return { here: await countIn('here', 'there'), there: await countIn('there', 'here') }
  } finally {
    db.close()
  }
}

/**
 * Returns the SQL expressions by which a cell is compared with those of a column of another type, or of its own: as numbers
 * where one of the two is a number, since a number has several texts, else as texts.
 */
function cellsOf(c: string, own: ColumnType, other: ColumnType): string[] {
  if (own === other && !isKeptAsText(own)) return [c]
  const text = `CAST(${c} AS VARCHAR)`
  if (own !== 'number' && other !== 'number') return [textDigest(text)]
  // What is no number keeps its text beside the number, so that it is no gap.
  if (own === 'number') return [c, textDigest('CAST(NULL AS VARCHAR)')]
  const number = `TRY_CAST(${text} AS DOUBLE)`
  return [number, textDigest(`CASE WHEN ${number} IS NULL THEN ${text} END`)]
}
