import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { FitserveError } from '../../errors.ts'
import { warningsOfClasses } from '../../recipe/index.ts'
import type { ColumnDescription } from '../../recipe/table.ts'
import type { Warning } from '../../warnings.ts'
import type { ReadResult, ReadTask } from '../messages.ts'
import { readingOfAppend, writeAppended } from './append.ts'
import { causeOfHeader, causeOfLevels, causeOfLines } from './causes.ts'
import { addCellFunctions } from './cell-functions.ts'
import { readCsv, type StagedNumbers } from './csv.ts'
import { addDateFunction } from './dates.ts'
import { decidedBy } from './decided-by.ts'
import { inUtf8 } from './decoding.ts'
import { describeTable } from './describe.ts'
import { type Dialect, dialectOf } from './dialect.ts'
import { type DuckDb, openDuckDb } from './duckdb.ts'
import { type Duplicates, findDuplicates, warningsOfDuplicates } from './duplicates.ts'
import { encodingRefusal } from './encoding-faults.ts'
import { withoutIndex } from './index-column.ts'
import { MAX_PROBLEMS } from './limits.ts'
import { readerMemoryMb } from './memory.ts'
import { dropMissing } from './missing.ts'
import { readNdjson } from './ndjson.ts'
import { stageParquet } from './parquet.ts'
import { stagePlainJson } from './plain-json.ts'
import { badRows, countBadRows, firstProblems, rejectBadRows, writeRejects } from './rejects.ts'
import { inDoubleQuotes } from './requote.ts'
import { rowsOfFile } from './source.ts'
import { CELLS_FILE, type Staged, type StagedColumn, Staging } from './staging.ts'
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
import { keptRows, writeTable } from './write-table.ts'
import { readXlsx } from './xlsx/xlsx.ts'

/** Files that are written to the task's folder. */
const DATA = 'data.parquet'
const REJECTS = 'rejects.ndjson'

/** Cores that DuckDB uses where the order of rows does not matter; on one of them two statements run at once all the same. */
const READER_CORES = Math.min(2, availableParallelism())

/**
 * Turns an uploaded file into a table: `data.parquet` in the task's folder. Its rows are in the order of the file. Its
 * columns are called c0, c1, … in the order of the description, because many readers of Parquet take names that differ
 * only in case for one name. Bad lines refuse the file, or go to `rejects.ndjson`.
 * @throws FitserveError `invalid-dataset`, `payload-too-large`
 */
export async function readFile(given: ReadTask): Promise<ReadResult> {
  // The store may have kept those of an earlier try as they are, so they must not be written over.
  for (const name of [DATA, REJECTS, CELLS_FILE]) await rm(join(given.folder, name), { force: true })
  const isText = given.format === 'csv' || given.format === 'ndjson'
  const decoded = isText ? await inUtf8(given.file, given.folder, given.encoding) : given.file
  const quoted = given.format === 'csv' ? await inDoubleQuotes({ ...given, file: decoded }) : undefined
  const task: ReadTask = { ...given, file: quoted?.file ?? decoded }
  const dialect = quoted && (await dialectOf(task, quoted.delimiter))
  const twoLines = dialect && task.header && causeOfLevels(dialect)
  if (twoLines) throw twoLines
  const isNamed = task.format === 'csv' || task.format === 'xlsx'
  const { base } = task
  const reach = { folder: task.folder, files: base ? [base.file] : [] }
  const db = await openDuckDb(reach, readerMemoryMb(dialect), { cores: READER_CORES })
  try {
    addCellFunctions(db.connection)
    addDateFunction(db)
    const staged = await stage(db, task, dialect).catch((error: unknown) => {
      throw causeOfHeader(error, dialect) ?? error
    })
    refuseIfMany(staged, task, await firstProblems(db, staged.columns), dialect)
    if (staged.rows === 0) throw await nothingLeft(db, staged, dialect)
    const { types, said, unscaled } = base
      ? readingOfAppend(task, base, staged)
      : { types: new Map(task.types), said: task, unscaled: undefined }
    await dropMissing(db, staged, said.missing)
    // Workbooks and Arrow have numbers of their own, which are staged with a point and must not lose it.
    const decimal = isText || task.format === 'parquet' ? said.decimal : null
    const plan = async (from: Staged) => {
      const plans = await planColumns(db, from, types, { ...said, decimal, unscaled })
      return { staged: from, all: plans, wrong: await countBadRows(db, plans) }
    }
    const planned = await plan(staged)
    const needsTexts = planned.wrong > 0 || planned.all.some(({ cells }) => cells?.decimal === ',')
    const {
      staged: judged,
      all,
      wrong,
    } = needsTexts && staged.texts ? await plan(await asTexts(db, staged, said.missing)) : planned
    if (wrong > 0) await rejectBadRows(db, all, dialect?.delimiter ?? ',')
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
    const written = join(task.folder, DATA)
    const fresh = { file: base ? join(task.folder, 'appended.parquet') : written, rows, plans }
    const bad = wrong > 0 ? badRows(all) : undefined
    // Texts that count as missing have been taken out of the staged rows since.
    const isWhole = said.missing.length === 0 && own.length === all.length
    // A number that becomes a text has another type in the file, even one that is always missing.
    const areKept = judged.columns.every(
      ({ kind }, index) => kind !== 'number' || all[index]?.type === 'number',
    )
    const ready = isWhole && areKept ? judged.file : undefined
    // So have numbers since they were measured.
    const measures = said.missing.length === 0 ? judged.measures : undefined
    const measured = await writeTable(db, { plans, places: own, bad, rows, ready, measures }, fresh.file)
    const table = base ? await writeAppended(db, base, fresh, written) : fresh
    if (rejected > 0) await writeRejects(db, staged.columns, join(task.folder, REJECTS))
    const columns = await describeTable(db, written, table.rows, table.plans, base ? undefined : measured)
    // Rows that are appended may have their columns in another order, and lack some.
    const places = new Map(plans.map(({ name }, index) => [name, `c${index}`]))
    // What was found in an index that is left out is of no interest.
    const kept = new Map(own.map((place, index) => [place, plans[index]!]))
    const told = all.map((plan, place) => kept.get(place) ?? { ...plan, findings: [] })
    const placed = columns.flatMap((column) => {
      const c = places.get(column.name)
      return c === undefined ? [] : [{ ...column, c }]
    })
    const keptNumbers = !base &&
      wrong === 0 &&
      measures && { measures, columnOf: (c: string) => own[Number(c.slice(1))] ?? 0 }
    const source = rowsOfFile(fresh.file)
    const repeated = await findDuplicates(db, table.rows, placed, source, keptNumbers || undefined)
    const warnings = [
      ...(dialect?.warnings ?? []),
      ...staged.warnings,
      ...(isNamed && task.header ? warningsOfHeader(columns) : []),
      ...warningsOfSpaces(columns),
      ...ofIndex,
      ...(await warningsOfRejects(db, rejected)),
      ...(isNamed ? await warningsOfTotals(db, staged.columns) : []),
      ...(await warningsOfDuplicates(db, repeated, keptRows(plans, bad))),
      ...(await warningsOfColumns(db, told)),
      ...warningsOfNumbering(columns, table.rows),
      ...warningsOfDateNumbers(columns),
      ...columns.filter(({ type }) => type === 'category').flatMap(warningsOfClasses),
    ]
    const { count: duplicates } = base ? await duplicatesOf(db, written, table.rows, columns) : repeated
    return { rows: table.rows, rejected, duplicates, columns, warnings: limited(warnings) }
  } finally {
    db.close()
  }
}

/** Finds the rows of a whole table that repeat an earlier one. */
function duplicatesOf(
  db: DuckDb,
  file: string,
  rows: number,
  columns: readonly ColumnDescription[],
): Promise<Duplicates> {
  const placed = columns.map((column, index) => ({ ...column, c: `c${index}` }))
  return findDuplicates(db, rows, placed, rowsOfFile(file))
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
  const { lists, numbers, file, warnings } = await fill(db, staging, task, dialect, maxBad)
  staging.close()
  const kindOf = (index: number) =>
    lists.has(index) ? 'list' : numbers?.asNumbers[index] ? 'number' : 'text'
  const columns = staging.columns.map((name, index): StagedColumn => ({ name, kind: kindOf(index) }))
  const { rows, rejected } = staging
  const { texts, measures } = numbers ?? {}
  const more = { ...(texts && { texts }), ...(measures && { measures }), ...(file !== undefined && { file }) }
  return { columns, rows, rejected, warnings, ...more }
}

/** Stages as texts what was staged as numbers. @param missing texts that count as missing */
async function asTexts(db: DuckDb, staged: Staged, missing: readonly string[]): Promise<Staged> {
  await staged.texts?.restage()
  const { texts: _, file: __, measures: ___, columns, ...rest } = staged
  const restaged: Staged = { ...rest, columns: columns.map(({ name }) => ({ name, kind: 'text' })) }
  await dropMissing(db, restaged, missing)
  return restaged
}

/** What a reader of a format tells beside the rows. */
interface Filled {
  /** Indexes of the columns of lists. */
  lists: ReadonlySet<number>
  numbers?: StagedNumbers | undefined
  /** The Parquet file in which the rows are staged. */
  file?: string | undefined
  warnings: Warning[]
}

async function fill(
  db: DuckDb,
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
    const plain =
      task.missing.length === 0 && (await stagePlainJson(db, task.file, staging, mayBeNumber(task)))
    if (plain) {
      const { areNumbers: asNumbers, measures, file } = plain
      return { lists, numbers: { asNumbers, measures }, file, warnings: [] }
    }
    const expected = task.base ? new Set(task.base.columns.map(({ name }) => name)) : null
    const hasLists = task.types.some(([, type]) => type === 'list')
    return readNdjson(task.file, staging, { ...task, maxBad, expected, hasLists })
  }
  const { header, skip, encoding } = task
  // What counts as missing in rows that are appended is said by the table that they are appended to.
  const missing = task.base ? [] : task.missing
  const options = { dialect, header, skip, encoding, maxBad, missing, mayBeNumber: mayBeNumber(task) }
  return { lists, ...(await readCsv(db, task.file, staging, options)) }
}

/**
 * Returns which columns of CSV and NDJSON may be staged as numbers if they hold plain numbers only: not those of which the
 * client, or the table that is appended to, has said that their texts mean something else.
 */
function mayBeNumber({ types, dates, missing, decimal, base }: ReadTask): (name: string) => boolean {
  if (decimal === ',') return () => false
  if (base && (missing.length > 0 || base.columns.some(({ cells }) => cells !== undefined)))
    return () => false
  const said = new Map([
    ...(base?.columns.map(({ name, type }) => [name, type] as const) ?? []),
    ...types,
    ...dates.columns.map(([name]) => [name, 'datetime'] as const),
  ])
  return (name) => (said.get(name) ?? 'number') === 'number'
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
