/** A header of two lines, as pandas writes columns of two levels (MultiIndex). */
export interface HeaderLevels {
  /** Lines to skip so that the names of the second level are the header; null: they are none by themselves. */
  skipTo: number | null
  /** Lines above the first row. */
  lines: number
}

/** A number, in a cell without spaces around it. */
const NUMBER = /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?$/

/**
 * Returns whether a table has a header of two lines. Texts in the second line, above columns of numbers, show it, with one of
 * the signs of pandas: names of the first line that repeat, an index without a name in both lines, or names of the second line
 * that repeat above a line with nothing but the name of the index.
 * @param lines the first lines of the file, without those that are skipped
 * @param skipped number of the lines that the client leaves out
 */
export function headerLevels(
  lines: readonly string[],
  delimiter: string,
  skipped: number,
): HeaderLevels | undefined {
  const filled = lines.flatMap((line, at) =>
    line === '' ? [] : [{ at, line, cells: line.split(delimiter) }],
  )
  const rows = filled.map(({ cells }) => cells)
  const [upper = [], lower = [], third = [], ...others] = rows
  // Names in quotes may hold the delimiter; two lines of them are left to the message about the header.
  const isPlain = !filled.slice(0, 3).some(({ line }) => line.includes('"'))
  if (!isPlain || upper.length < 2 || lower.length !== upper.length) return undefined
  const isNamed = third.length === upper.length && isNameOfIndex(third)
  const isNameless = isEmpty(upper[0]) && isEmpty(lower[0])
  const from = isNamed || isNameless ? 1 : 0
  const data = isNamed ? others : [third, ...others]
  const names = lower.slice(from)
  if (data.length === 0 || names.some(isNumberOrGap)) return undefined
  const hasNumbers = names.some((_, at) => areNumbers(data.map((row) => row[from + at])))
  // A row of gaps below one of placeholders looks like the name of an index too, unless the values below it are of another
  // kind.
  const isSign =
    isNameless || repeat(upper.slice(from)) || (isNamed && repeat(names) && isAboveOthers(third, others))
  if (!hasNumbers || !isSign) return undefined
  const skipTo = !isNamed && !repeat(names) ? skipped + (filled[1]?.at ?? 0) : null
  return { skipTo, lines: skipped + (filled[isNamed ? 3 : 2]?.at ?? 0) }
}

function isNameOfIndex([first, ...others]: readonly string[]): boolean {
  return !isEmpty(first) && others.every(isEmpty)
}

/** Returns whether the first cell of a line is a word, above cells that all have digits. */
function isAboveOthers([name = '']: readonly string[], rows: readonly (readonly string[])[]): boolean {
  return !/\d/.test(name) && rows.every(([cell = '']) => /\d/.test(cell))
}

function repeat(names: readonly string[]): boolean {
  return new Set(names).size < names.length
}

function isEmpty(cell: string | undefined): boolean {
  return cell === undefined || cell.trim() === ''
}

function isNumberOrGap(cell: string): boolean {
  const text = cell.trim()
  return text === '' || NUMBER.test(text)
}

/** Returns whether cells are numbers and gaps, and not gaps alone. */
function areNumbers(cells: readonly (string | undefined)[]): boolean {
  return !cells.every(isEmpty) && cells.every((cell) => cell !== undefined && isNumberOrGap(cell))
}
