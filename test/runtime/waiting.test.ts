import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { serial } from '../../src/runtime/serial.ts'
import { Signal } from '../../src/runtime/signal.ts'
import { withTimeout } from '../../src/runtime/with-timeout.ts'

const never = new Promise<never>(() => undefined)

describe('serial', () => {
  it('runs works one after the other, also after one that fails', async () => {
    const oneAtATime = serial()
    const order: number[] = []
    const work = (number: number) => async () => {
      order.push(number)
      await sleep(5)
      order.push(number)
      if (number === 1) throw new Error('the first fails')
      return number
    }
    const [first, second] = await Promise.allSettled([oneAtATime(work(1)), oneAtATime(work(2))])
    expect(first).toMatchObject({ reason: { message: 'the first fails' } })
    expect(second).toMatchObject({ value: 2 })
    expect(order).toEqual([1, 1, 2, 2])
  })
})

describe('withTimeout', () => {
  it('returns the result of work that is done in time', async () => {
    expect(await withTimeout(Promise.resolve(1), 1_000, () => 'late')).toBe(1)
    await expect(withTimeout(Promise.reject(new Error('no')), 1_000, () => 'late')).rejects.toThrow('no')
  })

  it('returns or throws what it is told when the time is up', async () => {
    expect(await withTimeout(never, 5, () => 'late')).toBe('late')
    const late = withTimeout(never, 5, () => {
      throw new Error('too late')
    })
    await expect(late).rejects.toThrow('too late')
  })
})

describe('a signal', () => {
  it('wakes the one that waits', async () => {
    const signal = new Signal()
    const waits = signal.wait()
    signal.raise()
    expect(await waits).toBe(true)
  })

  it('is kept for the next wait, once', async () => {
    const signal = new Signal()
    signal.raise()
    signal.raise()
    expect(await signal.wait()).toBe(true)
    expect(await signal.wait(5)).toBe(false)
  })
})
