import { expect, it } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { Keys } from '../../../src/keys/keys.ts'
import type { ModelHealth } from '../../../src/serving/contract.ts'
import { apiKey, stubApp } from '../stubs.ts'

const MIB = 2 ** 20
const model = (name: string, more: Partial<ModelHealth> = {}): ModelHealth => ({
  name,
  version: 1,
  newest: 1,
  fault: null,
  ...more,
})
const health = (models: ModelHealth[], more: { looked?: boolean; reachable?: boolean } = {}) => ({
  serving: { health: () => ({ looked: true, reachable: true, models, ...more }) },
})
const away = async () => {
  throw new FitserveError('store-unavailable', 'The store is away.')
}

async function ready(overrides: Parameters<typeof stubApp>[0]) {
  const app = await stubApp(overrides)
  const answer = await app.inject('/health/ready')
  return { status: answer.statusCode, ...answer.json() }
}

it('all parts that work make a process ready', async () => {
  expect(await ready(health([model('a'), model('b', { version: null })]))).toEqual({
    status: 'ready',
    ready: true,
    queue: { state: 'ok' },
    store: { state: 'ok' },
    models: {
      state: 'ok',
      served: 1,
      failed: [],
      items: [
        { name: 'a', state: 'ok', version: 1 },
        { name: 'b', state: 'ok', version: null },
      ],
    },
  })
})

it('names of models are for callers with a key, and those of other models not for a key for some', async () => {
  const all = apiKey('predict')
  const some = apiKey('train', { models: ['a*'] })
  const models = [model('a'), model('b'), model('a-bad', { fault: 'It is damaged.' })]
  const app = await stubApp({ ...health(models), access: new Keys([all.entry, some.entry]) })
  const seen = async (headers: Record<string, string>) => {
    const { ready, models } = (await app.inject({ url: '/health/ready', headers })).json()
    expect([ready, models.state, models.served]).toEqual([true, 'failing', 3])
    return [models.failed, models.items.map(({ name }: { name: string }) => name)]
  }
  const bearer = ({ key }: { key: string }) => ({ authorization: `Bearer ${key}` })
  expect(await seen({})).toEqual([[], []])
  expect(await seen({ authorization: 'Bearer wrong' })).toEqual([[], []])
  expect(await seen(bearer(all))).toEqual([['a-bad'], ['a-bad', 'a', 'b']])
  expect(await seen(bearer(some))).toEqual([['a-bad'], ['a-bad', 'a']])
  await app.close()
})

it('models that fail come first, of at most 200', async () => {
  const many = Array.from({ length: 200 }, (_, at) => model(`m${at}`))
  const answer = await ready(health([...many, model('bad', { fault: 'It is damaged.' })]))
  expect(answer).toMatchObject({
    ready: true,
    status: 'degraded',
    models: { state: 'failing', served: 201, failed: ['bad'] },
  })
  expect(answer.models.items).toHaveLength(200)
  expect(answer.models.items.slice(0, 2)).toEqual([
    { name: 'bad', state: 'failing', version: 1, detail: 'It is damaged.' },
    { name: 'm0', state: 'ok', version: 1 },
  ])
})

it.each([
  [16 * MIB, 'ok', undefined],
  [
    16 * MIB - 1,
    'full',
    'The disk of the store has 15 MiB left, less than the 16 MiB that a job needs. Free space on it, or delete versions and collect garbage.',
  ],
  [
    0,
    'full',
    'The disk of the store has no space left, or no inodes (see df -h and df -i), and a job needs 16 MiB. Free space on it, or delete versions and collect garbage.',
  ],
  [undefined, 'ok', undefined],
])('a store with %s free bytes is %s', async (free, state, detail) => {
  const answer = await ready({ ...health([model('a')]), store: { freeBytes: async () => free } })
  expect(answer.store).toEqual(detail === undefined ? { state } : { state, detail })
  expect(answer.status).toBe(state === 'ok' ? 'ready' : 'degraded')
})

it('a store that does not tell its room is not full', async () => {
  const answer = await ready({ ...health([model('a')]), store: { freeBytes: away } })
  expect(answer.store).toEqual({ state: 'ok' })
  const silent = await ready({ ...health([model('a')]), store: { freeBytes: () => new Promise(() => {}) } })
  expect(silent.store).toEqual({ state: 'ok' })
})

it('a part that cannot be reached is told with its own words only', async () => {
  const answer = await ready({
    ...health([model('a')]),
    store: { ping: away, freeBytes: async () => 0 },
    queue: { ping: () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1')) },
  })
  expect(answer).toMatchObject({
    ready: true,
    status: 'degraded',
    store: { state: 'unreachable', detail: 'The store is away.' },
    queue: { state: 'unreachable' },
  })
  expect(answer.queue).toEqual({ state: 'unreachable' })
  const silent = await ready({ ...health([model('a')]), queue: { ping: () => new Promise(() => {}) } })
  expect(silent.queue).toEqual({ state: 'unreachable', detail: 'No answer within 900 ms.' })
})

it('models that could not be read make the store unreachable, unless it says so itself', async () => {
  const unread = health([model('a')], { reachable: false })
  expect((await ready(unread)).store).toEqual({
    state: 'unreachable',
    detail: 'The models in the store cannot be read.',
  })
  expect((await ready({ ...unread, store: { ping: away } })).store.detail).toBe('The store is away.')
})

it.each([
  ['starting', health([], { looked: false }), 'The models have not been read from the store yet.'],
  [
    'unavailable',
    { ...health([]), store: { ping: away } },
    'No model is in memory, and the store cannot be reached.',
  ],
])('a process is not ready: %s', async (reason, overrides, detail) => {
  expect(await ready(overrides)).toMatchObject({
    status: 503,
    type: 'urn:fitserve:not-ready',
    detail,
    ready: false,
    reason,
    queue: { state: 'ok' },
  })
})

it('without any model a store that answers is enough', async () => {
  expect(await ready(health([]))).toMatchObject({ ready: true, status: 'ready' })
})

it('a process tells its version as long as it runs', async () => {
  const app = await stubApp()
  expect((await app.inject('/health/live')).json()).toEqual({ live: true, version: '0.0.0-test' })
})
