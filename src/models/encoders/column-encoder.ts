import type { Cell } from '../../recipe/table.ts'
import type { SequenceShape } from '../network/network.ts'
import type { SparseRow } from './sparse-row.ts'
import { JsonText } from './words/json-text.ts'
import { WordText } from './words/word-texts.ts'

/** A value of a row, or a text that has been cut into words or is still in its JSON. */
export type InputCell = Cell | WordText | JsonText

/** Turns one column's value into numbers at positions `base` to `base + width - 1` of the network's input. */
export interface ColumnEncoder {
  readonly width: number
  /** Where the positions hold the ids of words: what the network's embedding is like. */
  readonly sequence?: Omit<SequenceShape, 'base'>
  /** So many of the first positions are a curve (see `Curve`); absent: none. */
  readonly curve?: number
  /** Bytes held, roughly. */
  readonly memoryBytes: number
  /** Why a value that a client sent cannot be encoded; undefined where it can. Never throws. */
  fault(value: unknown): string | undefined
  /** Appends the value's numbers; the value has been found without fault. */
  encode(value: InputCell, base: number, into: SparseRow): void
}

/** Learns a column from its training rows, one value after the other. */
export interface ColumnFitter<State> {
  add(value: InputCell): void
  finish(): State
}

/** How a value is called in a message: its JSON type. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'number') return 'a number'
  if (typeof value === 'boolean') return 'a boolean'
  return value === undefined ? 'nothing' : 'an object'
}

/** Whether a value is a text, cut into words or not. */
export function isText(value: InputCell): value is string | WordText | JsonText {
  return typeof value === 'string' || value instanceof JsonText || value instanceof WordText
}

export const GAP_REFUSED = 'A gap is refused by the recipe (missing: "refuse"); give a value.'
