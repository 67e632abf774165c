import { enlarged } from './growing.ts'

/**
 * A row of a network's input as pairs of position and value; all other positions are 0. It grows as needed and is
 * reused for the next row, so that encoding allocates nothing.
 */
export class SparseRow {
  indices = new Uint32Array(256)
  values = new Float32Array(256)
  length = 0

  clear(): void {
    this.length = 0
  }

  add(index: number, value: number): void {
    if (this.length === this.indices.length) this.#grow()
    this.indices[this.length] = index
    this.values[this.length] = value
    this.length += 1
  }

  #grow(): void {
    this.indices = enlarged(this.indices, this.indices.length * 2, Uint32Array)
    this.values = enlarged(this.values, this.values.length * 2, Float32Array)
  }
}

/** Many encoded rows in flat arrays (compressed sparse rows): row i is at `offsets[i]` to `offsets[i + 1]`. */
export interface SparseRows {
  readonly rows: number
  /** Number of input positions. */
  readonly width: number
  readonly offsets: Uint32Array
  readonly indices: Uint32Array
  readonly values: Float32Array
}

/** Factor by which the arrays are longer than the rows so far suggest. */
const MARGIN = 1.05

/**
 * Collects encoded rows into flat arrays. Arrays that are too short grow to the length expected for all rows, so that
 * large ones are rarely copied. Pages at their end that are never written take no memory.
 */
export class SparseRowsBuilder {
  readonly #width: number
  readonly #expected: number
  #offsets = new Uint32Array(1025)
  #indices = new Uint32Array(65_536)
  #values = new Float32Array(65_536)
  #rows = 0

  /** @param expected number of rows that will be added */
  constructor(width: number, expected = 0) {
    this.#width = width
    this.#expected = expected
  }

  add(row: SparseRow): void {
    const start = this.#offsets[this.#rows] ?? 0
    const end = start + row.length
    if (end > this.#indices.length) {
      const length = this.#lengthFor(end)
      this.#indices = enlarged(this.#indices, length, Uint32Array)
      this.#values = enlarged(this.#values, length, Float32Array)
    }
    this.#indices.set(row.indices.subarray(0, row.length), start)
    this.#values.set(row.values.subarray(0, row.length), start)
    this.#rows += 1
    if (this.#rows >= this.#offsets.length)
      this.#offsets = enlarged(this.#offsets, this.#rows * 2, Uint32Array)
    this.#offsets[this.#rows] = end
  }

  build(): SparseRows {
    const end = this.#offsets[this.#rows] ?? 0
    return {
      rows: this.#rows,
      width: this.#width,
      offsets: this.#offsets.subarray(0, this.#rows + 1),
      indices: this.#indices.subarray(0, end),
      values: this.#values.subarray(0, end),
    }
  }

  #lengthFor(end: number): number {
    const likely = Math.ceil((end / (this.#rows + 1)) * this.#expected * MARGIN)
    if (this.#expected === 0 || this.#rows < this.#expected / 16) return end * 2
    return Math.max(likely, Math.ceil(end * MARGIN))
  }
}
