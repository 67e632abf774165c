import type { Slices } from '../../evaluation/explanation.ts'
import { slicesOf } from '../../evaluation/slices.ts'
import type { Cell } from '../../recipe/table.ts'
import { columnOf } from '../data/tables.ts'
import type { HeldRows } from './held-rows.ts'
import { rankedRows } from './ranked-rows.ts'

/** Input columns by which rows are divided: the first ones. */
const MOST_COLUMNS = 50
/** Parts of as many rows, about, into which numbers, dates and lengths of texts are divided. */
const PARTS = 5

/** Measures a version on parts of its held-out rows: by the values of each input column, or by bins of them. */
export function slicedHeldRows(held: HeldRows): Slices {
  const { encoder, table, rows } = held
  const { task } = encoder.target
  const isNumber = task === 'regression' || task === 'severalNumbers'
  const results = new Float64Array(rows.length)
  for (const { at, score, actual, predicted } of rankedRows(held, { kind: 'worst', offset: 0, limit: 1 }))
    results[at] = isNumber ? score : Number(JSON.stringify(actual) === JSON.stringify(predicted))
  return slicesOf({
    metric: isNumber ? 'meanAbsoluteError' : 'accuracy',
    results,
    columns: encoder.inputs.slice(0, MOST_COLUMNS).map(({ name, type }) => {
      const cell = columnOf(table, name)
      const values = Array.from(rows, (row) => cell(row))
      if (type === 'text') return { column: name, groupOf: binned(values.map(lengthOf), 'characters') }
      const isOrdered = type === 'number' || type === 'date' || type === 'datetime'
      return { column: name, groupOf: isOrdered ? binned(values) : (at) => groupOfValue(values[at] ?? null) }
    }),
  })
}

function lengthOf(value: Cell): number | null {
  return typeof value === 'string' ? value.length : null
}

/** Longest value that names a slice, in characters. */
const LONGEST = 200
const MISSING = 'missing'

function groupOfValue(value: Cell): string {
  return value === null ? MISSING : String(value).slice(0, LONGEST)
}

/** Returns the bin of each value: from one edge up to before the next, and the last with its end. */
function binned(values: readonly Cell[], unit?: string): (at: number) => string {
  const sorted = values.filter((value) => value !== null).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const edges = Array.from(
    { length: PARTS + 1 },
    (_, part) => sorted[Math.min(sorted.length - 1, Math.floor((part / PARTS) * sorted.length))],
  )
  const distinct = [...new Set(edges)].flatMap((edge) => edge ?? [])
  const suffix = unit === undefined ? '' : ` ${unit}`
  return (at) => {
    const value = values[at] ?? null
    if (value === null) return MISSING
    let bin = 0
    while (bin + 2 < distinct.length && value >= (distinct[bin + 1] ?? value)) bin += 1
    return `${distinct[bin]} to ${distinct[bin + 1] ?? distinct[bin]}${suffix}`
  }
}
