import { expect, it } from 'vitest'
import { orderersOf } from '../../src/dashboard/pages/model/orderers.ts'

const at = '2026-01-01T00:00:00.000Z'
const published = (version: number, by: string | null) => ({
  generation: version,
  at,
  by,
  events: [{ type: 'published' as const, version, job: `job-${version}` }],
})
const PAGES = [
  { items: [published(4, 'anna'), published(3, null)], next: 'second' },
  { items: [published(2, 'bert'), published(1, 'carl')], next: 'third' },
]

function load(asked: (string | undefined)[]) {
  return async (cursor: string | undefined) => {
    asked.push(cursor)
    return PAGES[cursor === undefined ? 0 : 1] ?? { items: [], next: null }
  }
}

it('finds who ordered versions in as few pages of the log as have them', async () => {
  const asked: (string | undefined)[] = []
  expect(await orderersOf([4, 3], load(asked))).toEqual(new Map([[4, 'anna']]))
  expect(asked).toEqual([undefined])
  expect(await orderersOf([3, 2], load(asked))).toEqual(new Map([[2, 'bert']]))
  expect(asked).toEqual([undefined, undefined, 'second'])
  expect(await orderersOf([], load(asked))).toEqual(new Map())
  expect(asked).toHaveLength(3)
})

it('reads a bounded part of the log for versions that it does not tell of', async () => {
  const asked: (string | undefined)[] = []
  expect(await orderersOf([9], load(asked))).toEqual(new Map())
  expect(asked.length).toBeLessThanOrEqual(5)
})
