/**
 * A text as it stands in JSON, without its quotes: ASCII without control characters, in which a backslash and the one
 * character behind it (never `u`) are what JSON says. At `end` stands the quote. The bytes are another's, so it is to be
 * read at once.
 */
export class JsonText {
  readonly bytes: Uint8Array
  start = 0
  end = 0

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** The text itself. */
  toString(): string {
    const { buffer, byteOffset } = this.bytes
    const text = Buffer.from(buffer, byteOffset + this.start, this.end - this.start).toString('latin1')
    return text.includes('\\') ? String(JSON.parse(`"${text}"`)) : text
  }
}
