import { describe, expect, it, vi } from 'vitest'
import { atOnce, inTurns, type Steps, Turns } from '../../src/runtime/steps.ts'

/** Work of several steps that notes each. */
function* work(done: string[], name: string, steps: number): Steps<string> {
  for (let step = 1; step <= steps; step++) {
    done.push(`${name}${step}`)
    yield
  }
  return name
}

describe('work in steps', () => {
  it('is done at once', () => {
    const done: string[] = []
    expect(atOnce(work(done, 'a', 3))).toBe('a')
    expect(done).toEqual(['a1', 'a2', 'a3'])
  })

  it('lets others run after a millisecond of work, and not before', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(5)
    try {
      const done: string[] = []
      const short = inTurns(work(done, 'a', 3))
      expect(done, 'without a wait').toEqual(['a1', 'a2', 'a3'])
      expect(await short).toBe('a')
      clock.mockImplementation(() => done.length)
      setImmediate(() => done.push('another'))
      const long = inTurns(work(done, 'b', 2))
      expect(done.slice(3)).toEqual(['b1'])
      expect(await long).toBe('b')
      expect(done.slice(3)).toEqual(['b1', 'another', 'b2'])
    } finally {
      clock.mockRestore()
    }
  })

  it('counts from the end of the last turn', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(100)
    try {
      const turns = new Turns(10)
      clock.mockReturnValue(109)
      expect(turns.isDue).toBe(false)
      clock.mockReturnValue(110)
      expect(turns.isDue).toBe(true)
      await turns.take()
      expect(turns.isDue).toBe(false)
      clock.mockReturnValue(120)
      expect(turns.isDue).toBe(true)
    } finally {
      clock.mockRestore()
    }
  })
})
