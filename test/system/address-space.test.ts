import { join } from 'node:path'
import { expect, it } from 'vitest'
import { skipsRedis, startRedis } from '../jobs/queue/redis-server.ts'
import { EXAMPLES, type StartOptions, start, whenOver } from './harness.ts'

/**
 * Enough for all that the service does, but not for the gigabytes that V8 keeps free behind a memory of WebAssembly.
 */
const SHORT = { addressSpaceMb: 9000 }
const REMEDY = 'NODE_OPTIONS=--disable-wasm-trap-handler'

it('refuses to start without address space for the embedded queue, and says what helps', async () => {
  const service = await start({ ...SHORT, early: true })
  expect(await service.ended, service.output).toBe(1)
  expect(service.output).toContain('The embedded queue in DATA_DIR cannot be opened.')
  expect(service.output).toContain(REMEDY)
  expect(service.output.length, 'no code of the database').toBeLessThan(600)
}, 180_000)

it('refuses to start where it may open too few files, and says how many it needs', async () => {
  const service = await start({ openFiles: 120, early: true })
  expect(await service.ended, service.output).toBe(1)
  expect(service.output).toMatch(/may open 120 files.* needs at least \d+\. Raise the limit: ulimit -n/)
}, 180_000)

it.skipIf(skipsRedis)(
  'starts, trains and predicts where the advice is followed, or with another queue',
  async () => {
    const redis = await startRedis()
    whenOver(redis.close)
    const [name = '', value = ''] = REMEDY.split(/=(.*)/)
    const settings: StartOptions[] = [
      { ...SHORT, env: { [name]: value } },
      { ...SHORT, env: { REDIS_URL: redis.url } },
      {},
    ]
    const answers: unknown[] = []
    for (const options of settings) answers.push(await trainedAnswer(options))
    expect(answers[0]).toMatchObject({ label: 'pos' })
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
  },
  120_000,
)

/** Trains a model and returns the service's answer to a prediction. */
async function trainedAnswer(options: StartOptions): Promise<unknown> {
  const service = await start(options)
  await service.upload('reviews', join(EXAMPLES, 'reviews.csv'))
  const { id } = await service.submit({ model: 'reviews', dataset: 'reviews', recipe: { epochs: 3 } })
  const { state, error } = await service.finished(id)
  expect([state, error], service.output).toEqual(['completed', null])
  const text = 'A wonderful film with great acting, and in no way as dull as the one before it was.'
  const { body } = await service.post('/predict', { model: 'reviews', text })
  await service.stop()
  return body
}
