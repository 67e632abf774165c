import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import type { App } from '../../../src/api/route-config.ts'
import { FitserveError } from '../../../src/errors.ts'
import { asker, problemOf } from '../ask.ts'
import { listen, RawClient } from '../connection.ts'
import { stubApp } from '../stubs.ts'

const NDJSON = 'application/x-ndjson'
const POS = { label: 'pos', score: 0.75, confidence: 0.75, probabilities: { neg: 0.25, pos: 0.75 } }
const BAD = { error: { message: 'A bad row.', errors: [{ path: '', message: 'A bad row.' }] } }

const apps: App[] = []
const started = async (...given: Parameters<typeof stubApp>): Promise<App> => {
  const app = await stubApp(...given)
  apps.push(app)
  return app
}
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const stream = (app: App, payload: string | Buffer, url = '/predict?model=imdb', headers = {}) =>
  asker(app)({ method: 'POST', url, payload, headers: { 'content-type': NDJSON, ...headers } })
const linesOf = ({ text }: { text: string }) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

describe('a stream of rows', () => {
  it('is answered by a line for each, in order, in the same type', async () => {
    const answer = await stream(await started(), '{"a":1}\n{"bad":1}\r\n\n{"a":2}')
    expect([answer.status, answer.headers['content-type']]).toEqual([200, NDJSON])
    expect(linesOf(answer)).toEqual([POS, BAD, POS])
  })

  it('continues after lines that are not rows', async () => {
    const broken = Buffer.concat([
      Buffer.from('{"a":\n"text"\n'),
      Buffer.from([0xff, 0x0a]),
      Buffer.from('{"a":1}\n'),
    ])
    const lines = linesOf(await stream(await started(), broken))
    expect(lines).toEqual([
      { error: { message: 'Line 1 is not valid JSON.', errors: [] } },
      BAD,
      { error: { message: 'Line 3: The line is not valid UTF-8.', errors: [] } },
      POS,
    ])
  })

  it('has a limit on the length of a row, and none on their number', async () => {
    const app = await started()
    expect(linesOf(await stream(app, '{"a":1}\n'.repeat(25_000)))).toHaveLength(25_000)
    const [tooLong, fine] = linesOf(await stream(app, `{"a":"${'x'.repeat(100_001)}"}\n{"a":1}\n`))
    expect(tooLong.error.message).toContain('100000 bytes')
    expect(fine).toEqual(POS)
  })

  it('goes on where its model answers some of the rows at a time', async () => {
    const app = await started({
      serving: {
        predict: async (_target: unknown, rows: readonly { a: number }[]) => {
          const predictions = rows.slice(0, 2).map(({ a }) => ({ value: a }))
          return { model: 'imdb', version: 1, predictions }
        },
      } as never,
    })
    const lines = linesOf(await stream(app, '{"a":1}\n{"a":2}\nx\n{"a":3}\ny\n'))
    expect(lines.map(({ value }) => value)).toEqual([1, 2, undefined, 3, undefined])
  })

  it('accepts a text or features as in a JSON request', async () => {
    expect(linesOf(await stream(await started(), '{"text":"fine"}\n{"features":{"a":1}}\n"x"\n'))).toEqual([
      POS,
      POS,
      BAD,
    ])
  })

  it('is empty if nothing is sent', async () => {
    const answer = await stream(await started(), '')
    expect([answer.status, answer.text]).toEqual([200, ''])
  })

  it('is accepted under each name of its media type, and below a model', async () => {
    const app = await started()
    for (const type of ['application/ndjson', 'application/jsonl', 'application/x-ndjson; charset=utf-8'])
      expect(linesOf(await stream(app, '{}\n', '/predict', { 'content-type': type }))).toEqual([POS])
    expect(linesOf(await stream(app, '{}\n', '/models/imdb/predict?version=2'))).toEqual([POS])
  })

  it('has routes of its own, which take nothing else', async () => {
    const app = await started()
    for (const url of ['/predict/stream?model=imdb&version=2', '/models/imdb/predict/stream?version=2']) {
      expect(linesOf(await stream(app, '{}\n', url))).toEqual([POS])
      const json = await stream(app, '{"text":"fine"}', url, { 'content-type': 'application/json' })
      expect([json.status, JSON.parse(json.text).type]).toEqual([415, 'urn:fitserve:unsupported-media-type'])
    }
  })

  it('of any lines has as many answers as lines that are not blank', async () => {
    const app = await started()
    const line = fc.oneof(fc.json({ maxDepth: 2 }), fc.string(), fc.constantFrom('', ' ', '{"bad":1}', '{'))
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (sent) => {
        const text = sent.map((each) => each.replaceAll('\n', ' ')).join('\n')
        const wanted = text.split('\n').filter((each) => each.replace(/^\uFEFF/, '').trim() !== '').length
        expect(linesOf(await stream(app, text))).toHaveLength(wanted)
      }),
      { numRuns: 60 },
    )
  })

  it('is refused with a status for an unknown model or an invalid query, and reads Accept as advice', async () => {
    const app = await started()
    problemOf(await stream(app, '{}\n', '/predict?model=no'), 404, 'unknown-model')
    problemOf(await stream(app, '{}\n', '/predict?modle=imdb'), 400, 'invalid-query')
    problemOf(await stream(app, '{}\n', '/models/imdb/predict?model=imdb'), 400, 'invalid-query')
    expect((await stream(app, '{}\n', '/predict', { accept: 'text/csv' })).status).toBe(200)
  })

  it('is answered by one version from beginning to end', async () => {
    const asked: unknown[] = []
    let newest = 1
    const app = await started({
      serving: {
        predict: async (target: { version?: unknown }, rows: readonly unknown[]) => {
          asked.push(target.version)
          const version = Number(target.version ?? newest++)
          return { model: 'imdb', version, predictions: rows.map(() => ({ value: version })) }
        },
      } as never,
    })
    const lines = linesOf(await stream(app, '{}\n'.repeat(3000)))
    expect(new Set(lines.map(({ value }) => value))).toEqual(new Set([1]))
    expect(asked.slice(1)).toEqual(asked.slice(1).map(() => 1))
  })

  it.each<[string, () => unknown, string]>([
    ['a fault', () => Promise.reject(new Error('ENOENT /var/secret')), 'An internal error occurred.'],
    ['an error', () => Promise.reject(new FitserveError('corrupt-artifact', 'So it is.')), 'So it is.'],
    ['NaN', () => ({ value: Number.NaN }), 'The prediction of the model is not a finite number.'],
  ])('tells %s in each line that it hits, and nothing of what lies beneath', async (_what, answer, said) => {
    const predict = async (_target: unknown, rows: readonly unknown[]) => ({
      model: 'm',
      version: 1,
      predictions: await Promise.all(rows.map(answer)),
    })
    const app = await started({ serving: { predict } as never })
    const error = { message: said, errors: [] }
    expect(linesOf(await stream(app, '{}\n{}\n'))).toEqual([{ error }, { error }])
  })
})

describe('over a connection', () => {
  const HEAD = [
    'POST /predict HTTP/1.1',
    'Host: a',
    `Content-Type: ${NDJSON}`,
    'Transfer-Encoding: chunked',
    '',
    '',
  ]
  const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

  it('responses arrive while rows are still sent', async () => {
    const client = new RawClient(await listen(await started()))
    client.send(...HEAD)
    for (let row = 1; row <= 3; row++) {
      client.send(chunk('{"a":1}\n'))
      await client.until(new RegExp(`(.*"label":"pos"){${row}}`, 's'))
    }
    client.send(chunk('{"a"'))
    client.send(chunk(':1}'))
    client.send('0\r\n\r\n')
    await client.until(/0\r\n\r\n$/)
    expect(client.received.match(/"label":"pos"/g)).toHaveLength(4)
    client.socket.destroy()
  })

  it('reading stops once 64 MiB of answers wait for the client', async () => {
    let answered = 0
    const wide = 'x'.repeat(10_000)
    const predict = async (_target: unknown, rows: readonly unknown[]) => {
      answered += rows.length
      return {
        model: 'm',
        version: 1,
        predictions: rows.map(() => ({ label: wide, score: 1, confidence: 1, probabilities: {} })),
      }
    }
    const client = new RawClient(await listen(await started({ serving: { predict } as never })))
    client.socket.pause()
    client.send(...HEAD)
    // 100,000 rows are a gigabyte of answers.
    for (let sent = 0; sent < 100; sent++) client.send(chunk('{"a":1}\n'.repeat(1000)))
    for (let before = -1; before !== answered; await wait(300)) before = answered
    expect(answered).toBeLessThan(10_000)
    client.socket.destroy()
    await client.closed
  })

  it('a client that disconnects ends its stream, and nothing else', async () => {
    let calls = 0
    const predict = async (_target: unknown, rows: readonly unknown[]) => {
      calls += 1
      return { model: 'm', version: 1, predictions: rows.map(() => ({ value: 1 })) }
    }
    const failures: string[] = []
    const log = pino({ level: 'warn' }, { write: (line) => failures.push(line) })
    const app = await started({ serving: { predict } as never, log })
    const port = await listen(app)
    const client = new RawClient(port)
    const connected = once(app.server, 'connection')
    client.send(...HEAD)
    client.send(chunk('{"a":1}\n'))
    await client.until('"value":1')
    const [socket] = await connected
    const gone = once(socket, 'close')
    client.socket.destroy()
    await gone
    const before = calls
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200)
    expect([calls, failures]).toEqual([before, []])
  })

  it('a stop of the service lets a stream finish that ends soon', async () => {
    const app = await started()
    const client = new RawClient(await listen(app))
    client.send(...HEAD)
    client.send(chunk('{"a":1}\n'))
    await client.until('"label"')
    const closed = app.close()
    client.send(chunk('{"a":1}\n'), '')
    client.socket.write('0\r\n\r\n')
    await client.until(/0\r\n\r\n$/)
    await closed
    expect(client.received.match(/"label":"pos"/g)).toHaveLength(2)
  })
})
