import { beginningOf } from '../../runtime/read-whole.ts'
import type { Warning } from '../../warnings.ts'
import type { ReadTask } from '../messages.ts'
import { type HeaderLevels, headerLevels } from './header-levels.ts'

/** Bytes of a file that are searched for its first lines. */
const HEAD = 64 * 1024
/** Delimiters that a header can show, besides the comma. */
const OTHERS = [';', '\t', '|']
/**
 * Characters that may be delimiters too, where every line has them as often as the header and no other does: control
 * characters, and signs that neither numbers, times, addresses nor names have.
 */
const RARE = /[\p{Cc}^~!#$*+=?\\`¦§¬·•¶]/gu
/** Lines that are compared, and those that there must be, with the header. */
const COMPARED_LINES = 20
const LEAST_LINES = 3
/** A quoted field, in which a delimiter is only text. */
const QUOTED = /"(?:[^"]|"")*"/g
/** The line with which Excel names the delimiter, before the header. */
const SEPARATOR_LINE = /^sep=([^"])$/u

/** How the lines of a CSV file are cut into fields. */
export interface Dialect {
  delimiter: string
  /** True if the first line is Excel's `sep=;`, which is neither header nor row. */
  separatorLine: boolean
  /**
   * Number of the fields of the first line that is not blank; too high if it is longer than 64 KiB, or a quoted field has line
   * ends.
   */
  fields: number
  /** True if the first line does not end in the first 64 KiB. */
  isLong: boolean
  /** Lines that seem to stand above the table: their number in the file, and the first of them. Absent: none. */
  above?: { count: number; first: string }
  /** Absent: the header is one line. */
  levels?: HeaderLevels
  /** True if each line ends with the delimiter, and the header does not. */
  endsWithDelimiter: boolean
  /** True if each line begins with the name of its row, for which the header has no field, as R's `write.table` writes it. */
  rowNames: boolean
  /** True if each name of the header stands in single quotes. */
  singleQuotes: boolean
  warnings: Warning[]
}

/**
 * Finds how a CSV file is to be cut. Without a given delimiter it is the one of a line `sep=;`, else the only one of
 * semicolon, tab and bar that stands in a header without a comma and as often in the next line, else a rare character that
 * all first lines have equally often, else a comma.
 * @param shown the delimiter that the lines showed before their quotes were written anew. Default: they are as they were
 */
export async function dialectOf(
  { file, delimiter: given, skip }: Pick<ReadTask, 'file' | 'delimiter' | 'skip'>,
  shown: string | null = null,
): Promise<Dialect> {
  const { lines, isLong } = await firstLines(file, skip)
  const filled = lines.filter((line) => line !== '')
  const { header, separatorLine, delimiter: shownNow } = shownIn(filled)
  const found = shown ?? shownNow
  const delimiter = given ?? found ?? ','
  const told = given === null && found !== undefined && found !== ','
  const table = filled.slice(separatorLine ? 1 : 0)
  const singleQuotes = header.split(delimiter).every((name) => /^'.*'$/.test(name))
  const levels = separatorLine ? undefined : headerLevels(lines, delimiter, skip)
  return {
    delimiter,
    separatorLine,
    fields: header.split(delimiter).length,
    isLong,
    ...(levels && { levels }),
    ...linesAbove(lines, given === null ? CANDIDATES : [given], skip),
    endsWithDelimiter: endsWith(table, delimiter),
    rowNames: haveNames(table, delimiter),
    singleQuotes,
    warnings: [
      ...(told ? [delimiterFound(delimiter, separatorLine)] : given === null ? oneColumn(filled) : []),
      ...(singleQuotes ? [SINGLE_QUOTES] : []),
    ],
  }
}

/** Returns how the text of a CSV file is cut, as `dialectOf` does. @param given the delimiter that the client says */
export function dialectOfText(
  text: string,
  given: string | undefined,
): Pick<Dialect, 'delimiter' | 'separatorLine' | 'rowNames'> {
  const lines = firstLinesOf(text.slice(0, HEAD), text.length > HEAD).filter((line) => line !== '')
  const { separatorLine, delimiter: found = ',' } = shownIn(lines)
  const delimiter = given ?? found
  return { separatorLine, delimiter, rowNames: haveNames(lines.slice(separatorLine ? 1 : 0), delimiter) }
}

/** Returns what the first lines that are not blank show of a file's delimiter; undefined where they show none. */
function shownIn(lines: readonly string[]): {
  header: string
  separatorLine: boolean
  delimiter: string | undefined
} {
  const named = SEPARATOR_LINE.exec(lines[0] ?? '')?.[1]
  const separatorLine = named !== undefined
  const rest = lines.slice(separatorLine ? 1 : 0)
  const [header = ''] = rest
  return { header, separatorLine, delimiter: named ?? shownBy(rest) ?? rareIn(rest) }
}

/** Characters of a line above a table that a message quotes. */
const QUOTED_CHARACTERS = 60
const CANDIDATES = [',', ...OTHERS]

/**
 * Looks for lines above a table: those before the first line from which on all have equally many fields, each of them
 * with a name in the first one.
 */
function linesAbove(
  lines: readonly string[],
  delimiters: readonly string[],
  skipped: number,
): Pick<Dialect, 'above'> {
  // Blank lines are left out wherever they stand.
  const filled = lines.flatMap((line, index) => (line === '' ? [] : [{ line, index }]))
  const [first] = filled
  if (!first) return {}
  const isTable = delimiters.some((delimiter) => {
    const widths = new Set(filled.map(({ line }) => widthOf(line, delimiter)))
    return widths.size === 1 && !widths.has(1) && !isSparse(first.line, delimiter)
  })
  if (isTable) return {}
  const headers = delimiters.flatMap((delimiter) => {
    const begin = headerIn(
      filled.map(({ line }) => line),
      delimiter,
    )
    return begin === undefined ? [] : [begin]
  })
  // Decimal commas make a table of commas, which begins behind the names that semicolons separate.
  const header = filled[Math.min(...headers)]
  return header
    ? { above: { count: skipped + header.index, first: first.line.slice(0, QUOTED_CHARACTERS) } }
    : {}
}

/** Returns the index of the first line of a table below lines that are none; undefined: there is no such table. */
function headerIn(lines: readonly string[], delimiter: string): number | undefined {
  const rows = lines.map((line) => fieldsOf(line, delimiter))
  const width = rows.at(-1)?.length ?? 0
  if (width < 2) return undefined
  // An index may have no name.
  const isHeader = (fields: readonly string[]) =>
    fields.length === width && fields.every((field, index) => index === 0 || field.trim() !== '')
  const begin = rows.findIndex(
    (fields, index) => isHeader(fields) && rows.slice(index).every(({ length }) => length === width),
  )
  if (begin <= 0 || rows.length - begin < LEAST_LINES) return undefined
  return lines.slice(0, begin).every((line) => isSparse(line, delimiter, width)) ? begin : undefined
}

/** Returns whether at most half of the fields of a line have something in them. */
function isSparse(line: string, delimiter: string, width?: number): boolean {
  const fields = fieldsOf(line, delimiter)
  return 2 * fields.filter((field) => field.trim() !== '').length <= (width ?? fields.length)
}

function endsWith([header = '', ...rows]: readonly string[], delimiter: string): boolean {
  const width = widthOf(header, delimiter)
  return (
    rows.length > 0 &&
    !header.endsWith(delimiter) &&
    rows.every((row) => row.endsWith(delimiter) && widthOf(row, delimiter) === width + 1)
  )
}

/**
 * Returns whether each line has one field more than the header, its first, which is a quoted text, or the next whole number.
 * A text with a delimiter and without quotes makes one more field too, and is neither.
 */
function haveNames([header = '', ...rows]: readonly string[], delimiter: string): boolean {
  const width = widthOf(header, delimiter)
  if (rows.length === 0 || rows.some((row) => widthOf(row, delimiter) !== width + 1)) return false
  if (endsWith([header, ...rows], delimiter)) return false
  const firsts = rows.map((row) => row.slice(0, row.startsWith('"') ? undefined : row.indexOf(delimiter)))
  if (firsts.every((first) => first.startsWith('"'))) return true
  const numbers = firsts.map((first) => (/^\d{1,15}$/.test(first) ? Number(first) : Number.NaN))
  return numbers.length > 1 && numbers.every((number, at) => number === (numbers[0] ?? 0) + at)
}

/** Returns the fields of a line, with `x` in place of what is quoted. */
function fieldsOf(line: string, delimiter: string): string[] {
  return line.replace(QUOTED, 'x').split(delimiter)
}

/** Returns the number of a line's fields. */
function widthOf(line: string, delimiter: string): number {
  return fieldsOf(line, delimiter).length
}

async function firstLines(path: string, skip: number): Promise<{ lines: string[]; isLong: boolean }> {
  const head = await beginningOf(path, HEAD)
  const text = String(head).replace(/^\uFEFF/, '')
  const isLong = head.length === HEAD && !text.includes('\n')
  return { lines: firstLinesOf(text, head.length === HEAD, skip), isLong }
}

/** Returns the first lines of a text without their ends, behind those to skip. @param isCut whether more text follows */
function firstLinesOf(text: string, isCut: boolean, skip = 0): string[] {
  const lines = text.split('\n', skip + COMPARED_LINES + 1)
  // The last line may be cut off.
  if (lines.length > 2 && isCut) lines.pop()
  return lines.slice(skip).map((line) => line.replace(/\r$/, ''))
}

function shownBy([header = '', next = '', ...others]: readonly string[]): string | undefined {
  const names = header.replace(QUOTED, '')
  if (names.includes(',')) return undefined
  if (isQuotedBySpaces(header) && isQuotedBySpaces(next, /[^" ]+/)) return ' '
  // A quoted field may go on in the next line, and what stands in it is only text.
  const [values = '', ...open] = next.replace(QUOTED, '').split('"')
  const shown = OTHERS.filter((delimiter) => names.includes(delimiter))
  const [only] = shown
  if (only === undefined || shown.length > 1) return undefined
  const more = values.split(only).length - names.split(only).length
  if (open.length > 0) return more <= 0 ? only : undefined
  // A line may begin with the name of its row.
  return next === '' || more === 0 || (more === 1 && haveNames([header, next, ...others], only))
    ? only
    : undefined
}

/** Returns whether a line is two quoted fields or more with one space between each, as R's `write.table` writes them. */
function isQuotedBySpaces(line: string, plain?: RegExp): boolean {
  const field = plain ? `(?:${QUOTED.source}|${plain.source})` : QUOTED.source
  return new RegExp(`^${field}(?: ${field})+$`).test(line)
}

/** Returns the only rare character that all lines have, and equally often. */
function rareIn(lines: readonly string[]): string | undefined {
  const [header = '', ...rows] = lines
  const isPlain = ![',', ...OTHERS].some((delimiter) => header.includes(delimiter))
  if (!isPlain || rows.length + 1 < LEAST_LINES || lines.some((line) => line.includes('"'))) return undefined
  const countOf = (line: string, delimiter: string) => line.split(delimiter).length
  const shown = [...new Set(header.match(RARE) ?? [])].filter((delimiter) =>
    rows.every((row) => countOf(row, delimiter) === countOf(header, delimiter)),
  )
  return shown.length === 1 ? shown[0] : undefined
}

const COLUMNS_OF_SPACES = `The file is read as one column, since its header has no comma. If its columns are padded with spaces, replace the spaces with commas and upload the result: sed -E 's/^ +| +$//g; s/ +/,/g' FILE.`

/** Returns the warning about a header without a comma that has another delimiter, which its lines do not all have. */
function oneColumn([header = '', ...rows]: readonly string[]): Warning[] {
  const names = header.replace(QUOTED, '')
  if (names.includes(',')) return []
  const counts = (line: string) => line.trim().split(/ +/).length
  const isSpaced =
    counts(names) > 1 && rows.length >= LEAST_LINES && rows.every((row) => counts(row) === counts(names))
  const shown = OTHERS.find((delimiter) => names.includes(delimiter)) ?? (isSpaced ? ' ' : undefined)
  if (shown === undefined) return []
  if (shown === ' ' && [header, ...rows].some((line) => /^ | {2}| $/.test(line)))
    return [{ code: 'one-column', message: COLUMNS_OF_SPACES }]
  const name = shown === '\t' ? 'tab' : encodeURIComponent(shown)
  const message = `The file is read as one column, since its header has no comma. If its fields are separated by ${JSON.stringify(shown)}, upload it with delimiter=${name}.`
  return [{ code: 'one-column', message }]
}

const SINGLE_QUOTES: Warning = {
  code: 'single-quotes',
  message:
    'The names in the header stand in single quotes, which were read as part of the names. If texts in this file are quoted so, upload it with quotes=single.',
}

function delimiterFound(delimiter: string, separatorLine: boolean): Warning {
  const name = delimiter === '\t' ? 'tabs' : JSON.stringify(delimiter)
  const where = separatorLine ? 'as its first line says' : 'as its header shows'
  return {
    code: 'delimiter-found',
    message: `The fields of the file are separated by ${name}, ${where}. If that is wrong, upload it with delimiter=%2C (a comma) or another character.`,
  }
}
