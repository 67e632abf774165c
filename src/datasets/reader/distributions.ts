import { ITEM_MARK } from '../../recipe/lists.ts'
import { type ColumnType, isDateType } from '../../recipe/table.ts'
import type { Distribution, Histogram } from '../contract.ts'
import type { DistributionsTask } from '../messages.ts'
import { instantOfCell } from './dates.ts'
import { type DuckDb, openDuckDb, parquet, toNumber, wholeText } from './duckdb.ts'
import { rowsOfFile, SAMPLE_ROWS, sampled } from './source.ts'

/** Bars of a histogram, and values and words that are listed. */
const MAX_BARS = 20
/** Characters of a text in which words are counted. */
const MAX_CHARACTERS = 1_000
/** Characters of a value in the answer. */
const MAX_VALUE = 200
/** Memory of the database in MB: a column of the sample with texts of `MAX_CHARACTERS` needs at most 200. */
const MEMORY_MB = 1_024
/** How many times wider than the middle 98% of the values a range is from which the values beyond are only counted. */
const FAR = 4
/** Milliseconds since 1970 that a `Date` can hold. */
const MAX_TIME_MS = 8.64e15

/** Returns how the values of some columns of a kept table are distributed, and how many rows were looked at. */
export async function readDistributions({
  file,
  rows,
  columns,
}: DistributionsTask): Promise<{ sampled: number; items: Distribution[] }> {
  const db = await openDuckDb({ files: [file] }, MEMORY_MB)
  try {
    const step = Math.ceil(rows / SAMPLE_ROWS)
    const numbered = rowsOfFile(file)
    const source = step <= 1 ? parquet(file) : `${numbered.relation} WHERE ${sampled(numbered, step)}`
    const [[count] = []] = await db.rows(`SELECT count(*) FROM ${source}`)
    const items: Distribution[] = []
    for (const { place, name, type } of columns) {
      await db.rows(
        `CREATE OR REPLACE TEMP TABLE sample AS SELECT ${cellOf(`c${place}`, type)} FROM ${source}`,
      )
      const [[known] = []] = await db.rows('SELECT count(v) FROM sample')
      const missing = toNumber(count) - toNumber(known)
      items.push({ column: name, type, missing, ...(toNumber(known) > 0 && (await measured(db, type))) })
    }
    return { sampled: toNumber(count), items }
  } finally {
    db.close()
  }
}

/** Returns the SQL expressions of the column `v`, and of `characters` for the length of a text. */
function cellOf(c: string, type: ColumnType): string {
  if (type === 'text') return `left(${c}, ${MAX_CHARACTERS}) AS v, length(${c}) AS characters`
  return isDateType(type) ? `${instantOfCell(c, type)} AS v` : `${c} AS v`
}

async function measured(db: DuckDb, type: ColumnType): Promise<Partial<Distribution>> {
  if (type === 'text') return { ...(await textLengths(db)), ...(await words(db)) }
  if (type === 'number') return (await histogram(db, 'v')) ?? asNumbers(await valuesOf(db, VALUES))
  if (isDateType(type)) return times(db, type)
  return valuesOf(db, type === 'list' ? ITEMS : VALUES)
}

/** Writes numbers as JSON does: DuckDB writes `5.0`. */
function asNumbers({ values = [], ...rest }: Pick<Distribution, 'values' | 'others'>): Partial<Distribution> {
  return { values: values.map(({ value, rows }) => ({ value: String(Number(value)), rows })), ...rest }
}

const VALUES = 'SELECT CAST(v AS VARCHAR) AS value FROM sample WHERE v IS NOT NULL'
const ITEMS = `SELECT unnest(list_distinct(string_split(substr(v, 2), chr(${ITEM_MARK.charCodeAt(0)})))) AS value
  FROM sample WHERE length(v) > 1`

/** Returns the most frequent values, and how many others there are. @param values a query of the column `value` */
async function valuesOf(db: DuckDb, values: string): Promise<Pick<Distribution, 'values' | 'others'>> {
  const [[all, different] = []] = await db.rows(`SELECT count(*), count(DISTINCT value) FROM (${values})`)
  const listed = await mostFrequent(db, values)
  const rows = listed.reduce((sum, each) => sum + each.rows, 0)
  return {
    values: listed,
    others: { values: toNumber(different) - listed.length, rows: toNumber(all) - rows },
  }
}

async function mostFrequent(db: DuckDb, values: string): Promise<{ value: string; rows: number }[]> {
  const rows = await db.rows(
    `SELECT ${wholeText(`left(value, ${MAX_VALUE})`)}, rows FROM (
      SELECT value, count(*) AS rows FROM (${values}) GROUP BY value ORDER BY rows DESC, value LIMIT ${MAX_BARS})`,
  )
  return rows.map(([value, count]) => ({ value: String(value), rows: toNumber(count) }))
}

/** Counts the words of texts, each once for a text. */
async function words(db: DuckDb): Promise<Pick<Distribution, 'words'>> {
  const word = String.raw`[\p{L}\p{N}]+(?:['’]\p{L}+)*`.replaceAll("'", "''")
  const all = `SELECT unnest(list_distinct(regexp_extract_all(lower(v), '${word}'))) AS value FROM sample`
  return { words: await mostFrequent(db, all) }
}

async function textLengths(db: DuckDb): Promise<Pick<Distribution, 'lengths'>> {
  const found = await histogram(db, 'characters', 1)
  return found?.histogram ? { lengths: found.histogram } : {}
}

async function times(db: DuckDb, type: ColumnType): Promise<Pick<Distribution, 'times'>> {
  const found = await histogram(db, 'v', 1)
  if (!found?.histogram) return {}
  const { edges, ...counts } = found.histogram
  if (edges.some((seconds) => Math.abs(seconds * 1000) > MAX_TIME_MS)) return {}
  const texts = edges.map((seconds) => new Date(seconds * 1000).toISOString())
  return { times: { edges: type === 'date' ? texts.map((text) => text.slice(0, 10)) : texts, ...counts } }
}

/**
 * Counts numbers by intervals of one width.
 * @param least number of different values up to which there is no histogram. Default: `MAX_BARS`
 * @returns undefined where the values are few and are to be listed, or the range is beyond that of numbers
 */
async function histogram(
  db: DuckDb,
  c: string,
  least = MAX_BARS + 1,
): Promise<{ histogram: Histogram } | undefined> {
  const [[different, low, high, middle, whole] = []] = await db.rows(
    `SELECT count(DISTINCT ${c}), min(${c}), max(${c}), CAST(quantile_disc(${c}, [0.01, 0.99]) AS VARCHAR),
      bool_and(${c} = trunc(${c})) FROM sample`,
  )
  if (toNumber(different) < least) return undefined
  const [near = 0, far = 0] = String(middle).slice(1, -1).split(',').map(Number)
  const isFar = far > near && Number(high) - Number(low) > FAR * (far - near)
  const edges = edgesOf(isFar ? near : Number(low), isFar ? far : Number(high), whole === true)
  const [first = 0, second = 0] = edges
  const last = edges.at(-1) ?? 0
  const width = second - first
  if (!Number.isFinite(last) || !Number.isFinite(width) || !(width > 0)) return undefined
  const bars = edges.length - 1
  // The difference of huge numbers may be beyond the range of numbers; of others it is the more precise one.
  const steps = Number.isFinite(last - first)
    ? `(${c} - ${double(first)}) / ${double(width)}`
    : `(${c} / ${double(width)} - ${double(first / width)})`
  const bar = `least(${bars - 1}, greatest(0, CAST(floor(${steps}) AS INTEGER)))`
  const rows = await db.rows(
    `SELECT CASE WHEN ${c} < ${double(first)} THEN -1 WHEN ${c} > ${double(last)} THEN ${bars} ELSE ${bar} END AS bar,
      count(*) FROM sample WHERE ${c} IS NOT NULL GROUP BY bar`,
  )
  const counted = new Map(rows.map(([place, count]) => [toNumber(place), toNumber(count)]))
  return {
    histogram: {
      edges,
      counts: Array.from({ length: bars }, (_, place) => counted.get(place) ?? 0),
      below: counted.get(-1) ?? 0,
      above: counted.get(bars) ?? 0,
    },
  }
}

/** Returns the ends of intervals of one width. Those of whole numbers are whole. */
function edgesOf(low: number, high: number, whole: boolean): number[] {
  if (whole) {
    const from = Math.floor(low)
    const width = Math.max(1, Math.ceil((Math.ceil(high) - from + 1) / MAX_BARS))
    const bars = Math.ceil((Math.ceil(high) - from + 1) / width)
    if (Number.isSafeInteger(from) && Number.isSafeInteger(from + bars * width))
      return Array.from({ length: bars + 1 }, (_, place) => from + place * width)
  }
  // No product here is beyond the range of numbers, even if the difference of both ends is.
  return Array.from({ length: MAX_BARS + 1 }, (_, place) => {
    const share = place / MAX_BARS
    return low * (1 - share) + high * share
  })
}

/** Writes a number as SQL, in all of its digits. */
function double(value: number): string {
  return `CAST('${value}' AS DOUBLE)`
}
