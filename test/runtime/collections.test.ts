import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { forgetOldest } from '../../src/runtime/forget-oldest.ts'
import { inParallel } from '../../src/runtime/in-parallel.ts'
import { createLocks } from '../../src/runtime/locks.ts'
import { recentLooks } from '../../src/runtime/recent-looks.ts'
import { timedCalls } from '../../src/runtime/timed-calls.ts'

/** Works that are begun, and go on until they are ended. */
function works() {
  const begun: string[] = []
  const ends = new Map<string, (error?: Error) => void>()
  const work = (name: string) => () => {
    begun.push(name)
    return new Promise<string>((resolve, reject) => {
      ends.set(name, (error) => (error ? reject(error) : resolve(name)))
    })
  }
  const end = async (name: string, error?: Error) => {
    ends.get(name)?.(error)
    await turn()
  }
  return { begun, work, end }
}

describe('forgetOldest', () => {
  it('deletes what was added first, until no more than the limit are left', () => {
    const set = new Set(['a', 'b', 'c', 'd'])
    forgetOldest(set, 4)
    expect([...set]).toEqual(['a', 'b', 'c', 'd'])
    forgetOldest(set, 3)
    expect([...set]).toEqual(['b', 'c', 'd'])
    const map = new Map([...set].map((key) => [key, 1]))
    forgetOldest(map, 1)
    expect([...map.keys()]).toEqual(['d'])
    forgetOldest(map, 0)
    expect(map.size).toBe(0)
  })
})

describe('inParallel', () => {
  it('does the work for each item in order, never more than so many at a time', async () => {
    const { begun, work, end } = works()
    let isOver = false
    const all = inParallel(['a', 'b', 'c', 'd'], 2, (name) => work(name)()).then(() => {
      isOver = true
    })
    expect(begun).toEqual(['a', 'b'])
    await end('b')
    expect(begun).toEqual(['a', 'b', 'c'])
    await end('a')
    expect(begun).toEqual(['a', 'b', 'c', 'd'])
    await end('c')
    expect(isOver, 'd is not done').toBe(false)
    await end('d')
    await all
    expect(isOver).toBe(true)
  })

  it('rejects with the first failure once all that ran have ended', async () => {
    const { begun, work, end } = works()
    const settled = vi.fn()
    const all = inParallel(['a', 'b', 'c'], 2, (name) => work(name)())
    all.then(settled, settled)
    await end('b', new Error('b failed'))
    expect(settled).not.toHaveBeenCalled()
    await end('a')
    expect(begun, 'the other goes on').toEqual(['a', 'b', 'c'])
    await end('c')
    await expect(all).rejects.toThrow('b failed')
  })
})

describe('locks', () => {
  it('let works of one key run one after the other, and those of other keys beside them', async () => {
    const { begun, work, end } = works()
    const locks = createLocks()
    const first = locks.one('x', work('first'))
    const second = locks.one('x', work('second'))
    const other = locks.one('y', work('other'))
    await turn()
    expect(begun).toEqual(['first', 'other'])
    const failed = expect(first).rejects.toThrow('no')
    await end('first', new Error('no'))
    expect(begun, 'a failure lets the next one begin').toEqual(['first', 'other', 'second'])
    const third = locks.one('x', work('third'))
    await turn()
    expect(begun, 'a key is taken while a work runs').toHaveLength(3)
    await end('second')
    expect(begun).toEqual(['first', 'other', 'second', 'third'])
    await end('third')
    await end('other')
    expect(await Promise.all([second, third, other])).toEqual(['second', 'third', 'other'])
    await failed
  })

  it('take several keys as one, in whatever order and however often they are named', async () => {
    const { begun, work, end } = works()
    const locks = createLocks()
    const both = locks.all(['x', 'y', 'x'], work('both'))
    await turn()
    const reversed = locks.all(['y', 'x'], work('reversed'))
    const one = locks.one('y', work('one'))
    const none = locks.all([], work('none'))
    await turn()
    expect(begun).toEqual(['both', 'none'])
    await end('both')
    expect(begun).toEqual(['both', 'none', 'one'])
    await end('one')
    expect(begun).toEqual(['both', 'none', 'one', 'reversed'])
    await end('reversed')
    await end('none')
    expect(await Promise.all([both, reversed, one, none])).toEqual(['both', 'reversed', 'one', 'none'])
  })
})

describe('recentLooks', () => {
  it('shares a look while it is fresh, by key, from when it began', async () => {
    const looked: string[] = []
    const looks = recentLooks(async (key) => `${key}${looked.push(key)}`, 100, 10)
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000)
    try {
      expect(await looks.of('a')).toBe('a1')
      clock.mockReturnValue(1_099)
      expect(await looks.of('a')).toBe('a1')
      expect(await looks.of('b')).toBe('b2')
      clock.mockReturnValue(1_100)
      expect(await looks.of('a'), 'as old as the limit').toBe('a3')
      expect(await looks.of('b')).toBe('b2')
      looks.forget()
      expect(await looks.of('a')).toBe('a4')
      expect(await looks.of('b')).toBe('b5')
    } finally {
      clock.mockRestore()
    }
  })

  it('keeps the newest keys only', async () => {
    const looked: string[] = []
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    try {
      const looks = recentLooks(async (key) => looked.push(key), 100, 2)
      for (const key of ['a', 'b']) await looks.of(key)
      clock.mockReturnValue(100)
      // It is looked up again, and so is newer than b, which goes when c comes.
      for (const key of ['a', 'c', 'a', 'b']) await looks.of(key)
      expect(looked).toEqual(['a', 'b', 'a', 'c', 'b'])
    } finally {
      clock.mockRestore()
    }
  })

  it('keeps no look that failed, and its late failure drops no newer one', async () => {
    const { begun, work, end } = works()
    let look = 0
    const looks = recentLooks(() => work(`look ${++look}`)(), 60_000, 10)
    const first = looks.of('a')
    looks.forget()
    const second = looks.of('a')
    const failed = expect(first).rejects.toThrow('no')
    await end('look 1', new Error('no'))
    await failed
    expect(looks.of('a')).toBe(second)
    await end('look 2', new Error('no'))
    await expect(second).rejects.toThrow('no')
    const third = looks.of('a')
    await end('look 3')
    expect(await third).toBe('look 3')
    expect(begun).toHaveLength(3)
  })
})

describe('timedCalls', () => {
  class Target {
    readonly #secret = 7
    readonly plain = 'a value'
    async good(add: number) {
      return this.#secret + add
    }
    async bad(error?: Error) {
      throw error
    }
    other() {
      return this.#secret
    }
  }

  it('tells of the calls that are named, with time and failure, and changes no answer', async () => {
    const calls: [string, number, unknown][] = []
    const timed = timedCalls(new Target(), new Set(['good', 'bad'] as const), (...call) => calls.push(call))
    const clock = vi.spyOn(performance, 'now')
    clock.mockReturnValueOnce(1_000).mockReturnValueOnce(3_500)
    expect(await timed.good(1)).toBe(8)
    const error = new Error('no')
    clock.mockReturnValueOnce(1_000).mockReturnValueOnce(1_250)
    await expect(timed.bad(error)).rejects.toBe(error)
    clock.mockReturnValueOnce(0).mockReturnValueOnce(0)
    await expect(timed.bad()).rejects.toBeUndefined()
    clock.mockRestore()
    expect(timed.other()).toBe(7)
    expect(timed.plain).toBe('a value')
    expect(calls).toEqual([
      ['good', 2.5, undefined],
      ['bad', 0.25, error],
      ['bad', 0, new Error('rejected without a reason')],
    ])
    expect(timed.good).toBe(timed.good)
  })
})
