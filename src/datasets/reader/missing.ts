import { isMissingText } from './cell-functions.ts'
import type { DuckDb } from './duckdb.ts'
import { dropStaging, type Staged } from './staging.ts'

/** Makes the texts that the client calls missing so in the table `staging`. */
export async function dropMissing(
  db: DuckDb,
  { columns, texts: unread }: Pick<Staged, 'columns' | 'texts'>,
  texts: readonly string[],
): Promise<void> {
  // A file of which some columns are staged as numbers has been searched for gaps in these.
  const isDone = (kind: string) => kind === 'list' || (kind === 'number' && unread !== undefined)
  if (columns.every(({ kind }) => isDone(kind))) return
  const values = columns.map(({ kind }, index) => {
    const c = `c${index}`
    if (isDone(kind)) return c
    const isMissing = isMissingText(kind === 'number' ? `CAST(${c} AS VARCHAR)` : c, texts)
    return `CASE WHEN NOT ${isMissing} THEN ${c} END AS ${c}`
  })
  await db.rows(`CREATE TABLE present AS SELECT line, ${values.join(', ')} FROM staging`)
  await dropStaging(db)
  await db.rows('ALTER TABLE present RENAME TO staging')
}
