import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addCellFunctions } from '../../../src/datasets/reader/cell-functions.ts'
import type { ColumnPlan } from '../../../src/datasets/reader/column-plan.ts'
import { addDateFunction } from '../../../src/datasets/reader/dates.ts'
import { type DuckDb, literal, openDuckDb } from '../../../src/datasets/reader/duckdb.ts'
import { planColumns, type SaidOfValues } from '../../../src/datasets/reader/types.ts'
import type { ColumnType } from '../../../src/recipe/table.ts'

/** A DuckDB in the thread of the test, whose table `staging` is filled by hand. */
export interface StagedBench {
  db: DuckDb
  folder: string
  /** Fills `staging` with columns of texts. Line 1 is the header. */
  stage(...columns: readonly (readonly (string | null)[])[]): Promise<void>
  /** Returns what the only column, of the given texts, becomes. */
  planned(
    texts: readonly (string | null)[],
    given?: { type?: ColumnType; kind?: 'text' | 'list' } & Partial<SaidOfValues>,
  ): Promise<ColumnPlan>
  close(): Promise<void>
}

/** Name of the column that `planned` plans. */
export const COLUMN = 'v'

export async function openStaged(): Promise<StagedBench> {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-test-'))
  const db = await openDuckDb({ folder }, 512)
  addCellFunctions(db.connection)
  addDateFunction(db)
  const stage: StagedBench['stage'] = async (...columns) => {
    const names = columns.map((_, index) => `c${index} VARCHAR`)
    await db.rows(`CREATE OR REPLACE TABLE staging (line DOUBLE, ${names.join(', ')})`)
    const cell = (text: string | null | undefined) =>
      text === null || text === undefined ? 'NULL' : literal(text)
    const rows = (columns[0] ?? []).map(
      (_, row) => `(${[row + 2, ...columns.map((column) => cell(column[row]))].join(', ')})`,
    )
    if (rows.length > 0) await db.rows(`INSERT INTO staging VALUES ${rows.join(', ')}`)
  }
  return {
    db,
    folder,
    stage,
    async planned(texts, { type, kind = 'text', ...said } = {}) {
      await stage(texts)
      const staged = { columns: [{ name: COLUMN, kind }], rows: texts.length, rejected: 0 }
      const given = new Map(type === undefined ? [] : [[COLUMN, type]])
      const saidOfValues = { decimal: null, missing: [], dates: { any: [], columns: [] }, ...said }
      const [plan] = await planColumns(db, staged, given, saidOfValues)
      if (!plan) throw new Error('Expected a plan')
      return plan
    },
    async close() {
      db.close()
      await rm(folder, { recursive: true })
    },
  }
}
