import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../src/datasets/reader/duckdb.ts'
import { stageNumbersOfCsv } from '../../../src/datasets/reader/numbers-of-csv.ts'
import { Staging } from '../../../src/datasets/reader/staging.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

const outer = await temporaryFolder()

/** Stages the rows of a file of two columns. Returns them with their lines; undefined where the file is left to others. */
async function staged(text: string, delimiter = ',', skip = 1, names = ['a', 'b']): Promise<unknown> {
  const folder = await mkdtemp(join(outer, 'staged-'))
  const db = await openDuckDb({ folder })
  try {
    const file = join(folder, 'upload')
    await writeFile(file, text)
    const staging = await Staging.open(db.connection, 10)
    await staging.addColumns(names)
    const found = await stageNumbersOfCsv(db, file, staging, { delimiter, skip })
    const rows = await db.rows('SELECT * FROM staging ORDER BY line')
    expect(staging.columns).toEqual(names)
    if (found) return rows
    expect(rows).toEqual([])
    return undefined
  } finally {
    db.close()
    await rm(folder, { recursive: true })
  }
}

describe('a CSV file of numbers', () => {
  it('is read with its lines', async () => {
    const rows = [
      [2, 1.5, -0],
      [3, null, 1e300],
      [4, 2 ** 60, null],
    ]
    const lines = ['a,b', '1.5,-0', ',1e300', '1152921504606846976,']
    for (const text of [lines.join('\n'), `${lines.join('\r\n')}\r\n`, `${lines.join('\n')}\n\n\n`])
      expect(await staged(text), text).toEqual(rows)
    expect(await staged(`\uFEFF${lines.join('\n').replaceAll(',', ';')}`, ';')).toEqual(rows)
    expect(await staged('x\n\n1\t2\n', '\t', 2)).toEqual([[3, 1, 2]])
    expect(await staged('1,2', ',', 0)).toBeUndefined()
    expect(await staged('1,2\n', ',', 0)).toEqual([[1, 1, 2]])
  })

  it('may have columns without a number, which are texts', async () => {
    expect(await staged('a,b\n1,\n2,\n')).toEqual([
      [2, 1, null],
      [3, 2, null],
    ])
  })

  it('may have more rows than are read at once, with gaps anywhere', async () => {
    const rows = Array.from({ length: 70_000 }, (_, at) => ({
      line: at + 2,
      a: at % 5 === 0 || at > 65_000 ? null : at / 8,
      b: at < 3_000 ? null : -at,
    }))
    const text = rows.map(({ a, b }) => `${a ?? ''},${b ?? ''}\n`).join('')
    expect(await staged(`a,b\n${text}`)).toEqual(rows.map(({ line, a, b }) => [line, a, b]))
    expect(await staged(`a,b\n${text}1,x\n`)).toBeUndefined()
  })

  it.each<[string, string, string?]>([
    ['no row', 'a,b\n'],
    ['a text', 'a,b\n1,x\n'],
    ['a quote', 'a,b\n1,"2"\n'],
    ['a zero ahead', 'a,b\n1,02\n'],
    ['a plus', 'a,b\n1,+2\n'],
    ['a space', 'a,b\n1, 2\n'],
    ['an infinite number', 'a,b\n1,1e999\n'],
    ['a number next to zero', 'a,b\n1,1e-320\n'],
    ['a field more', 'a,b\n1,2\n1,2,3\n'],
    ['a field less', 'a,b\n1,2\n1\n'],
    ['a blank line', 'a,b\n1,2\n\n3,4\n'],
    ['another line end', 'a,b\n1,2\r\n3,4\n'],
    ['a byte order mark before a row', 'a,b\n\uFEFF1,2\n'],
    ['NUL', 'a,b\n1,2\n\0\n'],
    ['a point between fields', 'a.b\n1.2\n', '.'],
    ['more than one character between fields', 'a||b\n1||2\n', '||'],
  ])('is left to others with %s', async (_, text, delimiter) => {
    expect(await staged(text, delimiter)).toBeUndefined()
  })

  it('is left to others with one column, of which a blank line is a missing value', async () => {
    expect(await staged('a\n1\n2\n', ',', 1, ['a'])).toBeUndefined()
  })
})
