import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  type OpenKernels,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../../runtime/kernel-memory.ts'
import { atOnce, type Steps } from '../../../runtime/steps.ts'
import { copied } from '../growing.ts'
import type { ScanOptions } from './html.ts'
import { JsonText } from './json-text.ts'
import type { ShortWords } from './short-words.ts'
import type { WordArrays } from './word-table.ts'

/** Result of `read` for a text that the kernel cannot read. */
export const NOT_HERE = -1
/** Bytes of the longest text for which the kernel's memory has room. */
export const LONGEST_TEXT = 16_384
/** Words of the largest table that is copied into a kernel's memory. Larger ones are not worth holding twice. */
const MOST_WORDS = 65_536
const LOWERCASE = 1
const STRIP_HTML = 2
const ESCAPED = 4
const COMPATIBLE = 8

const Kernels = z.object({
  readWords: KernelFunction,
  placesOfWords: KernelFunction,
})

/** Addresses of what the kernel reads words with. */
export interface WordPlaces {
  readonly text: number
  readonly bits: number
  /** Numbers of the words that were read. */
  readonly numbers: number
  /** Room for the first byte of each word and the one behind it. */
  readonly spans: number
  readonly short: number
  readonly slots: number
  readonly starts: number
  readonly codes: number
}

/** Places a table of words, and room for a text and its words, in a kernel's memory. */
export function placeWords(layout: MemoryLayout, words: WordArrays, short: ShortWords): WordPlaces {
  return {
    text: layout.place(LONGEST_TEXT + 64),
    bits: layout.place(LONGEST_TEXT / 8 + 64),
    numbers: layout.place(LONGEST_TEXT * 4),
    // Between two words is a byte, at least.
    spans: layout.place((LONGEST_TEXT + 2) * 4),
    short: layout.place(short.byteLength),
    slots: layout.place(words.slots.byteLength),
    starts: layout.place((words.size + 1) * 4),
    codes: layout.place((words.starts[words.size] ?? 0) * 2),
  }
}

/** Copies a table of words to its places, in steps. @returns the table there */
export function* copyWords(
  buffer: ArrayBuffer,
  places: WordPlaces,
  { size, slots, starts, codes }: WordArrays,
  short: ShortWords,
): Steps<WordArrays> {
  const used = starts[size] ?? 0
  yield* copied(short, new Int32Array(buffer, places.short, short.length))
  return {
    size,
    slots: yield* copied(slots, new Int32Array(buffer, places.slots, slots.length)),
    starts: yield* copied(starts.subarray(0, size + 1), new Uint32Array(buffer, places.starts, size + 1)),
    codes: yield* copied(codes.subarray(0, used), new Uint16Array(buffer, places.codes, used)),
  }
}

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
  readonly #placesOfWords: (length: number) => void
  readonly #spans: Uint32Array

  /**
   * @param places of a table that has been copied there
   * @param words the sizes of that table
   */
  constructor(
    { exports, buffer }: OpenKernels,
    places: WordPlaces,
    { slots }: Pick<WordArrays, 'slots'>,
    short: ShortWords,
    options: ScanOptions,
  ) {
    const { text, bits, numbers, spans, starts, codes } = places
    const { readWords, placesOfWords } = Kernels.parse(exports)
    const shortMask = short.length / 4 - 1
    const mask = slots.length / 2 - 1
    this.#read = (length, flags) =>
      readWords(
        text,
        length,
        flags,
        bits,
        places.short,
        shortMask,
        places.slots,
        mask,
        starts,
        codes,
        numbers,
      )
    this.#placesOfWords = (length) => placesOfWords(bits, length, spans)
    this.#spans = new Uint32Array(buffer, spans, LONGEST_TEXT + 2)
    this.#text = Buffer.from(buffer, text, LONGEST_TEXT)
    this.numbers = new Int32Array(buffer, numbers, LONGEST_TEXT)
    this.#flags =
      (options.lowercase ? LOWERCASE : 0) |
      (options.stripHtml ? STRIP_HTML : 0) |
      (options.unicode === 'nfkc' ? COMPATIBLE : 0)
  }

  /**
   * Reads a text's words into `numbers`.
   * @returns the number of words; `NOT_HERE` if the text has other characters, lookalikes to be replaced, or entities, or is
   *   too long
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

  /**
   * Returns the first byte of each word and the one behind it, one after the other, of the text that was read last.
   * @param bytes of that text
   */
  places(bytes: number): Uint32Array {
    this.#placesOfWords(bytes)
    return this.#spans
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
  const layout = new MemoryLayout()
  const places = placeWords(layout, words, short)
  const kernels = orNullWithoutAddressSpace(() => openKernels(layout.bytes + 64))
  if (!kernels) return null
  atOnce(copyWords(kernels.buffer, places, words, short))
  return new KnownWords(kernels, places, words, short, options)
}
