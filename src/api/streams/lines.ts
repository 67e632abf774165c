import { isUtf8 } from 'node:buffer'

/** A line of a stream: its text, or the reason why it cannot be read. */
export type Line = { number: number; text: string } | { number: number; fault: string }

const NEWLINE = 0x0a
/** Lines that are yielded together, so that one batch of predictions stays short. */
const MAX_AT_ONCE = 1000

/**
 * Splits bytes into lines, and yields the complete lines of a chunk together, at most 1,000. Blank lines are counted,
 * but left out. Never holds more than one line of at most `maxBytes` and one chunk.
 */
export async function* splitLines(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line[]> {
  const splitter = new Splitter(maxBytes)
  for await (const chunk of source) {
    for (const lines of inPortions(splitter.push(chunk))) yield lines
  }
  const rest = splitter.end()
  if (rest.length > 0) yield rest
}

function* inPortions(lines: Line[]): Generator<Line[]> {
  for (let start = 0; start < lines.length; start += MAX_AT_ONCE)
    yield lines.slice(start, start + MAX_AT_ONCE)
}

class Splitter {
  readonly #maxBytes: number
  #number = 0
  #parts: Buffer[] = []
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end))
      this.#finish(lines)
      start = end + 1
    }
    this.#keep(chunk.subarray(start))
    return lines
  }

  end(): Line[] {
    const lines: Line[] = []
    if (this.#bytes > 0) this.#finish(lines)
    return lines
  }

  /** Keeps a part of the current line. Of a line beyond the limit only the length is counted. */
  #keep(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > this.#maxBytes) this.#parts = []
    else if (part.length > 0) this.#parts.push(part)
  }

  #finish(lines: Line[]): void {
    const [first] = this.#parts
    const bytes = first && this.#parts.length === 1 ? first : Buffer.concat(this.#parts)
    const tooLong = this.#bytes > this.#maxBytes
    this.#parts = []
    this.#bytes = 0
    this.#number += 1
    const number = this.#number
    if (tooLong) lines.push({ number, fault: `The line exceeds the limit of ${this.#maxBytes} bytes.` })
    else if (!isUtf8(bytes)) lines.push({ number, fault: 'The line is not valid UTF-8.' })
    else {
      const text = bytes.toString('utf8')
      const clean = number === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text
      if (clean.trim() !== '') lines.push({ number, text: clean })
    }
  }
}
