import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { Random } from '../src/evaluation/random.ts'

/** Columns of the made table: 20 inputs and the target `y`. */
const INPUTS = 20
const ROWS_AT_ONCE = 1_000
/** Deviation of what no model can know: no error is below it. */
const NOISE = 0.5

/** Writes a CSV file of 21 columns of numbers, in which `y` follows the first six by a formula and noise. */
export async function writeTable(file: string, rows: number, seed: number): Promise<void> {
  const random = new Random(seed, 'table')
  /** Nearly normal numbers: the sum of twelve even ones. */
  const normal = () => {
    let sum = -6
    for (let each = 0; each < 12; each++) sum += random.next()
    return sum
  }
  const line = () => {
    const x = Array.from({ length: INPUTS }, normal)
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = x
    const y = 2 * a + Math.sin(2 * b) + c * d + 0.5 * Math.abs(e) + 0.3 * f ** 2 + NOISE * normal()
    return `${[...x, y].map((value) => value.toFixed(5)).join(',')}\n`
  }
  const blocks = function* () {
    yield `${[...Array.from({ length: INPUTS }, (_, at) => `x${at}`), 'y'].join(',')}\n`
    for (let row = 0; row < rows; row += ROWS_AT_ONCE)
      yield Array.from({ length: Math.min(ROWS_AT_ONCE, rows - row) }, line).join('')
  }
  await pipeline(Readable.from(blocks()), createWriteStream(file))
}

/** Writes a CSV file's rows as NDJSON or Parquet. */
export async function converted(file: string, target: string, format: 'json' | 'parquet'): Promise<void> {
  const db = await DuckDBInstance.create(':memory:')
  const connection = await db.connect()
  await connection.run(`COPY (SELECT * FROM '${file}') TO '${target}' (FORMAT ${format})`)
  connection.closeSync()
  db.closeSync()
}
