import { appendFile, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createFolderStore } from '../../../src/store/folder.ts'
import { checkStore } from '../../../src/upkeep/check/check-store.ts'
import { canMount, mountSmallDisk } from '../../helpers/small-disk.ts'
import { type Service, start } from '../harness.ts'
import { longJob } from '../jobs.ts'
import { job, ROWS, table } from './clients.ts'

describe.skipIf(!canMount)('a full disk under the store', () => {
  let root: string
  let filler: string
  let service: Service
  beforeAll(async () => {
    root = await mountSmallDisk(24)
    filler = join(root, 'filler')
    service = await start({ env: { STORE_URL: `file:${join(root, 'store')}`, CHECKPOINT_SECONDS: '0' } })
    await upload('small', table(0))
    const { id } = await service.submit({ ...job(0, 'small'), model: 'prices' })
    expect(await service.finished(id)).toMatchObject({ state: 'completed' })
    const houses = await readFile('examples/houses.csv', 'utf8')
    expect((await upload('houses', houses)).status).toBe(201)
  }, 180_000)

  const upload = (name: string, csv: string) =>
    service.request(`/datasets?name=${name}`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: csv,
    })
  const fill = async () => {
    // Other writes may make room again for a moment.
    for (let left = await statfs(root); left.bavail > 0; left = await statfs(root))
      await appendFile(filler, Buffer.alloc(left.bavail * left.bsize)).catch(() => {})
  }
  const free = () => rm(filler, { force: true })
  const keys = async () =>
    (await readdir(join(root, 'store'), { recursive: true }))
      .filter((it) => !it.startsWith('+tmp'))
      .toSorted()
  const temporaries = async () => {
    const all = await readdir(join(root, 'store', '+tmp'), { recursive: true, withFileTypes: true })
    return all.filter((it) => it.isFile() && it.name !== 'alive').map(({ name }) => name)
  }

  it('refuses uploads and orders with 503, leaves no files behind, and does not stop predictions', async () => {
    const before = await keys()
    expect((await service.request('/metrics')).body).toMatch(/^fitserve_store_free_bytes [1-9]\d*$/m)
    await fill()
    const full = { state: 'full', detail: expect.stringContaining('no space left') }
    expect(await service.request('/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'degraded', store: full, queue: { state: 'ok' } },
    })
    expect((await service.request('/metrics')).body).toMatch(/^fitserve_store_free_bytes 0$/m)
    const detail = expect.stringMatching(/no space|no room/)
    const refused = { status: 503, body: { type: 'urn:fitserve:store-unavailable', detail } }
    for (const rows of [50, 20_000]) expect(await upload('more', table(1, rows))).toMatchObject(refused)
    const order = { ...job(1, 'small'), model: 'prices' }
    for (const key of [{}, { 'idempotency-key': 'one' }])
      expect(await service.post('/jobs', order, key as Record<string, string>)).toMatchObject(refused)
    expect(
      await service.request('/models/prices/aliases/a', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: '{"version":1}',
      }),
    ).toMatchObject(refused)
    expect(await keys()).toEqual(before)
    expect(await temporaries()).toEqual([])
    expect(await service.post('/predict', { model: 'prices', rows: ROWS })).toMatchObject({ status: 200 })
    await free()
    expect((await upload('more', table(1))).status).toBe(201)
    const { id } = await service.submit(order, { 'idempotency-key': 'one' })
    expect(await service.finished(id)).toMatchObject({ state: 'completed', version: 2 })
  }, 180_000)

  it('delays the job that is running, and does no other harm', async () => {
    const { id } = await service.submit(longJob('long', 30))
    await service.fitting(id)
    await fill()
    await service.until(id, ({ progress }) => progress?.phase === 'publish', 180)
    // Longer than all attempts of a job would take to fail.
    await new Promise((resolve) => setTimeout(resolve, 10_000))
    expect(await service.job(id)).toMatchObject({ state: 'active', error: null })
    expect(await service.post('/predict', { model: 'prices', rows: ROWS })).toMatchObject({ status: 200 })
    await free()
    expect(await service.finished(id, 120)).toMatchObject({ state: 'completed', version: 1, error: null })
    expect(await service.stop()).toBe(0)
    const store = await createFolderStore(join(root, 'store'))
    expect(await checkStore(store)).toMatchObject({ faults: [], open: [] })
    await store.close()
    expect(await temporaries()).toEqual([])
  }, 420_000)
})

describe.skipIf(!canMount)('a full disk under the embedded queue', () => {
  let root: string
  let filler: string
  const full = {
    state: 'unreachable',
    detail: 'The embedded queue has no space left on its disk, or no inodes (see df -h and df -i).',
  }
  beforeAll(async () => {
    root = await mountSmallDisk(110)
    filler = join(root, 'filler')
  })

  const fill = async () => {
    for (let left = await statfs(root); left.bavail > 0; left = await statfs(root))
      await appendFile(filler, Buffer.alloc(Math.min(left.bavail * left.bsize, 2 ** 20))).catch(() => {})
  }
  const answers = async (service: Service) => {
    const began = Date.now()
    expect(await service.post('/predict', { model: 'prices', rows: ROWS })).toMatchObject({ status: 200 })
    expect(await service.request('/health/live')).toMatchObject({ status: 200 })
    expect(Date.now() - began).toBeLessThan(2_000)
  }
  const tellsWhy = async (service: Service) => {
    const ready = await service.request('/health/ready')
    expect(ready).toMatchObject({ status: 200, body: { ready: true, status: 'degraded', queue: full } })
    const { body } = await service.request('/metrics')
    expect(body).toMatch(/^fitserve_queue_up 0$/m)
  }
  const recovers = (service: Service) =>
    expect
      .poll(async () => (await service.request('/health/ready')).body, { timeout: 20_000 })
      .toMatchObject({ status: 'ready', queue: { state: 'ok' } })

  it('leaves predictions, health and the stop working, also where it is full at the start', async () => {
    const env = { CHECKPOINT_SECONDS: '2' }
    const service = await start({ folder: root, env })
    await service.upload('houses', join('examples', 'houses.csv'))
    await service.request('/datasets?name=small', {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: table(0),
    })
    const { id } = await service.submit({ ...job(0, 'small'), model: 'prices' })
    expect(await service.finished(id)).toMatchObject({ state: 'completed' })
    const running = await service.submit(longJob('long', 3_000))
    await service.fitting(running.id)
    await fill()
    for (const until = Date.now() + 15_000; Date.now() < until; ) {
      await answers(service)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await tellsWhy(service)
    const stopping = Date.now()
    expect(await service.stop()).toBe(0)
    expect(Date.now() - stopping).toBeLessThan(12_000)

    await fill()
    const again = await start({ folder: root, env, early: true })
    await expect.poll(() => again.output, { timeout: 40_000 }).toContain('"msg":"ready"')
    again.url = /"url":"([^"]+)"/.exec(again.output)?.[1] ?? ''
    await answers(again)
    await tellsWhy(again)
    await rm(filler)
    await recovers(again)
    expect(await readdir(join(root, 'queue'))).not.toContain('damaged')
    await again.until(running.id, ({ state }) => state === 'active')
    expect(await again.stop()).toBe(0)
  }, 180_000)
})
