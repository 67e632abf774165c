import fc from 'fast-check'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { buildApp } from '../../../src/api/app.ts'
import type { AppDependencies } from '../../../src/api/dependencies.ts'
import type { App } from '../../../src/api/route-config.ts'
import { JsonText } from '../../../src/models/encoders/words/json-text.ts'
import { listen, RawClient } from '../connection.ts'
import { apiKey, stubs } from '../stubs.ts'

const GOOD = '{"model":"imdb","text":"fine"}'
const opened: App[] = []
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close()
})

/** An API on a port, and how many requests its framework has seen. */
async function listening(overrides: Parameters<typeof stubs>[0] = {}) {
  const seen: string[] = []
  const app = await buildApp(stubs({ serving: { predictNow }, ...overrides }))
  app.addHook('onRequest', async ({ url }) => void seen.push(url))
  opened.push(app)
  return { app, port: await listen(app), seen }
}

/** Knows a model with one text, and answers what it was asked. */
const predictNow: AppDependencies['serving']['predictNow'] = ({ model = 'imdb', version }, sent, form) => {
  const row = sent instanceof JsonText ? String(sent) : sent
  if (model !== 'imdb' || form !== 'text' || typeof row !== 'string' || version === 3) return undefined
  const prediction = { label: row, score: row.length / 3, probabilities: { [row]: 0.1 } }
  return { model, version: 2, prediction }
}

const request = (body: string, headers: readonly string[] = [], url = '/predict') =>
  [
    `POST ${url} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')

/** The answer, with what differs between any two of them made alike. */
async function answerTo(port: number, text: string): Promise<string> {
  const client = new RawClient(port)
  client.send(text)
  await client.until(/\r\n\r\n[\s\S]*\}$/)
  client.socket.destroy()
  return client.received.replace(/\r\nDate: [^\r]*/i, '').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'an id')
}

/** What is said here means nothing, but is for the framework to read. */
const SLOWLY = 'X-Request-Timeout-Ms: 60000'

describe('the answer to one row, given ahead of the framework', () => {
  it("is the route's, byte for byte, whatever was sent", async () => {
    const { port, seen } = await listening()
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('fine', 'gut ü 🙂', '__proto__', 'constructor', '\u0000'),
    )
    const body = fc.oneof(
      text.map((text) => JSON.stringify({ model: 'imdb', text })),
      text.map((text) => JSON.stringify({ text, version: 'production' })),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.jsonValue().map((text) => JSON.stringify({ text })),
      fc.constantFrom(
        '{',
        '{"text":"a","__proto__":1}',
        '\ufeff{"text":"a"}',
        '{"text":"a","text":"b"}',
        'null',
      ),
    )
    const url = fc.constantFrom(
      '/predict',
      '/models/imdb/predict',
      '/models/other/predict',
      '/predict?model=imdb',
    )
    const headers = fc.constantFrom([], ['X-Request-Id: mine'], ['Accept: text/html'], ['Accept: */*;q=0.1'])
    let direct = 0
    await fc.assert(
      fc.asyncProperty(body, url, headers, async (body, url, headers) => {
        const before = seen.length
        const quick = await answerTo(port, request(body, headers, url))
        if (seen.length === before) direct += 1
        expect(quick).toBe(await answerTo(port, request(body, [...headers, SLOWLY], url)))
      }),
      { numRuns: 300 },
    )
    expect(direct).toBeGreaterThan(50)
  })

  it('goes out for each of several requests that came at once, in order', async () => {
    const { port, seen } = await listening()
    const client = new RawClient(port)
    const [slow, ...quick] = ['a', 'b', 'c'].map((text) => JSON.stringify({ text }))
    client.send(request(slow ?? '', [SLOWLY]) + quick.map((body) => request(body)).join(''))
    await client.until(/"label":"c"/)
    client.socket.destroy()
    expect(client.received.match(/"label":"\w"/g)).toEqual(['"label":"a"', '"label":"b"', '"label":"c"'])
    expect(seen).toEqual(['/predict'])
  })

  it('is counted like any other', async () => {
    const { app, port, seen } = await listening()
    for (const headers of [[], [SLOWLY]]) await answerTo(port, request(GOOD, headers))
    for (const headers of [[], [SLOWLY]])
      await answerTo(port, request('{"text":"x"}', headers, '/models/imdb/predict'))
    expect(seen).toHaveLength(2)
    await expect
      .poll(async () => (await app.inject('/metrics')).body)
      .toMatch(/http_request_duration_seconds_count\{method="POST",route="\/predict",status="200"\} 2\n/)
    const { body } = await app.inject('/metrics')
    expect(body).toContain('_count{method="POST",route="/models/:name/predict",status="200"} 2\n')
  })

  it('waits for a body that comes later, and leaves that to the framework', async () => {
    const { port, seen } = await listening()
    const client = new RawClient(port)
    const text = request(GOOD)
    client.send(text.slice(0, -10))
    await expect.poll(() => seen.length).toBe(1)
    client.send(text.slice(-10))
    expect(await client.until('"version":2')).toContain('HTTP/1.1 200')
    client.socket.destroy()
  })
})

describe('requests that the framework must see', () => {
  it('are those of nobody, where keys are needed', async () => {
    const { key, entry } = apiKey('predict')
    const config = { apiKeys: [entry] }
    const { port, seen } = await listening({ config })
    expect(await answerTo(port, request(GOOD))).toContain('HTTP/1.1 401')
    expect(await answerTo(port, request(GOOD, ['Authorization: Bearer wrong']))).toContain('HTTP/1.1 401')
    expect(await answerTo(port, request(GOOD, [`Authorization: Bearer ${key}`]))).toContain('HTTP/1.1 200')
    expect(seen).toEqual([])
  })

  it('are those of other pages and to other names, without keys', async () => {
    const { port } = await listening()
    expect(await answerTo(port, request(GOOD, ['Origin: http://evil.example']))).toContain('HTTP/1.1 403')
    const named = request(GOOD).replace('Host: 127.0.0.1', 'Host: evil.example')
    expect(await answerTo(port, named)).toContain('HTTP/1.1 403')
    expect(await answerTo(port, request(GOOD))).toContain('HTTP/1.1 200')
  })

  it('are all, where predictions are logged or requests counted', async () => {
    const lines: string[] = []
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
    const verbose = await listening({ log })
    await answerTo(verbose.port, request(GOOD, ['X-Request-Id: mine']))
    await expect.poll(() => lines.join('')).toMatch(/"reqId":"mine".*"status":200.*"answered"/)

    const limited = await listening({ config: { rateLimit: 1 } })
    expect(await answerTo(limited.port, request(GOOD))).toContain('HTTP/1.1 200')
    expect(await answerTo(limited.port, request(GOOD))).toContain('HTTP/1.1 429')
  })

  it('are the ones whose body is longer than the limit', async () => {
    const { port } = await listening({ config: { bodyLimit: 20 } })
    expect(await answerTo(port, request(GOOD))).toContain('HTTP/1.1 413')
  })
})
