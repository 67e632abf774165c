import { expect, it } from 'vitest'
import { setKey } from '../../src/dashboard/api/key.ts'
import { askedTraffic } from '../../src/dashboard/parts/known-traffic.ts'
import { type ProcessTraffic, sumOf } from '../../src/dashboard/parts/traffic-sum.ts'

const figures = (requests: number, p99Ms: number | null) => ({
  requests,
  rows: requests * 2,
  p50Ms: p99Ms === null ? null : p99Ms / 2,
  p99Ms,
})

it('the traffic of several processes is the sum of their rates, with the longest of their times', () => {
  const one: ProcessTraffic = {
    process: 'a',
    seconds: 60,
    items: [
      { model: 'reviews', recent: figures(120, 8), total: figures(1000, 8) },
      { model: 'houses', recent: figures(0, null), total: figures(5, 4) },
    ],
  }
  // Started half a minute ago.
  const other: ProcessTraffic = {
    process: 'b',
    seconds: 30,
    items: [{ model: 'reviews', recent: figures(30, 20), total: figures(30, 20) }],
  }
  expect(sumOf([one, other])).toEqual({
    processes: 2,
    seconds: 60,
    items: [
      { model: 'reviews', requestsPerSecond: 3, rowsPerSecond: 6, p50Ms: 10, p99Ms: 20, requests: 1030 },
      { model: 'houses', requestsPerSecond: 0, rowsPerSecond: 0, p50Ms: null, p99Ms: null, requests: 5 },
    ],
  })
  expect(sumOf([])).toEqual({ processes: 0, seconds: 0, items: [] })
})

it('forgets what was told to the key before', () => {
  const told = (process: string, model: string): ProcessTraffic => ({
    process,
    seconds: 60,
    items: [{ model, recent: figures(60, 8), total: figures(60, 8) }],
  })
  const modelsOf = ({ items }: { items: readonly { model: string }[] }) => items.map(({ model }) => model)
  setKey('of-all-models')
  const late = askedTraffic()
  askedTraffic()(told('a', 'secret'), 0)
  expect(modelsOf(askedTraffic()(told('b', 'reviews'), 1_000))).toEqual(['secret', 'reviews'])
  expect(modelsOf(askedTraffic()(told('b', 'reviews'), 60_500))).toEqual(['reviews'])
  setKey(null)
  setKey('of-one-model')
  late(told('a', 'secret'), 2_000)
  expect(modelsOf(askedTraffic()(told('c', 'houses'), 3_000))).toEqual(['houses'])
})
