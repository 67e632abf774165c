import { EventEmitter } from 'node:events'
import { hostname } from 'node:os'
import { PGlite } from '@electric-sql/pglite'
import {
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  DEFAULT_SCHEMA,
  quoteSchemaName,
  runMigrations,
} from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import type { BullBackend } from '../../../src/jobs/queue/bullmq-backend.ts'
import { createBullQueue } from '../../../src/jobs/queue/bullmq-queue.ts'
import type { Chore } from '../../../src/jobs/queue/chores.ts'
import type { JobQueue, QueueEvent } from '../../../src/jobs/queue/contract.ts'
import { createPglitePool } from '../../../src/jobs/queue/pglite-pool.ts'
import type { Tracing } from '../../../src/runtime/tracing.ts'
import { openTraces, PROCESSOR } from '../../contracts/queue.ts'

/*
 * The queue over a database in memory: what BullMQ is asked for, without a server. The contracts of queues
 * (test/contracts) hold the same over each server.
 */
let database: PGlite
beforeAll(async () => {
  database = await PGlite.create()
  const client = await createPglitePool(async () => database).connect()
  await runMigrations(client, DEFAULT_SCHEMA)
  client.release()
  await database.exec(`SET search_path TO ${quoteSchemaName(DEFAULT_SCHEMA)}`)
}, 120_000)
afterAll(() => database.close())

let queue: JobQueue
let errors: string[]
let change: Partial<BullBackend>
let reconnects: number

/** Opens a queue over the database, with changes of its backend. */
function open(): JobQueue {
  const pool = createPglitePool(async () => database)
  const backend: BullBackend = {
    factory: createPostgresBackend as unknown as BackendFactory,
    connection: pool as unknown as ConnectionOptions,
    drainDelay: 1,
    ownProcessOnly: true,
    reachable: async () => {},
    ping: () => database.query('SELECT 1'),
    reconnect: () => {
      reconnects += 1
    },
    newestEvent: async () => {
      const sql = 'SELECT coalesce(max(id), 0)::text AS id FROM event'
      return (await database.query<{ id: string }>(sql)).rows[0]?.id ?? '0'
    },
    close: async () => {},
    ...change,
  }
  return createBullQueue(backend, { onError: ({ message }) => errors.push(message) })
}

beforeEach(() => {
  errors = []
  change = {}
  reconnects = 0
  queue = open()
})
afterEach(async () => {
  await queue.close()
  await database.exec('DELETE FROM job')
})

const until = (check: () => unknown) => vi.waitUntil(check, { timeout: 20_000, interval: 10 })
const job = (id: string, more: object = {}) => ({ id, data: { jobId: id }, ...more })
/** Changes a job in the database as a worker would. */
const set = (id: string, assignments: string) =>
  database.query(`UPDATE job SET ${assignments} WHERE id = $1`, [id])
const column = async (id: string, name: string) => {
  const { rows } = await database.query<Record<string, unknown>>(
    `SELECT ${name} AS it FROM job WHERE id = $1`,
    [id],
  )
  return rows[0]?.['it']
}

it('a job is kept with its priority, attempts, pauses and memory of its end', async () => {
  await queue.add(job('a', { priority: 3 }))
  await queue.add(job('b'))
  await queue.add(job('c', { priority: 9e9 }))
  await queue.add(job('a', { priority: 1 }))
  const opts = await column('a', 'opts')
  expect(opts).toMatchObject({
    attempts: 5,
    backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
    keepLogs: 100_000,
  })
  const kept = { age: 86_400, count: 1_000 }
  expect(opts).toMatchObject({ removeOnComplete: kept, removeOnFail: kept })
  expect([
    await column('a', 'priority'),
    await column('b', 'priority'),
    await column('c', 'priority'),
  ]).toEqual([3, 2_097_151, 2_097_151])
  expect(await column('a', 'data')).toEqual({ jobId: 'a' })
  expect(await queue.counts()).toEqual({ waiting: 3, active: 0 })
  expect(await queue.next(2)).toEqual(['a', 'b'])
})

it('a family waits for its parts, whose failure does not fail it, and goes before others', async () => {
  await queue.addFlow(job('whole'), [job('one'), job('two', { priority: 6 })])
  await queue.addFlow(job('other', { priority: 5 }), [job('three', { priority: 6 })])
  expect([await column('whole', 'priority'), await column('other', 'priority')]).toEqual([2_097_150, 5])
  expect([await column('one', 'priority'), await column('two', 'priority')]).toEqual([2_097_151, 6])
  expect(await column('one', 'opts')).toMatchObject({ attempts: 5, ignoreDependencyOnFailure: true })
  expect(await queue.find('whole')).toMatchObject({ state: 'waiting', attempt: 0 })
  expect(await queue.counts(), 'those that wait for others are no work yet').toEqual({
    waiting: 3,
    active: 0,
  })
})

it.each([
  ['wait', 'waiting'],
  ['delayed', 'waiting'],
  ['active', 'active'],
  ['completed', 'completed'],
  ['failed', 'failed'],
])('a job that is %s is told as %s', async (state, told) => {
  await queue.add(job('a'))
  await set(
    'a',
    `state = '${state === 'wait' ? 'waiting' : state}', attempts_started = 2, processed_at_ms = 77`,
  )
  expect(await queue.find('a')).toEqual({
    state: told,
    attempt: 2,
    progress: null,
    startedAt: 77,
    failedReason: null,
  })
  expect(await queue.held('a')).toBe(told === 'active')
})

it('a job that waits for its admission is told as waiting', async () => {
  await queue.add(job('a'))
  await set(
    'a',
    `state = 'active', attempts_started = 3, processed_at_ms = 77, data = '{"jobId":"a","passed":2}'`,
  )
  expect(await queue.find('a')).toMatchObject({ state: 'waiting', attempt: 0, startedAt: null })
  expect(await queue.running(5)).toEqual([])
  await set('a', `data = '{"jobId":"a","passed":2,"begun":3}'`)
  expect(await queue.find('a')).toMatchObject({ state: 'active', attempt: 1, startedAt: 77 })
  expect(await queue.running(5)).toEqual([{ id: 'a', worker: null, startedAt: 77 }])
  await queue.add(job('b'))
  await set('b', `state = 'active'`)
  expect(await queue.running(1)).toHaveLength(1)
  expect(await queue.counts()).toEqual({ waiting: 0, active: 2 })
})

it('the oldest waiting job is the one that was ordered first', async () => {
  expect(await queue.oldestWaiting()).toBeNull()
  for (const id of ['019a0000-c', '019a0000-a', '019a0000-b']) await queue.add(job(id))
  await set('019a0000-a', 'added_at_ms = 500')
  await set('019a0000-b', 'added_at_ms = 400')
  await set('019a0000-c', `added_at_ms = 300, state = 'active'`)
  expect(await queue.oldestWaiting()).toBe(400)
})

it('a job that waits can be taken out, and one that does not cannot', async () => {
  await queue.add(job('a'))
  await queue.add(job('b'))
  await set('b', `state = 'active'`)
  expect(await queue.remove('a')).toBe(true)
  expect(await queue.find('a')).toBeUndefined()
  expect(await queue.remove('a')).toBe(false)
  expect(await queue.remove('b')).toBe(false)
  await set('b', `state = 'completed'`)
  expect(await queue.remove('b')).toBe(false)
})

it('only an ended job is forgotten, and then may come again', async () => {
  for (const [id, state] of [
    ['a', 'waiting'],
    ['b', 'active'],
    ['c', 'completed'],
    ['d', 'failed'],
  ] as const) {
    await queue.add(job(id))
    await set(id, `state = '${state}'`)
    await queue.forget(id)
    expect((await queue.find(id))?.state).toBe(state === 'waiting' || state === 'active' ? state : undefined)
  }
  await queue.forget('unknown')
})

it('parts of a family that is forgotten stay', async () => {
  await queue.addFlow(job('whole'), [job('one')])
  await set('one', `state = 'failed'`)
  await set('whole', `state = 'completed'`)
  await queue.forget('whole')
  expect(await queue.find('whole')).toBeUndefined()
  expect(await queue.find('one')).toMatchObject({ state: 'failed' })
})

it('lines of a job are told in their order, and from one of them on', async () => {
  await queue.add(job('a'))
  expect(await queue.log('a')).toEqual([])
  for (const [at, line] of ['one', 'two', 'three'].entries())
    await database.query(`INSERT INTO job_log VALUES ('jobs', 'a', $1, $2)`, [at, line])
  expect(await queue.log('a')).toEqual(['one', 'two', 'three'])
  expect(await queue.log('a', 2)).toEqual(['three'])
})

it('a call waits for the server, and fails in time with the cause', async () => {
  await queue.close()
  change = { trouble: () => new FitserveError('queue-unavailable', 'The disk is full.') }
  queue = open()
  await expect(queue.counts()).rejects.toThrow('The disk is full.')
  await queue.close()
  const own = new FitserveError('store-unavailable', 'its own')
  change = { ping: () => Promise.reject(own) }
  queue = open()
  await expect(queue.ping()).rejects.toBe(own)
  await queue.close()
  const cause = new Error('lost')
  change = { ping: () => Promise.reject(cause) }
  queue = open()
  await expect(queue.ping()).rejects.toMatchObject({
    code: 'queue-unavailable',
    message: 'The queue cannot be reached.',
    cause,
  })
  expect(reconnects).toBe(0)
})

it('a call without an answer ends after three seconds, and renews the connection', async () => {
  await queue.close()
  let aborted = 0
  change = { ping: () => new Promise(() => {}) }
  queue = open()
  await expect(queue.ping()).rejects.toMatchObject({ cause: { message: 'No answer within 3000 ms' } })
  expect(reconnects).toBe(1)
  await queue.close()
  change = {
    reachable: (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          aborted += 1
          reject(new Error('gone'))
        }),
      ),
  }
  const away = open()
  await expect(away.ping()).rejects.toMatchObject({ code: 'queue-unavailable' })
  expect([aborted, reconnects]).toEqual([1, 1])
  await away.close()
  queue = open()
}, 30_000)

/** Lets an event of a job come, as a worker in another process would. */
async function happens(event: string, data: object): Promise<void> {
  await database.query(`INSERT INTO event (queue, event, data, created_at_ms) VALUES ('jobs', $1, $2, 0)`, [
    event,
    data,
  ])
  await database.query(`SELECT pg_notify('bullmq_events', 'jobs')`)
}

it('events go to each listener, whatever another one throws, until it leaves', async () => {
  await happens('active', { jobId: 'before' })
  const heard: QueueEvent[] = []
  const again: QueueEvent[] = []
  const leaveFirst = queue.subscribe(() => {
    throw new Error('a faulty listener')
  })
  const listener = (event: QueueEvent) => void heard.push(event)
  const leave = queue.subscribe(listener)
  const leaveAgain = queue.subscribe(listener)
  queue.subscribe((event) => void again.push(event))
  await until(async () => {
    if (again.length === 0) await happens('active', { jobId: 'a' })
    return again.length > 0
  })
  expect(
    again.every(({ id }) => id === 'a'),
    'what was before is not heard',
  ).toBe(true)
  expect(heard).toHaveLength(2 * again.length)
  expect(errors).toEqual(again.map(() => 'a faulty listener'))
  const later = (events: QueueEvent[]) => events.filter(({ id }) => id !== 'a')
  leaveFirst()
  leave()
  await happens('progress', { jobId: 'b', data: '{"step":1}' })
  await happens('completed', { jobId: 'c', returnvalue: 'null' })
  await happens('failed', { jobId: 'd', failedReason: 'It broke.', prev: 'active' })
  await happens('removed', { jobId: 'e', prev: 'waiting' })
  await happens('drained', {})
  await until(() => later(again).length === 4)
  expect(later(again)).toEqual([
    { type: 'progress', id: 'b', progress: { step: 1 } },
    { type: 'completed', id: 'c' },
    { type: 'failed', id: 'd', reason: 'It broke.' },
    { type: 'removed', id: 'e' },
  ])
  expect(later(heard), 'one of the two has left').toEqual(later(again))
  leaveAgain()
}, 60_000)

it('events go to a listener although the queue could not be followed at first', async () => {
  await queue.close()
  let failures = 1
  change = {
    reachable: async () => {
      if (failures === 0) return
      failures -= 1
      throw new Error('away')
    },
  }
  queue = open()
  const heard: QueueEvent[] = []
  queue.subscribe((event) => void heard.push(event))
  await until(async () => {
    await happens('active', { jobId: 'a' })
    return heard.length > 0
  })
  expect(errors).toEqual(['away'])
}, 60_000)

it('a queue that cannot be followed says so, unless it is closed', async () => {
  await queue.close()
  change = { reachable: () => Promise.reject(new Error('away')) }
  queue = open()
  queue.subscribe(() => {})
  await until(() => errors.length > 0)
  expect(errors).toEqual(['away'])
})

it('jobs are done by processes of their own, and told of when they end', async () => {
  const traces = await openTraces()
  const done: string[] = []
  const failed: string[] = []
  const asked: string[] = []
  expect(await queue.workers()).toBe(0)
  const pool = await queue.work({
    processor: PROCESSOR,
    concurrency: 2,
    admit: async (id) => {
      asked.push(id)
      if (id === 'quick.late' && asked.filter((each) => each === id).length === 1)
        throw new Error('not to be asked')
      return id === 'quick.waits' && asked.filter((each) => each === id).length === 1 ? 50 : null
    },
    onCompleted: (id) => done.push(id),
    onFailed: (id, { message }) => failed.push(`${id}: ${message}`),
  })
  expect(await queue.workers()).toBe(1)
  await expect(queue.work({ processor: PROCESSOR, concurrency: 1 })).rejects.toThrow(
    'This process works already',
  )
  for (const id of ['steps.a', 'refuse.b', 'abort.c', 'quick.waits', 'quick.late']) await queue.add(job(id))
  await until(() => done.length === 3 && failed.length === 2)
  expect(done.toSorted()).toEqual(['quick.late', 'quick.waits', 'steps.a'])
  expect(failed.toSorted()).toEqual([
    'abort.c: Unexpected exit code: null signal: SIGABRT',
    'refuse.b: no use in trying again',
  ])
  expect(await queue.find('steps.a')).toMatchObject({ state: 'completed', attempt: 1, progress: { step: 3 } })
  expect(await queue.log('steps.a')).toEqual(['line 1', 'line 2', 'line 3'])
  expect(await queue.find('quick.waits'), 'a wait is no attempt').toMatchObject({
    state: 'completed',
    attempt: 1,
  })
  expect(asked.toSorted(), 'who has waited is asked again').toEqual([
    'abort.c',
    'quick.late',
    'quick.late',
    'quick.waits',
    'quick.waits',
    'refuse.b',
    'steps.a',
  ])
  expect(await queue.find('abort.c')).toMatchObject({ state: 'failed', attempt: 1 })
  expect(errors).toEqual(['not to be asked'])
  await queue.add(job('slow.d'))
  await until(() => traces.pids('slow.d').length === 1)
  expect(await queue.running(5)).toMatchObject([{ id: 'slow.d', worker: `${hostname()}:${process.pid}` }])
  await pool.close()
  expect(await queue.workers()).toBe(0)
  expect(await queue.find('slow.d'), 'a job that is handed back has not failed').toMatchObject({
    state: 'waiting',
    failedReason: null,
  })
  expect(failed).toHaveLength(2)
  await traces.close()
}, 60_000)

it('an attempt ends when another worker has its job', async () => {
  const traces = await openTraces()
  const pool = await queue.work({ processor: PROCESSOR, concurrency: 1 })
  await queue.add(job('slow.f'))
  await until(() => traces.pids('slow.f').length === 1)
  await set('slow.f', `lock_token = 'another worker', locked_until_ms = 9e12`)
  await queue.add(job('quick.g'))
  await vi.waitUntil(() => traces.ends('quick.g') === 1, { timeout: 60_000, interval: 25 })
  expect(traces.ends('slow.f'), 'the worker was free before the job had come to its end').toBe(0)
  expect(await queue.find('slow.f')).toMatchObject({ state: 'active' })
  await pool.close()
  await traces.close()
}, 90_000)

it('a job whose admission is decided while its pool closes does not begin', async () => {
  const traces = await openTraces()
  let decide: (wait: null) => void = () => {}
  let isAsked = false
  const pool = await queue.work({
    processor: PROCESSOR,
    concurrency: 1,
    admit: () => {
      isAsked = true
      return new Promise((resolve) => {
        decide = resolve
      })
    },
  })
  await queue.add(job('quick.e'))
  await until(() => isAsked)
  const closed = pool.close()
  decide(null)
  await closed
  expect(await queue.find('quick.e')).toMatchObject({ state: 'waiting', failedReason: null })
  expect(traces.pids('quick.e')).toEqual([])
  await traces.close()
}, 60_000)

it('an attempt has a span, which goes on in its process', async () => {
  const traces = await openTraces()
  const notes: unknown[] = []
  const tracing: Tracing = {
    begin: (name, kind, parent, attributes) => {
      notes.push([name, kind, parent, attributes?.['fitserve.job.id'], attributes?.['fitserve.job.attempt']])
      return { context: 'own', set: () => {}, end: (failure) => void notes.push(['end', failure]) }
    },
    flush: async () => {},
    close: async () => {},
  }
  const ended: string[] = []
  const note = (id: string) => void ended.push(id)
  const pool = await queue.work({
    processor: PROCESSOR,
    concurrency: 1,
    tracing,
    onCompleted: note,
    onFailed: note,
  })
  await queue.add({ id: 'quick.a', data: { jobId: 'quick.a', trace: 'ordered' } })
  await until(() => ended.length === 1)
  await queue.add(job('refuse.b'))
  await until(() => ended.length === 2)
  await pool.close()
  expect(notes).toEqual([
    ['job', 'consumer', 'ordered', 'quick.a', 1],
    ['end', undefined],
    ['job', 'consumer', undefined, 'refuse.b', 1],
    ['end', 'no use in trying again'],
  ])
  expect(await column('quick.a', 'data')).toEqual({ jobId: 'quick.a', trace: 'ordered' })
  await traces.close()
}, 60_000)

it('what fails in the background is told, on whichever connection', async () => {
  await queue.close()
  const made: { name: string; connection: EventEmitter }[] = []
  const factory: BackendFactory = (name, ...others) => {
    const connection = (createPostgresBackend as unknown as BackendFactory)(name, ...others)
    if (connection instanceof EventEmitter) made.push({ name, connection })
    return connection
  }
  change = { factory }
  queue = open()
  queue.subscribe(() => {})
  // The queue, its flows, its chores, and its events once they are followed.
  await until(() => made.length >= 4)
  made.forEach(({ connection }, index) => {
    connection.emit('error', new Error(`lost ${index}`))
  })
  expect(errors.toSorted()).toEqual(made.map((_, index) => `lost ${index}`))
})

it('a chore is kept with attempts, pauses and an hour of memory', async () => {
  const { chores } = queue
  await chores.add({ id: 'c', data: { word: 'hello' }, attempts: 3, pauseMs: 50 })
  const kept = { age: 3_600, count: 10_000 }
  expect(await column('c', 'opts')).toMatchObject({
    attempts: 3,
    backoff: { type: 'exponential', delay: 50, jitter: 0.2 },
    removeOnComplete: kept,
    removeOnFail: kept,
  })
  expect(await chores.find('c')).toEqual({ state: 'waiting', failures: 0, reason: null })
  expect(await chores.find('unknown')).toBeUndefined()
  for (const [state, made, reason, told] of [
    ['active', 1, 'It was away.', { state: 'active', failures: 1, reason: 'It was away.' }],
    ['completed', 2, null, { state: 'ended', failures: 1, reason: null }],
    ['failed', 3, 'No.', { state: 'ended', failures: 3, reason: 'No.' }],
    ['delayed', 1, 'No.', { state: 'waiting', failures: 1, reason: 'No.' }],
  ] as const) {
    await database.query(
      `UPDATE job SET state = '${state}', attempts_made = $1, failed_reason = $2 WHERE id = 'c'`,
      [made, reason],
    )
    expect(await chores.find('c')).toEqual(told)
  }
})

it('a chore is done, tried again, and told of each failure', async () => {
  const { chores } = queue
  const seen: Chore[] = []
  const failed: unknown[] = []
  const worker = await chores.work(
    async (chore) => {
      seen.push(chore)
      if (chore.attempt === 1) throw new Error('not yet')
    },
    { onFailed: (chore, error) => failed.push([chore, error.message]) },
  )
  await chores.add({ id: 'c', data: { word: 'hello' }, attempts: 2, pauseMs: 1 })
  await until(() => seen.length === 2)
  await until(async () => (await chores.find('c'))?.state === 'ended')
  await worker.close()
  expect(seen).toEqual([
    { id: 'c', data: { word: 'hello' }, attempt: 1, last: false, due: null },
    { id: 'c', data: { word: 'hello' }, attempt: 2, last: true, due: null },
  ])
  expect(failed).toEqual([[{ id: 'c', data: { word: 'hello' } }, 'not yet']])
})

it('what repeats is told with its times, and ends', async () => {
  const { chores } = queue
  await chores.repeat('nightly', { cron: '0 3 * * *', timeZone: 'Asia/Seoul' }, { model: 'm' })
  const [{ next, ...rest } = { next: null }] = await chores.repeating()
  expect(rest).toEqual({ id: 'nightly', cron: '0 3 * * *', timeZone: 'Asia/Seoul' })
  expect(new Date(next ?? 0).toISOString()).toMatch(/T18:00:00.000Z$/)
  await chores.stopRepeating('nightly')
  expect(await chores.repeating()).toEqual([])
})

it('what repeats comes at its times, with the time that it was due', async () => {
  const { chores } = queue
  const seen: Chore[] = []
  const worker = await chores.work(async (chore) => void seen.push(chore))
  await chores.repeat('second', { cron: '* * * * * *', timeZone: 'UTC' }, { model: 'm' })
  await until(() => seen.length >= 1)
  await chores.stopRepeating('second')
  await worker.close()
  expect(seen[0]).toMatchObject({ data: { model: 'm' }, attempt: 1, last: false })
  expect((seen[0]?.due ?? 1) % 1_000).toBe(0)
})
