import { describe, expect, it } from 'vitest'
import { RowQuota } from '../../../src/api/requests/row-quota.ts'

const DAY_MS = 86_400_000
const ann = { name: 'ann', rowsPerDay: 10 }

/** A quota whose clock stands at a time of the day, in milliseconds, until it is moved. */
function quotaAt(ms: number) {
  let now = 20_000 * DAY_MS + ms
  const quota = new RowQuota(() => now)
  return { quota, move: (by: number) => (now += by) }
}

describe('rows that a key may have answered in a day', () => {
  it('are counted for each key, and without a limit not at all', () => {
    const { quota } = quotaAt(0)
    expect(quota.left(null)).toBe(Number.POSITIVE_INFINITY)
    expect(quota.left({ name: 'bob', rowsPerDay: null })).toBe(Number.POSITIVE_INFINITY)
    quota.take(null, 1e9).giveBack(1)
    quota.take(ann, 4)
    expect(quota.left(ann)).toBe(6)
    quota.take(ann, 6)
    expect(quota.left(ann)).toBe(0)
    expect(quota.left({ name: 'eve', rowsPerDay: 10 })).toBe(10)
    // A limit that has been lowered meanwhile leaves none, and not less than none.
    expect(quota.left({ ...ann, rowsPerDay: 5 })).toBe(0)
  })

  it('are forgotten of the key that was used longest ago, where there are too many keys', () => {
    const { quota } = quotaAt(0)
    quota.take(ann, 4)
    quota.take({ name: 'bob', rowsPerDay: 10 }, 4)
    for (let number = 0; number < 19_998; number += 1) quota.take({ name: `k${number}`, rowsPerDay: 10 }, 1)
    quota.take(ann, 1)
    quota.take({ name: 'eve', rowsPerDay: 10 }, 1)
    expect(quota.left(ann)).toBe(5)
    expect(quota.left({ name: 'bob', rowsPerDay: 10 })).toBe(10)
  })

  it.each([
    [10, 11, 'This key has a limit of 10 rows a day (UTC), of which 10 are left. Send fewer rows.'],
    [10, 10_000, 'This key has a limit of 10 rows a day (UTC), of which 10 are left. Send fewer rows.'],
    [1, 2, 'This key has a limit of 1 row a day (UTC), of which 1 is left. Send fewer rows.'],
    [0, 1, 'This key has a limit of 0 rows a day (UTC), of which 0 are left. Use another key.'],
    [
      2_000,
      2_001,
      'This key has a limit of 2,000 rows a day (UTC), of which 2,000 are left. Send fewer rows.',
    ],
  ])('%d are not enough for %d', (rowsPerDay, rows, message) => {
    const { quota } = quotaAt(0)
    const caller = { name: 'ann', rowsPerDay }
    expect(() => quota.take(caller, rows)).toThrow(expect.objectContaining({ code: 'rate-limited', message }))
    // Nothing was taken by the refusal.
    expect(quota.left(caller)).toBe(rowsPerDay)
  })

  it.each([
    [4, 7, 6, 'Send fewer rows, or wait until midnight UTC.'],
    [10, 1, 0, 'Wait until midnight UTC.'],
    [10, 11, 0, 'Wait until midnight UTC, and send fewer rows.'],
  ])('of 10, with %d taken, are not enough for %d, and the remedy can work', (taken, rows, left, remedy) => {
    const { quota } = quotaAt(0)
    quota.take(ann, taken)
    const message = `This key has a limit of 10 rows a day (UTC), of which ${left} are left. ${remedy}`
    expect(() => quota.take(ann, rows)).toThrow(expect.objectContaining({ message }))
  })

  it('come back where they were not answered, but not from one day to the next', () => {
    const { quota, move } = quotaAt(DAY_MS - 1)
    const taken = quota.take(ann, 8)
    taken.giveBack(3)
    expect(quota.left(ann)).toBe(5)
    move(1)
    expect(quota.left(ann)).toBe(10)
    quota.take(ann, 2)
    taken.giveBack(5)
    expect(quota.left(ann)).toBe(8)
    // More than was taken is never given back.
    quota.take(ann, 1).giveBack(100)
    expect(quota.left(ann)).toBe(10)
  })

  it('come again at midnight, UTC', () => {
    expect(quotaAt(0).quota.secondsLeft()).toBe(86_400)
    expect(quotaAt(1).quota.secondsLeft()).toBe(86_400)
    expect(quotaAt(1_000).quota.secondsLeft()).toBe(86_399)
    expect(quotaAt(DAY_MS - 1).quota.secondsLeft()).toBe(1)
  })

  it('are counted for 20,000 keys at once, of which the oldest is forgotten', () => {
    const { quota } = quotaAt(0)
    quota.take(ann, 10)
    for (let key = 1; key < 20_000; key++) quota.take({ name: `k${key}`, rowsPerDay: 10 }, 1)
    expect(quota.left(ann)).toBe(0)
    quota.take({ name: 'last', rowsPerDay: 10 }, 1)
    expect(quota.left(ann)).toBe(10)
    expect(quota.left({ name: 'k1', rowsPerDay: 10 })).toBe(9)
  })
})
