import pino from 'pino'
import { beforeEach, expect, it, vi } from 'vitest'
import { queueLog } from '../../../src/jobs/queue/queue-log.ts'

let lines: unknown[]
let listeners: ReturnType<typeof queueLog>
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  lines = []
  listeners = queueLog(
    pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) }),
  )
  return () => vi.useRealTimers()
})

const lost = { level: 40, msg: 'queue reports an error', reason: 'lost' }

it('a repeated error is logged once a minute, without what the error carries', () => {
  const error = Object.assign(new Error('lost'), { command: { args: ['secret'] } })
  listeners.onError(error)
  listeners.onError(error)
  expect(lines).toEqual([lost])
  listeners.onError(new Error('refused'))
  listeners.onError(error)
  expect(lines).toEqual([lost, { ...lost, reason: 'refused' }, lost])
  vi.setSystemTime(Date.now() + 60_000)
  listeners.onError(error)
  expect(lines).toHaveLength(4)
})

it('the same error is logged again once the queue has worked in between', () => {
  listeners.onError(new Error('lost'))
  listeners.onRecovered()
  listeners.onError(new Error('lost'))
  expect(lines).toEqual([lost, { level: 30, msg: 'queue works again' }, lost])
})

it('a warning is logged with its details', () => {
  listeners.onWarning('Redis may evict jobs', { policy: 'allkeys-lru' })
  expect(lines).toEqual([{ level: 40, msg: 'Redis may evict jobs', policy: 'allkeys-lru' }])
})
