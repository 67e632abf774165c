import type { Cell, Row } from '../recipe/table.ts'
import { setOwn } from '../set-own.ts'

/** Makes rows, as `/predict` takes them, of the values of columns. @param cells the values by column */
export function rowsOf(names: readonly string[], cells: readonly (readonly Cell[])[], rows: number): Row[] {
  const made: Row[] = []
  for (let at = 0; at < rows; at++) {
    const row: Record<string, Cell> = {}
    for (const [index, name] of names.entries()) setOwn(row, name, cells[index]?.[at] ?? null)
    made.push(row)
  }
  return made
}
