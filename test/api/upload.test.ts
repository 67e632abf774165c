import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { App } from '../../src/api/route-config.ts'
import type { Datasets } from '../../src/datasets/contract.ts'
import { FitserveError } from '../../src/errors.ts'
import { asker, problemOf } from './ask.ts'
import { listen, RawClient } from './connection.ts'
import { DATASET, stubApp } from './stubs.ts'

const CSV = 'text,label\nfine,pos\n'

type Upload = Parameters<Datasets['upload']>[0]
let uploads: { name: string; gzip: boolean; options: Upload['options']; content: Buffer }[] = []
let app: App
let ask: ReturnType<typeof asker>
const keep = async ({ name, gzip, options, body }: Upload) => {
  const content = Buffer.concat(await body.toArray())
  uploads.push({ name, gzip, options, content })
  return { dataset: { ...DATASET, name }, created: uploads.length === 1 }
}
beforeEach(async () => {
  uploads = []
  app = await stubApp({ datasets: { upload: keep } })
  ask = asker(app)
})
afterEach(() => app.close())

const post = (payload: string | Buffer, type: string, query = '?name=reviews', headers = {}) =>
  ask({ method: 'POST', url: `/datasets${query}`, payload, headers: { 'content-type': type, ...headers } })

interface Part {
  name: string
  file?: string
  type?: string
  content: string | Buffer
}
const BOUNDARY = 'XbX'
const form = (...parts: Part[]) =>
  Buffer.concat([
    ...parts.flatMap(({ name, file, type, content }) => [
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`),
      Buffer.from(file === undefined ? '' : `; filename="${file}"`),
      Buffer.from(type === undefined ? '\r\n\r\n' : `\r\nContent-Type: ${type}\r\n\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ])
const FORM = `multipart/form-data; boundary=${BOUNDARY}`

describe('a file as the body', () => {
  it.each([
    ['text/csv', 'csv'],
    ['text/csv; charset=utf-8', 'csv'],
    ['TEXT/CSV', 'csv'],
    // The default of curl --data-binary.
    ['application/x-www-form-urlencoded', 'csv'],
    ['application/json', 'ndjson'],
    ['application/x-ndjson', 'ndjson'],
    ['application/jsonl', 'ndjson'],
    ['application/vnd.apache.parquet', 'parquet'],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
    ['application/vnd.apache.arrow.file', 'arrow'],
    ['application/vnd.apache.arrow.stream', 'arrow'],
    ['application/zip', null],
    ['application/zstd', null],
    ['application/gzip', null],
    ['application/octet-stream', null],
    ['text/plain; charset=utf-8', null],
    ['text/tab-separated-values', 'csv'],
    ['application/csv', 'csv'],
  ])('as %s is %s', async (type, format) => {
    const answer = await post(CSV, type)
    expect([answer.status, answer.headers['location']]).toEqual([201, `/datasets/${DATASET.id}`])
    expect(answer.body).toEqual(DATASET)
    expect(uploads).toMatchObject([
      { name: 'reviews', gzip: false, options: { format }, content: Buffer.from(CSV) },
    ])
  })

  it('that exists already is answered with 200', async () => {
    await post(CSV, 'text/csv')
    expect((await post(CSV, 'text/csv')).status).toBe(200)
  })

  it.each(['gzip', 'x-gzip', 'GZIP'])('may be coded as %s', async (encoding) => {
    await post(gzipSync(CSV), 'text/csv', undefined, { 'content-encoding': encoding })
    expect(uploads[0]).toMatchObject({ gzip: true, content: gzipSync(CSV) })
  })

  it.each(['br', 'deflate', 'gzip, br'])('may not be coded as %s', async (encoding) => {
    const answer = await post(CSV, 'text/csv', undefined, { 'content-encoding': encoding })
    problemOf(answer, 415, 'unsupported-media-type')
    expect(answer.headers['accept-encoding']).toContain('gzip')
  })

  it('is read with the options of the query', async () => {
    await post(CSV, 'text/csv', '?name=a&delimiter=tab&onError=skip&types=zip:category,a:b:number')
    await post(CSV, 'text/csv', '?name=a&delimiter=%3B')
    await post(CSV, 'application/zip', '?name=a&entry=b%2Fc.xlsx&sheet=2024')
    expect(uploads.map(({ options }) => options)).toMatchObject([
      { delimiter: '\t', onError: 'skip', types: { zip: 'category', 'a:b': 'number' } },
      { delimiter: ';', onError: 'refuse', types: {}, entry: null, sheet: null },
      { entry: 'b/c.xlsx', sheet: '2024' },
    ])
  })

  it.each([
    ['', '/name'],
    ['?name=', '/name'],
    ['?name=1a', '/name'],
    ['?name=a%2Fb', '/name'],
    ['?name=..', '/name'],
    [`?name=${'a'.repeat(65)}`, '/name'],
    ['?name=ds_0123', '/name'],
    ['?name=a&name=b', '/name'],
    ['?name=a&onError=ignore', '/onError'],
    ['?name=a&delimiter=ab', '/delimiter'],
    ['?name=a&delimiter=%22', '/delimiter'],
    ['?name=a&types=zip', '/types'],
    ['?name=a&types=zip:string', '/types'],
    ['?name=a&delimter=;', '/delimter'],
  ])('is refused with %j at %s, and not read', async (query, path) => {
    expect(problemOf(await post(CSV, 'text/csv', query), 400, 'invalid-query').errors?.[0]?.path).toBe(path)
    expect(uploads).toEqual([])
  })

  it('that announces a length above the limit is refused before it is sent', async () => {
    const port = await listen(app)
    const client = new RawClient(port)
    client.send(
      'POST /datasets?name=a HTTP/1.1',
      'Host: a',
      'Content-Type: text/csv',
      'Content-Length: 99999999',
      '',
      'a',
    )
    expect(await client.until('1000000 bytes')).toContain('HTTP/1.1 413')
    client.socket.destroy()
  })

  it('is refused without a body or a type', async () => {
    problemOf(await ask({ method: 'POST', url: '/datasets?name=a' }), 415, 'unsupported-media-type')
    expect(
      (await app.inject({ method: 'POST', url: '/datasets?name=a', payload: Buffer.from(CSV) })).statusCode,
    ).toBe(415)
  })

  it('with bad lines is refused with each of them', async () => {
    const problems = [{ line: 3, column: 'b', message: 'A quote is not closed.' }]
    const upload = () =>
      Promise.reject(new FitserveError('invalid-dataset', 'One line is bad.', { problems }))
    const own = await stubApp({ datasets: { upload } })
    const request = {
      method: 'POST',
      url: '/datasets?name=a',
      payload: CSV,
      headers: { 'content-type': 'text/csv' },
    } as const
    expect(problemOf(await asker(own)(request), 422, 'invalid-dataset').errors).toEqual(problems)
    await own.close()
  })

  it('is given up when its client disconnects', async () => {
    let call = (_signal: AbortSignal | undefined): void => {}
    const called = new Promise<AbortSignal | undefined>((done) => {
      call = done
    })
    const upload = async ({ signal }: Upload): Promise<never> => {
      call(signal)
      await once(signal as AbortSignal, 'abort')
      throw signal?.reason
    }
    const own = await stubApp({ datasets: { upload } })
    const client = new RawClient(await listen(own))
    client.send(
      'POST /datasets?name=a HTTP/1.1',
      'Host: a',
      'Content-Type: text/csv',
      'Content-Length: 10',
      '',
      'a',
    )
    const signal = await called
    client.socket.destroy()
    if (!signal?.aborted) await once(signal as AbortSignal, 'abort')
    expect(signal?.reason).toMatchObject({ code: 'invalid-request' })
    await own.close()
  })
})

describe('a file in a form', () => {
  it.each<[string, Omit<Part, 'name' | 'content'>, string | null]>([
    ['type', { file: 'x', type: 'application/x-ndjson' }, 'ndjson'],
    ['name', { file: 'a.csv' }, 'csv'],
    ['name', { file: 'A.TSV', type: 'application/octet-stream' }, 'csv'],
    ['name', { file: 'a.csv.gz', type: 'application/gzip' }, 'csv'],
    ['name', { file: 'dir/../a.b.parquet', type: 'application/octet-stream' }, 'parquet'],
    ['name', { file: 'a.xlsx', type: 'application/octet-stream' }, 'xlsx'],
    ['name', { file: 'a.csv.zst', type: 'application/octet-stream' }, 'csv'],
    ['content', { file: 'a.zip', type: 'application/zip' }, null],
    ['content', { file: 'download', type: 'application/octet-stream' }, null],
  ])('is known by its %s: %j', async (_what, part, format) => {
    const answer = await post(form({ name: 'file', content: CSV, ...part }), FORM)
    expect([answer.status, uploads[0]?.options.format, uploads[0]?.content.toString()]).toEqual([
      201,
      format,
      CSV,
    ])
  })

  it('may be large, and binary', async () => {
    const content = Buffer.alloc(900_000, Buffer.from([0, 255, 13, 10, 45, 45]))
    await post(form({ name: 'file', file: 'a.parquet', content }), FORM)
    expect(uploads[0]?.content.equals(content)).toBe(true)
  })

  it.each<[string, Part[], number, string]>([
    ['no field', [], 400, 'invalid-request'],
    ['another field', [{ name: 'data', file: 'a.csv', content: CSV }], 400, 'invalid-request'],
    ['a key of every object', [{ name: '__proto__', file: 'a.csv', content: CSV }], 400, 'invalid-request'],
    [
      'a field before it',
      [
        { name: 'name', content: 'a' },
        { name: 'file', file: 'a.csv', content: CSV },
      ],
      400,
      'invalid-request',
    ],
    ['a text instead of a file', [{ name: 'file', content: CSV }], 400, 'invalid-request'],
    [
      'a second file',
      [
        { name: 'file', file: 'a.csv', content: CSV },
        { name: 'file', file: 'b.csv', content: CSV },
      ],
      400,
      'invalid-request',
    ],
    [
      'a field after it',
      [
        { name: 'file', file: 'a.csv', content: CSV },
        { name: 'name', content: 'a' },
      ],
      400,
      'invalid-request',
    ],
    [
      'a picture',
      [{ name: 'file', file: 'a.png', type: 'image/png', content: CSV }],
      415,
      'unsupported-media-type',
    ],
    ['a name without end', [{ name: 'x'.repeat(5000), file: 'a.csv', content: CSV }], 400, 'invalid-request'],
  ])('with %s is refused', async (_what, parts, status, code) => {
    problemOf(await post(form(...parts), FORM), status, code)
    expect(uploads).toEqual([])
  })

  it.each([
    ['without a boundary', 'multipart/form-data', CSV],
    ['with an empty boundary', 'multipart/form-data; boundary=', CSV],
    ['that is none', FORM, CSV],
    ['that is empty', FORM, ''],
    ['with a broken header', FORM, `--${BOUNDARY}\r\nnonsense\r\n\r\nabc\r\n--${BOUNDARY}--\r\n`],
  ])('%s is refused', async (_what, type, payload) => {
    const answer = await post(payload, type)
    expect([400, 415]).toContain(answer.status)
    expect(uploads).toEqual([])
  })

  it('may be compressed in itself, not around', async () => {
    const answer = await post(
      gzipSync(form({ name: 'file', file: 'a.csv', content: CSV })),
      FORM,
      undefined,
      {
        'content-encoding': 'gzip',
      },
    )
    problemOf(answer, 415, 'unsupported-media-type')
  })

  it('that breaks off is refused', async () => {
    const whole = form({ name: 'file', file: 'a.csv', content: 'x'.repeat(1000) })
    const answer = await post(whole.subarray(0, 500), FORM)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(uploads).toEqual([])
  })
})

describe('rows that are appended', () => {
  it('are a file with the options of an upload', async () => {
    const appends: Parameters<Datasets['append']>[0][] = []
    const append: Datasets['append'] = async (given) => {
      appends.push(given)
      given.body.resume()
      return { dataset: { ...DATASET, appended: 2 }, created: appends.length === 1 }
    }
    const own = await stubApp({ datasets: { append } })
    const request = {
      method: 'POST',
      url: '/datasets/reviews/rows?onError=skip',
      payload: CSV,
      headers: { 'content-type': 'text/csv' },
    } as const
    const first = await asker(own)(request)
    expect([first.status, first.headers['location']]).toEqual([201, `/datasets/${DATASET.id}`])
    expect(first.body).toMatchObject({ appended: 2 })
    expect((await asker(own)(request)).status).toBe(200)
    expect(appends).toMatchObject([{ to: 'reviews', options: { format: 'csv', onError: 'skip' } }, {}])
    await own.close()
  })

  it.each([
    ['/datasets/reviews/rows?name=a', 400, 'invalid-query'],
    ['/datasets/..x/rows', 404, 'unknown-dataset'],
  ])('to %s are refused', async (url, status, code) => {
    const request = { method: 'POST', url, payload: CSV, headers: { 'content-type': 'text/csv' } } as const
    problemOf(await ask(request), status, code)
  })
})

describe('a file that the service fetches', () => {
  const order = (own: App, payload: object) =>
    asker(own)({ method: 'POST', url: '/datasets/import', payload })

  it('has its address and its options in the body', async () => {
    const orders: Parameters<Datasets['fetch']>[0][] = []
    const fetch: Datasets['fetch'] = async (given) => {
      orders.push(given)
      return { dataset: { ...DATASET, name: given.name }, created: orders.length === 1 }
    }
    const own = await stubApp({ datasets: { fetch } })
    const url = 's3://bucket/a.csv'
    const first = await order(own, { name: 'reviews', url, delimiter: 'tab', header: false, types: 'a:text' })
    expect([first.status, first.headers['location']]).toEqual([201, `/datasets/${DATASET.id}`])
    expect((await order(own, { name: 'reviews', url, format: 'arrow' })).status).toBe(200)
    expect(orders).toMatchObject([
      { url, options: { format: null, delimiter: '\t', header: false, types: { a: 'text' } } },
      { url, options: { format: 'arrow' } },
    ])
    await own.close()
  })

  it('may be ordered by a JSON body of an upload, unless that is a table', async () => {
    const fetched: unknown[] = []
    const uploaded: string[] = []
    const own = await stubApp({
      datasets: {
        fetch: async (given) => {
          fetched.push(given)
          return { dataset: { ...DATASET, name: given.name }, created: true }
        },
        upload: async ({ name, body }) => {
          uploaded.push(Buffer.concat(await body.toArray()).toString())
          return { dataset: { ...DATASET, name }, created: true }
        },
      },
    })
    const post = (payload: unknown) =>
      asker(own)({
        method: 'POST',
        url: '/datasets?name=a',
        payload: JSON.stringify(payload),
        headers: { 'content-type': 'application/json' },
      })
    const url = 's3://bucket/a.csv'
    expect((await post({ url, types: 'a:text' })).status).toBe(201)
    expect(fetched).toMatchObject([{ name: 'a', url, options: { types: { a: 'text' } } }])
    const tables = [[{ url }], { url: 'a text' }, { text: 'fine' }]
    for (const table of tables) expect((await post(table)).status).toBe(201)
    expect(uploaded).toEqual(tables.map((table) => JSON.stringify(table)))
    problemOf(await post({ url, file: 'a' }), 400, 'invalid-request')
    await own.close()
  })

  it.each([
    [{ name: 'a' }, '/url'],
    [{ url: 'https://a/b' }, '/name'],
    [{ name: 'a', url: 'https://a/b', types: 'a' }, '/types'],
    [{ name: 'a', url: 'https://a/b', file: 'a' }, '/file'],
  ])('is refused with %j', async (payload, path) => {
    const problem = problemOf(await order(app, payload), 400, 'invalid-request')
    expect(problem.errors?.[0]?.path).toBe(path)
  })

  it('is refused with a status of its own where its source fails', async () => {
    const fetch = () => Promise.reject(new FitserveError('source-unavailable', 'The source answered 404'))
    const own = await stubApp({ datasets: { fetch } })
    const answer = await order(own, { name: 'a', url: 'https://a/b' })
    expect(problemOf(answer, 502, 'source-unavailable').detail).toBe('The source answered 404.')
    await own.close()
  })
})
