import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { createFolderStore } from '../../src/store/folder.ts'
import { dataFolder, descendants, EXAMPLES, type Service, start } from './harness.ts'
import { endlessJob, REVIEWS } from './jobs.ts'

/** Long enough to be killed in the middle, on either engine. */
const slowJob = (model: string, more: object) => ({
  model,
  dataset: 'reviews',
  force: true,
  recipe: {
    encoder: { type: 'multiHot', numWords: 2000 },
    layers: [{ units: 16, dropout: 0.3 }],
    batchSize: 8,
    optimizer: 'adam',
    earlyStopping: { patience: null, restoreBest: true },
    validation: { split: 0.2 },
    ...more,
  },
})

async function weightsOf(service: Service, model: string): Promise<string> {
  const manifest = await service.request(`/models/${model}/versions/1`)
  const { files } = manifest.body as { files: Record<string, { sha256: string }> }
  return files['weights.bin']?.sha256 ?? ''
}

/** Kills the process that trains. */
async function killTraining(service: Service): Promise<void> {
  const children = await descendants(service.pid)
  const names = await Promise.all(children.map(async (pid) => ({ pid, name: await commandOf(pid) })))
  const training = names.filter(({ name }) => name.includes('bullmq'))
  expect(training.length).toBeGreaterThan(0)
  for (const { pid } of training) process.kill(pid, 'SIGKILL')
}

async function commandOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
}

describe('a job whose process is killed', () => {
  const env = { CHECKPOINT_SECONDS: '0' }
  let folder: string
  let service: Service
  let tried = 0
  beforeAll(async () => {
    folder = await dataFolder()
    service = await start({ folder, env })
    await service.upload('reviews', join(EXAMPLES, 'reviews.csv'))
  }, 180_000)

  /** Returns how many attempts each job has had, but for those that were known before. No checkpoint may be left. */
  const attemptsOf = async (jobs: readonly string[], known: ReadonlySet<string>) => {
    const store = await createFolderStore(join(folder, 'store'))
    const attempts: number[] = []
    for (const job of jobs.filter((job) => !known.has(job))) {
      attempts.push((await store.children(`jobs/${job}/attempts/`)).length)
      expect(await store.children(`jobs/${job}/checkpoints/`)).toEqual([])
    }
    await store.close()
    return attempts
  }

  it.each([
    ['an ensemble in typed arrays', { engine: 'typed', epochs: 40, ensemble: 2 }],
    ['tensorflow', { engine: 'tensorflow', epochs: 6 }],
    ['folds', { engine: 'typed', epochs: 40, validation: { kFold: 2 } }],
  ])(
    'ends with the weights of an undisturbed job: %s',
    async (name, more) => {
      tried += 1
      const models = [`straight-${tried}`, `killed-${tried}`] as const
      const [straight, killed] = models
      const jobs = () => readdir(join(folder, 'store', 'jobs'))
      const known = new Set(tried === 1 ? [] : await jobs())
      const undisturbed = await service.submit(slowJob(straight, more))
      expect(await service.finished(undisturbed.id)).toMatchObject({ state: 'completed', attempt: 1 })

      const { id } = await service.submit(slowJob(killed, more))
      await service.fitting(id, 3)
      await killTraining(service)
      // By now another process may have gone on; it is killed with the service.
      await sleep(1_000)
      await service.stop('SIGKILL')
      service = await start({ folder, env })
      expect(await service.finished(id)).toMatchObject({ state: 'completed', version: 1 })
      expect(await weightsOf(service, killed), name).toBe(await weightsOf(service, straight))
      const [one, two] = await Promise.all(
        models.map((model) => service.request(`/models/${model}/versions/1/history`)),
      )
      expect(two?.body).toEqual(one?.body)
      const attempts = await attemptsOf(await jobs(), known)
      expect(Math.max(...attempts), 'it was killed before its end').toBeGreaterThan(1)
    },
    300_000,
  )
})

describe('a job with limits', () => {
  it('fails when it exceeds its time or memory, while other jobs go on', async () => {
    const service = await start({ env: { WORKERS: '2' } })
    await service.upload('reviews', join(EXAMPLES, 'reviews.csv'))
    await service.upload('houses', join(EXAMPLES, 'houses.csv'))
    const large = await service.submit({ ...endlessJob('large'), limits: { memoryMb: 200 } })
    const slow = await service.submit({ ...endlessJob('slow'), limits: { seconds: 2 } })
    const good = await service.submit(REVIEWS)
    expect(await service.finished(large.id)).toMatchObject({
      state: 'failed',
      attempt: 1,
      version: null,
      error: { type: 'urn:fitserve:out-of-memory' },
    })
    expect(await service.finished(slow.id)).toMatchObject({
      state: 'failed',
      attempt: 1,
      version: null,
      error: { type: 'urn:fitserve:job-timed-out' },
    })
    expect(await service.finished(good.id)).toMatchObject({ state: 'completed', version: 1 })
  }, 240_000)

  it('kills a process that does not react to a cancellation', async () => {
    const service = await start()
    await service.upload('houses', join(EXAMPLES, 'houses.csv'))
    const { id } = await service.submit(endlessJob('deaf'))
    await service.fitting(id)
    const children = await descendants(service.pid)
    const stopped = []
    for (const pid of children)
      if ((await commandOf(pid)).includes('bullmq')) {
        process.kill(pid, 'SIGSTOP')
        stopped.push(pid)
      }
    expect(stopped).toHaveLength(1)
    await service.request(`/jobs/${id}`, { method: 'DELETE' })
    expect(await service.finished(id, 60)).toMatchObject({ state: 'cancelled' })
    expect(await descendants(service.pid)).not.toContain(stopped[0])
  }, 180_000)
})
