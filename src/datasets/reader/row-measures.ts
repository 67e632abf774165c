import { setImmediate as others } from 'node:timers/promises'
import { orNullWithoutAddressSpace } from '../../runtime/kernel-memory.ts'
import { type MeasuredNumbers, NumberMeasures } from './measure-numbers.ts'
import type { Block } from './row-reader.ts'

/** Bytes of the numbers that are kept of all columns. Larger tables are read again for what was not measured. */
const KEPT_BYTES = 192 * 2 ** 20
/** Bytes of a number. */
const NUMBER = 8
/** Rows that there is room for beside those that are expected, and by how much these may be too few. */
const ROWS_BESIDE = 4_096
const MORE = 1.1

const NONE = new Float64Array(0)

/** Measures the columns of numbers of a file while it is read, so that they need not be read from the table again. */
export class RowMeasures {
  /** Line of the first row. */
  readonly firstLine: number
  /** Rows that were added. */
  rows = 0
  readonly #columns: number
  #measures: NumberMeasures | null | undefined

  constructor(columns: number, firstLine: number) {
    this.#columns = columns
    this.firstLine = firstLine
  }

  /** Adds a block of rows. @param expected rows of the whole file, as the first block shows them */
  add(block: Pick<Block, 'rows' | 'values'>, expected: number): void {
    if (this.#measures === undefined) this.#measures = this.#open(expected)
    const measures = this.#measures
    if (measures === null) return
    if (!measures.begin(block.rows)) {
      this.#measures = null
      return
    }
    for (let column = 0; column < this.#columns; column++) {
      measures.values.set(block.values(column))
      measures.add(column)
    }
    this.rows += block.rows
  }

  /** Whether the numbers of all columns could be kept. */
  get areThere(): boolean {
    return this.#measures !== undefined && this.#measures !== null
  }

  /** Number of a column's numbers. */
  present(column: number): number {
    return this.#measures?.present(column) ?? 0
  }

  /** The numbers of a column, row by row; NaN stands for a missing one. */
  numbers(column: number): Float64Array {
    return this.#measures?.numbers(column) ?? NONE
  }

  /**
   * Returns whether no two rows are equal in some columns (see `NumberMeasures`), the first of which cannot be measured then.
   * False: it is not known.
   */
  doRowsDiffer(columns: readonly number[]): boolean {
    return this.#measures?.doRowsDiffer(columns) ?? false
  }

  /** Returns what was measured of some columns; undefined for one that has to be measured by other means. */
  async found(columns: readonly number[]): Promise<(MeasuredNumbers | undefined)[]> {
    const found: (MeasuredNumbers | undefined)[] = []
    for (const column of columns) {
      found.push(this.#measures?.found(column))
      // Statements of DuckDB that run at the same time have steps in this thread.
      await others()
    }
    return found
  }

  #open(expected: number): NumberMeasures | null {
    if (!hasRoomFor(expected, this.#columns)) return null
    const rows = roomFor(expected)
    return orNullWithoutAddressSpace(() => new NumberMeasures(this.#columns, rows))
  }
}

/** Whether the numbers of a table can be kept while it is measured. @param expected about as many rows as it has */
export function hasRoomFor(expected: number, columns: number): boolean {
  return roomFor(expected) * NUMBER * (columns + 1) <= KEPT_BYTES
}

function roomFor(expected: number): number {
  return Math.ceil(MORE * expected) + ROWS_BESIDE
}
