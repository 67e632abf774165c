import type { Warning } from '../../warnings.ts'
import { type DuckDb, toNumber } from './duckdb.ts'
import type { StagedColumn } from './staging.ts'

/** Words with which spreadsheets and reports begin a row of sums, in small letters. */
const WORDS = new Set([
  'total',
  'totals',
  'grand total',
  'sum',
  'summe',
  'gesamt',
  'gesamtsumme',
  'insgesamt',
  'total general',
  'totaal',
  'totale',
  'somme',
  'suma',
  '합계',
  '총계',
  '총합',
  '소계',
])
/** Columns, from the first one, that are searched for such a word. */
const FIRST_COLUMNS = 3
/** Rows, from the last one, that are looked at: a note may stand below the sums. */
const LAST_ROWS = 3

/** Returns the warning about one of the last rows that looks like a sum of the others. Nothing is left out. */
export async function warningsOfTotals(
  db: DuckDb,
  columns: readonly Pick<StagedColumn, 'kind'>[],
): Promise<Warning[]> {
  const texts = columns
    .slice(0, FIRST_COLUMNS)
    .flatMap(({ kind }, index) => (kind === 'text' ? [`c${index}`] : []))
  if (texts.length === 0 || columns.length < 2) return []
  const [[last] = []] = await db.rows('SELECT max(line) FROM staging')
  const rows = await db.rows(
    `SELECT line, ${texts.join(', ')} FROM staging WHERE line > ${toNumber(last) - LAST_ROWS} ORDER BY line DESC`,
  )
  for (const [line, ...cells] of rows) {
    const word = cells.find((cell) => WORDS.has(plain(cell)))
    if (word === undefined) continue
    const at = toNumber(line)
    const message = `The row in line ${at} begins with ${JSON.stringify(String(word))} and looks like a sum of the others, but is read as one of them. Remove it, and upload the file again.`
    return [{ code: 'total-row', count: 1, lines: [at], message }]
  }
  return []
}

function plain(cell: unknown): string {
  return typeof cell === 'string' ? cell.trim().replace(/\s*:$/, '').toLowerCase() : ''
}
