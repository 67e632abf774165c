import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { App } from '../../src/api/route-config.ts'

/** Opens a port of loopback; gives its number. */
export async function listen(app: App): Promise<number> {
  return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
}

/** The beginning of an answer, up to the space behind its status. */
const FIRST_LINE = /HTTP\/1\.1 \d{3} /g
const FIRST_LINE_LENGTH = 'HTTP/1.1 200 '.length

/** A client that says what it wants, byte by byte. */
export class RawClient {
  readonly socket: Socket
  received = ''
  /** Answers of which the first line has been received. */
  answers = 0
  readonly closed: Promise<void>

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('error', () => {})
    let end = ''
    this.socket.on('data', (data: Buffer) => {
      const text = data.toString('latin1')
      this.received += text
      // A first line may come in two pieces. The text that was received before is not searched again: it may be long.
      const recent = end + text
      this.answers += recent.match(FIRST_LINE)?.length ?? 0
      end = recent.slice(-FIRST_LINE_LENGTH).replace(FIRST_LINE, '')
    })
    // Not `events.once`, which rejects where the end is a reset.
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
  }

  send(...lines: string[]): void {
    this.socket.write(lines.join('\r\n'))
  }

  /** Waits until something has been received. */
  async until(text: string | RegExp): Promise<string> {
    const found = () => (typeof text === 'string' ? this.received.includes(text) : text.test(this.received))
    while (!found() && !this.socket.destroyed)
      await Promise.race([once(this.socket, 'data').catch(() => undefined), this.closed])
    return this.received
  }

  /** Waits until so many answers have begun to arrive, or the connection is closed. */
  async untilAnswers(count: number): Promise<void> {
    while (this.answers < count && !this.socket.destroyed)
      await Promise.race([once(this.socket, 'data').catch(() => undefined), this.closed])
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.received)?.[1])
  }
}

/** One request that is written as it is; gives all that came back until the connection was closed. */
export async function exchange(port: number, ...lines: string[]): Promise<RawClient> {
  const client = new RawClient(port)
  client.send(...lines)
  await client.closed
  return client
}
