import { isMissingText } from './cell-functions.ts'
import type { DuckDb } from './duckdb.ts'
import type { StagedColumn } from './staging.ts'

/** Makes the texts that the client calls missing so in the table `staging`. */
export async function dropMissing(
  db: DuckDb,
  columns: readonly StagedColumn[],
  texts: readonly string[],
): Promise<void> {
  const values = columns.map(({ kind }, index) => {
    const c = `c${index}`
    if (kind === 'list') return c
    const isMissing = isMissingText(kind === 'number' ? `CAST(${c} AS VARCHAR)` : c, texts)
    return `CASE WHEN NOT ${isMissing} THEN ${c} END AS ${c}`
  })
  await db.rows(`CREATE TABLE present AS SELECT line, ${values.join(', ')} FROM staging`)
  const views = await db.rows("SELECT 1 FROM duckdb_views() WHERE view_name = 'staging'")
  await db.rows(`DROP ${views.length > 0 ? 'VIEW' : 'TABLE'} staging`)
  await db.rows('DROP TABLE IF EXISTS cells')
  await db.rows('ALTER TABLE present RENAME TO staging')
}
