import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { connect, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PATIENCE } from '../../src/api/plugins/slow-clients.ts'
import { deadlineOf } from '../../src/api/requests/deadline.ts'
import type { App } from '../../src/api/route-config.ts'
import { exchange, listen, RawClient } from './connection.ts'
import { JOB, stubApp } from './stubs.ts'

const IMPATIENT = { patience: { idleMs: 1000, bodyMs: 1200, drainMs: 200 } }
const apps: App[] = []
const started = async (...given: Parameters<typeof stubApp>): Promise<number> => {
  const app = await stubApp(...given)
  apps.push(app)
  return listen(app)
}
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const JSON_LENGTH = (length: number) => `Content-Type: application/json\r\nContent-Length: ${length}`
const problemIn = ({ received }: RawClient) => JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4))
const alive = async (port: number) => (await fetch(`http://127.0.0.1:${port}/health/live`)).status

describe('requests that are sent in advance', () => {
  const body = '{"rows":[{"a":1},{"a":2}]}'
  const REQUEST = `POST /predict HTTP/1.1\r\nHost: a\r\n${JSON_LENGTH(body.length)}\r\n\r\n${body}`
  /** Starts a service whose answers wait; tells how many are under way, and lets them go on. */
  const slow = async () => {
    const open: (() => void)[] = []
    let most = 0
    const predict = async () => {
      await new Promise<void>((resolve) => {
        open.push(resolve)
        most = Math.max(most, open.length)
      })
      return { model: 'm', version: 1, predictions: [{ value: 1 }, { value: 2 }] }
    }
    const app = await stubApp({ serving: { predict } })
    apps.push(app)
    let seen = 0
    app.server.on('request', () => {
      seen += 1
    })
    let isHeld = false
    const answering = setInterval(() => {
      if (!isHeld) open.shift()?.()
    }, 0)
    const hold = (held: boolean) => {
      isHeld = held
    }
    return {
      port: await listen(app),
      hold,
      end: () => clearInterval(answering),
      most: () => most,
      seen: () => seen,
    }
  }

  it('are handled one after the other', async () => {
    const { port, end, most } = await slow()
    const client = new RawClient(port)
    client.send(`${REQUEST.repeat(500)}${REQUEST.replace('Host', 'Connection: close\r\nHost')}`)
    await client.closed
    end()
    expect(client.answers).toBe(501)
    expect(client.received.match(/ 200 OK/g)).toHaveLength(501)
    expect(most()).toBe(1)
  })

  it('are not read while many of them wait', async () => {
    const { port, hold, end, seen } = await slow()
    hold(true)
    const client = new RawClient(port)
    client.send('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n', '')
    await client.untilAnswers(1)
    client.send(REQUEST, '')
    await vi.waitUntil(() => seen() === 2)
    client.send('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100_000))
    await wait(1_000)
    expect(seen()).toBeGreaterThan(2)
    // What Node's parser finds in the first 64 KiB.
    expect(seen()).toBeLessThan(5_000)
    hold(false)
    await client.untilAnswers(1_000)
    end()
    client.socket.destroy()
  })
})

describe('bytes that are not HTTP', () => {
  it.each([
    ['a greeting', 'HELLO\r\n\r\n', 400],
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00', 400],
    ['a header without a name', 'GET / HTTP/1.1\r\n: x\r\n\r\n', 400],
    ['a header with a line end in it', 'GET / HTTP/1.1\r\nHost: a\r\nx: a\x00b\r\n\r\n', 400],
    [
      'two lengths',
      'POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
    ],
    ['a negative length', 'POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['headers without end', `GET / HTTP/1.1\r\nHost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['an address without end', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
  ])('are answered with a problem, and the connection ends: %s', async (_what, sent, status) => {
    const port = await started()
    const client = await exchange(port, sent)
    expect(client.status).toBe(status)
    expect(client.received).toMatch(/content-type: application\/problem\+json/i)
    expect(problemIn(client)).toEqual({
      type: `urn:fitserve:${status === 431 ? 'headers-too-large' : 'invalid-request'}`,
      status,
      title: expect.any(String),
      detail: expect.any(String),
      instance: /x-request-id: (\S+)/i.exec(client.received)?.[1],
    })
    expect(await alive(port)).toBe(200)
  })

  it('do not stop the service, whatever they are', async () => {
    const port = await started()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const client = new RawClient(port)
        client.socket.end(bytes)
        await client.closed
        expect(client.received === '' || client.status >= 400).toBe(true)
      }),
      { numRuns: 50 },
    )
    expect(await alive(port)).toBe(200)
  })
})

describe('a connection', () => {
  it('takes one request after the other, refused or not', async () => {
    const port = await started()
    const client = new RawClient(port)
    client.send(
      'POST /predict HTTP/1.1',
      'Host: a',
      'Content-Type: text/html',
      'Content-Length: 3',
      '',
      'abc',
    )
    await client.until('unsupported-media-type')
    client.send('GET /health/live HTTP/1.1', 'Host: a', 'Connection: close', '', '')
    await client.closed
    expect(client.received).toContain('"live":true')
  })

  it('is answered before a body that is too large has been sent', async () => {
    const port = await started({}, IMPATIENT)
    const client = new RawClient(port)
    client.send(
      'POST /jobs HTTP/1.1',
      'Host: a',
      'Content-Type: application/json',
      'Content-Length: 999999999',
      '',
      '{',
    )
    expect(await client.until('100000 bytes')).toContain('payload-too-large')
    await client.closed
    expect(await alive(port)).toBe(200)
  })

  it('is refused as soon as chunks pass the limit', async () => {
    const port = await started({}, IMPATIENT)
    const client = new RawClient(port)
    client.send(
      'POST /jobs HTTP/1.1',
      'Host: a',
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
      '',
      '',
    )
    for (let sent = 0; sent < 3; sent++) client.send((50_000).toString(16), 'x'.repeat(50_000), '')
    expect(await client.until('100000 bytes')).toContain('payload-too-large')
    await client.closed
  })
})

describe('a client that closes its side after its request', () => {
  const json = (path: string, body: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\n${JSON_LENGTH(body.length)}\r\n\r\n${body}`
  const csv = 'Content-Type: text/csv\r\nContent-Length: 4'
  const slow = {
    jobs: {
      get: async () => {
        await wait(50)
        return JOB
      },
    },
  }

  it.each([
    ['with the fast path', {}],
    ['without it', { config: { rateLimit: 1_000_000 } }],
  ])('gets its answer, whichever part gives it, %s', async (_where, overrides) => {
    const port = await started({ ...slow, ...overrides })
    const answers = [
      [json('/predict', '{"text":"a"}'), '"label"'],
      [json('/predict', '{"texts":["a","b"]}'), '"predictions"'],
      [`GET /jobs/${JOB.id} HTTP/1.1\r\nHost: a\r\n\r\n`, '"model":"imdb"'],
      [`POST /datasets?name=a HTTP/1.1\r\nHost: a\r\n${csv}\r\n\r\na,b\n`, 'ds_'],
    ] as const
    for (const [sent, told] of answers) {
      const client = new RawClient(port)
      client.socket.end(sent)
      await client.closed
      expect(client.received).toMatch(/^HTTP\/1.1 2/)
      expect(client.received).toContain(told)
    }
  })

  it('keeps its request running for some seconds only, since it may have disconnected', async () => {
    // As the sockets of Node's HTTP server are.
    const socket = new Socket({ allowHalfOpen: true })
    const raw = new ServerResponse(new IncomingMessage(socket))
    raw.assignSocket(socket)
    const reply = { raw, elapsedTime: 10_000 }
    const deadline = deadlineOf(reply, 60_000)
    expect(deadline.gone()).toBe(false)
    const ended = once(socket, 'end')
    socket.push(null)
    socket.resume()
    await ended
    expect(deadline.gone()).toBe(false)
    reply.elapsedTime = 14_000
    expect(deadline.gone()).toBe(false)
    reply.elapsedTime = 15_000
    expect(deadline.gone()).toBe(false)
    reply.elapsedTime = 15_001
    expect(deadline.gone()).toBe(true)
    expect(deadline.leftMs()).toBe(44_999)
    reply.elapsedTime = 60_002
    expect(deadline.leftMs()).toBe(-2)
    socket.destroy()
  })
})

describe('slow clients', () => {
  it('that stop in the middle of a body are dropped', async () => {
    const port = await started({}, IMPATIENT)
    const client = await exchange(
      port,
      'POST /jobs HTTP/1.1',
      'Host: a',
      'Content-Type: application/json',
      'Content-Length: 10',
      '',
      '{',
    )
    expect(client.received).toBe('')
  })

  it('that send a byte now and then are dropped when the time for a JSON body is over', async () => {
    const port = await started({}, IMPATIENT)
    const client = new RawClient(port)
    client.send(
      'POST /jobs HTTP/1.1',
      'Host: a',
      'Content-Type: application/json',
      'Content-Length: 9999',
      '',
      '{',
    )
    const drip = setInterval(() => client.socket.write(' '), 50)
    await client.closed
    clearInterval(drip)
    expect(client.received).toBe('')
  })

  it('may send a file slowly as long as they send', async () => {
    const port = await started({}, IMPATIENT)
    const client = new RawClient(port)
    client.send(
      'POST /datasets?name=a HTTP/1.1',
      'Host: a',
      'Content-Type: text/csv',
      'Content-Length: 12',
      '',
      '',
    )
    // Twice as long as a JSON body may take, and each pause shorter than what counts as silence.
    for (let sent = 0; sent < 12; sent++) {
      await wait(150)
      client.send('x')
    }
    expect(await client.until('HTTP/1.1 201')).toContain('ds_')
    client.socket.destroy()
  })

  it('that do not read their response are dropped', async () => {
    const huge = 'x'.repeat(20_000_000)
    const get = async () => ({ ...JOB, model: huge })
    const port = await started({ jobs: { get } }, IMPATIENT)
    const dropped = new Promise((done) =>
      apps.at(-1)?.server.once('connection', (it) => it.once('close', done)),
    )
    const client = new RawClient(port)
    client.socket.pause()
    client.send(`GET /jobs/${JOB.id} HTTP/1.1`, 'Host: a', '', '')
    await dropped
    client.socket.resume()
    await client.closed
    expect(client.received.length).toBeLessThan(huge.length)
  })

  it.each([
    ['answers of the framework', `GET /jobs/${JOB.id} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['predictions', `POST /predict HTTP/1.1\r\nHost: a\r\n${JSON_LENGTH(12)}\r\n\r\n{"text":"a"}`],
  ])('that go on asking for %s and read none of them are dropped', async (_what, sent) => {
    const long = 'x'.repeat(8000)
    const prediction = { label: long, score: 1, confidence: 1, probabilities: {} }
    const predictNow = () => ({ model: 'imdb', version: 2, prediction })
    const get = async () => ({ ...JOB, model: long })
    const port = await started({ jobs: { get }, serving: { predictNow } }, IMPATIENT)
    const dropped = new Promise((done) =>
      apps.at(-1)?.server.once('connection', (it) => it.once('close', done)),
    )
    const client = new RawClient(port)
    client.socket.pause()
    client.socket.write(sent.repeat(3000))
    await dropped
    client.socket.destroy()
  })

  it('are not dropped while the service works, also after a response', async () => {
    const get = async () => {
      await wait(2500)
      return JOB
    }
    const port = await started({ jobs: { get } }, IMPATIENT)
    const client = new RawClient(port)
    const quick = '/health/live'
    const slow = `/jobs/${JOB.id}`
    client.send(...[quick, slow].flatMap((path) => [`GET ${path} HTTP/1.1`, 'Host: a', '']), '')
    await client.until('"live":true')
    expect(await client.until('"model"')).toContain(JOB.id)
    client.socket.destroy()
  })

  it('that leave a connection open after bytes that are not HTTP are dropped', async () => {
    const port = await started({}, IMPATIENT)
    const dropped = new Promise((done) =>
      apps.at(-1)?.server.once('connection', (it) => it.once('close', done)),
    )
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.write('HELLO\r\n\r\n')
    const [answer] = await once(socket.setEncoding('latin1'), 'data')
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    await dropped
    socket.destroy()
  })

  it('may be silent for a minute, outside of tests', () => {
    expect(PATIENCE.idleMs).toBe(60_000)
  })
})

describe('connections at their limit', () => {
  it('make room for new ones: the one that was idle longest is closed, and none that is answered', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const get = () => held.then(() => JOB)
    const port = await started({ maxConnections: 16, jobs: { get } })
    const asking = 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n'
    const busy = new RawClient(port)
    busy.send(`GET /jobs/${JOB.id} HTTP/1.1`, 'Host: a', '', '')
    const used = new RawClient(port)
    used.send(asking)
    await used.untilAnswers(1)
    const idle: RawClient[] = []
    for (let each = 0; each < 40; each++) {
      const client = new RawClient(port)
      await once(client.socket, 'connect')
      idle.push(client)
      if (each % 4 === 0) expect(await alive(port)).toBe(200)
      // Used now and then, so that others have been idle for longer.
      used.send(asking)
      await used.untilAnswers(each + 2)
    }
    await idle[0]?.closed
    expect(idle.filter(({ socket }) => !socket.destroyed).length).toBeLessThan(16)
    expect([busy, used, idle.at(-1)].map((client) => client?.socket.destroyed)).toEqual([false, false, false])
    release()
    await busy.until('"model":"imdb"')
    for (const { socket } of [busy, used, ...idle]) socket.destroy()
  })
})
