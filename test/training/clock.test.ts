import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Clock } from '../../src/training/clock.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

it('messages are read every 100 ms, and a report is due after 400 ms', () => {
  const clock = new Clock(10, 0)
  expect([clock.breathe(), clock.reportDue()]).toEqual([false, false])
  vi.advanceTimersByTime(99)
  expect(clock.breathe()).toBe(false)
  vi.advanceTimersByTime(1)
  expect([clock.breathe(), clock.breathe()]).toEqual([true, false])
  vi.advanceTimersByTime(299)
  expect(clock.reportDue()).toBe(false)
  vi.advanceTimersByTime(1)
  expect([clock.reportDue(), clock.reportDue()]).toEqual([true, false])
})

it('the time left is estimated from the epochs that this process has done', () => {
  const clock = new Clock(10, 2)
  vi.advanceTimersByTime(3_000)
  expect(clock.etaSeconds(4)).toBe(9)
  expect(clock.etaSeconds(3.5)).toBe(13)
  expect(clock.etaSeconds(2), 'nothing is known yet').toBe(0)
  expect(clock.etaSeconds(1)).toBe(0)
  expect(clock.etaSeconds(11), 'never below 0').toBe(0)
  vi.advanceTimersByTime(399)
  expect(clock.reportDue(), 'an estimate is a report').toBe(false)
})
