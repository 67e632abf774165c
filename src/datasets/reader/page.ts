import type { PageResult, PageTask } from '../messages.ts'
import { type DuckDb, eachChunk, openDuckDb, parquet, toNumber, wholeText } from './duckdb.ts'
import { MAX_CELL_TEXT, MAX_PAGE_TEXT, MIN_CELL_TEXT } from './limits.ts'

/**
 * Reads rows of a kept table. Returns fewer than asked for if they exceed `MAX_PAGE_TEXT`, but at least one if one
 * exists. Of a text that is too long for a page only the beginning is read.
 */
export async function readPage({ file, columns, offset, limit }: PageTask): Promise<PageResult> {
  const db = await openDuckDb({ files: [file] })
  try {
    const isText = columns.map(({ type }) => type !== 'number' && type !== 'boolean')
    const texts = isText.flatMap((is, index) => (is ? [`c${index}`] : []))
    const share = Math.floor(MAX_PAGE_TEXT / Math.max(1, texts.length))
    const longest = Math.max(MIN_CELL_TEXT, Math.min(MAX_CELL_TEXT, share))
    const source = `${parquet(file)} LIMIT`
    const rowsOfPage =
      texts.length === 0 ? limit : await rowsThatFit(db, texts, longest, source, offset, limit)
    // One character more shows that a text is longer.
    const wanted = isText.map((is, index) =>
      is ? `left(${wholeText(`c${index}`)}, ${longest + 1})` : `c${index}`,
    )
    const result = await db.connection.stream(
      `SELECT ${wanted.join(', ')} FROM ${source} ${rowsOfPage} OFFSET ${offset}`,
    )
    const page: PageResult = { rows: [], cut: [] }
    for await (const chunk of eachChunk(result))
      for (const row of chunk.getRows() as PageResult['rows']) addRow(row, longest, page)
    return page
  } finally {
    db.close()
  }
}

/** Returns how many of the rows fit into a page by the lengths of their texts; one at least. */
async function rowsThatFit(
  db: DuckDb,
  texts: readonly string[],
  longest: number,
  source: string,
  offset: number,
  limit: number,
): Promise<number> {
  const lengths = texts.map((column) => `least(coalesce(length(${column}), 0), ${longest})`)
  const sums = await db.rows(
    `SELECT list_sum([${lengths.join(', ')}]) FROM ${source} ${limit} OFFSET ${offset}`,
  )
  let characters = 0
  const full = sums.findIndex(([sum]) => {
    characters += toNumber(sum)
    return characters > MAX_PAGE_TEXT
  })
  return full === -1 ? limit : Math.max(1, full)
}

function addRow(row: PageResult['rows'][number], longest: number, { rows, cut }: PageResult): void {
  for (const [column, value] of row.entries()) {
    // Characters beyond U+FFFF take two places in a string, so a longer string need not be a longer text.
    if (typeof value !== 'string' || value.length <= longest) continue
    const characters = Array.from(value)
    if (characters.length <= longest) continue
    row[column] = characters.slice(0, longest).join('')
    cut.push({ row: rows.length, column })
  }
  rows.push(row)
}
