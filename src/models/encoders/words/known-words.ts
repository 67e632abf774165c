import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../../runtime/kernel-memory.ts'
import type { ScanOptions } from './html.ts'
import { JsonText } from './json-text.ts'
import type { ShortWords } from './short-words.ts'
import type { WordArrays } from './word-table.ts'

/** Result of `read` for a text that the kernel cannot read. */
export const NOT_HERE = -1
/** Bytes of the longest text for which the kernel's memory has room. */
const LONGEST_TEXT = 16_384
/** Words of the largest table that is copied into a kernel's memory. Larger ones are not worth holding twice. */
const MOST_WORDS = 65_536
const LOWERCASE = 1
const STRIP_HTML = 2
const ESCAPED = 4
const COMPATIBLE = 8

const Kernels = z.object({
  readWords: KernelFunction,
})

/**
 * Reads texts of Western languages as the numbers of their words, with a kernel in WebAssembly (kernels/words.ts). The
 * kernel does the work of `WordScanner.scan` and `WordTable.find` together, with the same results.
 */
export class KnownWords {
  /** Numbers of the words that were read, in order; `NO_WORD` for words that the table lacks. */
  readonly numbers: Int32Array
  readonly #text: Buffer
  readonly #flags: number
  readonly #read: (length: number, flags: number) => number

  constructor({ slots, starts, codes, size }: WordArrays, short: ShortWords, options: ScanOptions) {
    const used = [starts.subarray(0, size + 1), codes.subarray(0, starts[size] ?? 0)] as const
    const parts = [short, slots, ...used]
    const layout = new MemoryLayout()
    const text = layout.place(LONGEST_TEXT + 64)
    const bits = layout.place(LONGEST_TEXT / 8 + 64)
    const numbers = layout.place(LONGEST_TEXT * 4)
    const [shortAt = 0, slotsAt = 0, startsAt = 0, codesAt = 0] = parts.map(({ byteLength }) =>
      layout.place(byteLength),
    )
    const { exports, buffer } = openKernels(layout.bytes + 64)
    new Int32Array(buffer, shortAt).set(short)
    new Int32Array(buffer, slotsAt).set(slots)
    new Uint32Array(buffer, startsAt).set(used[0])
    new Uint16Array(buffer, codesAt).set(used[1])
    const { readWords } = Kernels.parse(exports)
    const shortMask = short.length / 4 - 1
    const mask = slots.length / 2 - 1
    this.#read = (length, flags) =>
      readWords(text, length, flags, bits, shortAt, shortMask, slotsAt, mask, startsAt, codesAt, numbers)
    this.#text = Buffer.from(buffer, text, LONGEST_TEXT)
    this.numbers = new Int32Array(buffer, numbers, LONGEST_TEXT)
    this.#flags =
      (options.lowercase ? LOWERCASE : 0) |
      (options.stripHtml ? STRIP_HTML : 0) |
      (options.unicode === 'nfkc' ? COMPATIBLE : 0)
  }

  /**
   * Reads a text's words into `numbers`.
   * @returns the number of words; `NOT_HERE` if the text has other characters, lookalikes to be replaced, or entities, or is too long
   */
  read(text: string | JsonText): number {
    if (text instanceof JsonText) {
      const length = text.end - text.start
      if (length > LONGEST_TEXT) return NOT_HERE
      text.bytes.copy(this.#text, 0, text.start, text.end)
      return this.#read(length, this.#flags | ESCAPED)
    }
    const length = Buffer.byteLength(text)
    if (length > LONGEST_TEXT) return NOT_HERE
    // Only ASCII has a byte for each character.
    this.#text.write(text, length === text.length ? 'latin1' : 'utf8')
    return this.#read(length, this.#flags)
  }
}

/** Returns whether a table is small enough for a kernel. */
export function isForKernel({ size }: Pick<WordArrays, 'size'>): boolean {
  return size <= MOST_WORDS
}

/** Opens a kernel with a copy of a table; null if there is no room for one more WebAssembly memory. */
export function openKnownWords(
  words: WordArrays,
  short: ShortWords,
  options: ScanOptions,
): KnownWords | null {
  return orNullWithoutAddressSpace(() => new KnownWords(words, short, options))
}
