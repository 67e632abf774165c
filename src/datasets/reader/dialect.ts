import { open } from 'node:fs/promises'
import type { Warning } from '../../warnings.ts'
import type { ReadTask } from '../messages.ts'

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
  /** Number of the first line's fields, too high if it is longer than 64 KiB or a quoted field has line ends. */
  fields: number
  /** True if the first line does not end in the first 64 KiB. */
  isLong: boolean
  warnings: Warning[]
}

/**
 * Finds how a CSV file is to be cut. Without a given delimiter it is the one of a line `sep=;`, else the only one of
 * semicolon, tab and bar that stands in a header without a comma and as often in the next line, else a rare character that
 * all first lines have equally often, else a comma.
 */
export async function dialectOf({
  file,
  delimiter: given,
}: Pick<ReadTask, 'file' | 'delimiter'>): Promise<Dialect> {
  const { lines, isLong } = await firstLines(file)
  const { header, separatorLine, delimiter: found } = shownIn(lines)
  const delimiter = given ?? found ?? ','
  const told = given === null && found !== undefined && found !== ','
  return {
    delimiter,
    separatorLine,
    fields: header.split(delimiter).length,
    isLong,
    warnings: told ? [delimiterFound(delimiter, separatorLine)] : [],
  }
}

/** Returns how the text of a CSV file is cut, as `dialectOf` does. */
export function dialectOfText(text: string): Pick<Dialect, 'delimiter' | 'separatorLine'> {
  const { separatorLine, delimiter = ',' } = shownIn(firstLinesOf(text.slice(0, HEAD), text.length > HEAD))
  return { separatorLine, delimiter }
}

/** Returns what the first lines show of a file's delimiter; undefined where they show none. */
function shownIn(lines: readonly string[]): {
  header: string
  separatorLine: boolean
  delimiter: string | undefined
} {
  const named = SEPARATOR_LINE.exec(lines[0] ?? '')?.[1]
  const separatorLine = named !== undefined
  const rest = lines.slice(separatorLine ? 1 : 0)
  const [header = '', next = ''] = rest
  return { header, separatorLine, delimiter: named ?? shownBy(header, next) ?? rareIn(rest) }
}

async function firstLines(path: string): Promise<{ lines: string[]; isLong: boolean }> {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    const text = buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '')
    const isLong = bytesRead === HEAD && !text.includes('\n')
    return { lines: firstLinesOf(text, bytesRead === HEAD), isLong }
  } finally {
    await handle.close()
  }
}

/** Returns the first lines of a text without their ends. @param isCut whether more text follows */
function firstLinesOf(text: string, isCut: boolean): string[] {
  const lines = text.split('\n', COMPARED_LINES + 1)
  // The last line may be cut off.
  if (lines.length > 2 && isCut) lines.pop()
  return lines.map((line) => line.replace(/\r$/, ''))
}

function shownBy(header: string, next: string): string | undefined {
  const names = header.replace(QUOTED, '')
  if (names.includes(',')) return undefined
  const values = next.replace(QUOTED, '')
  const shown = OTHERS.filter((delimiter) => names.includes(delimiter))
  const [only] = shown
  if (only === undefined || shown.length > 1) return undefined
  const isTable = next === '' || values.split(only).length === names.split(only).length
  return isTable ? only : undefined
}

/** Returns the only rare character that all lines have, and equally often. */
function rareIn(lines: readonly string[]): string | undefined {
  const [header = '', ...rows] = lines.filter((line) => line !== '')
  const isPlain = ![',', ...OTHERS].some((delimiter) => header.includes(delimiter))
  if (!isPlain || rows.length + 1 < LEAST_LINES || lines.some((line) => line.includes('"'))) return undefined
  const countOf = (line: string, delimiter: string) => line.split(delimiter).length
  const shown = [...new Set(header.match(RARE) ?? [])].filter((delimiter) =>
    rows.every((row) => countOf(row, delimiter) === countOf(header, delimiter)),
  )
  return shown.length === 1 ? shown[0] : undefined
}

function delimiterFound(delimiter: string, separatorLine: boolean): Warning {
  const name = delimiter === '\t' ? 'tabs' : JSON.stringify(delimiter)
  const where = separatorLine ? 'as its first line says' : 'as its header shows'
  return {
    code: 'delimiter-found',
    message: `The fields of the file are separated by ${name}, ${where}. If that is wrong, upload it with delimiter=%2C (a comma) or another character.`,
  }
}
