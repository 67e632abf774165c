import { valueIn } from './answer-values.ts'
import { type AnsweredChunk, type ResultLayout, shownCell } from './result-layout.ts'

/** Characters that only a quoted field may hold. */
const SPECIAL = /[",\r\n]/

/** Returns the first line of a CSV file: the names of its columns. */
export function csvHeader({ kept, answer }: Pick<ResultLayout, 'kept' | 'answer'>): string {
  return `${[...kept, ...answer].map(({ name }) => csvField(name)).join(',')}\n`
}

/**
 * Returns a function that writes rows as lines of CSV (RFC 4180, but each line ends with a single line feed). A missing
 * value is an empty field, an empty text is `""`. Texts stay as they are, also those that a spreadsheet would take for a
 * formula.
 */
export function csvLines({
  kept: columns,
  answer,
}: Pick<ResultLayout, 'kept' | 'answer'>): (chunk: AnsweredChunk) => string {
  const values = answer.map(valueIn)
  return ({ rows, kept, answers }) => {
    let lines = ''
    for (let row = 0; row < rows; row++) {
      const given = answers[row]
      if (!given) throw new RangeError('a row has no answer')
      for (const [index, { type }] of columns.entries())
        lines += `${csvField(shownCell(kept[index]?.[row] ?? null, type))},`
      for (const [index, value] of values.entries())
        lines += `${index > 0 ? ',' : ''}${csvField(value(given))}`
      lines += '\n'
    }
    return lines
  }
}

/** Returns a value as a field of CSV. A missing value is an empty field, an empty text is `""`. */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text === '' || SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
