import { type FieldProblem, FitserveError } from '../../errors.ts'
import type { ColumnType } from '../../recipe/table.ts'
import { type DuckDb, toNumber } from './duckdb.ts'
import {
  AUTO_CATEGORIES,
  AUTO_CATEGORY_LENGTH,
  COLUMNS_AT_ONCE,
  MAX_CATEGORIES,
  MAX_CATEGORY_TEXT,
  SENTENCE_WORDS,
} from './limits.ts'
import type { Staged, StagedColumn } from './staging.ts'

/**
 * Pattern of a decimal number: sign, digits with an optional fraction, exponent, spaces or tabs around it. It excludes
 * `NaN`, `inf`, hexadecimal numbers, separators of thousands and a point without digits.
 */
const NUMBER = '[ \t]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[ \t]*'
const BOOLEAN = '(?i)[ \t]*(true|false)[ \t]*'

/** How a column of the table `staging` becomes a column of the data set. */
export interface ColumnPlan {
  name: string
  type: ColumnType
  /** SQL expression of the typed value; meaningless for a bad row. */
  value: string
  /** SQL condition under which the staged text is not a value of the type. Absent if every text is one. */
  bad?: string
  /** The end of the message about a bad value, which begins with the value itself. */
  complaint?: string
  /** Characters of all values together. */
  characters: number
  /** True of a text with few different values: it may also be learnt as a target, whose classes these are. */
  repeats?: boolean
}

interface Counts {
  present: number
  empty: number
  numbers: number
  booleans: number
  characters: number
  /** An estimate. */
  distinct: number
}

/**
 * Finds the type of each staged column from all of its values; a given type is taken instead.
 * @throws FitserveError `invalid-dataset` if a type is given to a column that does not exist or cannot have it
 */
export async function planColumns(
  db: DuckDb,
  staged: Staged,
  given: ReadonlyMap<string, ColumnType>,
): Promise<ColumnPlan[]> {
  const problems: FieldProblem[] = []
  const names = new Set(staged.columns.map(({ name }) => name))
  for (const name of given.keys()) {
    if (!names.has(name)) problems.push({ path: typePath(name), message: 'The file has no such column' })
  }
  const plans: ColumnPlan[] = []
  for (let start = 0; start < staged.columns.length; start += COLUMNS_AT_ONCE) {
    const batch = staged.columns.slice(start, start + COLUMNS_AT_ONCE)
    const counts = await countValues(db, batch, start)
    for (const [offset, column] of batch.entries()) {
      const c = `c${start + offset}`
      const count = counts[offset]!
      const said = given.get(column.name)
      if (said === 'category' && !areFew(await differentValues(db, c), MAX_CATEGORIES)) {
        const limits = `${MAX_CATEGORIES.toLocaleString('en')} different values and ${MAX_CATEGORY_TEXT / 1024 / 1024} MiB of text`
        problems.push({
          path: typePath(column.name),
          message: `The column exceeds the limits of a category: ${limits}`,
        })
      }
      const { type, repeats = false } = said
        ? { type: said }
        : await decide(db, c, column.kind, count, staged.rows)
      plans.push({ ...plan(c, column, type, count), repeats })
    }
  }
  if (problems.length > 0)
    throw new FitserveError('invalid-dataset', 'The given types do not match the file', { problems })
  return plans
}

async function countValues(db: DuckDb, columns: readonly StagedColumn[], first: number): Promise<Counts[]> {
  const expressions = columns.flatMap(({ kind }, index) => {
    const c = `c${first + index}`
    if (kind === 'number') return [`count(${c})`, '0', `count(${c})`, '0', '0', '0']
    return [
      `count(${c})`,
      `count_if(${c} = '')`,
      `count_if(${isNumber(c)})`,
      `count_if(${isBoolean(c)})`,
      `coalesce(sum(length(${c})), 0)`,
      `approx_count_distinct(${c})`,
    ]
  })
  const [row = []] = await db.rows(`SELECT ${expressions.join(', ')} FROM staging`)
  return columns.map((_, index) => {
    const [present, empty, numbers, booleans, characters, distinct] = row
      .slice(index * 6, index * 6 + 6)
      .map(toNumber)
    return {
      present: present!,
      empty: empty!,
      numbers: numbers!,
      booleans: booleans!,
      characters: characters!,
      distinct: distinct!,
    }
  })
}

async function decide(
  db: DuckDb,
  c: string,
  kind: StagedColumn['kind'],
  count: Counts,
  rows: number,
): Promise<Pick<ColumnPlan, 'type' | 'repeats'>> {
  const { present } = count
  if (present === 0) return { type: 'text' }
  if (kind === 'number') return { type: 'number' }
  // Among numbers and booleans an empty text is a missing value (D-21).
  const telling = present - count.empty
  if (telling > 0 && count.numbers * 100 >= telling * 99) return { type: 'number' }
  if (telling > 0 && count.booleans === telling) return { type: 'boolean' }
  // The estimate is off by a few percent; a column far above the limit need not be counted exactly.
  const maybe = count.characters <= AUTO_CATEGORY_LENGTH * present && count.distinct <= 2 * AUTO_CATEGORIES
  const most = Math.min(AUTO_CATEGORIES, Math.ceil(rows / 2) - 1)
  if (!maybe) return { type: 'text' }
  const different = await differentValues(db, c)
  if (!areFew(different, most)) return { type: 'text' }
  return different.meanWords >= SENTENCE_WORDS ? { type: 'text', repeats: true } : { type: 'category' }
}

/** The different values of a column: their number, their characters together, and the words of an average one. */
interface DifferentValues {
  count: number
  characters: number
  meanWords: number
}

async function differentValues(db: DuckDb, c: string): Promise<DifferentValues> {
  const values = `SELECT DISTINCT ${c} AS v FROM staging WHERE ${c} IS NOT NULL`
  const words = `len(regexp_extract_all(v, '\\S+'))`
  const [row = []] = await db.rows(
    `SELECT count(*), coalesce(sum(length(v)), 0), coalesce(avg(${words}), 0) FROM (${values})`,
  )
  const [count, characters, meanWords] = row.map(toNumber)
  return { count: count!, characters: characters!, meanWords: meanWords! }
}

function areFew({ count, characters }: DifferentValues, most: number): boolean {
  return count <= most && characters <= MAX_CATEGORY_TEXT
}

function plan(c: string, { name, kind }: StagedColumn, type: ColumnType, count: Counts): ColumnPlan {
  const { characters } = count
  const telling = count.present - count.empty
  if (kind === 'number')
    return { name, type, characters, value: type === 'number' ? c : `CAST(${c} AS VARCHAR)` }
  switch (type) {
    case 'number': {
      const value = `TRY_CAST(${trimmed(c)} AS DOUBLE)`
      if (count.numbers === telling) return { name, type, characters, value }
      return {
        name,
        type,
        characters,
        value,
        bad: isNot(c, isNumber(c)),
        complaint: 'is not a finite decimal number',
      }
    }
    case 'boolean': {
      const value = `CASE lower(${trimmed(c)}) WHEN 'true' THEN true WHEN 'false' THEN false END`
      if (count.booleans === telling) return { name, type, characters, value }
      return {
        name,
        type,
        characters,
        value,
        bad: isNot(c, isBoolean(c)),
        complaint: 'is neither true nor false',
      }
    }
    default:
      return { name, type, characters, value: c }
  }
}

function isNot(c: string, condition: string): string {
  return `(${c} IS NOT NULL AND ${c} <> '' AND NOT ${condition})`
}

function isNumber(c: string): string {
  const finite = `coalesce(isfinite(TRY_CAST(${trimmed(c)} AS DOUBLE)), false)`
  return `(CASE WHEN regexp_full_match(${c}, '${NUMBER}') THEN ${finite} ELSE false END)`
}

function isBoolean(c: string): string {
  return `regexp_full_match(${c}, '${BOOLEAN}')`
}

function trimmed(c: string): string {
  return `trim(${c}, ' \t')`
}

function typePath(name: string): string {
  return `/types/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
