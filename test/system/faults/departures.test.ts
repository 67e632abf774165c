import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { type ClientRequest, request } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXAMPLES, type Service, start } from '../harness.ts'
import { endlessJob } from '../jobs.ts'
import { job, ROWS, table } from './clients.ts'

const CLIENTS = 12
const CSV = { 'content-type': 'text/csv' }
const NDJSON = { 'content-type': 'application/x-ndjson' }

const filesOf = async (service: Service) => (await readdir(`/proc/${service.pid}/fd`)).length
const temporaries = async (service: Service) => {
  const all = await readdir(join(service.folder, 'store', '+tmp'), { recursive: true, withFileTypes: true })
  return all.filter((it) => it.isFile() && it.name !== 'alive').map(({ name }) => name)
}

interface Client {
  request: ClientRequest
  /** Resolves with the first bytes of its answer. */
  answered: Promise<unknown>
}

/** Sends a request in part; without a part it is a complete GET. */
function begin(service: Service, path: string, headers: Record<string, string>, part = ''): Client {
  const asked = request(service.url + path, { method: part === '' ? 'GET' : 'POST', headers })
  asked.on('error', () => {})
  const answered = once(asked, 'response').then(([answer]) => once(answer, 'data'))
  answered.catch(() => {})
  if (part === '') asked.end()
  else asked.write(part)
  return { request: asked, answered }
}

describe('clients that disconnect', () => {
  it('leave no file or connection open: in uploads, in streams of rows and in streams of events', async () => {
    const service = await start()
    await service.upload('houses', join(EXAMPLES, 'houses.csv'))
    await service.request('/datasets?name=t', { method: 'POST', headers: CSV, body: table(0) })
    const { id } = await service.submit({ ...job(0, 't'), model: 'prices' })
    await service.finished(id)
    const running = await service.submit(endlessJob('endless'))
    await service.fitting(running.id)
    const before = await filesOf(service)

    const lines = ROWS.map((row) => JSON.stringify(row)).join('\n')
    const clients: Client[] = []
    for (let n = 0; n < CLIENTS; n += 1)
      clients.push(
        begin(service, `/datasets?name=gone-${n}`, CSV, table(n, 2_000).slice(0, -3)),
        begin(service, '/predict?model=prices', NDJSON, `${lines}\n`),
        begin(service, `/jobs/${running.id}/events`, {}),
      )
    // A client has got an event or an answer before it disconnects.
    await Promise.all(clients.filter((_, index) => index % 3 !== 0).map(({ answered }) => answered))
    await expect.poll(() => temporaries(service), { timeout: 30_000 }).toHaveLength(CLIENTS)
    expect(await filesOf(service)).toBeGreaterThan(before + CLIENTS)
    for (const { request } of clients) request.destroy()

    await expect.poll(() => temporaries(service), { timeout: 30_000 }).toEqual([])
    await expect.poll(() => filesOf(service), { timeout: 30_000 }).toBeLessThanOrEqual(before)
    const { body } = await service.request('/datasets')
    expect(JSON.stringify(body)).not.toContain('gone-')
    expect(await service.post('/predict', { model: 'prices', rows: ROWS })).toMatchObject({ status: 200 })
    const { output } = service
    expect(output).not.toMatch(/"level":[56]0/)
    await service.request(`/jobs/${running.id}`, { method: 'DELETE' })
    expect(await service.finished(running.id)).toMatchObject({ state: 'cancelled' })
    expect(await service.stop()).toBe(0)
  }, 240_000)
})
