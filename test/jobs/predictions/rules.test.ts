import { expect, it } from 'vitest'
import { PredictionBody } from '../../../src/jobs/predictions/body.ts'
import { findDeletion, noteDeletion, partKey, resultKey } from '../../../src/jobs/predictions/files.ts'
import { MEDIA_TYPES } from '../../../src/jobs/predictions/media-types.ts'
import { partCount, rangesOf } from '../../../src/jobs/predictions/ranges.ts'
import { fixture } from '../fixture.ts'

it.each([
  [0, 1],
  [1, 1],
  [100_000, 1],
  [100_001, 2],
  [9_900_001, 100],
  [10_000_000, 100],
  [50_000_000, 100],
])('%i rows are %i parts', (rows, parts) => {
  expect(partCount(rows)).toBe(parts)
})

it('parts may have fewer rows, and all rows are in one of them', () => {
  expect(partCount(250, 100)).toBe(3)
  expect(rangesOf(250, 3)).toEqual([
    { from: 0, to: 83 },
    { from: 83, to: 166 },
    { from: 166, to: 250 },
  ])
  expect(rangesOf(2, 1)).toEqual([{ from: 0, to: 2 }])
})

it('files have their keys below those of their prediction', () => {
  expect([partKey('j', 2), resultKey('j', 3, 'parquet')]).toEqual([
    'predictions/j/part-2',
    'predictions/j/result-3.parquet',
  ])
  expect(Object.entries(MEDIA_TYPES)).toEqual([
    ['csv', 'text/csv; charset=utf-8'],
    ['ndjson', 'application/x-ndjson'],
    ['parquet', 'application/vnd.apache.parquet'],
  ])
})

it('the first note on a deletion stays, and a damaged one is no proof', async () => {
  const { store } = await fixture()
  expect(await findDeletion(store, 'j')).toBeUndefined()
  const deletion = { at: '2026-01-01T00:00:00Z', by: 'ann', expired: false }
  await noteDeletion(store, 'j', deletion)
  await noteDeletion(store, 'j', { ...deletion, by: null, expired: true })
  expect(await findDeletion(store, 'j')).toEqual(deletion)
  await store.create('jobs/k/result-deleted.json', '{"at":')
  await expect(findDeletion(store, 'k')).rejects.toMatchObject({
    code: 'corrupt-artifact',
    message: "The job's file result-deleted.json is damaged.",
  })
})

const body = { model: 'm', dataset: 'd' }

it('an order has what it does not say by default', () => {
  expect(PredictionBody.parse(body)).toMatchObject({
    columns: [],
    format: 'csv',
    scores: false,
    notes: false,
    prefix: '',
  })
})

it.each<[object, string | null]>([
  [{ model: 'm'.repeat(200) }, null],
  [{ model: 'm'.repeat(201) }, 'model'],
  [{ model: '' }, 'model'],
  [{ dataset: 'd'.repeat(200) }, null],
  [{ dataset: 'd'.repeat(201) }, 'dataset'],
  [{ dataset: '' }, 'dataset'],
  [{ columns: Array.from({ length: 4_000 }, () => 'c') }, null],
  [{ columns: Array.from({ length: 4_001 }, () => 'c') }, 'columns'],
  [{ columns: [''] }, 'columns'],
  [{ format: 'parquet' }, null],
  [{ format: 'xlsx' }, 'format'],
  [{ prefix: 'é'.repeat(100) }, null],
  [{ prefix: 'p'.repeat(101) }, 'prefix'],
  [{ prefix: 'a\0b' }, 'prefix'],
  [{ prefix: '\ud800' }, 'prefix'],
  [{ scores: 'yes' }, 'scores'],
  [{ notes: 1 }, 'notes'],
])('an order of %j is refused at %s', (more, path) => {
  const { error } = PredictionBody.safeParse({ ...body, ...more })
  expect(error?.issues.map((issue) => issue.path[0])).toEqual(path === null ? undefined : [path])
})

it('an order with an unknown key is refused', () => {
  expect(PredictionBody.safeParse({ ...body, rows: 3 }).error?.issues).toMatchObject([
    { code: 'unrecognized_keys', keys: ['rows'] },
  ])
})
