import type { z } from 'zod'
import type { Cell } from '../../recipe/table.ts'
import type { Steps } from '../../runtime/steps.ts'
import type { BinnedFeature, SequenceShape } from '../network/network.ts'
import type { LocatedTerms } from './located-terms.ts'
import type { LongTexts } from './long-texts.ts'
import type { SparseRow, SparseRows } from './sparse-row.ts'
import { JsonText } from './words/json-text.ts'
import { WordText } from './words/word-texts.ts'

/** A value of a row, or a text that has been cut into words or still stands in its JSON. */
export type InputCell = Cell | WordText | JsonText

/** How a value lies outside of what was learnt. */
export interface Unlearnt {
  code: 'outside-range' | 'unknown-category' | 'time-zone'
  /** A sentence for people. */
  message: string
  /** Smallest and largest number, or first and last date, of the training rows. Absent for other types. */
  min?: number | string
  max?: number | string
}

/** Turns one column's value into numbers at positions `base` to `base + width - 1` of the network's input. */
export interface ColumnEncoder {
  /** Number of positions that the column takes. */
  readonly width: number
  /** Shape of the network's embedding, where the positions hold ids of words; absent where they hold numbers. */
  readonly sequence?: Omit<SequenceShape, 'base'>
  /** Number of the first positions that are a curve (see `Curve`). Default: 0. */
  readonly curve?: number
  /** What trees see of the column, whose positions then hold numbers of bins. Absent: they hold inputs of a network. */
  readonly features?: readonly BinnedFeature[]
  /** Memory held, in bytes, roughly. */
  readonly memoryBytes: number
  /** Returns why a value that a client sent cannot be encoded; undefined if it can. Never throws. */
  fault(value: unknown): string | undefined
  /**
   * Returns how a value lies outside of what the training rows taught, though it is answered; undefined if it does not.
   * Absent: the kind cannot tell.
   */
  unlearnt?(value: Cell): Unlearnt | undefined
  /** Appends the numbers of a value in which `fault` found nothing. */
  encode(value: InputCell, base: number, into: SparseRow): void
  /**
   * Returns `start` + Σ weight · number, over the numbers of a value in which `fault` found nothing and in their order, with
   * the weights that `openTables` was given; undefined where it is to be encoded. Absent: it always is.
   */
  sum?(value: InputCell, start: number): number | undefined
  /** Position within the column of the input that tells that the value is missing. Absent: there is none. */
  readonly indicator?: number
  /** Returns what a missing value counts as, as a sentence; undefined for one that is there. Absent: it cannot tell. */
  gap?(value: Cell): string | undefined
  /** Returns the terms of a text in which `fault` found nothing, and their places. Absent: the column has no texts. */
  locate?(text: string): LocatedTerms
}

/** Learns a column from its training rows, one value after the other. */
export interface ColumnFitter<State> {
  /** Takes the value of the next row. */
  add(value: InputCell): void
  /** Returns what was learnt, as it is kept in `encoder.json`. */
  finish(): State
}

/** Encoded training rows with their classes, and the positions of one column in them. */
export interface LabelledRows {
  readonly rows: SparseRows
  /** Class number of each row. */
  readonly labels: ArrayLike<number>
  /** Number of classes. */
  readonly classes: number
  /** First position of the column. */
  readonly base: number
  /** Number of positions of the column. */
  readonly width: number
}

/**
 * How one kind of fitted column is kept in `encoder.json`, read and used.
 *
 * `State` is what is kept, under its `kind`. `Tables` are what reading makes of its long texts: plain arrays, which one
 * thread can hand to another, under the same `kind`; null for a kind without long texts.
 *
 * These are methods, not properties with functions, so that a kind which takes only its own states still fits into a
 * record of all kinds (TypeScript compares parameters of methods both ways).
 */
export interface ColumnKind<State, Tables> {
  /** Keys of the state whose values may be long texts; these are read in steps, and are not parsed as JSON at once. */
  readonly longKeys: readonly string[]
  /** Reads the long texts of a state, in steps. Absent where there are none. @param texts the texts still in bytes */
  readTables?(state: State, texts: LongTexts): Steps<Tables>
  /**
   * Schema of these tables, where they may be kept in a file of a version (files/tables-file.ts). Absent: they are made anew
   * whenever a version is loaded.
   */
  readonly keptTables?: z.ZodType<Tables>
  /**
   * Brings tables to where they are used fastest, in steps; one thread cannot hand them to another afterwards. Absent: they
   * are used where they are.
   * @param weights by position, where all that a model does with the column's numbers is to add them up with these weights
   */
  openTables?(state: State, tables: Tables, weights?: Float32Array): Steps<Tables>
  /** Returns the encoder of a fitted column. With tables, it does not look at the long texts of the state. */
  encoder(state: State, tables: Tables): ColumnEncoder
  /** Learns from the labels of encoded training rows, and changes the values of these rows accordingly, in place. */
  weighByLabels?(state: State, training: LabelledRows): State
}

/** Returns what a message calls a value: its JSON type. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'number') return 'a number'
  if (typeof value === 'boolean') return 'a boolean'
  return value === undefined ? 'nothing' : 'an object'
}

/** Returns whether a value is a text, cut into words or not. */
export function isText(value: InputCell): value is string | WordText | JsonText {
  return typeof value === 'string' || value instanceof JsonText || value instanceof WordText
}

/** Message about a missing value in a column whose recipe refuses gaps. */
export const GAP_REFUSED = 'The recipe refuses gaps (missing: "refuse"). Give a value.'
