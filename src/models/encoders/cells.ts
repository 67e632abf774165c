import { type CellRules, cellReader } from '../../recipe/index.ts'
import type { Cell, ColumnType } from '../../recipe/table.ts'
import type { ColumnEncoder, InputCell } from './column-encoder.ts'
import { JsonText } from './words/json-text.ts'
import { WordText } from './words/word-texts.ts'

/** Returns an encoder that first reads values as the cells of its column are read, by the rules of the upload. */
export function withCells(encoder: ColumnEncoder, type: ColumnType, rules: CellRules): ColumnEncoder {
  const read = cellReader(type, rules)
  const { unlearnt, gap, sum } = encoder
  const readCell = (value: Cell) => read(value) as Cell
  const readInput = (value: InputCell): InputCell => {
    // Texts of training rows that are cut into words have been read before.
    if (value instanceof WordText) return value
    if (value instanceof JsonText) return read(String(value)) === null ? null : value
    return read(value) as Cell
  }
  return {
    ...encoder,
    fault: (value) => encoder.fault(read(value)),
    encode: (value, base, into) => encoder.encode(readInput(value), base, into),
    ...(sum && { sum: (value: InputCell, start: number) => sum(readInput(value), start) }),
    ...(gap && { gap: (value: Cell) => gap(readCell(value)) }),
    ...(unlearnt && { unlearnt: (value: Cell) => unlearnt(readCell(value)) }),
  }
}
