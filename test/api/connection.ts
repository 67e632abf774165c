import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { App } from '../../src/api/route-config.ts'

/** Opens a port of loopback; gives its number. */
export async function listen(app: App): Promise<number> {
  return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
}

/** A client that says what it wants, byte by byte. */
export class RawClient {
  readonly socket: Socket
  received = ''
  readonly closed: Promise<void>

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('error', () => {})
    this.socket.on('data', (data: Buffer) => {
      this.received += data.toString('latin1')
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
