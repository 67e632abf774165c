import { expect, it, onTestFinished } from 'vitest'
import { FitserveError } from '../../src/errors.ts'
import { Keys } from '../../src/keys/keys.ts'
import { createAudit } from '../../src/registry/audit.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { asker, problemOf } from './ask.ts'
import { exchange, listen } from './connection.ts'
import { apiKey, JOB, stubApp } from './stubs.ts'

it('records every acknowledged change with its caller, listed newest first and in pages', async () => {
  const folder = await temporaryFolder('audit')
  const store = await createFolderStore(folder)
  const keys = [apiKey('predict'), apiKey('train'), apiKey('admin')] as const
  const access = new Keys(keys.map(({ entry }) => entry))
  const app = await stubApp({ access, audit: createAudit(store) })
  onTestFinished(async () => {
    await app.close()
    await store.close()
  })
  const bearer = ({ key }: { key: string }) => ({ authorization: `Bearer ${key}` })
  const reader = bearer(keys[0])
  const trainer = bearer(keys[1])
  const admin = bearer(keys[2])
  const ask = asker(app)
  const order = (url: string) =>
    ask({
      method: 'POST',
      url,
      payload: '{"model":"imdb","dataset":"reviews"}',
      headers: { ...trainer, 'content-type': 'application/json', 'x-request-id': 'r1' },
    })
  const job = await order('/jobs')
  expect(job.status).toBe(202)
  await order('/jobs?dryRun=true')
  await order('/dry-run')
  await ask({ method: 'DELETE', url: '/models/imdb/versions/1?x', headers: admin })
  await ask({ method: 'DELETE', url: '/models/imdb/versions/1', headers: admin })
  await ask({ method: 'DELETE', url: '/models/imdb', headers: trainer })
  await ask({ method: 'DELETE', url: '/models/nobody', headers: admin })
  await ask({ method: 'DELETE', url: '/nowhere', headers: admin })
  await ask({ method: 'GET', url: '/models', headers: reader })
  await ask({
    method: 'POST',
    url: '/predict',
    payload: '{"text":"x"}',
    headers: { ...reader, 'content-type': 'application/json' },
  })
  const first = await ask({ method: 'GET', url: '/audit?limit=1', headers: admin })
  expect(first.body).toMatchObject({
    items: [{ by: 'the-admin', action: 'deleteVersion', target: '/models/imdb/versions/1', made: null }],
  })
  const { next } = first.body as { next: string }
  const second = await ask({ method: 'GET', url: `/audit?limit=1&cursor=${next}`, headers: admin })
  expect(second.body).toMatchObject({
    items: [
      { by: 'the-train', action: 'submitJob', target: '/jobs', made: job.headers['location'], request: 'r1' },
    ],
    next: null,
  })
  problemOf(await ask({ method: 'GET', url: '/audit', headers: trainer }), 403, 'forbidden')
  problemOf(await ask({ method: 'GET', url: '/audit?cursor=..', headers: admin }), 400, 'invalid-query')
})

it('lists the changes of a key, an action, a model and a time alone', async () => {
  const store = await createFolderStore(await temporaryFolder('audit'))
  const keys = [apiKey('train'), apiKey('admin')] as const
  const access = new Keys(keys.map(({ entry }) => entry))
  const app = await stubApp({ access, audit: createAudit(store) })
  onTestFinished(async () => {
    await app.close()
    await store.close()
  })
  const [trainer, admin] = keys.map(({ key }) => ({ authorization: `Bearer ${key}` }))
  const ask = asker(app)
  const body = (payload: object) => ({ payload: JSON.stringify(payload) })
  const json = { 'content-type': 'application/json' }
  await ask({
    method: 'POST',
    url: '/jobs',
    ...body({ model: 'imdb', dataset: 'reviews' }),
    headers: { ...trainer, ...json },
  })
  await ask({ method: 'POST', url: `/jobs/${JOB.id}/retry`, headers: { ...trainer } })
  await ask({ method: 'DELETE', url: '/datasets/reviews', headers: { ...admin } })
  const between = new Date().toISOString()
  await new Promise((resolve) => setTimeout(resolve, 5))
  await ask({ method: 'DELETE', url: '/models/imdb/versions/1', headers: { ...admin } })
  // As earlier releases have kept it: without the model.
  const old = createAudit(store).open({
    by: null,
    action: 'rollback',
    target: '/models/imdb2/rollback',
    request: 'r',
  })
  await old.end(null)
  const actions = async (query: string) => {
    const { body } = await ask({ method: 'GET', url: `/audit?${query}`, headers: { ...admin } })
    return (body as { items: { action: string }[] }).items.map(({ action }) => action)
  }
  const all = ['rollback', 'deleteVersion', 'deleteDataset', 'retryJob', 'submitJob']
  expect(await actions('')).toEqual(all)
  expect(await actions('model=imdb')).toEqual(['deleteVersion', 'retryJob', 'submitJob'])
  expect(await actions('model=imdb2')).toEqual(['rollback'])
  expect(await actions('by=the-train')).toEqual(['retryJob', 'submitJob'])
  expect(await actions('by=the-train&action=retryJob&model=imdb')).toEqual(['retryJob'])
  expect(await actions('by=nobody')).toEqual([])
  expect(await actions(`since=${between}`)).toEqual(all.slice(0, 2))
  expect(await actions(`until=${between}`)).toEqual(all.slice(2))
  expect(await actions(`since=${between}&until=${between}`)).toEqual([])
  const first = await ask({ method: 'GET', url: '/audit?model=imdb&limit=2', headers: { ...admin } })
  const { next } = first.body as { next: string }
  expect(await actions(`model=imdb&limit=2&cursor=${next}`)).toEqual(['submitJob'])
  problemOf(
    await ask({ method: 'GET', url: '/audit?since=today', headers: { ...admin } }),
    400,
    'invalid-query',
  )
})

it('reads a limited number of entries for a page that finds few', { timeout: 60_000 }, async () => {
  const store = await createFolderStore(await temporaryFolder('audit'))
  onTestFinished(() => store.close())
  const audit = createAudit(store)
  await audit.open({ by: 'rare', action: 'rollback', target: '/models/a/rollback', request: 'r' }).end(null)
  for (let i = 0; i < 1_100; i += 1)
    await audit.open({ by: 'often', action: 'submitJob', target: '/jobs', request: 'r' }).end(null)
  const first = await audit.list({ limit: 500 }, { by: 'rare' })
  expect(first.items).toEqual([])
  expect(first.next).not.toBeNull()
  const second = await audit.list({ limit: 500, cursor: first.next ?? '' }, { by: 'rare' })
  expect(second).toMatchObject({ items: [{ by: 'rare' }], next: null })
})

it('acknowledges a change although its record cannot be kept', async () => {
  const away = () => Promise.reject(new Error('away'))
  const app = await stubApp({ audit: { open: () => ({ begin: away, end: away, drop: away }) } })
  onTestFinished(() => app.close())
  expect((await asker(app)({ method: 'DELETE', url: '/models/imdb' })).status).toBe(204)
})

it('a change is known before it is made, as not complete, and a refused one leaves nothing', async () => {
  const store = await createFolderStore(await temporaryFolder('audit'))
  const audit = createAudit(store)
  const all = async () => (await audit.list({ limit: 10 })).items
  const seen: unknown[] = []
  const look = async () => {
    seen.push(...(await all()))
  }
  const app = await stubApp({ audit, models: { deleteModel: look, removeSchedule: look } })
  onTestFinished(async () => {
    await app.close()
    await store.close()
  })
  const ask = asker(app)
  expect((await ask({ method: 'DELETE', url: '/models/imdb' })).status).toBe(204)
  expect(seen).toMatchObject([{ action: 'deleteModel', target: '/models/imdb', complete: false }])
  expect(await all()).toMatchObject([{ action: 'deleteModel', complete: true }])
  expect((await ask({ method: 'DELETE', url: '/models/nobody/versions/1' })).status).toBe(404)
  expect(await all()).toHaveLength(1)
  // As a process leaves it that dies in the middle of a change.
  await audit.open({ by: null, action: 'rollback', target: '/models/imdb/rollback', request: 'r2' }).begin()
  expect(await all()).toMatchObject([
    { action: 'rollback', made: null, complete: false },
    { action: 'deleteModel' },
  ])
})

it.each([
  ['an unavailable store', new FitserveError('store-unavailable', 'The store cannot be reached.'), 503],
  ['an internal error', new Error('unexpected'), 500],
])(
  'a request that ends with %s stays as not complete: its change may have been made',
  async (_what, error, status) => {
    const store = await createFolderStore(await temporaryFolder('audit'))
    const audit = createAudit(store)
    const app = await stubApp({ audit, models: { deleteModel: () => Promise.reject(error) } })
    onTestFinished(async () => {
      await app.close()
      await store.close()
    })
    expect((await asker(app)({ method: 'DELETE', url: '/models/imdb' })).status).toBe(status)
    expect((await audit.list({ limit: 10 })).items).toMatchObject([
      { action: 'deleteModel', target: '/models/imdb', complete: false },
    ])
  },
)

it('a change is kept although its address has a `#`, behind which it says dryRun', async () => {
  const store = await createFolderStore(await temporaryFolder('audit'))
  const audit = createAudit(store)
  const app = await stubApp({ audit })
  onTestFinished(async () => {
    await app.close()
    await store.close()
  })
  const body = '{"a":1,"label":"x"}\n'
  const client = await exchange(
    await listen(app),
    'POST /datasets#name=evil&delimiter=?dryRun=true HTTP/1.1',
    'Host: x',
    'Connection: close',
    'Content-Type: application/x-ndjson',
    `Content-Length: ${body.length}`,
    '',
    body,
  )
  const made = /^HTTP\/1\.1 20/.test(client.received)
  const entries = (await audit.list({ limit: 10 })).items
  expect(entries.map(({ action, target }) => ({ action, target }))).toEqual(
    made ? [{ action: 'uploadDataset', target: '/datasets#name=evil&delimiter=' }] : [],
  )
  expect(made).toBe(true)
})
