import { PLAIN_NUMBER } from '../../recipe/index.ts'
import { isMissingText } from './cell-functions.ts'
import type { DuckDb } from './duckdb.ts'
import { dropStaging, type Staged } from './staging.ts'

/** Makes the texts that the client calls missing, if any, so in the table `staging`. */
export async function dropMissing(
  db: DuckDb,
  { columns, texts: unread }: Pick<Staged, 'columns' | 'texts'>,
  texts: readonly string[],
): Promise<void> {
  // A file of which some columns are staged as numbers has been searched for gaps in these.
  const isDone = (kind: string) => kind === 'list' || (kind === 'number' && unread !== undefined)
  if (texts.length === 0 || columns.every(({ kind }) => isDone(kind))) return
  const values = columns.map(({ kind }, index) => {
    const c = `c${index}`
    if (isDone(kind)) return c
    const isMissing = kind === 'number' ? isMissingNumber(c, texts) : isMissingText(c, texts)
    return `CASE WHEN NOT ${isMissing} THEN ${c} END AS ${c}`
  })
  await db.rows(`CREATE TABLE present AS SELECT line, ${values.join(', ')} FROM staging`)
  await dropStaging(db)
  await db.rows('ALTER TABLE present RENAME TO staging')
}

/** SQL condition: the number is one that the texts stand for, in whatever writing: a file's own numbers have none. */
function isMissingNumber(c: string, texts: readonly string[]): string {
  const numbers = texts
    .map((text) => text.trim())
    .filter((text) => PLAIN_NUMBER.test(text))
    .map(Number)
    .filter(Number.isFinite)
    .map((value) => `'${value}'::DOUBLE`)
  return numbers.length === 0 ? 'false' : `coalesce(${c} IN (${numbers.join(', ')}), false)`
}
