import { expect, it } from 'vitest'
import { Keys } from '../../../src/keys/keys.ts'
import type { Generation } from '../../../src/registry/model-log.ts'
import { apiKey, GENERATION, JOB, stubApp } from '../stubs.ts'

const at = (day: string, more: Partial<Generation['state']> = {}): Generation => ({
  ...GENERATION,
  at: `2026-01-${day}T00:00:00.000Z`,
  state: { ...GENERATION.state, ...more },
})
const HEADS = [
  { name: 'a', head: at('01') },
  { name: 'b', head: at('03', { versions: [], aliases: {} }) },
  { name: 'd', head: at('02') },
  { name: 'c', head: at('02') },
]

async function listing(overrides: Parameters<typeof stubApp>[0] = {}) {
  const app = await stubApp({ models: { heads: async () => HEADS }, ...overrides })
  const ask = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await app.inject({ url, headers })
    return { status: answer.statusCode, body: answer.json() }
  }
  return {
    app,
    ask,
    names: async (url: string) => (await ask(url)).body.items.map(({ name }: { name: string }) => name),
  }
}

it('models are listed by their last change, newest first, then by name backwards', async () => {
  const { ask, names } = await listing()
  const { body } = await ask('/models')
  expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['b', 'd', 'c', 'a'])
  expect(body.next).toBeNull()
  expect(body.items[0]).toEqual({
    name: 'b',
    latest: null,
    versions: 0,
    aliases: {},
    description: null,
    tags: {},
    updatedAt: '2026-01-03T00:00:00.000Z',
    loaded: [{ version: 2, bytes: 1000 }],
  })
  expect(body.items[3]).toMatchObject({ name: 'a', latest: 2, versions: 2, aliases: { production: 2 } })
  const first = (await ask('/models?limit=2')).body
  expect(first.items).toHaveLength(2)
  expect(Buffer.from(first.next, 'base64url').toString()).toBe('2026-01-02T00:00:00.000Z d')
  expect(await names(`/models?limit=2&cursor=${first.next}`)).toEqual(['c', 'a'])
  expect((await ask(`/models?limit=2&cursor=${first.next}`)).body.next).toBeNull()
})

it.each(['x 2026-01-02T00:00:00.000Z d', '2026-01-02T00:00:00.000Z', '2026-01-02T00:00:00.000Z d e', 'd'])(
  'a cursor of %j is none',
  async (place) => {
    const { ask } = await listing()
    const { status, body } = await ask(`/models?cursor=${Buffer.from(place).toString('base64url')}`)
    expect([status, body.type]).toEqual([400, 'urn:fitserve:invalid-query'])
  },
)

it('a key for some models sees these', async () => {
  const { key, entry } = apiKey('admin', { models: ['a', 'd'] })
  const { ask } = await listing({
    access: new Keys([entry]),
    jobs: {
      workload: async () => ({
        processes: 1,
        waiting: 4,
        active: 2,
        running: ['a', 'b'].map((model) => ({
          id: JOB.id,
          model,
          kind: 'training' as const,
          parent: null,
          part: null,
          worker: null,
          startedAt: null,
        })),
        next: [
          { model: 'c', jobs: 1 },
          { model: 'd', jobs: 3 },
        ],
      }),
    },
  })
  const headers = { authorization: `Bearer ${key}` }
  const models = await ask('/models', headers)
  expect(models.body.items.map(({ name }: { name: string }) => name)).toEqual(['d', 'a'])
  const load = await ask('/workload', headers)
  expect(load.body).toMatchObject({
    processes: 1,
    // Nothing of the jobs of other models, not even their number.
    waiting: 3,
    active: 1,
    running: [{ model: 'a' }],
    next: [{ model: 'd', jobs: 3 }],
  })
  expect(load.body.running).toHaveLength(1)
  expect(load.body.next).toHaveLength(1)
  const traffic = await ask('/traffic', headers)
  expect(traffic).toMatchObject({ status: 200, body: { items: [] } })
})

it('one model has its newest 500 versions, and what is said of it', async () => {
  const versions = Array.from({ length: 501 }, (_, at) => ({
    ...GENERATION.state.versions[0]!,
    version: at + 1,
  }))
  const schedule = {
    cron: '0 3 * * *',
    timeZone: 'UTC',
    order: {},
    setAt: '2026-01-01T00:00:00.000Z',
    setBy: null,
    lastRun: null,
  }
  const { ask } = await listing({
    models: { head: async () => at('04', { versions, schedule }), keepVersions: () => 7 },
  })
  const { body } = await ask('/models/imdb')
  expect(body.versions).toHaveLength(500)
  expect(body.versions[0].version).toBe(501)
  expect(body).toMatchObject({
    name: 'imdb',
    keepVersions: 7,
    schedule: { cron: '0 3 * * *', timeZone: 'UTC' },
    loaded: [{ version: 2, bytes: 1000 }],
    updatedAt: '2026-01-04T00:00:00.000Z',
  })
  const without = await listing({ models: { head: async () => at('04') } })
  expect((await without.ask('/models/imdb')).body).toMatchObject({ schedule: null, keepVersions: null })
})

it('models are found by a tag and by a part of their names, and show the beginning of what is said of them', async () => {
  const long = '😀'.repeat(300)
  const heads = [
    { name: 'Reviews', head: at('03', { tags: { team: 'search', stage: 'a:b' }, description: long }) },
    { name: 'previews', head: at('02', { tags: { team: 'ads' }, description: 'short' }) },
    { name: 'houses', head: at('01', { description: '😀'.repeat(120) }) },
  ]
  const { ask, names } = await listing({ models: { heads: async () => heads } })
  expect(await names('/models?tag=team')).toEqual(['Reviews', 'previews'])
  expect(await names('/models?tag=team:ads')).toEqual(['previews'])
  expect(await names('/models?tag=stage:a:b')).toEqual(['Reviews'])
  for (const none of ['team:', 'ads', 'constructor', 'TEAM'])
    expect(await names(`/models?tag=${none}`)).toEqual([])
  expect(await names('/models?name=REV')).toEqual(['Reviews', 'previews'])
  expect(await names('/models?name=rev&tag=team:search')).toEqual(['Reviews'])
  const { items, next } = (await ask('/models?name=rev&limit=1')).body
  expect(items[0]).toMatchObject({
    description: `${'😀'.repeat(199)}…`,
    tags: { team: 'search', stage: 'a:b' },
  })
  expect(await names(`/models?name=rev&limit=1&cursor=${next}`)).toEqual(['previews'])
  // 120 characters, which take twice the room of others.
  expect((await ask('/models?name=houses')).body.items[0].description).toBe('😀'.repeat(120))
  for (const query of ['tag=', `tag=${'x'.repeat(301)}`, `name=${'x'.repeat(65)}`])
    expect((await ask(`/models?${query}`)).body.type).toBe('urn:fitserve:invalid-query')
})
