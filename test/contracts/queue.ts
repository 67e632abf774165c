import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { JobQueue, QueueEvent, WorkerPool } from '../../src/jobs/queue/contract.ts'

export const PROCESSOR = join(import.meta.dirname, '../jobs/queue/fixtures/processor.js')

/** Milliseconds before a test job is tried again for the first time. */
export const RETRY_MS = 50

/** Opens the folder in which test jobs leave traces; the processor's fixture says what jobs can do. */
export async function openTraces() {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-traces-'))
  process.env['FITSERVE_TEST_TRACES'] = folder
  const of = (id: string) => {
    try {
      return readFileSync(join(folder, `${id}.trace`), 'utf8')
        .trim()
        .split('\n')
    } catch {
      return []
    }
  }
  return {
    folder,
    of,
    /** Process ids of the attempts that have begun. */
    pids: (id: string) =>
      of(id).flatMap((line) => (line.startsWith('begin') ? [Number(line.split(' ')[1])] : [])),
    ends: (id: string) => of(id).filter((line) => line === 'end').length,
    all: () => readdirSync(folder).flatMap((name) => (name.endsWith('.trace') ? [name.slice(0, -6)] : [])),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

export const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export interface QueueUnderTest {
  open(): Promise<JobQueue>
  /** The same queue as another process would see it; where only one may, the same object. */
  second(first: JobQueue): Promise<JobQueue>
}

/** The contract of every queue. */
export function queueContract(name: string, make: () => Promise<QueueUnderTest>): void {
  describe(`${name}: the queue's contract`, () => {
    let queue: JobQueue
    let other: JobQueue
    let traces: Awaited<ReturnType<typeof openTraces>>
    let pools: WorkerPool[] = []
    let jobs = 0
    const completed: string[] = []
    const failed: { id: string; error: Error }[] = []

    beforeAll(async () => {
      traces = await openTraces()
      const under = await make()
      queue = await under.open()
      other = await under.second(queue)
    }, 240_000)
    afterEach(async () => {
      for (const pool of pools) await pool.close()
      pools = []
    })
    afterAll(async () => {
      await other.close()
      await queue.close()
      await traces.close()
    })

    const work = async (concurrency: number, by = queue) => {
      const pool = await by.work({
        processor: PROCESSOR,
        concurrency,
        onCompleted: (id) => completed.push(id),
        onFailed: (id, error) => failed.push({ id, error }),
      })
      pools.push(pool)
      return pool
    }
    const add = async (what: string, priority?: number) => {
      jobs += 1
      const id = `${what}.${jobs}`
      await queue.add({ id, data: { jobId: id }, ...(priority === undefined ? {} : { priority }) })
      return id
    }
    const state = async (id: string) => (await queue.find(id))?.state
    const until = (check: () => unknown, timeout = 60_000) => vi.waitUntil(check, { timeout, interval: 25 })

    it('a job that waits is found, is there once, and can be taken out', async () => {
      const id = await add('quick')
      await queue.add({ id, data: { jobId: id } })
      expect(await other.find(id)).toEqual({
        state: 'waiting',
        attempt: 0,
        progress: null,
        startedAt: null,
        failedReason: null,
      })
      expect(await other.find('no-such-job')).toBeUndefined()
      expect(await other.counts()).toEqual({ waiting: 1, active: 0 })
      const since = Date.now() - ((await other.oldestWaiting()) ?? 0)
      expect(since).toBeGreaterThanOrEqual(0)
      expect(since).toBeLessThan(60_000)
      expect(await other.remove(id)).toBe(true)
      expect(await other.oldestWaiting()).toBeNull()
      expect(await other.counts()).toEqual({ waiting: 0, active: 0 })
      expect(await queue.remove(id)).toBe(false)
      expect(await queue.find(id)).toBeUndefined()
      await queue.ping()
    })

    it('tells which jobs a worker has, which worker that is, and which jobs come next', async () => {
      expect(await other.running(10)).toEqual([])
      const patient = await add('slowonce')
      const pool = await work(1)
      await until(async () => (await other.running(10)).length === 1)
      const waiting = [await add('quick', 2), await add('quick', 1)]
      const [found] = await other.running(10)
      expect(found).toMatchObject({ id: patient, worker: `${hostname()}:${process.pid}` })
      expect(Math.abs(Date.now() - (found?.startedAt ?? 0))).toBeLessThan(60_000)
      expect(await other.next(10)).toEqual(waiting.toReversed())
      expect(await other.next(1)).toEqual(waiting.slice(1))
      await pool.close()
      await work(1)
      await until(() => [patient, ...waiting].every((id) => completed.includes(id)))
      expect(await other.running(10)).toEqual([])
    })

    it('tells how many processes take jobs', async () => {
      // A server may list the connection of a pool that was closed just before for a moment.
      await until(async () => (await queue.workers()) === 0)
      const pool = await work(1)
      await until(async () => (await queue.workers()) === 1)
      await pool.close()
      await until(async () => (await queue.workers()) === 0)
    })

    it('progress, lines and the end are seen by others, in order', async () => {
      const seen: QueueEvent[] = []
      const stop = other.subscribe((event) => seen.push(event))
      const stopBad = other.subscribe(() => {
        throw new Error('a listener at fault')
      })
      await work(1)
      // The subscription is in force once it tells of a job.
      await until(async () => {
        const first = await add('quick')
        await until(() => completed.includes(first))
        await sleep(50)
        return seen.some((event) => event.id === first)
      })
      const before = Date.now()
      const id = await add('steps')
      await until(() => seen.some(({ type, id: its }) => type === 'completed' && its === id))
      const own = seen.filter((event) => event.id === id)
      expect(own).toEqual([
        { type: 'active', id },
        ...[1, 2, 3].map((step) => ({ type: 'progress', id, progress: { step } })),
        { type: 'completed', id },
      ])
      // Others may hear of the end before the worker that ended it.
      await until(() => completed.includes(id))
      const found = await other.find(id)
      expect(found).toMatchObject({
        state: 'completed',
        attempt: 1,
        progress: { step: 3 },
        failedReason: null,
      })
      expect(found?.startedAt).toBeGreaterThanOrEqual(before)
      expect(found?.startedAt).toBeLessThanOrEqual(Date.now())
      expect(await other.log(id)).toEqual(['line 1', 'line 2', 'line 3'])
      expect(await other.log(id, 2)).toEqual(['line 3'])
      expect(await queue.remove(id), 'it does not wait any more').toBe(false)
      const later: string[] = []
      const stopLater = other.subscribe((event) => event.type === 'completed' && later.push(event.id))
      stop()
      stopBad()
      const count = seen.length
      const last = await add('quick')
      await until(() => later.includes(last))
      expect(seen, 'nothing after the end of the subscription').toHaveLength(count)
      stopLater()
      await drained()
    })

    it('jobs come in the order of their priority, then of their coming, those without one last', async () => {
      const ids = [await add('quick'), await add('quick', 5), await add('quick', 1), await add('quick', 5)]
      ids.push(await add('quick'))
      const from = completed.length
      await work(1)
      await until(() => completed.length >= from + ids.length)
      expect(completed.slice(from)).toEqual([ids[2], ids[1], ids[3], ids[0], ids[4]])
    })

    it('what fails for good fails once; what may pass is tried five times; what crashes is not lost', async () => {
      const pool = await work(4)
      const refused = await add('refuse')
      const failing = await add('fail')
      const exiting = await add('exit')
      const killed = await add('kill')
      const aborted = await add('abort')
      const once = await add('crashonce')
      await until(() => failed.some(({ id }) => id === refused))
      expect(traces.pids(refused)).toHaveLength(1)
      const { error } = failed.find(({ id }) => id === refused)!
      expect(error).toMatchObject({ message: 'no use in trying again', code: 'invalid-job' })
      await until(() => [failing, exiting, killed].every((id) => failed.some((it) => it.id === id)), 40_000)
      await until(() => completed.includes(once))
      expect(traces.pids(aborted), 'it would run out of memory again').toHaveLength(1)
      expect((await queue.find(aborted))?.failedReason).toContain('SIGABRT')
      for (const id of [failing, exiting, killed]) {
        expect(traces.pids(id), id).toHaveLength(5)
        expect(failed.filter((it) => it.id === id)).toHaveLength(1)
        expect(await queue.find(id)).toMatchObject({ state: 'failed', attempt: 5 })
      }
      expect(await queue.log(failing), 'of the last attempt only').toEqual(['before it fails'])
      expect((await queue.find(killed))?.failedReason).toContain('SIGKILL')
      expect(traces.pids(once)).toHaveLength(2)
      await pool.close()
    }, 180_000)

    it('a child that died while it was idle is not missed', async () => {
      await work(1)
      const first = await add('quick')
      await until(() => completed.includes(first))
      const [pid] = traces.pids(first)
      process.kill(pid!, 'SIGKILL')
      const second = await add('quick')
      await until(() => completed.includes(second))
      expect(traces.pids(second).at(-1)).not.toBe(pid)
    })

    it('a pool that closes hands its jobs back in time, busy ones too, and another takes them at once', async () => {
      const pool = await work(2)
      const patient = await add('slowonce')
      const busy = await add('busyonce')
      await until(() => traces.pids(patient).length === 1 && traces.pids(busy).length === 1)
      await until(async () => (await queue.log(patient)).length === 1)
      const began = Date.now()
      await pool.close()
      expect(Date.now() - began).toBeLessThan(9_000)
      for (const id of [patient, busy]) {
        expect(await queue.find(id), id).toMatchObject({ state: 'waiting', failedReason: null })
        expect(failed.some((it) => it.id === id)).toBe(false)
        expect(isAlive(traces.pids(id)[0]!), 'the child is gone').toBe(false)
      }
      const again = Date.now()
      await work(2, other)
      await until(() => completed.includes(patient) && completed.includes(busy))
      expect(Date.now() - again).toBeLessThan(9_000)
      expect(await queue.find(busy)).toMatchObject({ state: 'completed', attempt: 2 })
      expect(await queue.log(patient), 'the lines of the attempt that counts').toEqual(['attempt 2'])
    }, 180_000)

    it('a pool that closes twice, or with nothing to do, closes quickly', async () => {
      const pool = await work(2)
      const last = await add('quick')
      await until(() => completed.includes(last))
      const began = Date.now()
      await Promise.all([pool.close(), pool.close()])
      expect(Date.now() - began, 'it waits for none of its time limits').toBeLessThan(8_000)
    })

    it('a hundred jobs all end well, each once', async () => {
      const from = completed.length
      const ids = await Promise.all(Array.from({ length: 100 }, () => add('quick')))
      await work(2)
      await until(() => completed.length >= from + 100)
      // A job that was to run twice would come before this one.
      ids.push(await add('quick'))
      await until(() => completed.includes(ids.at(-1) ?? ''))
      expect(completed.slice(from).toSorted()).toEqual(ids.toSorted())
      for (const id of ids) expect(traces.of(id)).toHaveLength(2)
    }, 180_000)

    it('a pool that closes among many jobs loses and doubles none', async () => {
      const ids = await Promise.all(Array.from({ length: 40 }, () => add('quick')))
      // The first pool closes while its processes start.
      for (const ended of [0, 2, 6]) {
        const before = completed.length
        const pool = await work(2)
        await until(() => completed.length >= before + ended)
        await pool.close()
      }
      await work(2)
      await until(() => ids.every((id) => completed.includes(id)))
      for (const id of ids) {
        expect(completed.filter((it) => it === id)).toHaveLength(1)
        expect(traces.ends(id)).toBe(1)
      }
    }, 180_000)

    const addFlow = async (parent: string, parts: string[]) => {
      jobs += 1
      const entry = (what: string, part: number) => {
        const id = `${what}.${jobs}.${part}`
        return { id, data: { jobId: id } }
      }
      const children = parts.map((what, part) => entry(what, part + 1))
      const job = entry(parent, 0)
      await queue.addFlow(job, children)
      return { job, children, ids: children.map(({ id }) => id) }
    }

    it('a job waits for its parts in no worker, and runs when each has ended, well or not', async () => {
      const flow = await addFlow('quick', ['quick', 'refuse', 'crashonce'])
      expect(await other.find(flow.job.id)).toMatchObject({ state: 'waiting', attempt: 0 })
      await queue.addFlow(flow.job, flow.children)
      // One process for four jobs: a parent that took a worker while it waits would wait for ever.
      await work(1)
      await until(() => completed.includes(flow.job.id))
      expect(await Promise.all(flow.ids.map(state))).toEqual(['completed', 'failed', 'completed'])
      for (const id of [flow.job.id, ...flow.ids.slice(0, 2)]) expect(traces.pids(id), id).toHaveLength(1)
      const place = (id: string) => completed.indexOf(id)
      expect(place(flow.job.id)).toBeGreaterThan(Math.max(...flow.ids.map(place)))
    }, 180_000)

    it('parts run side by side', async () => {
      const flow = await addFlow('quick', ['until', 'until'])
      const pool = await work(2)
      await until(() => flow.ids.every((id) => traces.pids(id).length === 1))
      expect(await queue.remove(flow.job.id), 'its parts are running').toBe(false)
      await writeFile(join(traces.folder, 'go'), '')
      await until(() => completed.includes(flow.job.id))
      await pool.close()
      await rm(join(traces.folder, 'go'))
    }, 180_000)

    it('a job whose parts have ended goes before jobs that have not begun', async () => {
      const flow = await addFlow('quick', ['until'])
      await work(1)
      await until(() => traces.pids(flow.ids[0] ?? '').length === 1)
      const later = await add('quick')
      await writeFile(join(traces.folder, 'go'), '')
      await until(() => completed.includes(later) && completed.includes(flow.job.id))
      expect(completed.indexOf(flow.job.id)).toBeLessThan(completed.indexOf(later))
    }, 180_000)

    it('parts that are taken out let their job run; all can be taken out, forgotten and added again', async () => {
      const flow = await addFlow('quick', ['quick', 'quick'])
      for (const id of flow.ids) expect(await queue.remove(id)).toBe(true)
      expect(await queue.remove(flow.job.id)).toBe(true)
      expect(await Promise.all([flow.job.id, ...flow.ids].map(state))).toEqual([
        undefined,
        undefined,
        undefined,
      ])
      await queue.addFlow(flow.job, flow.children)
      await work(1)
      await until(() => completed.includes(flow.job.id))
      for (const id of [flow.job.id, ...flow.ids]) await queue.forget(id)
      await queue.forget('no-such-job')
      expect(await Promise.all([flow.job.id, ...flow.ids].map(state))).toEqual([
        undefined,
        undefined,
        undefined,
      ])
      const waiting = await addFlow('quick', ['quick'])
      await queue.forget(waiting.job.id)
      await queue.addFlow(flow.job, flow.children)
      await until(() => completed.filter((id) => id === flow.job.id).length === 2)
      await until(() => completed.includes(waiting.job.id))
    }, 180_000)

    it('a job that is not admitted waits, lets others pass, and its attempts are counted without', async () => {
      const blocked = await add('slowonce', 1)
      const free = await add('quick', 2)
      let asked = 0
      const told: unknown[] = []
      const admit = async (id: string) => {
        if (id !== blocked) return null
        asked += 1
        // From the second time on it is known that it may have to wait.
        if (asked > 1) told.push(await other.held(id), await other.find(id))
        if (asked === 2) throw new Error('cannot be told')
        return asked > 3 ? null : 100
      }
      const pool = await queue.work({ processor: PROCESSOR, concurrency: 1, admit })
      pools.push(pool)
      await until(() => traces.pids(free).length === 1)
      expect(traces.pids(blocked)).toEqual([])
      await until(() => traces.pids(blocked).length === 1)
      expect(asked).toBe(4)
      const waits = { state: 'waiting', attempt: 0, progress: null, startedAt: null, failedReason: null }
      expect(told).toEqual([true, waits, true, waits, true, waits])
      await until(async () => (await other.find(blocked))?.state === 'active')
      expect(await other.find(blocked)).toMatchObject({ attempt: 1, failedReason: null })
      expect(await other.held(blocked)).toBe(true)
      await until(async () => (await queue.log(blocked)).length === 1)
      await pool.close()
      await work(1)
      await until(() => completed.includes(blocked))
      expect(await other.find(blocked)).toMatchObject({ state: 'completed', attempt: 2 })
    }, 180_000)

    it('nothing is left over', async () => {
      await work(2)
      await drained()
      await writeFile(join(traces.folder, 'go'), '')
      for (const id of traces.all()) expect(['completed', 'failed'], id).toContain(await state(id))
    })

    const drained = () =>
      until(async () => {
        const states = await Promise.all(traces.all().map(state))
        return states.every((it) => it !== 'waiting' && it !== 'active')
      })
  })
}
