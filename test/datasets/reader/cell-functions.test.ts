import { afterAll, beforeAll, expect, it } from 'vitest'
import { isMissingText } from '../../../src/datasets/reader/cell-functions.ts'
import { openStaged, type StagedBench } from './staged.ts'

let bench: StagedBench
beforeAll(async () => {
  bench = await openStaged()
})
afterAll(() => bench.close())

const FILLING = Array.from({ length: 99 }, (_, at) => `${at}`.padEnd(100, '-'))

it.each([
  ['few', []],
  ['many long ones', FILLING],
])('texts that count as missing are found in any case and between spaces, among %s', async (_, others) => {
  const found = ['n/a', ' N/A\t', '없음', '-9']
  await bench.stage([...found, 'n-a', 'n/a.', '없', '-9.0', null, '', 'n/a'.padEnd(2_000)])
  const rows = await bench.db.rows(
    `SELECT c0 FROM staging WHERE ${isMissingText('c0', [...others, 'N/A', '없음', '-9'])} ORDER BY line`,
  )
  expect(rows.flat()).toEqual(found)
})

it('many long texts are written once into the condition of a column, of which a table may have thousands', () => {
  expect(isMissingText('c0', FILLING).length).toBeLessThan(1.1 * JSON.stringify(FILLING).length)
})
