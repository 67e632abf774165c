/**
 * A row of a network's input as pairs of position and value; positions that are not named are 0. It grows as
 * needed and is used again for the next row, so that encoding allocates nothing.
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
    const indices = new Uint32Array(this.indices.length * 2)
    indices.set(this.indices)
    this.indices = indices
    const values = new Float32Array(this.values.length * 2)
    values.set(this.values)
    this.values = values
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

/** Collects encoded rows into flat arrays. */
export class SparseRowsBuilder {
  readonly #width: number
  #offsets = new Uint32Array(1025)
  #indices = new Uint32Array(65_536)
  #values = new Float32Array(65_536)
  #rows = 0

  constructor(width: number) {
    this.#width = width
  }

  add(row: SparseRow): void {
    const start = this.#offsets[this.#rows] ?? 0
    const end = start + row.length
    if (end > this.#indices.length) {
      this.#indices = enlarged(this.#indices, end, Uint32Array)
      this.#values = enlarged(this.#values, end, Float32Array)
    }
    this.#indices.set(row.indices.subarray(0, row.length), start)
    this.#values.set(row.values.subarray(0, row.length), start)
    this.#rows += 1
    if (this.#rows >= this.#offsets.length)
      this.#offsets = enlarged(this.#offsets, this.#rows + 1, Uint32Array)
    this.#offsets[this.#rows] = end
  }

  build(): SparseRows {
    const end = this.#offsets[this.#rows] ?? 0
    return {
      rows: this.#rows,
      width: this.#width,
      offsets: this.#offsets.slice(0, this.#rows + 1),
      indices: this.#indices.slice(0, end),
      values: this.#values.slice(0, end),
    }
  }
}

function enlarged<T extends Uint32Array | Float32Array>(
  old: T,
  needed: number,
  make: new (length: number) => T,
): T {
  const larger = new make(Math.max(needed, old.length * 2))
  larger.set(old)
  return larger
}
