import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { openBench } from '../datasets/harness.ts'

/** Rows of the file in which the cells of each line of the table are repeated. */
const ROWS = 60

/** Returns the lines of the table "What is read as what": the cells, and what they are read as. */
function linesOfTable(): { cells: string[]; read: string[] }[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/data.md'), 'utf8')
  const [, table = ''] = /\n\| cells \|[^\n]*\n\|[ |-]*\n((?:\|[^\n]*\n)*)/.exec(text) ?? []
  return [...table.matchAll(/^\| (.*?) \| (.*?) \|/gm)].map(([, cells = '', read = '']) => ({
    cells: [...cells.matchAll(/`([^`]*)`/g)].map(([, cell = '']) => cell),
    read: read.split(' · '),
  }))
}

function readValue(read: string): unknown {
  if (read === 'missing') return null
  if (read === 'true' || read === 'false') return read === 'true'
  return Number(read)
}

it('docs/data.md says what cells are read as', async () => {
  const table = linesOfTable()
  expect(table.length).toBeGreaterThan(10)
  const cellAt = (cells: readonly string[], row: number) => `"${cells[row % cells.length]}"`
  const rows = Array.from({ length: ROWS }, (_, row) =>
    table.map(({ cells }) => cellAt(cells, row)).join(','),
  )
  const bench = await openBench()
  try {
    const file = await bench.table([table.map((_, index) => `c${index}`).join(','), ...rows, ''].join('\n'))
    for (const [index, { cells, read }] of table.entries()) {
      const { type } = file.dataset.columns[index] ?? {}
      const values = cells.map((_, row) => file.rows[row]?.[`c${index}`])
      const said = read.length === 1 && /^[a-z]+$/.test(read[0] ?? '') ? type : undefined
      if (said === undefined) expect(values, cells.join()).toEqual(read.map(readValue))
      else expect(said, cells.join()).toBe(read[0])
    }
  } finally {
    await bench.close()
  }
})
