import type { ServedSignature } from '../../serving/contract.ts'
import { setOwn } from '../../set-own.ts'

/** The name under which a model whose only input is a text takes it, beside the name of its column. */
const TEXT_NAME = 'text'

/** Returns the column that a name of a client's request means: itself, or the one text column for `text`. */
export function columnNamed({ inputs, textInput }: ServedSignature, name: string): string {
  const isColumn = inputs.some((input) => input.name === name)
  return !isColumn && name === TEXT_NAME && textInput !== null ? textInput : name
}

/** Returns whether rows may come without names, as plain lists of numbers in the order of the inputs. */
export function takesPlainRows({ inputs }: ServedSignature): boolean {
  return inputs.length > 1 && inputs.every(({ type }) => type === 'number' || type === 'boolean')
}

/** Returns the row that a plain list of numbers means. @param values as many as the version has inputs */
export function rowOfList({ inputs }: ServedSignature, values: readonly unknown[]): Record<string, unknown> {
  return rowOfCells(
    inputs.map(({ name }) => name),
    values,
  )
}

/** Returns the row of cells in the order of their columns. @param cells as many as there are names */
export function rowOfCells(names: readonly string[], cells: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (const [at, name] of names.entries()) setOwn(row, name, cells[at])
  return row
}

/** Returns rows by the values of each column. @param rows number of rows, which each column has values for */
export function rowsOfColumns(
  columns: ReadonlyMap<string, readonly unknown[]>,
  rows: number,
): Record<string, unknown>[] {
  return Array.from({ length: rows }, (_, at) => {
    const row: Record<string, unknown> = {}
    for (const [name, values] of columns) setOwn(row, name, values[at])
    return row
  })
}

/** Returns the value in nested lists of one element each, as a tensor of shape [1, 1] holds it; else the value itself. */
export function unwrapped(value: unknown): unknown {
  let inner = value
  while (Array.isArray(inner) && inner.length === 1) inner = inner[0]
  return inner
}

/** Returns whether a value is an object by names, which a row is. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
