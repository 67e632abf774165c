import { RawClient } from '../../api/connection.ts'
import { type Material, mutated } from './bytes.ts'
import type { Draws } from './random.ts'

/** What follows a broken request on a connection of its own. */
const PATIENCE_MS = 200

const body = '{"model":"texts","text":"A wonderful film"}'
const head = (...lines: string[]) => ['POST /predict HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n')

/** Requests as they stand on a connection, which both servers read: that of predictions, and that of Node. */
const CONNECTIONS: Material = {
  corpus: [
    head('Content-Type: application/json', `Content-Length: ${body.length}`) + body,
    head('Content-Type: application/json', 'Transfer-Encoding: chunked') +
      `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    head('content-type:application/json', `content-length:${body.length}`, 'Expect: 100-continue') + body,
    'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n',
    `${head('Content-Type: application/json', `Content-Length: ${body.length}`) + body}GET /models HTTP/1.1\r\nHost: a\r\n\r\n`,
    'GET /metrics HTTP/1.0\r\n\r\n',
  ].map((text) => Buffer.from(text)),
  words: [
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    ' ',
    '\t',
    ':',
    'Content-Length: 5\r\n',
    'Content-Length: 0\r\n',
    'Content-Length: -1\r\n',
    'Content-Length: 99999999999999999999\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: gzip, chunked\r\n',
    'Transfer-Encoding : chunked\r\n',
    'Connection: close\r\n',
    'Connection: upgrade\r\nUpgrade: h2c\r\n',
    'Host: b\r\n',
    'Expect: a\r\n',
    '0\r\n\r\n',
    'fffffffff\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\n',
    'HTTP/1.1',
    'HTTP/9.9',
    '\u0000',
    '\u00FF',
    'a: '.padEnd(20_000, 'b'),
  ],
}

/** Sends what is hardly HTTP, in one or two pieces, and returns the statuses of all answers. */
export async function sendBroken(port: number, draws: Draws): Promise<{ sent: Buffer; statuses: number[] }> {
  const sent = mutated(draws, CONNECTIONS)
  const client = new RawClient(port)
  const cut = draws.chance(0.5) ? draws.below(sent.length + 1) : sent.length
  client.socket.write(sent.subarray(0, cut))
  if (cut < sent.length) client.socket.write(sent.subarray(cut))
  client.socket.end()
  const patience = setTimeout(() => client.socket.destroy(), PATIENCE_MS)
  await client.closed
  clearTimeout(patience)
  const statuses = [...client.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
  return { sent, statuses }
}
