import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { awaitedWebhooks, awaitWebhook, keepResult, resultOf } from '../../../src/jobs/webhooks/marks.ts'
import { send } from '../../../src/jobs/webhooks/send.ts'
import { VERSION } from '../../../src/version.ts'
import { fixture, webhookSettings } from '../fixture.ts'

const message = { id: 'a', body: '{"é":1}' }

it('a message is posted with what it is and who sends it', async () => {
  const came: object[] = []
  const server = createServer((request, response) => {
    const { method, headers } = request
    came.push({ method, agent: headers['user-agent'], length: headers['content-length'] })
    response.writeHead(299).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  expect(await send(url, message, webhookSettings)).toEqual({ status: 299, error: null, again: false })
  expect(came).toEqual([{ method: 'POST', agent: `fitserve/${VERSION}`, length: '8' }])
  // A plain server does not speak TLS, so an address with https gets no answer there.
  const secure = await send(url.replace('http:', 'https:'), message, webhookSettings)
  expect(secure).toMatchObject({ status: null, again: true })
  expect(secure.error).toMatch(/^The receiver cannot be reached/)
  expect(came).toHaveLength(1)
})

it('a receiver that is not there is told by the code of the system', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  expect(await send(`http://127.0.0.1:${port}/`, message, webhookSettings)).toEqual({
    status: null,
    error: 'The receiver cannot be reached (ECONNREFUSED).',
    again: true,
  })
})

it('ends that are to be reported are noted until they are, by job and round', async () => {
  const { store } = await fixture()
  const job = '019a0000-0000-7000-8000-000000000001'
  for (const round of [1, 12]) await awaitWebhook(store, { job, round })
  for (const name of ['strange', `${job}.x`, `x${job}.1`]) await store.create(`webhooks/${name}`, '')
  expect(await awaitedWebhooks(store)).toEqual([
    { job, round: 1 },
    { job, round: 12 },
  ])
  const result = {
    state: 'failed' as const,
    status: 503,
    attempts: 2,
    error: 'no',
    at: '2026-01-01T00:00:00Z',
  }
  await keepResult(store, { job, round: 12 }, result)
  expect(await awaitedWebhooks(store)).toEqual([{ job, round: 1 }])
  expect(await resultOf(store, { job, round: 12 })).toEqual(result)
  expect(await resultOf(store, { job, round: 1 })).toBeUndefined()
  expect(await store.has(`jobs/${job}/webhook-12.json`)).toBe(true)
})
