import { isUtf8 } from 'node:buffer'
import { type BodyMemory, type HeldBytes, tooManyBodies } from '../requests/body-memory.ts'

/** A line of a stream: its text, or the reason why it cannot be read. */
export type Line = { number: number; text: string } | { number: number; fault: string }

const NEWLINE = 0x0a
/** Lines that are yielded together, so that one batch of predictions stays short. */
const MAX_AT_ONCE = 1000
/** Milliseconds that one line may take to arrive, so that a slow client does not keep the memory of others. */
const MAX_LINE_MS = 120_000

/** Limits on the lines of a stream. */
export interface LineLimits {
  /** Limit on a line, in bytes. */
  maxBytes: number
  /** Counts the bytes of lines that are not complete. */
  memory: BodyMemory
  /** Milliseconds that one line may take to arrive. Default: two minutes. */
  maxLineMs?: number | undefined
}

/**
 * Splits bytes into lines, and yields the complete lines of a chunk together, at most 1,000. Blank lines are counted,
 * but left out. Never holds more than one line of at most `maxBytes` and one chunk, nor more than the memory has room
 * for: a line without room, and one that arrives too slowly, is yielded as a fault.
 */
export async function* splitLines(source: AsyncIterable<Buffer>, limits: LineLimits): AsyncGenerator<Line[]> {
  const splitter = new Splitter(limits)
  try {
    for await (const chunk of source) {
      for (const lines of inPortions(splitter.push(chunk))) yield lines
    }
    const rest = splitter.end()
    if (rest.length > 0) yield rest
  } finally {
    splitter.close()
  }
}

function* inPortions(lines: Line[]): Generator<Line[]> {
  for (let start = 0; start < lines.length; start += MAX_AT_ONCE)
    yield lines.slice(start, start + MAX_AT_ONCE)
}

class Splitter {
  readonly #limits: LineLimits
  readonly #held: HeldBytes
  #number = 0
  /** Length of the current line so far, in bytes. */
  #bytes = 0
  /** When the current line began, in milliseconds; a line within one chunk has no time of its own. */
  #began = 0
  /** Why the current line is not kept. */
  #fault: string | undefined

  constructor(limits: LineLimits) {
    this.#limits = limits
    this.#held = limits.memory.hold()
  }

  push(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end))
      this.#finish(lines)
      start = end + 1
    }
    if (start < chunk.length) this.#keepBeginning(chunk.subarray(start))
    return lines
  }

  end(): Line[] {
    const lines: Line[] = []
    if (this.#bytes > 0) this.#finish(lines)
    return lines
  }

  close(): void {
    this.#held.release()
  }

  /** Keeps a part of a line that the chunk does not end. */
  #keepBeginning(part: Buffer): void {
    const { maxLineMs = MAX_LINE_MS } = this.#limits
    const now = performance.now()
    if (this.#bytes === 0) this.#began = now
    this.#keep(part)
    if (now - this.#began > maxLineMs)
      this.#drop(`The line took longer than ${maxLineMs / 1000} seconds to arrive.`)
  }

  /** Adds a part to the current line. Of an invalid line only the length is counted. */
  #keep(part: Buffer): void {
    const { maxBytes } = this.#limits
    this.#bytes += part.length
    if (this.#bytes > maxBytes) this.#drop(`The line exceeds the limit of ${maxBytes} bytes.`)
    else if (part.length > 0 && this.#fault === undefined && !this.#held.add(part))
      this.#drop(tooManyBodies().message)
  }

  #drop(fault: string): void {
    this.#fault ??= fault
    this.#held.release()
  }

  #finish(lines: Line[]): void {
    this.#number += 1
    const number = this.#number
    const fault = this.#fault
    const bytes = this.#held.join()
    this.#held.release()
    this.#bytes = 0
    this.#fault = undefined
    if (fault !== undefined) lines.push({ number, fault })
    else if (!isUtf8(bytes)) lines.push({ number, fault: 'The line is not valid UTF-8.' })
    else {
      const text = bytes.toString('utf8')
      const clean = number === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text
      if (clean.trim() !== '') lines.push({ number, text: clean })
    }
  }
}
