import { describe, expect, it } from 'vitest'
import { sharedLooks } from '../../src/runtime/shared-looks.ts'

describe('sharedLooks', () => {
  it('begins one look for all who ask while another goes on, and never gives an older answer', async () => {
    const begun: string[] = []
    const ends: (() => void)[] = []
    const look = sharedLooks(async (key) => {
      begun.push(key)
      const number = begun.length
      await new Promise<void>((resolve) => ends.push(resolve))
      if (number === 2) throw new Error('a failed look')
      return number
    })
    const first = look('a')
    const second = [look('a'), look('a')]
    const other = look('b')
    expect(begun).toEqual(['a', 'b'])
    ends[1]?.()
    await expect(other).rejects.toThrow('a failed look')
    ends[0]?.()
    expect(await first).toBe(1)
    await Promise.resolve()
    expect(begun).toEqual(['a', 'b', 'a'])
    const third = look('a')
    ends[2]?.()
    expect(await Promise.all(second)).toEqual([3, 3])
    await Promise.resolve()
    ends[3]?.()
    expect(await third).toBe(4)
    expect(begun).toEqual(['a', 'b', 'a', 'a'])
    const fourth = look('a')
    expect(begun, 'nothing is under way that it would wait for').toHaveLength(5)
    ends[4]?.()
    expect(await fourth).toBe(5)
  })

  it('looks on after a look that failed', async () => {
    let looks = 0
    const look = sharedLooks(async () => {
      looks += 1
      if (looks === 1) throw new Error('a failed look')
      return looks
    })
    const [first, second] = await Promise.allSettled([look('a'), look('a')])
    expect(first.status).toBe('rejected')
    expect(second).toEqual({ status: 'fulfilled', value: 2 })
  })
})
