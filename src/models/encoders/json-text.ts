/**
 * A text as it stands in JSON, without its quotes: ASCII without control characters, in which a backslash and the one
 * character behind it (never `u`) are what JSON says. At `end` stands the quote. The bytes are another's, so it is to be
 * read at once.
 */
export class JsonText {
  readonly bytes: Buffer
  start = 0
  end = 0

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** The text itself. */
  toString(): string {
    const text = this.bytes.toString('latin1', this.start, this.end)
    return text.includes('\\') ? String(JSON.parse(`"${text}"`)) : text
  }
}
