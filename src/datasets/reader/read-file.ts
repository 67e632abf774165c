import { join } from 'node:path'
import { FitserveError } from '../../errors.ts'
import { warningsOfClasses } from '../../recipe/index.ts'
import type { Warning } from '../../warnings.ts'
import type { ReadResult, ReadTask } from '../messages.ts'
import { readingOfAppend, writeAppended } from './append.ts'
import { causeOfHeader, causeOfLines } from './causes.ts'
import { addCellFunctions } from './cell-functions.ts'
import type { ColumnPlan } from './column-plan.ts'
import { readCsv } from './csv.ts'
import { addDateFunction } from './dates.ts'
import { decidedBy } from './decided-by.ts'
import { inUtf8 } from './decoding.ts'
import { describeTable } from './describe.ts'
import { type Dialect, dialectOf } from './dialect.ts'
import { type DuckDb, literal, openDuckDb } from './duckdb.ts'
import { warningsOfDuplicates } from './duplicates.ts'
import { encodingRefusal } from './encoding-faults.ts'
import { withoutIndex } from './index-column.ts'
import { MAX_PROBLEMS } from './limits.ts'
import { readerMemoryMb } from './memory.ts'
import { dropMissing } from './missing.ts'
import { readNdjson } from './ndjson.ts'
import { stageParquet } from './parquet.ts'
import { parquetOptions } from './parquet-options.ts'
import { badRows, firstProblems, rejectBadRows, writeRejects } from './rejects.ts'
import { type Staged, Staging } from './staging.ts'
import {
  limited,
  warningsOfColumns,
  warningsOfDateNumbers,
  warningsOfHeader,
  warningsOfNumbering,
  warningsOfRejects,
  warningsOfSpaces,
} from './told.ts'
import { warningsOfTotals } from './total-row.ts'
import { planColumns } from './types.ts'
import { readXlsx } from './xlsx/xlsx.ts'

/**
 * Turns an uploaded file into a table: `data.parquet` in the task's folder. Its rows are in the order of the file. Its
 * columns are called c0, c1, … in the order of the description, because many readers of Parquet take names that differ
 * only in case for one name. Bad lines refuse the file, or go to `rejects.ndjson`.
 * @throws FitserveError `invalid-dataset`, `payload-too-large`
 */
export async function readFile(given: ReadTask): Promise<ReadResult> {
  const isText = given.format === 'csv' || given.format === 'ndjson'
  const file = isText ? await inUtf8(given.file, given.folder, given.encoding) : given.file
  const task: ReadTask = { ...given, file }
  const dialect = task.format === 'csv' ? await dialectOf(task) : undefined
  const isNamed = task.format === 'csv' || task.format === 'xlsx'
  const { base } = task
  const db = await openDuckDb({ folder: task.folder, file: base?.file }, readerMemoryMb(dialect))
  try {
    addCellFunctions(db.connection)
    addDateFunction(db)
    const staged = await stage(db, task, dialect).catch((error: unknown) => {
      throw causeOfHeader(error, dialect) ?? error
    })
    refuseIfMany(staged, task, await firstProblems(db, staged.columns), dialect)
    if (staged.rows === 0) throw await nothingLeft(db, staged, dialect)
    const { types, said } = base
      ? readingOfAppend(task, base, staged)
      : { types: new Map(task.types), said: task }
    if (said.missing.length > 0) await dropMissing(db, staged.columns, said.missing)
    // Workbooks and Arrow have numbers of their own, which are staged with a point and must not lose it.
    const decimal = isText || task.format === 'parquet' ? said.decimal : null
    const all = await planColumns(db, staged, types, { ...said, decimal })
    const wrong = await rejectBadRows(db, all, dialect?.delimiter ?? ',')
    const rejected = staged.rejected + wrong
    if (rejected > 0 && task.onError === 'refuse')
      throw refusal(rejected, await firstProblems(db, staged.columns), dialect)
    const rows = staged.rows - wrong
    if (rows === 0) throw await nothingLeft(db, staged, dialect)
    const decided = await decidedBy(db, all)
    const {
      plans,
      places: own,
      warnings: ofIndex,
    } = await withoutIndex(
      db,
      all.map((plan, index) => ({ ...plan, decidedBy: decided[index]! })),
      task.index,
    )
    const written = join(task.folder, 'data.parquet')
    const fresh = { file: base ? join(task.folder, 'appended.parquet') : written, rows, plans }
    await writeTable(db, plans, rows, fresh.file)
    const table = base ? await writeAppended(db, base, fresh, written) : fresh
    if (rejected > 0) await writeRejects(db, staged.columns, join(task.folder, 'rejects.ndjson'))
    const columns = await describeTable(db, written, table.rows, table.plans)
    // Rows that are appended may have their columns in another order, and lack some.
    const places = new Map(plans.map(({ name }, index) => [name, `c${own[index] ?? 0}`]))
    const warnings = [
      ...(dialect?.warnings ?? []),
      ...staged.warnings,
      ...(isNamed && task.header ? warningsOfHeader(columns) : []),
      ...warningsOfSpaces(columns),
      ...ofIndex,
      ...(await warningsOfRejects(db, rejected)),
      ...(isNamed ? await warningsOfTotals(db, staged.columns) : []),
      ...(await warningsOfDuplicates(
        db,
        table.rows,
        columns.flatMap((column) => {
          const c = places.get(column.name)
          return c === undefined ? [] : [{ ...column, c }]
        }),
      )),
      ...(await warningsOfColumns(db, all)),
      ...warningsOfNumbering(columns, table.rows),
      ...warningsOfDateNumbers(columns),
      ...columns.filter(({ type }) => type === 'category').flatMap(warningsOfClasses),
    ]
    return { rows: table.rows, rejected, columns, warnings: limited(warnings) }
  } finally {
    db.close()
  }
}

async function stage(
  db: DuckDb,
  task: ReadTask,
  dialect: Dialect | undefined,
): Promise<Staged & { warnings: Warning[] }> {
  const refuse = task.onError === 'refuse'
  if (task.format === 'parquet') return { ...(await stageParquet(db, task)), warnings: [] }
  const staging = await Staging.open(db.connection, refuse ? MAX_PROBLEMS : Number.POSITIVE_INFINITY)
  const maxBad = refuse ? MAX_PROBLEMS : Number.POSITIVE_INFINITY
  const { lists, warnings } = await fill(staging, task, dialect, maxBad)
  staging.close()
  const columns = staging.columns.map((name, index) => ({
    name,
    kind: lists.has(index) ? ('list' as const) : ('text' as const),
  }))
  return { columns, rows: staging.rows, rejected: staging.rejected, warnings }
}

/** What a reader of a format tells beside the rows: the indexes of the columns of lists, and warnings. */
interface Filled {
  lists: ReadonlySet<number>
  warnings: Warning[]
}

async function fill(
  staging: Staging,
  task: ReadTask,
  dialect: Dialect | undefined,
  maxBad: number,
): Promise<Filled> {
  const lists = new Set<number>()
  if (task.format === 'xlsx')
    return { lists, warnings: await readXlsx(task.file, staging, { ...task, maxBad }) }
  if (task.format === 'arrow') {
    // Loaded when it is needed, because it is large.
    const { readArrow } = await import('./arrow/arrow.ts')
    return { lists: await readArrow(task.file, staging, { ...task, maxBad }), warnings: [] }
  }
  if (!dialect) {
    const expected = task.base ? new Set(task.base.columns.map(({ name }) => name)) : null
    const hasLists = task.types.some(([, type]) => type === 'list')
    return readNdjson(task.file, staging, { ...task, maxBad, expected, hasLists })
  }
  const { header, skip, encoding } = task
  return { lists, warnings: await readCsv(task.file, staging, { dialect, header, skip, encoding, maxBad }) }
}

/** Refuses a file with more bad lines than an answer lists. Its columns' types are not looked at. */
function refuseIfMany(
  staged: Staged,
  task: ReadTask,
  problems: FitserveError['problems'],
  dialect: Dialect | undefined,
): void {
  if (task.onError === 'refuse' && staged.rejected > MAX_PROBLEMS)
    throw refusal(staged.rejected, problems, dialect)
}

function refusal(
  rejected: number,
  problems: FitserveError['problems'],
  dialect: Dialect | undefined,
): FitserveError {
  const cause = encodingRefusal(problems) ?? causeOfLines(problems, dialect)
  if (cause) return cause
  const many = `More than ${MAX_PROBLEMS} lines cannot be read; the first ${MAX_PROBLEMS} are listed`
  const few = `${rejected} lines cannot be read`
  const message =
    rejected === 1
      ? 'One line cannot be read. Correct it, or leave it out with onError=skip'
      : `${rejected > MAX_PROBLEMS ? many : few}. Correct them, or leave them out with onError=skip`
  return new FitserveError('invalid-dataset', message, { problems })
}

async function nothingLeft(
  db: DuckDb,
  { columns, rejected }: Staged,
  dialect: Dialect | undefined,
): Promise<FitserveError> {
  const problems = await firstProblems(db, columns)
  const cause = encodingRefusal(problems) ?? causeOfLines(problems, dialect)
  if (cause) return cause
  const message =
    rejected === 0 && problems.length === 0 ? 'The file has no rows' : 'No line of the file can be read'
  return new FitserveError('invalid-dataset', message, { problems })
}

async function writeTable(
  db: DuckDb,
  plans: readonly ColumnPlan[],
  rows: number,
  file: string,
): Promise<void> {
  const values = plans.map(({ value }, index) => `${value} AS c${index}`)
  const bad = badRows(plans)
  const where = bad === undefined ? '' : `WHERE NOT (${bad})`
  const characters = plans.reduce((sum, plan) => sum + plan.characters, 0)
  await db.rows(
    `COPY (SELECT ${values.join(', ')} FROM staging ${where})
      TO ${literal(file)} (${parquetOptions({ rows, columns: plans.length, characters })})`,
  )
}
