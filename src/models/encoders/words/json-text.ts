import { z } from 'zod'
import { OWN_BYTES, openKernels, orNullWithoutAddressSpace } from '../../../runtime/kernel-memory.ts'
import { BACKSLASH, QUOTE } from './character-codes.ts'

/** Meaning of each byte inside a JSON text: 0 a plain character, 1 the end, 2 an escape, 3 not plain ASCII. */
const KINDS = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code === QUOTE) return 1
  if (code === BACKSLASH) return 2
  return code < 32 || code > 126 ? 3 : 0
})
const ESCAPED = new Set([...'"\\/bfnrt'].map((character) => character.charCodeAt(0)))
/** Bytes below which a loop in JavaScript is as fast as the kernel. */
const SHORT = 64
/** Bytes of the longest text for which the kernel's memory has room. */
const LONGEST = 65_536

/**
 * A text as it stands in a request's JSON, in UTF-8 and without its quotes. It may have printable ASCII, escapes of one
 * character (never `\u`), and the characters U+0080 to U+00FF and U+2000 to U+203F. The closing quote stands at `end`.
 * The bytes belong to the request, so the text must be read at once.
 */
export class JsonText {
  /** Bytes among which the text stands, from `start` to `end`. */
  readonly bytes: Buffer
  start = 0
  end = 0

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** Returns the text itself. */
  toString(): string {
    const text = this.bytes.toString('utf8', this.start, this.end)
    return text.includes('\\') ? String(JSON.parse(`"${text}"`)) : text
  }
}

/**
 * Returns the index of the closing quote of the `JsonText` that begins at `start`; −1 if there is none before `end`, or
 * if the text has other characters than a `JsonText` may have.
 */
export function endOfJsonText(bytes: Buffer, start: number, end: number): number {
  const length = end - start
  if (length < SHORT || length > LONGEST) return endInSteps(bytes, start, end)
  if (finder === undefined) finder = orNullWithoutAddressSpace(openFinder)
  if (finder === null) return endInSteps(bytes, start, end)
  bytes.copy(finder.text, 0, start, end)
  const at = finder.find(length)
  return at < 0 ? -1 : start + at
}

function endInSteps(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const kind = KINDS[bytes[at] as number]
    if (kind === 0) continue
    if (kind === 1) return at
    const size = kind === 3 ? wideSize(bytes, at) : ESCAPED.has(bytes[at + 1] ?? 0) ? 2 : 0
    if (size === 0 || at + size > end) return -1
    at += size - 1
  }
  return -1
}

/**
 * Returns the bytes of the character beyond ASCII at `at`, as kernels/wide.ts does; 0 if a `JsonText` may not have it.
 */
function wideSize(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  const second = bytes[at + 1] ?? 0
  const third = bytes[at + 2] ?? 0
  if (second >> 6 !== 2) return 0
  if (first === 0xc2 || first === 0xc3) return 2
  return first === 0xe2 && second === 0x80 && third >> 6 === 2 ? 3 : 0
}

interface Finder {
  readonly text: Buffer
  find(length: number): number
}

const Kernels = z.object({
  endOfText: z.custom<(text: number, length: number) => number>((value) => typeof value === 'function'),
})
let finder: Finder | null | undefined

function openFinder(): Finder {
  const { exports, buffer } = openKernels(OWN_BYTES + LONGEST + 64)
  const { endOfText } = Kernels.parse(exports)
  return { text: Buffer.from(buffer, OWN_BYTES, LONGEST), find: (length) => endOfText(OWN_BYTES, length) }
}
