import { describe, expect, it, onTestFinished } from 'vitest'
import type { TrainingJobView } from '../../src/jobs/contract.ts'
import { createServing } from '../../src/serving/serving.ts'
import { fakeModels } from '../serving/fake-models.ts'
import { JOB, stubApp } from './stubs.ts'

/** Never within a test: only what the API asks for is followed. */
const POLL_MS = 3_600_000

const completed = (model: string, version = 1): TrainingJobView => ({
  ...JOB,
  model,
  version,
  state: 'completed',
})

/** An API over models in memory, whose jobs are `shown`. */
async function started(shown: TrainingJobView[], servedWaitMs?: number) {
  const fake = fakeModels()
  const serving = await createServing({ models: fake.models, pollMs: POLL_MS })
  const jobs = {
    get: async (id: string) => shown.find((job) => job.id === id) ?? JOB,
    list: async () => ({ items: shown, next: null }),
    submit: async () => ({ ...(shown[0] ?? JOB), reused: true }),
    async *events() {
      const [data] = shown
      if (data) yield { id: 'end', event: 'completed', data } as const
    },
  }
  const app = await stubApp(
    {
      jobs,
      serving: {
        predictNow: (...asked) => serving.predictNow(...asked),
        hasFollowed: (...asked) => serving.hasFollowed(...asked),
        refresh: (model) => serving.refresh(model),
      },
    },
    servedWaitMs === undefined ? {} : { servedWaitMs },
  )
  onTestFinished(async () => {
    await app.close()
    await serving.close()
  })
  const versionOf = (model: string) => serving.predictNow({ model }, { x: 1 }, 'features')?.version ?? null
  return { ...fake, app, serving, versionOf }
}

const order = { method: 'POST', url: '/jobs', payload: { model: 'm', dataset: 'd' } } as const

describe('a job that is shown as completed', () => {
  it.each([
    ['alone', { method: 'GET', url: `/jobs/${JOB.id}` }],
    ['in a list', { method: 'GET', url: '/jobs' }],
    ['in a stream of events', { method: 'GET', url: `/jobs/${JOB.id}/events` }],
    ['to a client that orders it again', order],
  ] as const)('%s has its version in service', async (_where, asked) => {
    const { app, publish, versionOf } = await started([completed('m', 2)])
    publish('m', 1)
    publish('m', 2)
    const { statusCode, body } = await app.inject(asked)
    expect(statusCode).toBeLessThan(300)
    expect(body).toContain('completed')
    expect(versionOf('m')).toBe(2)
  })

  it('is shown all the same where its version cannot be loaded, or not in time, or is gone', async () => {
    const ids = [0, 1, 2].map((index) => JOB.id.replace(/.$/, `${index}`))
    const [broken, slow, gone] = ids.map((id, index) => ({ ...completed(`m${index}`, 7 + index), id }))
    if (!broken || !slow || !gone) throw new Error('three jobs')
    const { app, publish, models, versionOf, ...fake } = await started([broken, slow, gone], 50)
    const { readArtifact } = models
    models.readArtifact = (name, ...file) =>
      name === 'm1' ? new Promise<never>(() => {}) : readArtifact(name, ...file)
    fake.broken.add(7)
    publish('m0', 7)
    publish('m1', 8)
    for (const { id } of [broken, slow, gone])
      expect((await app.inject(`/jobs/${id}`)).json()).toMatchObject({ id, state: 'completed' })
    expect(['m0', 'm1', 'm2'].map(versionOf)).toEqual([null, null, null])
  })

  it('costs nothing once its model is followed, and loads no old version', async () => {
    const ids = [0, 1, 2].map((index) => JOB.id.replace(/.$/, `${index}`))
    const shown = ids.map((id, index) => ({ ...completed('m', index + 1), id }))
    const gone = { ...completed('gone'), id: JOB.id.replace(/.$/, '9') }
    const { app, publish, looks, reads, serving } = await started([...shown, gone])
    for (const version of [1, 2, 3, 4]) publish('m', version)
    await app.inject('/jobs')
    expect(looks.filter((name) => name === 'gone')).toEqual(['gone'])
    const before = looks.length
    for (let count = 0; count < 3; count++) await app.inject('/jobs')
    expect(looks).toHaveLength(before)
    expect(new Set(reads.map((read) => read.split(' ')[1]))).toEqual(new Set(['4']))
    expect(serving.loaded('m').map(({ version }) => version)).toEqual([4])
  })
})
