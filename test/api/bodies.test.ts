import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/api/route-config.ts'
import { listen, RawClient } from './connection.ts'
import { stubApp } from './stubs.ts'

/** Limit on one body, in bytes; eight of them may arrive at once. */
const BODY_LIMIT = 4 * 2 ** 20
const BODIES = 8

let app: App
let port: number
beforeAll(async () => {
  app = await stubApp({ config: { bodyLimit: BODY_LIMIT } })
  port = await listen(app)
})
afterAll(() => app.close())

const HEAD = ['POST /predict HTTP/1.1', 'Host: a', 'Content-Type: application/json']
const alone = `{"texts":["${'a'.repeat(1_000_000)}"]}`
const post = (body: string) =>
  fetch(`http://127.0.0.1:${port}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })

describe('bodies that arrive at once', () => {
  it('are refused together beyond their limit, but for small ones, and taken again afterwards', async () => {
    expect((await post(alone)).status).toBe(200)
    const clients = Array.from({ length: BODIES + 1 }, () => new RawClient(port))
    const part = 'x'.repeat(BODY_LIMIT - 1)
    for (const client of clients) client.send(...HEAD, `Content-Length: ${BODY_LIMIT}`, '', part)
    const refused = await Promise.race(clients.map((client) => client.until('urn:fitserve:overloaded')))
    expect(refused).toMatch(/^HTTP\/1\.1 503 /)
    expect(refused).toMatch(/retry-after: [1-9]/i)
    expect((await post('{"texts":["a"]}')).status).toBe(200)
    for (const client of clients) client.socket.destroy()
    let taken = await post(alone)
    while (taken.status !== 200) taken = await post(alone)
  })

  it('may come in chunks of one byte', async () => {
    const client = new RawClient(port)
    const body = `{"texts":["${'a'.repeat(100_000)}"]}`
    client.send(
      ...HEAD,
      'Transfer-Encoding: chunked',
      '',
      [...body].map((each) => `1\r\n${each}\r\n`).join(''),
    )
    client.send('0', '', '')
    await client.until('"predictions"')
    expect(client.status).toBe(200)
    client.socket.destroy()
  })
})
