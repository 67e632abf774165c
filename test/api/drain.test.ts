import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
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

it('a service that closes is not ready any more', async () => {
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
