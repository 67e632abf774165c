import { z } from 'zod'
import { MemoryLayout, openKernels, whereThereIsRoom } from '../../../runtime/kernel-memory.ts'
import type { ScanOptions } from './html.ts'
import { JsonText } from './json-text.ts'
import type { ShortWords } from './short-words.ts'
import type { WordArrays } from './word-table.ts'

/** What `read` gives for a text that is not for it. */
export const NOT_HERE = -1
/** Bytes of a text that there is room for. */
const LONGEST_TEXT = 16_384
/** Words of a table that is copied into the kernels' memory; larger ones are not held twice. */
const MOST_WORDS = 65_536
const LOWERCASE = 1
const STRIP_HTML = 2
const ESCAPED = 4

const Kernels = z.object({
  readWords: z.custom<(...numbers: number[]) => number>((value) => typeof value === 'function'),
})

/**
 * Reads texts of Western languages as the numbers of their words by a kernel in WebAssembly (kernels/words.ts), which
 * does what `WordScanner` and a table's `find` do together.
 */
export class KnownWords {
  /** Of the words that were read the numbers in their table, or `NO_WORD`. */
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
    this.#flags = (options.lowercase ? LOWERCASE : 0) | (options.stripHtml ? STRIP_HTML : 0)
  }

  /** @returns how many words were read; `NOT_HERE`: the text has other characters, is too long, or has entities */
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

/** Whether the kernel may have a table of so many words. */
export function isForKernel({ size }: Pick<WordArrays, 'size'>): boolean {
  return size <= MOST_WORDS
}

/** Null where there is no room for one more memory. */
export function openKnownWords(
  words: WordArrays,
  short: ShortWords,
  options: ScanOptions,
): KnownWords | null {
  return whereThereIsRoom(() => new KnownWords(words, short, options))
}
