import type { Steps } from '../../../runtime/steps.ts'
import { grown } from '../growing.ts'
import { LINE_FEED, SPACE } from './character-codes.ts'
import { type GramTable, NO_GRAM } from './gram-table.ts'
import { hashOf } from './word-scanner.ts'
import type { WordTable } from './word-table.ts'

/** Terms added in one step. */
const STEP_TERMS = 64
/** Symbols for which the tables must have room before a step: the longest terms have 6. */
const STEP_SYMBOLS = 384

interface Tables {
  readonly words: WordTable
  readonly grams: GramTable
}

/**
 * Adds the terms of a vocabulary to tables, a few in each step.
 * @param byWord whether a term's symbols are words, separated by spaces; if not, they are characters
 * @param pieces parts of the vocabulary, each of whole terms separated by line feeds
 * @returns the numbers of the terms, in order: ~s for a single symbol s, g for the n-gram g
 */
export function* addTerms(tables: Tables, byWord: boolean, pieces: Iterable<string>): Steps<Int32Array> {
  const { words, grams } = tables
  const add = byWord ? adderOfWords(tables) : adderOfCharacters(tables)
  let numbers = new Int32Array(1024)
  let size = 0
  for (const piece of pieces)
    for (let at = 0; at < piece.length; ) {
      numbers = grown(numbers, size + STEP_TERMS, Int32Array)
      const end = endOfLines(piece, at, STEP_TERMS)
      size += add(piece, at, end, numbers.subarray(size))
      at = end + 1
      if (words.isFull(STEP_SYMBOLS)) yield* words.enlarge()
      if (grams.isFull(STEP_SYMBOLS)) yield* grams.enlarge()
      yield
    }
  return numbers.slice(0, size)
}

/** Adds the terms from `start` to `end` of a piece, writes their numbers, and returns how many there were. */
type Add = (piece: string, start: number, end: number, numbers: Int32Array) => number

function adderOfWords({ words, grams }: Tables): Add {
  let word = new Uint16Array(256)
  return (piece, start, end, numbers) => {
    let size = 0
    let length = 0
    let parent = NO_GRAM
    for (let at = start; at <= end; at++) {
      const code = at < end ? piece.charCodeAt(at) : LINE_FEED
      if (code !== LINE_FEED && code !== SPACE) {
        word = grown(word, length + 1, Uint16Array)
        word[length++] = code
        continue
      }
      const symbol = words.intern(word, length, hashOf(word, length))
      parent = parent === NO_GRAM ? ~symbol : grams.intern(parent, symbol)
      length = 0
      if (code !== LINE_FEED) continue
      numbers[size++] = parent
      parent = NO_GRAM
    }
    return size
  }
}

function adderOfCharacters({ grams }: Tables): Add {
  return (piece, start, end, numbers) => {
    let size = 0
    let parent = NO_GRAM
    for (let at = start; at <= end; at++) {
      const code = at < end ? (piece.codePointAt(at) ?? 0) : LINE_FEED
      if (code === LINE_FEED) {
        numbers[size++] = parent
        parent = NO_GRAM
        continue
      }
      if (code > 0xffff) at += 1
      parent = parent === NO_GRAM ? ~code : grams.intern(parent, code)
    }
    return size
  }
}

/** Returns where the next `lines` lines end: at a line feed, or at the end of the piece. */
function endOfLines(piece: string, start: number, lines: number): number {
  let end = start - 1
  for (let line = 0; line < lines; line++) {
    end = piece.indexOf('\n', end + 1)
    if (end < 0) return piece.length
  }
  return end
}
