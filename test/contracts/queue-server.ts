import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { JobQueue, QueueEvent } from '../../src/jobs/queue/contract.ts'
import { startWorkerProcess } from '../jobs/queue/worker-process.ts'
import { isAlive, openTraces, PROCESSOR } from './queue.ts'

/** A server that many processes share, as tests disturb it. */
export interface QueueServer {
  /** The queue's type and address, as a worker process is told them. */
  type: 'redis' | 'postgres'
  place(): string
  open(place?: string): Promise<JobQueue>
  /** An address where no server is. */
  nowhere: string
  start(): Promise<void>
  stop(): Promise<void>
  signal(signal: NodeJS.Signals): unknown
  /** Takes all from the queue that it has. */
  wipe(): Promise<unknown>
}

const until = (check: () => unknown, timeout = 60_000) => vi.waitUntil(check, { timeout, interval: 25 })

/** The contract of every queue on a server, beside the contract of every queue. */
export function queueServerContract(name: string, server: QueueServer): void {
  describe(`${name}: the contract of a queue on a server`, () => {
    describe('many processes', () => {
      let queue: JobQueue
      let traces: Awaited<ReturnType<typeof openTraces>>
      beforeAll(async () => {
        traces = await openTraces()
        queue = await server.open()
      })
      afterAll(async () => {
        await queue.close()
        await traces.close()
      })

      it('a killed worker’s jobs go to another within 15 s, and its children end', async () => {
        const ids = ['slowonce.killed', 'busyonce.killed']
        const worker = await startWorkerProcess(server.type, server.place(), ids)
        await until(() => ids.every((id) => traces.pids(id).length === 1))
        const other = await startWorkerProcess(server.type, server.place())
        // Some renewals of the locks later, so that they have their whole time before them.
        await sleep(6_000)
        await worker.kill('SIGKILL')
        const killed = Date.now()
        await until(() => ids.every((id) => traces.pids(id).length === 2), 20_000)
        expect(Date.now() - killed).toBeLessThan(15_000)
        await until(async () =>
          (await Promise.all(ids.map((id) => queue.find(id)))).every((it) => it?.state === 'completed'),
        )
        for (const id of ids) expect(isAlive(traces.pids(id)[0]!), id).toBe(false)
        expect(await other.kill('SIGTERM')).toBe(0)
      }, 180_000)

      it('a worker that is told to end hands over at once', async () => {
        const ids = ['slowonce.ended', 'busyonce.ended']
        const worker = await startWorkerProcess(server.type, server.place(), ids)
        await until(() => ids.every((id) => traces.pids(id).length === 1))
        const other = await startWorkerProcess(server.type, server.place())
        const began = Date.now()
        expect(await worker.kill('SIGTERM')).toBe(0)
        const ended = Date.now()
        expect(ended - began).toBeLessThan(9_000)
        await until(() => ids.every((id) => traces.pids(id).length === 2))
        expect(Date.now() - ended, 'long before a lease of the ended worker runs out').toBeLessThan(9_000)
        await other.kill('SIGTERM')
      }, 180_000)
    })

    describe('that is wiped', () => {
      it('ends the processes of its lost jobs, and gives the next job to a new one', async () => {
        const traces = await openTraces()
        const queue = await server.open()
        const failed: string[] = []
        const pool = await queue.work({
          processor: PROCESSOR,
          concurrency: 1,
          onFailed: (id) => failed.push(id),
        })
        await queue.add({ id: 'report.wiped', data: { jobId: 'report.wiped' } })
        await until(async () => (await queue.find('report.wiped'))?.progress !== null)
        await server.wipe()
        const [pid = 0] = traces.pids('report.wiped')
        await until(() => !isAlive(pid))
        await queue.add({ id: 'quick.after', data: { jobId: 'quick.after' } })
        await until(async () => (await queue.find('quick.after'))?.state === 'completed')
        expect(traces.pids('quick.after')).toHaveLength(1)
        expect(failed).not.toContain('quick.after')
        await pool.close()
        await queue.close()
        await traces.close()
      }, 180_000)
    })

    describe('that goes away', () => {
      it('calls fail in time, and all goes on when it is back', async () => {
        const traces = await openTraces()
        const queue = await server.open()
        const seen: QueueEvent[] = []
        queue.subscribe((event) => seen.push(event))
        const pool = await queue.work({ processor: PROCESSOR, concurrency: 2 })
        await queue.add({ id: 'quick.before', data: { jobId: 'x' } })
        await until(() => traces.ends('quick.before') === 1)
        await until(() => seen.some(({ type }) => type === 'completed'))

        await server.stop()
        for (const call of [
          () => queue.ping(),
          () => queue.find('x'),
          () => queue.add({ id: 'a', data: { jobId: 'a' } }),
        ]) {
          const began = Date.now()
          await expect(call()).rejects.toMatchObject({ name: 'FitserveError', code: 'queue-unavailable' })
          expect(Date.now() - began).toBeLessThan(9_000)
        }
        await server.start()
        await until(() =>
          queue
            .ping()
            .then(() => true)
            .catch(() => false),
        )
        await queue.add({ id: 'steps.after', data: { jobId: 'x' } })
        await until(() => seen.some(({ type, id }) => type === 'completed' && id === 'steps.after'))
        expect(seen.filter(({ type, id }) => type === 'progress' && id === 'steps.after')).toHaveLength(3)

        await server.signal('SIGSTOP')
        const began = Date.now()
        await expect(queue.ping()).rejects.toMatchObject({ code: 'queue-unavailable' })
        expect(Date.now() - began).toBeLessThan(9_000)
        await server.signal('SIGCONT')
        await until(() =>
          queue
            .ping()
            .then(() => true)
            .catch(() => false),
        )
        await queue.add({ id: 'quick.last', data: { jobId: 'x' } })
        await until(() => traces.ends('quick.last') === 1)

        await queue.add({ id: 'slowonce.away', data: { jobId: 'x' } })
        await until(() => traces.pids('slowonce.away').length === 1)
        await server.stop()
        const closing = Date.now()
        await pool.close()
        await queue.close()
        expect(Date.now() - closing, 'closing does not wait for it').toBeLessThan(9_000)
        expect(isAlive(traces.pids('slowonce.away')[0]!)).toBe(false)
        await server.start()
        await traces.close()
      }, 180_000)

      it('a queue may be opened before it', async () => {
        await server.stop()
        const queue = await server.open()
        await expect(queue.ping()).rejects.toMatchObject({ code: 'queue-unavailable' })
        await server.start()
        await until(() =>
          queue
            .ping()
            .then(() => true)
            .catch(() => false),
        )
        await queue.close()
        const never = await server.open(server.nowhere)
        never.subscribe(() => {})
        const began = Date.now()
        await never.close()
        expect(Date.now() - began).toBeLessThan(9_000)
      }, 180_000)
    })
  })
}
