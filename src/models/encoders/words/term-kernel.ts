import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  type OpenKernels,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../../runtime/kernel-memory.ts'
import type { Steps } from '../../../runtime/steps.ts'
import { copied } from '../growing.ts'
import { SPACE } from './character-codes.ts'
import { idBits } from './gram-index.ts'
import { singleSpaced } from './html.ts'
import { JsonText } from './json-text.ts'
import { copyWords, KnownWords, LONGEST_TEXT, NOT_HERE, placeWords, type WordPlaces } from './known-words.ts'
import type { ListedTerms, TermKernel, TermPositions } from './term-positions.ts'
import type { AnyText, TermOptions } from './terms.ts'
import { WordText } from './word-texts.ts'

/** Bytes of a row of found n-grams, and of a number. */
const FOUND_ROW = 513 * 4
const NUMBER = 4
const SUM = 8
/** Characters, or bytes in JSON, of the longest text whose characters are read. */
const LONGEST_SOURCE = 2 * LONGEST_TEXT
/** Stands for no symbol at all. */
const NONE = -2

const Kernels = z.object({ listTerms: KernelFunction, countTerms: KernelFunction, sumTerms: KernelFunction })

/** What the kernel does with the symbols of a text. */
interface TermFunctions {
  /** Lists the terms, and returns how many there are, repeats included. */
  list(symbols: number): number
  /** Position and place of each listed term. */
  readonly positions: Uint32Array
  readonly places: Uint32Array
  /** Counts listed terms, and returns how many different ones there are. */
  count(listed: number): number
  /** Adds the weights of listed terms; null without weights. */
  sum: ((listed: number, start: number) => number) | null
}

/**
 * Counts the terms of texts with a kernel in WebAssembly (kernels/terms.ts), with the results of `TermFinder.scan`. The
 * tables of the vocabulary are in the kernel's memory, and in no other: what reads them in JavaScript reads them there.
 */
class WasmTermKernel implements TermKernel {
  /** Symbols of the text that is counted. */
  readonly #symbols: Int32Array
  readonly #options: TermOptions
  readonly #known: KnownWords | null
  readonly #kernels: TermFunctions
  /** The text whose terms are listed, if it was one that may be explained. */
  #listed: { text: string; symbols: number; count: number } | null = null
  readonly memoryBytes: number

  constructor(
    options: TermOptions,
    symbols: Int32Array,
    known: KnownWords | null,
    kernels: TermFunctions,
    memoryBytes: number,
  ) {
    this.#options = options
    this.#symbols = symbols
    this.#known = known
    this.#kernels = kernels
    this.memoryBytes = memoryBytes
  }

  countTerms(text: AnyText): number {
    const symbols = this.#symbolsOf(text)
    if (symbols === NOT_HERE) return NOT_HERE
    const count = this.#kernels.list(symbols)
    if (typeof text === 'string') this.#listed = { text, symbols, count }
    return this.#kernels.count(count)
  }

  listTerms(text: string): ListedTerms | undefined {
    // A row is encoded before it is explained.
    if (this.#listed?.text !== text) {
      const symbols = this.#symbolsOf(text)
      if (symbols === NOT_HERE) return undefined
      this.#listed = { text, symbols, count: this.#kernels.list(symbols) }
    }
    const { symbols, count } = this.#listed
    const { positions, places } = this.#kernels
    // Only in ASCII a byte is a character.
    if (this.#known && Buffer.byteLength(text) !== text.length) return undefined
    return { count, positions, places, symbols, words: this.#known?.places(text.length) ?? null }
  }

  sumTerms(text: AnyText, start: number): number | undefined {
    const { sum, list } = this.#kernels
    if (!sum) return undefined
    const symbols = this.#symbolsOf(text)
    const listed = symbols === NOT_HERE ? 0 : list(symbols)
    return listed === 0 ? undefined : sum(listed, start)
  }

  #symbolsOf(text: AnyText): number {
    this.#listed = null
    if (text instanceof WordText) return NOT_HERE
    if (this.#known) return this.#known.read(text)
    // A long text is not made plain twice.
    if (lengthOf(text) > LONGEST_SOURCE) return NOT_HERE
    const plain = singleSpaced(String(text), this.#options)
    if (plain === '') return 0
    if (plain.length + 2 > this.#symbols.length) return NOT_HERE
    const symbols = this.#symbols
    let size = 0
    symbols[size++] = SPACE
    for (let at = 0; at < plain.length; at++) {
      const code = plain.codePointAt(at) ?? 0
      if (code > 0xffff) at += 1
      symbols[size++] = code
    }
    symbols[size++] = SPACE
    return size
  }
}

function lengthOf(text: string | JsonText): number {
  return text instanceof JsonText ? text.end - text.start : text.length
}

/** Returns whether a kernel reads terms like these: words, or all characters. */
function isForKernel({ analyzer, ngrams }: TermOptions, { terms }: TermPositions): boolean {
  if (analyzer === 'word') return terms.short !== null
  return analyzer === 'charAcross' && ngrams[1] > 1
}

/** Addresses of what the kernel works on. */
interface TermPlaces {
  /** Null where symbols are characters. */
  readonly words: WordPlaces | null
  readonly symbols: number
  readonly found: number
  readonly terms: number
  readonly termPlaces: number
  readonly slots: number
  readonly keys: number
  readonly single: number
  readonly counts: number
  readonly occurring: number
  readonly sum: number
  readonly seen: number
  readonly weights: number
}

/**
 * Copies the tables of a vocabulary into the memory of a kernel, in steps.
 * @param weights of the terms, by position, for `sumTerms`; null: none
 * @returns the tables there, with the kernel; null if the kernel does not read such terms, or the process has no address
 * space for one more memory
 */
export function* openTerms(
  options: TermOptions,
  tables: TermPositions,
  weights: Float64Array | null,
): Steps<TermPositions | null> {
  if (!isForKernel(options, tables)) return null
  const layout = new MemoryLayout()
  const places = placeTerms(layout, options, tables, weights)
  const kernels = orNullWithoutAddressSpace(() => openKernels(layout.bytes + 64))
  if (!kernels) return null
  const { buffer } = kernels
  const { short, words } = tables.terms
  const known = places.words && short && new KnownWords(kernels, places.words, words, short, options)
  const copy = yield* copyTables(buffer, places, tables)
  if (weights) yield* copied(weights, new Float64Array(buffer, places.weights, weights.length))
  const symbols = new Int32Array(buffer, places.symbols, LONGEST_TEXT)
  const functions = functionsOf(kernels, places, options, copy, weights !== null)
  return { ...copy, kernel: new WasmTermKernel(options, symbols, known, functions, buffer.byteLength) }
}

function placeTerms(
  layout: MemoryLayout,
  { ngrams: [, longest] }: TermOptions,
  { terms, single, counts, occurring, width }: TermPositions,
  weights: Float64Array | null,
): TermPlaces {
  const words = terms.short ? placeWords(layout, terms.words, terms.short) : null
  return {
    words,
    symbols: words?.numbers ?? layout.place(LONGEST_TEXT * NUMBER),
    found: layout.place((longest - 1) * FOUND_ROW),
    // One place more than there may be: it is written before it is known whether there is a term.
    terms: layout.place(LONGEST_TEXT * longest * NUMBER + NUMBER),
    termPlaces: layout.place(LONGEST_TEXT * longest * NUMBER + NUMBER),
    slots: layout.place(terms.grams.slots.byteLength),
    keys: layout.place(terms.grams.keys.byteLength),
    single: layout.place(single.byteLength),
    counts: layout.place(counts.byteLength),
    occurring: layout.place(occurring.byteLength),
    sum: layout.place(SUM),
    seen: layout.place(weights ? Math.ceil(width / 32) * NUMBER : 0),
    weights: layout.place(weights?.byteLength ?? 0),
  }
}

/** Copies tables to their places, in steps. The arrays to count in are 0 already. @returns the tables there */
function* copyTables(
  buffer: ArrayBuffer,
  places: TermPlaces,
  { terms, single, width, counts, occurring }: TermPositions,
): Steps<TermPositions> {
  const { words, short } = terms
  const { slots, keys } = terms.grams
  return {
    terms: {
      words: places.words && short ? yield* copyWords(buffer, places.words, words, short) : words,
      grams: {
        slots: yield* copied(slots, new Int32Array(buffer, places.slots, slots.length)),
        keys: yield* copied(keys, new Int32Array(buffer, places.keys, keys.length)),
      },
      // The kernel has them.
      short: null,
    },
    single: yield* copied(single, new Uint32Array(buffer, places.single, single.length)),
    width,
    counts: new Uint32Array(buffer, places.counts, counts.length),
    occurring: new Uint32Array(buffer, places.occurring, occurring.length),
  }
}

function functionsOf(
  { exports, buffer }: OpenKernels,
  places: TermPlaces,
  { analyzer, ngrams }: TermOptions,
  { terms, single, width }: TermPositions,
  isWeighed: boolean,
): TermFunctions {
  const { listTerms, countTerms, sumTerms } = Kernels.parse(exports)
  const lone = analyzer === 'word' ? NONE : SPACE
  const index = [places.slots, terms.grams.slots.length - 1, idBits(terms.grams), places.keys, width]
  const fixed = [
    lone,
    ...ngrams,
    ...index,
    places.single,
    single.length,
    places.found,
    places.terms,
    places.termPlaces,
  ]
  const total = new Float64Array(buffer, places.sum, 1)
  const sum = (listed: number, start: number) => {
    total[0] = start
    sumTerms(places.terms, listed, places.seen, places.weights, places.sum)
    return total[0]
  }
  const most = LONGEST_TEXT * ngrams[1]
  return {
    positions: new Uint32Array(buffer, places.terms, most),
    places: new Uint32Array(buffer, places.termPlaces, most),
    list: (symbols) => listTerms(places.symbols, symbols, ...fixed),
    count: (listed) => countTerms(places.terms, listed, places.counts, places.occurring),
    sum: isWeighed ? sum : null,
  }
}
