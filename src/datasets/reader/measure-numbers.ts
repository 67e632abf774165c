import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'
import type { Statements } from './duckdb.ts'
import { CHUNK_ROWS, readNumbers } from './number-vectors.ts'

/*
 * Measures the columns of numbers of a large table by a kernel (kernels/numbers.ts), in less than half the processor time of
 * DuckDB's own functions, most of which goes into counting different numbers.
 */

/** Bytes of the numbers that are kept at once. */
const KEPT_BYTES = 2 ** 27
/** Bytes of a number. */
const NUMBER = 8
/** Rows up to which two columns of numbers fit into `KEPT_BYTES`: one that is measured, and its copy sorted into parts. */
const MOST_ROWS = KEPT_BYTES / NUMBER / 2
/** Columns that are measured at once. */
const MOST_COLUMNS = 4
/** Bytes of what the kernel keeps of a column. */
const STATE = 48
/** Numbers of a part on average; the kernel has room for twice as many different ones. */
const PART_NUMBERS = 4_096
/** Bytes of the table for the numbers of one part. */
const TABLE_BYTES = 2 ** 17
/** Result of the kernel for a column whose different numbers it cannot count. */
const CROWDED = -1

const Kernels = z.object({
  startNumbers: KernelFunction,
  addNumbers: KernelFunction,
  countDifferent: KernelFunction,
  startHashes: KernelFunction,
  addHashes: KernelFunction,
  endHashes: KernelFunction,
})

/** What was measured of a column of numbers. */
export interface MeasuredNumbers {
  present: number
  /** Infinite where no number is present, as `greatest`. */
  least: number
  greatest: number
  /** Not finite where no number is present, or the sum is beyond the range of numbers. */
  mean: number
  distinct: number
  isWhole: boolean
}

/**
 * Measures columns of numbers that have no NaN.
 * @param relation SQL relation with the columns
 * @param columns their SQL expressions
 * @param rows number of the relation's rows
 * @returns by column; undefined for one that only DuckDB can measure, because it has too many rows, or more than said, or
 *   numbers that were made to crowd one place of the kernel's table
 */
export async function measureNumbers(
  db: Statements,
  relation: string,
  columns: readonly string[],
  rows: number,
): Promise<(MeasuredNumbers | undefined)[]> {
  if (columns.length === 0) return []
  const atOnce = Math.max(1, Math.min(columns.length, Math.floor(MOST_ROWS / rows), MOST_COLUMNS))
  const measures = openMeasures(atOnce, rows)
  if (measures === null) return columns.map(() => undefined)
  const found: (MeasuredNumbers | undefined)[] = []
  for (let start = 0; start < columns.length; start += atOnce)
    found.push(...(await measured(measures, db, relation, columns.slice(start, start + atOnce))))
  return found
}

/** Measures columns, at most as many as there is room for. */
async function measured(
  measures: NumberMeasures,
  db: Statements,
  relation: string,
  columns: readonly string[],
): Promise<(MeasuredNumbers | undefined)[]> {
  measures.start()
  // To ask for each value whether it is missing is slow, and numbers of a table are never NaN.
  const values = columns.map((column) => `coalesce(CAST(${column} AS DOUBLE), 'NaN'::DOUBLE)`)
  for await (const chunk of db.chunks(`SELECT ${values.join(', ')} FROM ${relation}`)) {
    // Each look at the number of rows asks DuckDB anew.
    const { rowCount } = chunk
    if (!measures.begin(rowCount)) return columns.map(() => undefined)
    for (const index of columns.keys()) {
      readNumbers(chunk, index, rowCount, measures.values)
      measures.add(index)
    }
  }
  return columns.map((_, index) => measures.found(index))
}

/** Returns measures with room for some columns of so many rows; null where these are too many. */
export function openMeasures(columns: number, rows: number): NumberMeasures | null {
  if (rows > MOST_ROWS) return null
  return orNullWithoutAddressSpace(() => new NumberMeasures(columns, rows))
}

/** Measures of columns of numbers, to which rows are added piece by piece. */
export class NumberMeasures {
  /** Where the next numbers of a column are put for `add`; NaN stands for a missing one. */
  readonly values: Float64Array
  readonly #kernels: z.infer<typeof Kernels>
  readonly #most: number
  /** Binary logarithm of the number of parts. */
  readonly #bits: number
  readonly #states: number[]
  readonly #kept: number[]
  readonly #places: { values: number; parted: number; ends: number; table: number }
  readonly #buffer: ArrayBuffer
  /** Rows of all pieces, and of the last one. */
  #rows = 0
  #pieceRows = 0

  /** @param rows that there is room for */
  constructor(columns: number, rows: number) {
    this.#most = rows
    this.#bits = Math.max(1, Math.ceil(Math.log2(rows / PART_NUMBERS)))
    const layout = new MemoryLayout()
    this.#states = Array.from({ length: columns }, () => layout.place(STATE))
    this.#kept = Array.from({ length: columns }, () => layout.place(rows * NUMBER))
    this.#places = {
      values: layout.place(CHUNK_ROWS * NUMBER),
      parted: layout.place(rows * NUMBER),
      ends: layout.place(4 * 2 ** this.#bits),
      table: layout.place(TABLE_BYTES),
    }
    const { exports, buffer } = openKernels(layout.bytes)
    this.#kernels = Kernels.parse(exports)
    this.#buffer = buffer
    this.values = new Float64Array(buffer, this.#places.values, CHUNK_ROWS)
    this.start()
  }

  /** Begins anew, with other columns. */
  start(): void {
    this.#rows = 0
    for (const state of this.#states) this.#kernels.startNumbers(state)
  }

  /** Begins a piece of so many rows, of which each column is added once. Returns false if there is no room for them. */
  begin(rows: number): boolean {
    // What does not fit would be written behind the memory that is there.
    if (this.#rows + rows > this.#most || rows > CHUNK_ROWS) return false
    this.#rows += rows
    this.#pieceRows = rows
    return true
  }

  /** Adds the numbers of the piece that are in `values`. */
  add(column: number): void {
    const state = this.#states[column] ?? 0
    this.#kernels.addNumbers(state, this.#places.values, this.#pieceRows, this.#kept[column] ?? 0)
  }

  /** The numbers of a column, row by row; NaN stands for a missing one. */
  numbers(column: number): Float64Array {
    return new Float64Array(this.#buffer, this.#kept[column], this.#rows)
  }

  /**
   * Returns whether no two rows are equal in some columns, by hashes of 52 bits: rows that differ may by chance be taken for
   * equal ones. The first column has no numbers any more then.
   */
  doRowsDiffer([first = 0, ...others]: readonly number[]): boolean {
    const { startHashes, addHashes, endHashes } = this.#kernels
    const hashes = this.#kept[first] ?? 0
    startHashes(hashes, this.#rows)
    for (const column of others) addHashes(hashes, this.#kept[column] ?? 0, this.#rows)
    endHashes(this.#states[first] ?? 0, hashes, this.#rows)
    return this.#different(first) === this.#rows
  }

  /** Number of a column's numbers. */
  present(column: number): number {
    return new Int32Array(this.#buffer, this.#states[column], 1)[0] ?? 0
  }

  /** What was measured of a column; undefined if its different numbers cannot be counted. */
  found(column: number): MeasuredNumbers | undefined {
    const state = this.#states[column] ?? 0
    const distinct = this.#different(column)
    if (distinct === CROWDED) return undefined
    const [present = 0, , isWhole = 0] = new Int32Array(this.#buffer, state, 4)
    const [least = 0, greatest = 0, sum = 0, error = 0] = new Float64Array(this.#buffer, state + 16, 4)
    return { present, distinct, isWhole: isWhole === 1, least, greatest, mean: (sum - error) / present }
  }

  /** Counts the different numbers of a column. Returns `CROWDED` where it cannot. */
  #different(column: number): number {
    const { parted, ends, table } = this.#places
    const kept = this.#kept[column] ?? 0
    return this.#kernels.countDifferent(this.#states[column] ?? 0, kept, parted, ends, table, this.#bits)
  }
}
