import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import dns from 'node:dns'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
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
  expect(secure.error).toBe('The receiver cannot be reached (EPROTO).')
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
  for (const name of ['strange', `${job}.x`, `x${job}.1`, `${job}.1x`])
    await store.create(`webhooks/${name}`, '')
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

it('a result is kept by its round, and one that is damaged counts as none', async () => {
  const { store } = await fixture()
  const job = '019a0000-0000-7000-8000-000000000002'
  const result = {
    state: 'delivered' as const,
    status: 200,
    attempts: 1,
    error: null,
    at: '2026-01-01T00:00:00Z',
  }
  await keepResult(store, { job, round: 1 }, result)
  expect(await store.has(`jobs/${job}/webhook.json`)).toBe(true)
  await store.create(`jobs/${job}/webhook-2.json`, '{"state":"delivered"')
  expect(await resultOf(store, { job, round: 2 })).toBeUndefined()
})

it.each([
  ['HTTP/1.1 300 Choices\r\ncontent-length: 0\r\n\r\n', 300, 'The receiver answered 300.'],
  ['HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n', 99, 'The receiver answered 99.'],
  ['Hello\r\n\r\n', null, 'The receiver cannot be reached (HPE_INVALID_CONSTANT).'],
])('an answer %j is a failure', async (answer, status, error) => {
  const server = createTcpServer((socket) => void socket.on('error', () => {}).end(answer)).listen(
    0,
    '127.0.0.1',
  )
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  expect(await send(url, message, webhookSettings)).toEqual({ status, error, again: true })
})

/** Sends a message to a server and returns the answer as the sender has it. */
async function answerOf(
  listener: RequestListener,
): Promise<{ answer: IncomingMessage; bytes: () => number }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const port = (server.address() as AddressInfo).port
  let answer: IncomingMessage | undefined
  let bytes = 0
  const note = (about: unknown) => {
    const { request, response } = about as {
      request: { host: string; path: string }
      response: IncomingMessage
    }
    if (request.path !== `/${port}`) return
    answer = response
    response.on('data', (piece: Buffer) => {
      bytes += piece.length
    })
  }
  subscribe('http.client.response.finish', note)
  onTestFinished(() => void unsubscribe('http.client.response.finish', note))
  expect(await send(`http://127.0.0.1:${port}/${port}`, message, webhookSettings)).toMatchObject({
    status: 200,
  })
  if (!answer) throw new Error('No answer was seen.')
  return { answer, bytes: () => bytes }
}

it.each([
  [65_536, false],
  [65_537, true],
])('of an answer %i bytes are read before the connection is cut: %s', async (length, isCut) => {
  const { answer, bytes } = await answerOf(
    (_request, response) => void response.writeHead(200).write('x'.repeat(length)),
  )
  await vi.waitUntil(() => bytes() === length, { timeout: 20_000 })
  expect(answer.destroyed).toBe(isCut)
})

it('an answer that breaks off after its status was delivered', async () => {
  const { answer } = await answerOf((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('x', () => response.socket?.resetAndDestroy())
  })
  await vi.waitUntil(() => answer.destroyed, { timeout: 20_000 })
  expect(answer.complete).toBe(false)
})

/** Lets the look-up of every name give this. */
function lookUpGives(
  ...given: [error: Error | null, addresses: { address: string; family: number }[]]
): void {
  const look = vi.spyOn(dns, 'lookup').mockImplementation(((
    _name: string,
    _options: object,
    done: unknown,
  ) => {
    if (typeof done === 'function') done(...given)
  }) as typeof dns.lookup)
  syncBuiltinESMExports()
  onTestFinished(() => {
    look.mockRestore()
    syncBuiltinESMExports()
  })
}

it('a name with a private address is not called, and not tried again', async () => {
  lookUpGives(null, [
    { address: '8.8.8.8', family: 4 },
    { address: '10.0.0.1', family: 4 },
  ])
  expect(await send('http://hooks.example/', message, webhookSettings)).toEqual({
    status: null,
    error: 'The host has a private address, and WEBHOOK_HOSTS of the service does not name it.',
    again: false,
  })
})

it.each([
  ['ENOTFOUND', ' (ENOTFOUND)'],
  ['ABC', ' (ABC)'],
  ['AB', ''],
  ['in /home/me: ENOTFOUND', ''],
  ['ENOTFOUND hooks.example', ''],
  [undefined, ''],
])('the code %j of an error is told as %j', async (code, told) => {
  lookUpGives(Object.assign(new Error('no such name'), code === undefined ? {} : { code }), [])
  expect(await send('http://hooks.example/', message, webhookSettings)).toEqual({
    status: null,
    error: `The receiver cannot be reached${told}.`,
    again: true,
  })
})
