import type { DecimalSign } from '../../recipe/index.ts'
import type { ColumnType } from '../../recipe/table.ts'
import type { ColumnPlan } from './column-plan.ts'
import { type Counts, tellingCount } from './count-values.ts'
import { type DuckDb, toNumber } from './duckdb.ts'
import { finding } from './findings.ts'
import type { OddForms } from './forms.ts'
import { type NumberReading, numberReadings } from './number-reading.ts'
import type { StagedColumn } from './staging.ts'

/** Returns how each column is read as numbers. Only columns that may hold odd ones are searched for them. */
export async function readingsOf(
  db: DuckDb,
  columns: readonly StagedColumn[],
  first: number,
  {
    counts,
    odds,
    given,
    decimal,
    unscaled,
  }: {
    counts: readonly Counts[]
    odds: readonly OddForms[]
    given: ReadonlyMap<string, ColumnType>
    decimal: DecimalSign | null
    unscaled: ReadonlySet<string> | undefined
  },
): Promise<NumberReading[]> {
  const asked = columns.flatMap(({ name, kind }, index) => {
    const { numbers } = counts[index]!
    const { numberLike } = odds[index]!
    const said = given.get(name)
    const telling = tellingCount(counts[index]!, odds[index]!)
    const isOdd = numberLike > numbers || (decimal === ',' && numbers > 0)
    const may = said === undefined ? 2 * Math.max(numbers, numberLike) >= telling : said === 'number'
    return kind === 'text' && isOdd && may
      ? [
          {
            index,
            c: `c${first + index}`,
            anyUnit: said === 'number',
            anyScale: unscaled?.has(name) !== true,
          },
        ]
      : []
  })
  const readings = await numberReadings(db, asked, decimal)
  const found = new Map(asked.map(({ index }, at) => [index, readings[at]!]))
  return columns.map((_, index) => found.get(index) ?? plainReading(counts[index]!))
}

function plainReading({ numbers }: Counts): NumberReading {
  return { fit: numbers, unclear: 0, otherUnits: 0, scaled: 0, commas: 0, dressed: 0 }
}

/** SQL pattern of a number whose point may separate thousands as well. */
const UNCLEAR_POINT = '[ \t]*[+-]?[1-9][0-9]{0,2}[.][0-9]{3}[ \t]*'

/** Tells of plain numbers whose points may separate thousands, where other columns of the file have decimal commas. */
export async function withUnclearPoints(
  db: DuckDb,
  columns: readonly StagedColumn[],
  plans: ColumnPlan[],
): Promise<ColumnPlan[]> {
  if (!plans.some(({ cells }) => cells?.decimal === ',')) return plans
  const asked = plans.flatMap(({ type, cells }, index) =>
    type === 'number' && columns[index]?.kind === 'text' && cells?.decimal === undefined ? [index] : [],
  )
  if (asked.length === 0) return plans
  const counts = asked.flatMap((index) => [
    `count_if(regexp_full_match(c${index}, '${UNCLEAR_POINT}'))`,
    `count_if(contains(c${index}, '.'))`,
  ])
  const [row = []] = await db.rows(`SELECT ${counts.join(', ')} FROM staging`)
  const unclear = new Map(
    asked.map((index, at) => [index, { some: toNumber(row[2 * at]), all: toNumber(row[2 * at + 1]) }]),
  )
  return plans.map((plan, index) => {
    const { some, all } = unclear.get(index) ?? { some: 0, all: 0 }
    if (some === 0 || some < all) return plan
    const where = `regexp_full_match(c${index}, '${UNCLEAR_POINT}')`
    return { ...plan, findings: [...plan.findings, finding('unclear-points', some, where)] }
  })
}
