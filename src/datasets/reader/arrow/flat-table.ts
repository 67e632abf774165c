/** Arrow's bytes are not what the format says. */
export class ArrowDamaged extends Error {
  override readonly name = 'ArrowDamaged'
}

/**
 * A table of a flatbuffer, the form of Arrow's metadata, as far as checks need it. Fields are numbered from 0 in the order
 * of the format's definition (format/Message.fbs, Schema.fbs, File.fbs). Whatever lies outside of the bytes throws.
 */
export class FlatTable {
  readonly #bytes: Buffer
  readonly #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  /** Returns the table with which a flatbuffer begins. */
  static root(bytes: Buffer): FlatTable {
    return new FlatTable(bytes, bytes.readUInt32LE())
  }

  /** Returns a field of one byte; 0 if it is absent. */
  byte(field: number): number {
    const at = this.#placeOf(field)
    return at === null ? 0 : this.#bytes.readUInt8(at)
  }

  /** Returns a field of eight bytes; 0 if it is absent. */
  long(field: number): number {
    const at = this.#placeOf(field)
    return at === null ? 0 : Number(this.#bytes.readBigInt64LE(at))
  }

  /** Returns a field that is a table; null if it is absent. */
  table(field: number): FlatTable | null {
    const at = this.#placeOf(field)
    return at === null ? null : this.#tableAt(at)
  }

  /**
   * Returns a field that is a list of tables.
   * @throws ArrowDamaged if it claims more of them than there is room for, or than `most`
   */
  tables(field: number, most: number): FlatTable[] {
    const { start, count } = this.#listOf(field, OFFSET)
    if (count > most) throw new ArrowDamaged('list')
    return Array.from({ length: count }, (_, index) => this.#tableAt(start + index * OFFSET))
  }

  /**
   * Checks that a field that is a list lies within the bytes.
   * @param size bytes of each entry
   * @throws ArrowDamaged if it claims more entries than there is room for
   */
  checkList(field: number, size: number): void {
    this.#listOf(field, size)
  }

  #listOf(field: number, size: number): { start: number; count: number } {
    const at = this.#placeOf(field)
    if (at === null) return { start: 0, count: 0 }
    const list = at + this.#bytes.readUInt32LE(at)
    const count = this.#bytes.readUInt32LE(list)
    const start = list + OFFSET
    if (start + count * size > this.#bytes.length) throw new ArrowDamaged('list')
    return { start, count }
  }

  #tableAt(place: number): FlatTable {
    return new FlatTable(this.#bytes, place + this.#bytes.readUInt32LE(place))
  }

  /** Returns the place of a field by the table's own list of places; null: the field is absent. */
  #placeOf(field: number): number | null {
    const places = this.#at - this.#bytes.readInt32LE(this.#at)
    const own = 4 + 2 * field
    const offset = this.#bytes.readUInt16LE(places) > own ? this.#bytes.readUInt16LE(places + own) : 0
    return offset === 0 ? null : this.#at + offset
  }
}

/** Bytes of the distance to another place. */
const OFFSET = 4
