import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { exchange, listen } from './connection.ts'
import { JOB, stubApp } from './stubs.ts'

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

/** A connection to an API on which one request was answered; the API answers for a job slowly. */
async function kept() {
  let asked = () => {}
  const asking = new Promise<void>((resolve) => {
    asked = resolve
  })
  const get = async () => {
    asked()
    await wait(400)
    return JOB
  }
  const app = await stubApp({ jobs: { get } })
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8')
  socket.write(request('/health/live'))
  const [first] = await once(socket, 'data')
  expect(first).toMatch(/^HTTP\/1.1 200 .*connection: keep-alive\r\n/is)
  return { app, asking, socket }
}

async function rest(socket: AsyncIterable<string>): Promise<string> {
  let answer = ''
  for await (const text of socket) answer += text
  return answer
}

it('a request on a kept connection while the service closes is answered, and the connection ends', async () => {
  const { app, socket } = await kept()
  const closed = app.close()
  socket.write(request('/health/live'))
  expect(await rest(socket)).toMatch(/^HTTP\/1.1 200 .*connection: close\r\n.*"live":true/is)
  await closed
})

it('a closing service is not ready', async () => {
  const { app, socket } = await kept()
  const closed = app.close()
  socket.write(request('/health/ready'))
  expect(await rest(socket)).toMatch(/^HTTP\/1.1 503 .*"reason":"draining"/is)
  await closed
})

it('a request that is being answered when the service closes is the last of its connection', async () => {
  const { app, asking, socket } = await kept()
  socket.write(request(`/jobs/${JOB.id}`))
  await asking
  const closed = app.close()
  expect(await rest(socket)).toMatch(/^HTTP\/1.1 200 .*connection: close\r\n.*"model":"imdb"/is)
  await closed
})

const LIVE = request('/health/live')

it('new connections are accepted and answered until DRAIN_SECONDS have passed, and refused afterwards', async () => {
  const app = await stubApp({ config: { drainSeconds: 1 } })
  const port = await listen(app)
  const closed = app.close()
  const ready = await exchange(port, request('/health/ready'))
  expect(ready.received).toMatch(/^HTTP\/1.1 503 .*connection: close\r\n.*"reason":"draining"/is)
  expect((await exchange(port, LIVE)).received).toMatch(/^HTTP\/1.1 200 .*connection: close\r\n/is)
  await closed
  expect((await exchange(port, LIVE)).received).toBe('')
})

it.each([
  ['the fast path looks at', {}],
  ['Node alone answers on', { config: { rateLimit: 1_000_000 } }],
])('no request is lost by clients with a connection for each one, which %s', async (_which, overrides) => {
  const app = await stubApp(overrides)
  const port = await listen(app)
  const results: string[] = []
  let first = () => {}
  const begun = new Promise<void>((resolve) => {
    first = resolve
  })
  /** Sends requests on new connections until one of those is refused. */
  const client = async () => {
    for (;;) {
      const socket = connect(port, '127.0.0.1').setEncoding('utf8')
      if (!(await once(socket, 'connect').catch(() => undefined))) return
      socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      results.push((await rest(socket).catch(String)).slice(0, 12))
      first()
    }
  }
  const clients = Array.from({ length: 12 }, client)
  await begun
  await Promise.all([app.close(), ...clients])
  expect(new Set(results)).toEqual(new Set(['HTTP/1.1 200']))
})
