import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { stubApp } from './stubs.ts'

const REQUEST = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'

test('a request on a kept connection while the service closes is answered, and the connection ends', async () => {
  const app = await stubApp()
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8')
  socket.write(REQUEST)
  const [first] = await once(socket, 'data')
  expect(first).toMatch(/^HTTP\/1.1 200 .*connection: keep-alive\r\n/is)
  const closed = app.close()
  socket.write(REQUEST)
  const answers: string[] = []
  for await (const text of socket) answers.push(text)
  expect(answers.join('')).toMatch(/^HTTP\/1.1 200 .*connection: close\r\n.*"live":true/is)
  await closed
})
