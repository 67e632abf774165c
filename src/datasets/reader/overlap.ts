import type { OverlapResult, OverlapTask } from '../messages.ts'
import { openDuckDb, parquet, toNumber } from './duckdb.ts'

/** Memory of the database in MB: a number of 8 bytes for each of the different rows of the other table, and their index. */
const MEMORY_MB = 1_024

/**
 * Counts the rows of each of two kept tables whose cells in the given columns occur together in a row of the other one. Rows
 * are compared by a hash of 64 bits.
 */
export async function readOverlap({ file, other, columns }: OverlapTask): Promise<OverlapResult> {
  if (columns.length === 0) return { here: 0, there: 0 }
  const db = await openDuckDb({ files: [file, other] }, MEMORY_MB)
  try {
    // Cells of two types are compared by their texts. DuckDB writes `5.0` for a number that files write as `5`.
    const textOf = (cell: string) => `regexp_replace(CAST(${cell} AS VARCHAR), '[.]0$', '')`
    const hashOf = (side: 'place' | 'otherPlace') =>
      columns.map((column) => (column.sameType ? `c${column[side]}` : textOf(`c${column[side]}`))).join(', ')
    await db.rows(`CREATE TEMP TABLE here AS SELECT hash(${hashOf('place')}) AS h FROM ${parquet(file)}`)
    await db.rows(
      `CREATE TEMP TABLE there AS SELECT hash(${hashOf('otherPlace')}) AS h FROM ${parquet(other)}`,
    )
    const countIn = async (one: string, another: string) => {
      const [[count] = []] = await db.rows(
        `SELECT count(*) FROM ${one} WHERE h IN (SELECT h FROM ${another})`,
      )
      return toNumber(count)
    }
    return { here: await countIn('here', 'there'), there: await countIn('there', 'here') }
  } finally {
    db.close()
  }
}
