import { type FieldProblem, FitserveError, listQuoted } from '../../errors.ts'
import { type CellRules, isScaled } from '../../recipe/index.ts'
import type { ColumnType, DecidedBy } from '../../recipe/table.ts'
import type { Base, BaseColumn, ReadTask } from '../messages.ts'
import type { ColumnPlan } from './column-plan.ts'
import { nfcOf } from './count-values.ts'
import { type DuckDb, literal, parquet, toNumber } from './duckdb.ts'
import { AUTO_CATEGORIES } from './limits.ts'
import { parquetOptions } from './parquet-options.ts'
import type { Staged } from './staging.ts'

/** How rows that are appended are read: as the data set before them was. */
export interface AppendReading {
  types: Map<string, ColumnType>
  /** Columns in which an abbreviation such as 5M is no number. */
  unscaled: Set<string>
  said: Pick<ReadTask, 'decimal' | 'missing' | 'dates'>
}

/**
 * Returns how appended rows are to be read, by the columns of their data set.
 * @throws FitserveError `invalid-dataset` if columns are missing or unknown, or a type is to change. Objects of NDJSON may
 *   lack a key, which is a gap
 */
export function readingOfAppend(
  task: ReadTask,
  base: Base,
  { columns }: Pick<Staged, 'columns'>,
): AppendReading {
  const known = new Map(base.columns.map((column) => [column.name, column]))
  // A first column without a name is the index of pandas, which is left out.
  const names = columns.map(({ name }) => name).filter((name, index) => index > 0 || name !== '')
  const problems: FieldProblem[] = names.flatMap((name) =>
    known.has(name) ? [] : [{ column: name, message: 'The data set has no such column' }],
  )
  const there = new Set(names)
  if (task.format !== 'ndjson')
    for (const { name } of base.columns)
      if (!there.has(name))
        problems.push({ column: name, message: 'The file lacks this column of the data set' })
  for (const [name, type] of task.types) {
    const own = known.get(name)?.type
    if (own !== type && own !== undefined)
      problems.push({
        path: '/types',
        column: name,
        message: `The column is a ${own} in the data set, and rows that are appended cannot change that. Upload the whole table with its new type`,
      })
  }
  if (problems.length > 0) {
    const all = listQuoted(base.columns.map(({ name }) => name))
    const message = `The columns do not fit the data set, whose columns are ${all}`
    throw new FitserveError('invalid-dataset', message, { problems })
  }
  const given = new Map(task.dates.columns)
  const saidTypes = new Map(task.types)
  const isScaledBefore = (units: readonly string[] = []) => units.some(isScaled)
  const fitting = base.columns.filter(({ name }) => there.has(name))
  return {
    types: new Map(fitting.map(({ name, type }) => [name, type])),
    // Rows that are appended do not decide that 5M means five million.
    unscaled: new Set(
      fitting.flatMap(({ name, cells }) =>
        saidTypes.has(name) || isScaledBefore(cells?.units) ? [] : [name],
      ),
    ),
    said: {
      decimal: task.decimal ?? onlyDecimal(base),
      missing: [...new Set([...task.missing, ...base.columns.flatMap(({ cells }) => cells?.missing ?? [])])],
      dates: {
        any: task.dates.any,
        columns: fitting.flatMap(({ name, format }) => {
          const form = given.get(name) ?? format
          return form === undefined ? [] : [[name, form] as [string, string]]
        }),
      },
    },
  }
}

/** Returns the decimal sign of all columns of a table that have one; null if they differ. */
function onlyDecimal({ columns }: Base): ReadTask['decimal'] {
  const signs = new Set(columns.flatMap(({ cells }) => cells?.decimal ?? []))
  const [sign = null] = signs
  return signs.size === 1 ? sign : null
}

/** The appended table: its number of rows, and plans by which its columns are described. */
export interface Appended {
  rows: number
  plans: ColumnPlan[]
}

/**
 * Writes the rows of a table and those that are appended to it into one file, in this order.
 * @param fresh the written file of the new rows, and the plans of its columns
 * @throws FitserveError `invalid-dataset` if values have other units than those before
 */
export async function writeAppended(
  db: DuckDb,
  base: Base,
  fresh: { file: string; rows: number; plans: readonly ColumnPlan[] },
  file: string,
): Promise<Appended> {
  const rows = base.rows + fresh.rows
  const places = new Map(fresh.plans.map((plan, index) => [plan.name, { plan, place: `c${index}` }]))
  const old = base.columns.map((_, index) => `c${index}`)
  const added = base.columns.map(({ name, repeats }, index) => {
    const place = places.get(name)?.place
    // Texts that repeat may be classes of a target.
    return `${place === undefined ? 'NULL' : repeats ? nfcOf(place) : place} AS c${index}`
  })
  const bytes = (await bytesOf(db, base.file)) + (await bytesOf(db, fresh.file))
  const areNumbers = base.columns.every(({ type }) => type === 'number')
  const size = { rows, columns: base.columns.length, characters: bytes / 2, areNumbers }
  await db.rows(
    `COPY (SELECT ${old.join(', ')} FROM ${parquet(base.file)} UNION ALL SELECT ${added.join(', ')} FROM ${parquet(fresh.file)})
      TO ${literal(file)} (${parquetOptions(size)})`,
  )
  const plans: ColumnPlan[] = []
  for (const [index, column] of base.columns.entries())
    plans.push(await planOf(db, file, `c${index}`, column, places.get(column.name)?.plan))
  return { rows, plans }
}

async function bytesOf(db: DuckDb, file: string): Promise<number> {
  const [[bytes] = []] = await db.rows(
    `SELECT sum(total_uncompressed_size) FROM parquet_metadata(${literal(file)})`,
  )
  return toNumber(bytes)
}

async function planOf(
  db: DuckDb,
  file: string,
  c: string,
  { repeats, ...column }: BaseColumn,
  fresh: ColumnPlan | undefined,
): Promise<ColumnPlan> {
  const cells = cellsOf(column, fresh?.cells)
  const distinct = Math.max(column.distinct ?? 0, fresh?.distinct ?? 0)
  const decidedBy = decidedTogether(column.decidedBy, fresh?.decidedBy)
  return {
    name: column.name,
    type: column.type,
    value: c,
    characters: 0,
    values: 0,
    findings: [],
    ...(repeats && { repeats: await areFew(db, file, c) }),
    ...(distinct > 0 && { distinct }),
    ...(column.leftOutAs && { leftOutAs: column.leftOutAs }),
    ...(column.format !== undefined && { format: column.format }),
    ...(cells && { cells }),
    ...(decidedBy && { decidedBy }),
  }
}

async function areFew(db: DuckDb, file: string, c: string): Promise<boolean> {
  const [[count] = []] = await db.rows(`SELECT count(DISTINCT ${c}) FROM ${parquet(file)}`)
  return toNumber(count) <= AUTO_CATEGORIES
}

/** Returns how the texts of both parts of a column are read. */
function cellsOf(
  { name, cells: old, integer }: Pick<BaseColumn, 'name' | 'cells' | 'integer'>,
  fresh: CellRules | undefined,
): CellRules | undefined {
  const sign = old?.decimal ?? (integer === false ? '.' : undefined)
  if (sign !== undefined && fresh?.decimal !== undefined && fresh.decimal !== sign) {
    const [theirs, own] = sign === '.' ? ['commas', 'points'] : ['points', 'commas']
    const message = `The values have decimal ${theirs}, and those of the data set decimal ${own}. Write the values in the same way, or upload the whole table anew`
    throw new FitserveError('invalid-dataset', 'The rows do not fit the data set', {
      problems: [{ column: name, message }],
    })
  }
  if (!old || !fresh) return old ?? fresh
  if (old.units && fresh.units && old.units.join() !== fresh.units.join()) {
    const units = (of: readonly string[]) => listQuoted([...of])
    const message = `The values have the units ${units(fresh.units)}, and those of the data set ${units(old.units)}`
    throw new FitserveError('invalid-dataset', 'The rows do not fit the data set', {
      problems: [{ column: name, message }],
    })
  }
  const missing = [...new Set([...(old.missing ?? []), ...(fresh.missing ?? [])])]
  return { ...fresh, ...old, ...(missing.length > 0 && { missing }) }
}

function decidedTogether(old: DecidedBy | undefined, fresh: DecidedBy | undefined): DecidedBy | undefined {
  if (!old || !fresh) return old
  return { ...old, values: old.values + fresh.values, fitting: old.fitting + fresh.fitting }
}
