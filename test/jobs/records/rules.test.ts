import { describe, expect, it } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { canonicalJson, fingerprintOf } from '../../../src/jobs/orders/fingerprint.ts'
import { gaveUp, jobError, wasAborted, withCode } from '../../../src/jobs/records/failed-reason.ts'
import { NO_LIMITS, overLimit, stricter } from '../../../src/jobs/records/limits.ts'
import {
  cancelledError,
  endedOutside,
  lastTaken,
  refusedOutcome,
} from '../../../src/jobs/records/outcomes.ts'
import { JobOutcome } from '../../../src/jobs/records/records.ts'
import { scheduledJobId } from '../../../src/jobs/schedules/run-id.ts'
import { shownAddress, webhookView } from '../../../src/jobs/views/webhook-view.ts'

describe('the limits of a job', () => {
  const MB = 2 ** 20
  const codeOf = (limits: object, seconds: number, bytes: number | null) =>
    overLimit({ ...NO_LIMITS, ...limits }, { seconds, bytes })?.code ?? null

  it('are exceeded above their value', () => {
    expect(codeOf({ seconds: 10 }, 10, 0)).toBeNull()
    expect(codeOf({ seconds: 10 }, 10.001, 0)).toBe('job-timed-out')
    expect(codeOf({ memoryMb: 64 }, 0, 64 * MB)).toBeNull()
    expect(codeOf({ memoryMb: 64 }, 0, 64 * MB + 1)).toBe('out-of-memory')
    expect(codeOf({ memoryMb: 64 }, 0, null)).toBeNull()
    expect(codeOf({ seconds: 10, memoryMb: 64 }, 11, 65 * MB)).toBe('job-timed-out')
    expect(codeOf({}, 1e9, 1e15)).toBeNull()
  })

  it('are the stricter ones of the order and of the service', () => {
    expect(stricter({ seconds: 10, memoryMb: null }, { seconds: 20, memoryMb: 64 })).toEqual({
      seconds: 10,
      memoryMb: 64,
    })
    expect(stricter({ seconds: null, memoryMb: 99 }, { seconds: 5, memoryMb: 64 })).toEqual({
      seconds: 5,
      memoryMb: 64,
    })
    expect(stricter(NO_LIMITS, NO_LIMITS)).toEqual(NO_LIMITS)
  })
})

describe('the error of a job', () => {
  it('has the code as its type and its title', () => {
    expect(jobError(new FitserveError('store-unavailable', 'The store is away.'))).toEqual({
      type: 'urn:fitserve:store-unavailable',
      title: 'Store unavailable',
      detail: 'The store is away.',
    })
    expect(cancelledError('By a client.')).toEqual({
      type: 'urn:fitserve:cancelled',
      title: 'Cancelled',
      detail: 'By a client.',
    })
  })

  const typeOf = (reason: string | null) => gaveUp(reason, 3).type.replace('urn:fitserve:', '')

  it('is what every attempt failed of', () => {
    const { message } = withCode(new FitserveError('store-unavailable', 'The store\nis away.'))
    expect(message).toBe('[store-unavailable] The store\nis away.')
    expect(gaveUp(message, 3)).toEqual({
      type: 'urn:fitserve:store-unavailable',
      title: 'Store unavailable',
      detail: 'In each of 3 attempts: The store\nis away.',
    })
    expect(typeOf('[queue-unavailable] It is away.')).toBe('queue-unavailable')
  })

  it.each<[string | null, string]>([
    ['Unexpected exit code: 134', 'out-of-memory'],
    ['Unexpected exit code: null signal: SIGABRT', 'out-of-memory'],
    ['Unexpected exit code: 1342', 'job-crashed'],
    ['Unexpected exit code: null signal: SIGKILL', 'job-crashed'],
    ['job stalled more than allowable limit', 'job-crashed'],
    ['started too often', 'job-crashed'],
    ['killed by a signal', 'job-crashed'],
    [null, 'job-crashed'],
    ['', 'internal'],
    ['a is not a function', 'internal'],
    ['[invalid-job] It is wrong.', 'internal'],
    ['see [store-unavailable] above', 'internal'],
  ])('after %j is %s', (reason, type) => {
    expect(typeOf(reason)).toBe(type)
  })

  it('is a full memory where the process aborted itself', () => {
    expect(wasAborted('exit code: 134 x')).toBe(true)
    expect(wasAborted('exit code: 1')).toBe(false)
  })
})

describe('the outcome of a job that is ended from outside', () => {
  it('is valid, and tells of no attempt', () => {
    const outcome = endedOutside('cancelled', cancelledError('By a client.'), { attempt: 2 })
    expect(JobOutcome.parse(outcome)).toEqual(outcome)
    expect(outcome).toMatchObject({ state: 'cancelled', attempt: 2, stopped: false, refused: false })
    expect(Date.now() - Date.parse(outcome.finishedAt)).toBeLessThan(60_000)
  })

  it('is refused where its order was, and then the round before counts', async () => {
    const refused = refusedOutcome('The queue is away.')
    expect(refused).toMatchObject({
      state: 'failed',
      refused: true,
      error: {
        type: 'urn:fitserve:queue-unavailable',
        title: 'Queue unavailable',
        detail: 'The queue is away.',
      },
    })
    const taken = endedOutside('failed', cancelledError('It failed.'))
    const last = (...rounds: (JobOutcome | undefined)[]) =>
      lastTaken(
        { round: async () => rounds.length, outcomeOf: async (_id, round) => rounds[(round ?? 0) - 1] },
        'id',
      )
    expect(await last(taken, refused)).toBe(taken)
    expect(await last(taken, refused, undefined)).toBe(taken)
    expect(await last(refused)).toBeUndefined()
    expect(await last()).toBeUndefined()
  })
})

describe('equal orders', () => {
  it('have equal text, in whatever order their keys are', () => {
    const one = { b: [{ d: 1, c: null }, 'x'], a: { z: true, y: undefined } }
    const other = { a: { z: true }, b: [{ c: null, d: 1 }, 'x'] }
    expect(canonicalJson(one)).toBe('{"a":{"z":true},"b":[{"c":null,"d":1},"x"]}')
    expect(canonicalJson(other)).toBe(canonicalJson(one))
    expect(fingerprintOf(other)).toBe(fingerprintOf(one))
    expect(fingerprintOf({ a: 1 })).toMatch(/^[0-9a-f]{64}$/)
    expect(fingerprintOf({ a: [1, 2] })).not.toBe(fingerprintOf({ a: [2, 1] }))
    // printf '{"a":1}' | sha256sum
    expect(fingerprintOf({ a: 1 })).toBe('015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862')
  })
})

describe('the job that a schedule orders', () => {
  it('has the same id in every process, which begins with its time', () => {
    const due = Date.parse('2026-01-31T12:00:00Z')
    const id = scheduledJobId('m', due)
    expect(scheduledJobId('m', due)).toBe(id)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(due)
    expect(new Set([id, scheduledJobId('n', due), scheduledJobId('m', due + 1)]).size).toBe(3)
  })
})

describe('the address of a webhook that clients see', () => {
  it('has no query, which may hold a secret', () => {
    expect(shownAddress('https://example.com:8443/a/b?token=x#y')).toBe('https://example.com:8443/a/b')
    expect(webhookView('https://example.com/?token=x')).toEqual({
      url: 'https://example.com/',
      state: 'pending',
      attempts: 0,
      status: null,
      error: null,
      at: null,
    })
  })
})
