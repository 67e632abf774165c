import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { behindAt, fellBehind, REFERENCE_TRIALS } from '../../../src/jobs/search/median-stopping.ts'

describe('the median stopping rule', () => {
  const references = [[5, 4, 3], [6, 5, 4], [7, 6, 5], null, []]

  it('compares the best value with the median of running averages, as calculated by hand', () => {
    // Averages up to the third step: 4, 5, 6; their median is 5.
    expect(behindAt([9, 9, 5.1], references, false)).toBe(3)
    expect(behindAt([9, 9, 5], references, false)).toBeNull()
    expect(behindAt([4.9, 9, 9], references, false)).toBeNull()
    expect(behindAt([9, 9], references, false), 'it has some steps in any case').toBeNull()
    expect(behindAt([4.9, 4, 4], references, true)).toBe(3)
    expect(behindAt([5.1, 4, 4], references, true)).toBeNull()
    expect(behindAt([99, 99, 99], references.slice(0, 2), false), 'too few to compare with').toBeNull()
  })

  it('never stops a trial that is better at some step than all others at theirs', () => {
    const reports = fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 1, maxLength: 8 })
    const all = fc.array(reports, { minLength: REFERENCE_TRIALS, maxLength: REFERENCE_TRIALS })
    fc.assert(
      fc.property(all, reports, (others, own) => {
        expect(behindAt([-1, ...own], others, false)).toBeNull()
        expect(behindAt([10, ...own], others, true)).toBeNull()
      }),
    )
  })

  it('waits for three steps, and for three references', () => {
    const level = [
      [5, 5, 5, 5],
      [5, 5, 5, 5],
      [5, 5, 5, 5],
    ]
    expect(behindAt([9, 9, 9, 9], level, false)).toBe(3)
    expect(behindAt([9, 9, 5, 9], level, false)).toBeNull()
    expect(behindAt([5, 6, 6, 6], level, true)).toBeNull()
    expect(behindAt([4, 4, 4, 4], level, true)).toBe(3)
    // A short reference goes on with its average.
    expect(behindAt([6, 6, 6, 6], [[5], [5, 5], [7, 3, 1, 1]], false)).toBe(3)
    // The averages fall from step to step: 8, 6, 4 and 2.
    const falling = [
      [8, 4, 0, -4],
      [8, 4, 0, -4],
      [8, 4, 0, -4],
    ]
    expect(behindAt([5, 3, 3, 3], falling, false)).toBe(4)
  })

  it('is for the trials behind the first five', () => {
    const good = [1, 1, 1]
    const bad = [9, 9, 9]
    const reports = [bad, good, good, good, good, bad, good, null]
    const behind = (larger: boolean) => reports.map((_, at) => fellBehind(at, reports, larger))
    expect(behind(false)).toEqual([false, false, false, false, false, true, false, false])
    expect(behind(true)).toEqual(Array(8).fill(false))
    // Trials behind the first five are no references.
    expect(fellBehind(5, [null, null, null, good, good, bad, good, good], false)).toBe(false)
  })
})
