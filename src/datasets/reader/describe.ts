import { FitserveError } from '../../errors.ts'
import { typesOption } from '../../recipe/index.ts'
import { ITEM_MARK } from '../../recipe/lists.ts'
import { type ColumnDescription, isDateType } from '../../recipe/table.ts'
import type { ColumnPlan } from './column-plan.ts'
import { type DuckDb, parquet, toNumber, wholeText } from './duckdb.ts'
import { numberingOf } from './index-column.ts'
import { AUTO_CATEGORIES, COLUMNS_AT_ONCE, MAX_CATEGORIES, MAX_CLASSES_TEXT } from './limits.ts'
import { type Measures, measure } from './measure.ts'
import { rowsOfFile } from './source.ts'

/** Rows, from the first on, in which letters of compact scripts are counted. */
const SCRIPT_ROWS = 1_000
/** Characters of each text in which they are counted. */
const SCRIPT_CHARACTERS = 1_000
/** Scripts that put no spaces between words, or few (names of Unicode). */
const COMPACT_SCRIPTS = [
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Thai',
  'Lao',
  'Khmer',
  'Myanmar',
  'Tibetan',
]

/**
 * Describes each column of a table that has been written.
 * @param file its Parquet file
 * @param rows number of its rows
 * @param measured what `measure` found already, by the column's place
 * @throws FitserveError `invalid-dataset` where the classes of all columns are too many
 */
export async function describeTable(
  db: DuckDb,
  file: string,
  rows: number,
  plans: readonly ColumnPlan[],
  measured: ReadonlyMap<number, Measures> = new Map(),
): Promise<ColumnDescription[]> {
  const source = parquet(file)
  const columns: ColumnDescription[] = []
  let room = MAX_CLASSES_TEXT
  const classesOf = async (name: string, c: string): Promise<Record<string, number>> => {
    const classes = await countClasses(db, source, c)
    room -= JSON.stringify(classes).length
    if (room < 0) throw tooManyClasses(name)
    return classes
  }
  const itemsOf = async (
    name: string,
    c: string,
  ): Promise<Pick<ColumnDescription, 'classes' | 'distinct'>> => {
    const { counts, distinct } = await countItems(db, source, c)
    if (!counts) return { distinct }
    room -= JSON.stringify(counts).length
    if (room < 0) throw tooManyClasses(name)
    return { classes: counts }
  }
  for (let start = 0; start < plans.length; start += COLUMNS_AT_ONCE) {
    const batch = plans.slice(start, start + COLUMNS_AT_ONCE)
    const asked = batch.flatMap(({ type }, index) =>
      measured.has(start + index) ? [] : [{ place: start + index, c: `c${start + index}`, type }],
    )
    const found = new Map([...measured, ...(await measure(db, rowsOfFile(file), asked, rows))])
    const compact = await compactScripts(db, source, batch, start)
    for (const [index, plan] of batch.entries()) {
      const { name, type, repeats, distinct, leftOutAs, cells, decidedBy, format } = plan
      const c = `c${start + index}`
      const { values: [present, ...values] = [], numbers: facts } = found.get(start + index) ?? {}
      const column = {
        name,
        type,
        missing: rows - toNumber(present),
        ...(cells && { cells }),
        ...(decidedBy && { decidedBy }),
      }
      if (type === 'text')
        columns.push({
          ...column,
          ...(repeats ? { classes: await classesOf(name, c) } : {}),
          meanLength: Math.round(Number(values[0] ?? 0)),
          ...compact.get(name),
          ...(distinct !== undefined && distinct > AUTO_CATEGORIES ? { distinct } : {}),
          ...(leftOutAs && { leftOutAs }),
        })
      else if (isDateType(type)) {
        const [earliest, latest, different] = values
        const known = toNumber(present) > 0 && { earliest: String(earliest), latest: String(latest) }
        columns.push({
          ...column,
          ...(format !== undefined && { format }),
          ...known,
          distinct: Number(different),
        })
      } else if (type === 'list') columns.push({ ...column, ...(await itemsOf(name, c)) })
      else if (type !== 'number') columns.push({ ...column, classes: await classesOf(name, c) })
      else {
        const numbers = {
          ...column,
          ...(await describeNumbers(db, source, c, toNumber(present), values)),
          ...facts,
        }
        const why = leftOutAs ?? numberingOf(numbers, rows)
        columns.push(why ? { ...numbers, leftOutAs: why } : numbers)
      }
    }
  }
  return columns
}

function tooManyClasses(name: string): FitserveError {
  const message = `The values of all categories together exceed the limit of ${MAX_CLASSES_TEXT / 1024 / 1024} MiB. Give columns of many values the type text, such as ${typesOption(name, 'text')}.`
  return new FitserveError('invalid-dataset', message, { problems: [{ column: name, message }] })
}

/**
 * Returns the share of letters that belong to compact scripts, by text column; columns without such letters are absent.
 */
async function compactScripts(
  db: DuckDb,
  source: string,
  plans: readonly ColumnPlan[],
  start: number,
): Promise<Map<string, { compactScript: number }>> {
  const texts = plans.flatMap(({ name, type }, index) =>
    type === 'text' ? [{ name, c: `c${start + index}` }] : [],
  )
  if (texts.length === 0) return new Map()
  const others = `[^${COMPACT_SCRIPTS.map((script) => `\\p{${script}}`).join('')}]`
  // Texts of ASCII have no such letters and are skipped, because the search goes letter by letter and is slow.
  const begin = (c: string) =>
    `left(CASE WHEN strlen(${c}) > length(${c}) THEN ${c} END, ${SCRIPT_CHARACTERS})`
  const lettersOf = async (columns: readonly string[], beginOf: (c: string) => string, without: string) => {
    const sums = columns.map((c) => `sum(length(regexp_replace(${beginOf(c)}, '${without}', '', 'g')))`)
    const rows = `SELECT ${columns.join(', ')} FROM ${source} LIMIT ${SCRIPT_ROWS}`
    const [row = []] = await db.rows(`SELECT ${sums.join(', ')} FROM (${rows})`)
    return row.map(toNumber)
  }
  const found = await lettersOf(
    texts.map(({ c }) => c),
    begin,
    others,
  )
  const some = texts.flatMap((text, index) =>
    (found[index] ?? 0) > 0 ? [{ ...text, compact: found[index] ?? 0 }] : [],
  )
  if (some.length === 0) return new Map()
  const all = await lettersOf(
    some.map(({ c }) => c),
    (c) => `left(${c}, ${SCRIPT_CHARACTERS})`,
    '\\P{L}',
  )
  return new Map(
    some.flatMap(({ name, compact }, index) => {
      const share = compact / Math.max(1, all[index] ?? 0)
      const compactScript = Math.min(1, Math.round(share * 100) / 100)
      return compactScript > 0 ? [[name, { compactScript }] as const] : []
    }),
  )
}

async function describeNumbers(
  db: DuckDb,
  source: string,
  c: string,
  count: number,
  [min, max, mean, distinct, integer]: readonly unknown[],
): Promise<Partial<ColumnDescription>> {
  if (count === 0) return { distinct: 0 }
  return {
    min: Number(min),
    max: Number(max),
    mean: Number.isFinite(mean) ? Number(mean) : await meanOfHugeNumbers(db, source, c, count),
    distinct: Number(distinct),
    integer: integer === true,
  }
}

/** Returns the mean of numbers whose sum exceeds the range of a double, though their mean does not. */
async function meanOfHugeNumbers(db: DuckDb, source: string, c: string, count: number): Promise<number> {
  const [[mean] = []] = await db.rows(`SELECT fsum(${c} / ${count}) FROM ${source}`)
  return Number(mean)
}

/** Counts the rows of each item of a column of lists; of more than `MAX_CATEGORIES` items only their number. */
async function countItems(
  db: DuckDb,
  source: string,
  c: string,
): Promise<{ counts?: Record<string, number>; distinct: number }> {
  const items = `SELECT unnest(list_distinct(string_split(substr(${c}, 2), chr(${ITEM_MARK.charCodeAt(0)})))) AS value
    FROM ${source} WHERE length(${c}) > 1`
  const [[distinct] = []] = await db.rows(`SELECT count(DISTINCT value) FROM (${items})`)
  if (toNumber(distinct) > MAX_CATEGORIES) return { distinct: toNumber(distinct) }
  const counts = await db.rows(
    `SELECT ${wholeText('value')}, rows FROM (
      SELECT value, count(*) AS rows FROM (${items}) GROUP BY value) ORDER BY value`,
  )
  return {
    counts: Object.fromEntries(counts.map(([value, count]) => [String(value), toNumber(count)])),
    distinct: toNumber(distinct),
  }
}

/**
 * Counts the rows of each class. Classes are sorted by code point, as DuckDB compares texts. `fromEntries` makes own
 * properties, even of a class called `__proto__`.
 */
async function countClasses(db: DuckDb, source: string, c: string): Promise<Record<string, number>> {
  const counts = await db.rows(
    `SELECT ${wholeText('value')}, rows FROM (
      SELECT CAST(${c} AS VARCHAR) AS value, count(*) AS rows FROM ${source}
        WHERE ${c} IS NOT NULL GROUP BY value) ORDER BY value`,
  )
  return Object.fromEntries(counts.map(([value, count]) => [String(value), toNumber(count)]))
}
