import { describe, expect, it, vi } from 'vitest'
import { checkDeadline, withDeadline } from '../../src/serving/deadline.ts'

const until = (leftMs: number, isGone = false) => ({ leftMs: () => leftMs, gone: () => isGone })
const over = { code: 'deadline-exceeded', message: expect.stringContaining('No row was answered') }

describe('a deadline', () => {
  it('drops work from its last moment on, or where the client is gone', () => {
    checkDeadline(undefined)
    checkDeadline(until(0.001))
    for (const left of [0, -1])
      expect(() => checkDeadline(until(left))).toThrow(expect.objectContaining(over))
    const gone = expect.objectContaining({ code: 'cancelled' })
    for (const left of [1000, 0]) expect(() => checkDeadline(until(left, true))).toThrow(gone)
  })

  it('ends a wait when its time is over, and not before', async () => {
    vi.useFakeTimers()
    try {
      const ends: string[] = []
      const wait = withDeadline(until(5000), new Promise<string>(() => {})).catch(({ code }) =>
        ends.push(code),
      )
      await vi.advanceTimersByTimeAsync(4999)
      expect(ends).toEqual([])
      await vi.advanceTimersByTimeAsync(1)
      await wait
      expect(ends).toEqual([over.code])
    } finally {
      vi.useRealTimers()
    }
  })

  it('that is over already ends a wait at once', async () => {
    await expect(withDeadline(until(-10), new Promise(() => {}))).rejects.toMatchObject(over)
  })

  it('keeps no work waiting that is done, and passes its failure on', async () => {
    expect(await withDeadline(until(-10), 'done')).toBe('done')
    expect(await withDeadline(undefined, Promise.resolve('done'))).toBe('done')
    expect(await withDeadline(until(60_000), Promise.resolve('done'))).toBe('done')
    await expect(withDeadline(until(60_000), Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  })
})
