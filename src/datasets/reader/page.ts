import type { PageResult, PageTask } from '../messages.ts'
import { eachChunk, openDuckDb, parquet, wholeText } from './duckdb.ts'
import { MAX_PAGE_TEXT } from './limits.ts'

/**
 * Reads rows of a kept table. Returns fewer than asked for if they exceed `MAX_PAGE_TEXT`, but at least one if one
 * exists.
 */
export async function readPage({ file, columns, offset, limit }: PageTask): Promise<PageResult> {
  const db = await openDuckDb({ file })
  try {
    const wanted = columns.map(({ type }, index) =>
      type === 'text' || type === 'category' ? wholeText(`c${index}`) : `c${index}`,
    )
    const result = await db.connection.stream(
      `SELECT ${wanted.join(', ')} FROM ${parquet(file)} LIMIT ${limit} OFFSET ${offset}`,
    )
    const rows: PageResult['rows'] = []
    let characters = 0
    for await (const chunk of eachChunk(result)) {
      for (const row of chunk.getRows() as PageResult['rows']) {
        for (const value of row) characters += typeof value === 'string' ? value.length : 8
        if (rows.length > 0 && characters > MAX_PAGE_TEXT) return { rows }
        rows.push(row)
      }
    }
    return { rows }
  } finally {
    db.close()
  }
}
