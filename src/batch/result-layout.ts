import type { AnswerColumn, ResultFormat } from '../prediction-contract.ts'
import { itemsOf } from '../recipe/lists.ts'
import type { Cell, ColumnType } from '../recipe/table.ts'
import type { NotedPrediction, RowError } from '../serving/contract.ts'

/** The columns of a file, and which part of the result it is. */
export interface ResultLayout {
  /** Columns of the data set, in their order. */
  kept: readonly { name: string; type: ColumnType }[]
  answer: readonly AnswerColumn[]
  format: ResultFormat
  /** Whether it has the first rows of the result. */
  isFirst: boolean
}

/** Returns a cell of the data set as a file shows it: a list as an array. */
export function shownCell(cell: Cell, type: ColumnType): Cell | string[] {
  return type === 'list' && typeof cell === 'string' ? itemsOf(cell) : cell
}

/** Some rows with their answers. */
export interface AnsweredChunk {
  rows: number
  /** Values of the columns that are kept, by column. */
  kept: readonly (readonly Cell[])[]
  answers: readonly (NotedPrediction | RowError)[]
}

/** A file that is being written. */
export interface ResultFile {
  write(chunk: AnsweredChunk): Promise<void>
  /** Completes the file. */
  finish(): Promise<void>
  /** Closes the file. One that was not finished cannot be used. */
  close(): Promise<void>
}
