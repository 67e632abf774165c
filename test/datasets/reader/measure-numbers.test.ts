import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openDuckDb, toNumber } from '../../../src/datasets/reader/duckdb.ts'
import {
  type MeasuredNumbers,
  measureNumbers,
  NumberMeasures,
} from '../../../src/datasets/reader/measure-numbers.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

const db = await openDuckDb({ folder: await temporaryFolder() })
afterAll(() => db.close())

type Cell = number | null

/** Makes the table `staging` of columns c0, c1, …, all of one length. */
async function stage(columns: readonly (readonly Cell[])[]): Promise<void> {
  const names = columns.map((_, index) => `c${index}`)
  await db.rows(
    `CREATE OR REPLACE TABLE staging (place INTEGER, ${names.map((name) => `${name} DOUBLE`).join(', ')})`,
  )
  const appender = await db.connection.createAppender('staging')
  for (let row = 0; row < (columns[0]?.length ?? 0); row++) {
    appender.appendInteger(row)
    for (const column of columns) {
      const value = column[row] ?? null
      if (value === null) appender.appendNull()
      else appender.appendDouble(value)
    }
    appender.endRow()
  }
  appender.closeSync()
}

/** What DuckDB's own functions say of a column. */
async function byDuckDb(c: string): Promise<MeasuredNumbers> {
  const [[present, least, greatest, mean, distinct, isWhole] = []] = await db.rows(
    `SELECT count(${c}), min(${c}), max(${c}), favg(${c}), count(DISTINCT ${c}), bool_and(${c} = trunc(${c})) FROM staging`,
  )
  return {
    present: toNumber(present),
    least: Number(least),
    greatest: Number(greatest),
    mean: Number(mean),
    distinct: toNumber(distinct),
    isWhole: isWhole === true,
  }
}

async function measured(columns: readonly (readonly Cell[])[]): Promise<(MeasuredNumbers | undefined)[]> {
  await stage(columns)
  const names = columns.map((_, index) => `c${index}`)
  return measureNumbers(db, 'staging', names, columns[0]?.length ?? 0)
}

/** Compares the mean to the last digits, all else exactly. */
async function expectAsDuckDb(found: MeasuredNumbers | undefined, c: string): Promise<void> {
  const { mean, ...rest } = await byDuckDb(c)
  expect(found).toEqual({ ...rest, mean: expect.any(Number) })
  expect(Math.abs((found?.mean ?? 0) - mean)).toBeLessThanOrEqual(1e-14 * Math.abs(mean))
}

const cell = fc.oneof(
  fc.constantFrom<Cell>(null, 0, -0, 1, 2, 3, 1e300, 5e-324),
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-9, max: 1e9 }),
)

describe('Measuring columns of numbers', () => {
  it('finds what the functions of DuckDB find', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constant<Cell>(7), cell, cell), { minLength: 1, maxLength: 60 }),
        async (rows) => {
          const columns = [0, 1, 2].map((index) => rows.map((row) => row[index] ?? null))
          const found = await measured(columns)
          for (const [index, column] of columns.entries())
            if (column.some((value) => value !== null)) await expectAsDuckDb(found[index], `c${index}`)
            else expect(found[index]?.present).toBe(0)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('goes on from one chunk of rows to the next, with more columns than it has room for at once', async () => {
    const rows = 300_000
    const columns = Array.from({ length: 20 }, (_, column) =>
      Array.from({ length: rows }, (_, row) => {
        if (row % 7 === column) return null
        return column % 2 === 0 ? ((row * 7_919) % 5_003) - 2_000 : Math.sin(row * (column + 1)) * 1e6
      }),
    )
    const found = await measured(columns)
    for (const index of [0, 1, 6, 13, 19]) await expectAsDuckDb(found[index], `c${index}`)
  })

  it('keeps the digits of a sum of a million numbers', async () => {
    const [found] = await measured([Array.from({ length: 1_000_000 }, () => 0.1)])
    expect(found).toMatchObject({ mean: 0.1, distinct: 1, isWhole: false })
  })

  it('counts zeros of both signs as one number, and tells whole ones from others', async () => {
    const found = await measured([
      [0, -0, 0],
      [-0, 2, 4],
      [1, 2, 2.5],
    ])
    expect(found).toMatchObject([
      { present: 3, distinct: 1, isWhole: true },
      { present: 3, distinct: 3, isWhole: true, greatest: 4 },
      { present: 3, distinct: 3, isWhole: false },
    ])
  })

  it('says that a sum is beyond the range of numbers', async () => {
    const [found] = await measured([[1e308, 1e308, 1e308]])
    expect(found?.mean).not.toSatisfy(Number.isFinite)
    expect(found).toMatchObject({ present: 3, distinct: 1, least: 1e308, greatest: 1e308 })
  })

  it('leaves to DuckDB the numbers that were made to meet in one place, and measures those beside them', async () => {
    const crowded = numbersOfOnePlace(2_000)
    expect(new Set(crowded).size).toBe(2_000)
    const [first, second] = await measured([crowded, crowded.map((_, row) => row)])
    expect(first).toBeUndefined()
    expect(second).toMatchObject({ distinct: 2_000, greatest: 1_999 })
  })

  it('leaves to DuckDB a table of more rows than it has room for', async () => {
    await stage([[1, 2]])
    expect(await measureNumbers(db, 'staging', ['c0'], 2 ** 23 + 1)).toEqual([undefined])
    expect(await measureNumbers(db, 'staging', ['c0'], 2 ** 23)).toMatchObject([{ distinct: 2 }])
  })

  it('leaves to DuckDB a relation of more rows than it was said to have', async () => {
    await stage([[1, 2, 3]])
    expect(await measureNumbers(db, 'staging', ['c0'], 2)).toEqual([undefined])
    expect(await measureNumbers(db, 'staging', ['c0'], 3)).toMatchObject([{ distinct: 3 }])
  })
})

/** Returns numbers whose bits the kernel's product sends to the first places of its table. */
function numbersOfOnePlace(count: number): number[] {
  const spread = 0x9e3779b97f4a7c15n
  const mask = 2n ** 64n - 1n
  // By Newton's iteration the inverse of an odd number modulo 2^64 doubles its digits in each step.
  let inverse = spread
  for (let step = 0; step < 6; step++) inverse = (inverse * (2n - spread * inverse)) & mask
  const bits = new BigUint64Array(1)
  const asNumber = new Float64Array(bits.buffer)
  const numbers: number[] = []
  for (let product = 1n; numbers.length < count; product++) {
    const mixed = (product * inverse) & mask
    bits[0] = mixed ^ (mixed >> 32n)
    const [number = Number.NaN] = asNumber
    if (Number.isFinite(number)) numbers.push(number)
  }
  return numbers
}

it('rows differ unless two are equal in all columns, where zeros are one number and so are gaps', () => {
  const few = fc.constantFrom(0, -0, Number.NaN, 1, -1, 0.5, 2 ** 52, 5e-324)
  const columns = fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 20 }))
    .chain(([width, rows]) =>
      fc.array(fc.array(few, { minLength: rows, maxLength: rows }), { minLength: width, maxLength: width }),
    )
  fc.assert(
    fc.property(columns, (cells) => {
      const rows = cells[0]?.length ?? 0
      const measures = new NumberMeasures(cells.length, rows)
      measures.begin(rows)
      for (const [column, values] of cells.entries()) {
        measures.values.set(values)
        measures.add(column)
        expect([...measures.numbers(column)]).toEqual(values)
      }
      const keys = Array.from({ length: rows }, (_, row) => cells.map((values) => String(values[row])).join())
      expect(measures.doRowsDiffer([...cells.keys()])).toBe(new Set(keys).size === rows)
    }),
  )
})
