import { describe, expect, it } from 'vitest'
import { PREDICTION_BUCKETS } from '../../../src/api/metrics/predictions.ts'
import { quantileOf } from '../../../src/api/metrics/quantile.ts'
import { RecentTraffic } from '../../../src/api/metrics/recent-traffic.ts'

describe('a quantile of counts in buckets', () => {
  const bounds = [0.1, 0.2, 0.4]
  it.each([
    // Ten in the first bucket: the fifth is in its middle.
    [[10, 10, 10, 10], 0.5, 0.05],
    // The 99th of 100 is the ninth of the ten above 0.2: 0.2 + 0.2 · 9 / 10.
    [[40, 90, 100, 100], 0.99, 0.38],
    [[40, 90, 100, 100], 0.5, 0.12],
    // Beyond the last bound nothing is known but that bound.
    [[0, 0, 0, 3], 0.5, 0.4],
    [[0, 0, 0, 0], 0.5, null],
  ])('%j at %d is %d', (upTo, share, seconds) => {
    const found = quantileOf(upTo, bounds, share)
    if (seconds === null) expect(found).toBeNull()
    else expect(found).toBeCloseTo(seconds, 12)
  })
})

it('recent traffic is what was counted since the oldest snapshot, and a minute of them is kept', () => {
  const counts = { requests: 0, rows: 0 }
  const all = PREDICTION_BUCKETS.length + 1
  const read = () =>
    new Map([['imdb', { upTo: new Array<number>(all).fill(counts.requests), rows: counts.rows }]])
  const traffic = new RecentTraffic({ read })
  counts.requests = 4
  counts.rows = 40
  expect(traffic.read().models).toMatchObject([
    { model: 'imdb', recent: { requests: 4, rows: 40, p50Ms: 0.05 }, total: { requests: 4, rows: 40 } },
  ])
  // Thirteen snapshots later, the one before these requests is gone.
  for (let i = 0; i < 13; i += 1) traffic.look()
  counts.requests = 5
  counts.rows = 41
  expect(traffic.read().models).toMatchObject([
    { recent: { requests: 1, rows: 1 }, total: { requests: 5, rows: 41 } },
  ])
  traffic.look()
  for (let i = 0; i < 13; i += 1) traffic.look()
  expect(traffic.read().models).toMatchObject([
    { recent: { requests: 0, rows: 0, p50Ms: null, p99Ms: null }, total: { requests: 5 } },
  ])
})
