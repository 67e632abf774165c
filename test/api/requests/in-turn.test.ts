import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { inTurn, isHeld } from '../../../src/api/requests/in-turn.ts'

it('answers all requests that were sent in advance, though the head of one has to wait longer than a head may take', async () => {
  const late: boolean[] = []
  const times = { headersTimeout: 100, requestTimeout: 0, connectionsCheckingInterval: 25 }
  const handle = inTurn(async (_, response) => {
    await sleep(2)
    response.end('x')
  })
  const server = createServer(times, handle)
  server.on('clientError', (_, socket) => {
    late.push(isHeld(socket))
    if (!isHeld(socket)) socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const count = 1_000
    const head = `GET / HTTP/1.1\r\nHost: a\r\nX-Filling: ${'x'.repeat(100)}\r\n`
    client.write(`${head}\r\n`.repeat(count - 1))
    client.write(`${head}Connection: close\r\n\r\n`)
    const answers = await text(client)
    expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(count)
    // Node's clock had run out at least once, or the test would show nothing.
    expect(late).toContain(true)
    expect(late).not.toContain(false)
  } finally {
    server.close()
  }
})
