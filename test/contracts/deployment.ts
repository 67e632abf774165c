import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  EXAMPLES,
  loadedLibraries,
  residentMb,
  type Service,
  start,
  temporaryFolder,
} from '../system/harness.ts'
import { endlessJob, HOUSES, longJob, PRAISE, REVIEWS } from '../system/jobs.ts'

/** A deployment whose processes share a queue's server. */
export interface Deployment {
  /** The settings that name the server. */
  env: Record<string, string>
  /** Disturbs the queue while no worker runs; what it returns mends it once a worker runs again. */
  disturb(api: Service): Promise<() => Promise<void>>
}

/**
 * The contract of a deployment: one API and workers, each a process, with nothing in common but a queue's server and a
 * folder for the store.
 * @param options.disturbance what `disturb` does, as the title of a test says it
 * @param options.apiMb limit on the API's resident memory, in MB
 * @param options.open starts the server, which ends with the tests
 */
export function deploymentContract(
  name: string,
  options: { skips: boolean; disturbance: string; apiMb: number; open: () => Promise<Deployment> },
): void {
  describe.skipIf(options.skips)(`API and worker on ${name}`, () => {
    let deployment: Deployment
    let api: Service
    let worker: Service
    let env: Record<string, string>
    const startWorker = () => start({ role: 'worker', env })
    beforeAll(async () => {
      deployment = await options.open()
      env = { ...deployment.env, STORE_URL: `file:${await temporaryFolder()}` }
      // Both prepare the queue at once.
      ;[api, worker] = await Promise.all([start({ role: 'api', env }), startWorker()])
      await api.upload('reviews', join(EXAMPLES, 'reviews.csv'))
      await api.upload('houses', join(EXAMPLES, 'houses.csv'))
    }, 180_000)

    it('train from a table to predictions', async () => {
      const ordered = await api.submit(REVIEWS)
      const houses = await api.submit(HOUSES)
      const events = await api.request(`/jobs/${ordered.id}/events`)
      expect(events.body).toMatch(/event: progress\n.*event: completed\n/s)
      expect(await api.job(ordered.id)).toMatchObject({ state: 'completed', attempt: 1, version: 1 })
      // The worker has published it, and this process sees that by itself.
      const answer = await api.post('/predict', { model: 'reviews', text: PRAISE })
      expect(answer.body).toMatchObject({ model: 'reviews', version: 1, label: 'pos' })
      expect(await api.finished(houses.id)).toMatchObject({ state: 'completed', version: 1 })

      const again = await api.finished((await api.submit({ ...REVIEWS, force: true })).id)
      expect(again.version).toBe(2)
      const ask = async () => (await api.post('/predict', { model: 'reviews', text: PRAISE })).body
      await expect.poll(ask).toMatchObject({ version: 2 })
    }, 180_000)

    it('keep the API small, with neither TensorFlow nor DuckDB nor PGlite', async () => {
      expect((await loadedLibraries(api.pid)).join('\n')).not.toMatch(/tensorflow|tfjs|duckdb/i)
      expect(await residentMb(api.pid)).toBeLessThan(options.apiMb)
      expect(api.output + worker.output).not.toMatch(/"level":[56]0/)
    })

    it('cancel a running job from another process', async () => {
      const { id } = await api.submit(endlessJob('never'))
      await api.fitting(id)
      expect((await api.request(`/jobs/${id}`, { method: 'DELETE' })).status).toBe(202)
      expect(await api.finished(id)).toMatchObject({ state: 'cancelled', version: null })
    }, 180_000)

    it('hand the job of a worker that ends to another, without a failed attempt', async () => {
      const { id } = await api.submit(longJob('handed-over'))
      await api.fitting(id)
      const [code] = await Promise.all([worker.stop(), startWorker().then((started) => (worker = started))])
      expect(code).toBe(0)
      expect(await api.finished(id)).toMatchObject({ state: 'completed', version: 1 })
    }, 180_000)

    it(`neither lose nor double a job when a worker is killed and ${options.disturbance}`, async () => {
      const running = await api.submit(longJob('worker-killed'))
      const waiting = await api.submit(longJob('still-waiting', 2))
      await api.fitting(running.id)
      await worker.stop('SIGKILL')
      const mend = await deployment.disturb(api)
      worker = await startWorker()
      await mend()
      for (const { id, model } of [running, waiting]) {
        expect(await api.finished(id)).toMatchObject({ state: 'completed', version: 1, error: null })
        expect((await api.model(model)).versions).toMatchObject([{ version: 1, job: id }])
      }
      expect(await worker.stop()).toBe(0)
      expect(await api.stop()).toBe(0)
    }, 240_000)
  })
}
