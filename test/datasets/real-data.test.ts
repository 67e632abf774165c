import { createReadStream, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keptTables } from '../../src/datasets/kept-tables.ts'
import { readTable } from '../../src/datasets/table.ts'
import { realData } from '../helpers/real-data.ts'
import { type Bench, openBench } from './harness.ts'

const [imdb, california, nsmc, reuters52, boston] = ['imdb', 'california', 'nsmc', 'reuters52', 'boston'].map(
  (name) => realData(`${name}/train.csv.gz`),
)

let bench: Bench
beforeAll(async () => {
  bench = await openBench({ maxUploadBytes: 1024 ** 3 })
})
afterAll(() => bench.close())

const upload = async (path: string) => (await bench.send(createReadStream(path))).dataset

/** The table as csv-parse reads it: rows of texts, the header first. */
const independently = (path: string): string[][] => parse(gunzipSync(readFileSync(path)))

describe.skipIf(imdb === undefined)('IMDB', () => {
  const path = imdb ?? ''

  it('is 25,000 reviews of two classes, and comes back by the letter', async () => {
    const dataset = await upload(path)
    expect(dataset).toMatchObject({ rows: 25_000, rejected: 0 })
    expect(dataset.columns).toMatchObject([
      { name: 'text', type: 'text', missing: 0 },
      { name: 'label', type: 'category', missing: 0, classes: { neg: 12_500, pos: 12_500 } },
    ])
    const [, ...rows] = independently(path)
    const characters = rows.reduce((sum, [text]) => sum + [...text!].length, 0)
    expect(dataset.columns[0]!.meanLength).toBe(Math.round(characters / rows.length))
    const kept = (await keptTables(bench.store)(dataset.id))!
    const { columns } = await readTable(kept.file, kept.description)
    const texts = columns.get('text')!.values
    const labels = columns.get('label')!.values
    expect(
      rows.flatMap(([text, label], row) => (text === texts[row] && label === labels[row] ? [] : row)),
    ).toEqual([])
  })
})

describe.skipIf(california === undefined)('California', () => {
  const path = california ?? ''

  it('is 16,640 blocks with gaps in one column, and every number is what it was', async () => {
    const dataset = await upload(path)
    const [header, ...rows] = independently(path)
    expect(rows).toHaveLength(16_640)
    expect(dataset).toMatchObject({ rows: 16_640, rejected: 0 })
    expect(dataset.columns.map(({ name, type }) => [name, type])).toEqual(
      header!.map((name) => [name, name === 'ocean_proximity' ? 'category' : 'number']),
    )
    const kept = (await keptTables(bench.store)(dataset.id))!
    const { columns } = await readTable(kept.file, kept.description)
    for (const [place, column] of dataset.columns.entries()) {
      const cells = rows.map((row) => row[place]!)
      const there = cells.filter((cell) => cell !== '')
      expect(column.missing).toBe(cells.length - there.length)
      expect(column.missing > 0).toBe(column.name === 'total_bedrooms')
      const values = [...columns.get(column.name)!.values]
      if (column.type === 'number') {
        expect(values).toEqual(cells.map((cell) => (cell === '' ? Number.NaN : Number(cell))))
        const numbers = there.map(Number)
        expect(column).toMatchObject({
          min: Math.min(...numbers),
          max: Math.max(...numbers),
          distinct: new Set(numbers).size,
        })
        expect(column.mean).toBeCloseTo(
          numbers.reduce((sum, value) => sum + value / numbers.length, 0),
          6,
        )
        expect(column.integer).toBe(numbers.every(Number.isInteger))
      } else {
        expect(values).toEqual(cells)
        const counts = Object.fromEntries(
          [...new Set(cells)].map((value) => [value, cells.filter((cell) => cell === value).length]),
        )
        expect(column.classes).toEqual(counts)
      }
    }
  })
})

describe.skipIf(nsmc === undefined)('NSMC', () => {
  it('is 150,000 short Korean reviews of two classes', async () => {
    const path = nsmc ?? ''
    const dataset = await upload(path)
    const [, ...rows] = independently(path)
    const count = (label: string) => rows.filter((row) => row[1] === label).length
    expect(dataset).toMatchObject({ rows: 150_000, rejected: 0 })
    expect(dataset.columns).toMatchObject([
      { name: 'text', type: 'text' },
      { name: 'label', type: 'category', missing: 0, classes: { neg: count('neg'), pos: count('pos') } },
    ])
    expect(count('neg') + count('pos')).toBe(150_000)
    expect((await bench.datasets.rows(dataset.id, { limit: 3 })).items.map((row) => row['text'])).toEqual(
      rows.slice(0, 3).map(([text]) => text),
    )
  })
})

describe.skipIf(reuters52 === undefined)('Reuters', () => {
  it('is 6,495 stories of 52 topics', async () => {
    const { rows, columns } = await upload(reuters52 ?? '')
    expect([rows, columns.map(({ type }) => type)]).toEqual([6_495, ['text', 'category']])
    expect(Object.keys(columns[1]!.classes!)).toHaveLength(52)
  })
})

describe.skipIf(boston === undefined)('Boston', () => {
  it('is 404 rows of 14 numbers', async () => {
    const { rows, columns } = await upload(boston ?? '')
    expect([rows, columns.length, new Set(columns.map(({ type }) => type))]).toEqual([
      404,
      14,
      new Set(['number']),
    ])
  })
})
