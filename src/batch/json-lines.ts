import { valueIn } from './answer-values.ts'
import { type AnsweredChunk, type ResultLayout, shownCell } from './result-layout.ts'

/**
 * Returns a function that writes rows as lines of JSON. A missing value of the data set is null. A row has the columns
 * of its answer, or the error alone.
 */
export function jsonLines({
  kept: columns,
  answer,
}: Pick<ResultLayout, 'kept' | 'answer'>): (chunk: AnsweredChunk) => string {
  const keys = columns.map(({ name, type }) => ({ key: `${JSON.stringify(name)}:`, type }))
  const values = answer.map((column) => ({ key: `${JSON.stringify(column.name)}:`, of: valueIn(column) }))
  return ({ rows, kept, answers }) => {
    let lines = ''
    for (let row = 0; row < rows; row++) {
      const given = answers[row]
      if (!given) throw new RangeError('a row has no answer')
      let comma = ''
      lines += '{'
      for (const [index, { key, type }] of keys.entries()) {
        lines += `${comma}${key}${JSON.stringify(shownCell(kept[index]?.[row] ?? null, type))}`
        comma = ','
      }
      for (const { key, of } of values) {
        const value = of(given)
        if (value === null) continue
        lines += `${comma}${key}${JSON.stringify(value)}`
        comma = ','
      }
      lines += '}\n'
    }
    return lines
  }
}
