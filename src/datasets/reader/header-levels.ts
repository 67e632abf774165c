/** A header of two lines, as pandas writes columns of two levels (MultiIndex). */
export interface HeaderLevels {
  /** Lines to skip so that the names of the second level are the header; null: they are none by themselves. */
  skipTo: number | null
  /** Lines above the first row. */
  lines: number
}

/** A cell that is a number, or a gap among numbers. */
const NUMBER = /^\s*(?:[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?)?\s*$/

/**
 * Returns whether a table has a header of two lines. Texts in the second line, above columns of numbers, show it, with one of the
 * signs of pandas: names of the first line that repeat, a third line with nothing but the name of the index, or an index
 * without a name in both lines.
 * @param lines the first lines of the file, without those that are skipped
 * @param skipped number of the lines that the client leaves out
 */
export function headerLevels(
  lines: readonly string[],
  delimiter: string,
  skipped: number,
): HeaderLevels | undefined {
  const rows = lines.filter((line) => line !== '').map((line) => line.split(delimiter))
  const [upper = [], lower = [], third = [], ...others] = rows
  // Names in quotes may hold the delimiter; two lines of them are left to the message about the header.
  const isPlain = !lines.slice(0, 3).some((line) => line.includes('"'))
  if (!isPlain || upper.length < 2 || lower.length !== upper.length) return undefined
  const isNamed = third.length === upper.length && isNameOfIndex(third)
  const hasIndex = isNamed || (isEmpty(upper[0]) && isEmpty(lower[0]))
  const from = hasIndex ? 1 : 0
  const data = isNamed ? others : [third, ...others]
  const names = lower.slice(from)
  if (data.length === 0 || names.some((name) => NUMBER.test(name))) return undefined
  const hasNumbers = names.some((_, at) => areNumbers(data.map((row) => row[from + at])))
  const isRepeated = new Set(upper.slice(from)).size < upper.length - from
  if (!hasNumbers || !(isRepeated || hasIndex)) return undefined
  const isHeader = !isNamed && new Set(names).size === names.length
  return { skipTo: isHeader ? skipped + 1 : null, lines: skipped + (isNamed ? 3 : 2) }
}

function isNameOfIndex([first, ...others]: readonly string[]): boolean {
  return !isEmpty(first) && others.every(isEmpty)
}

function isEmpty(cell: string | undefined): boolean {
  return cell === undefined || cell.trim() === ''
}

/** Returns whether cells are numbers and gaps, and not gaps alone. */
function areNumbers(cells: readonly (string | undefined)[]): boolean {
  return !cells.every(isEmpty) && cells.every((cell) => cell !== undefined && NUMBER.test(cell))
}
