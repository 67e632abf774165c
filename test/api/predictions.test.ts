import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byteRange } from '../../src/api/requests/byte-range.ts'
import type { App } from '../../src/api/route-config.ts'
import { FitserveError } from '../../src/errors.ts'
import { asker, problemOf } from './ask.ts'
import { DATASET, PREDICTION, stubApp } from './stubs.ts'

describe('a range of bytes', () => {
  it.each<[string | undefined, { from: number; to: number } | undefined]>([
    [undefined, undefined],
    ['bytes=0-9', { from: 0, to: 9 }],
    ['bytes=90-', { from: 90, to: 99 }],
    ['bytes=90-1000', { from: 90, to: 99 }],
    ['bytes=-10', { from: 90, to: 99 }],
    ['bytes=-1000', { from: 0, to: 99 }],
    ['bytes=9-0', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,5-6', undefined],
    ['rows=0-9', undefined],
  ])('of %s is read as RFC 9110 says', (header, range) => {
    expect(byteRange(header, 100)).toEqual(range)
  })

  it.each(['bytes=100-', 'bytes=-0', 'bytes=200-300'])('of %s is refused', (header) => {
    expect(() => byteRange(header, 100)).toThrow(FitserveError)
  })
})

describe('the result of a prediction', () => {
  let app: App
  beforeAll(async () => {
    app = await stubApp()
  })
  afterAll(() => app.close())
  const url = `/predictions/${PREDICTION.id}/result`
  const whole = 'label,error\npos,\n'

  it('is sent as a download of its type and length', async () => {
    const { statusCode, headers, body } = await app.inject(url)
    expect({ statusCode, body }).toEqual({ statusCode: 200, body: whole })
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-length': String(whole.length),
      'content-disposition': `attachment; filename="imdb-2-${PREDICTION.id}.csv"`,
      'accept-ranges': 'bytes',
      etag: `"${'ab'.repeat(32)}"`,
    })
    expect((await app.inject(url.replace(/result$/, 'file'))).body).toBe(whole)
    const head = await app.inject({ method: 'HEAD', url })
    expect(head.headers['content-length']).toBe(String(whole.length))
    expect(head.body).toBe('')
  })

  it('is sent in part, unless it is another file than the client began with', async () => {
    const part = await app.inject({ url, headers: { range: 'bytes=6-10' } })
    expect(part.statusCode).toBe(206)
    expect(part.body).toBe('error')
    expect(part.headers).toMatchObject({ 'content-range': 'bytes 6-10/17', 'content-length': '5' })
    const headers = { range: 'bytes=6-10', 'if-range': '"another"' }
    expect((await app.inject({ url, headers })).body).toBe(whole)
    expect((await app.inject({ url, headers: { range: 'bytes=17-' } })).statusCode).toBe(416)
  })

  it('is at the address that an order answers with', async () => {
    const payload = { model: 'imdb', dataset: 'reviews' }
    const { statusCode, headers } = await app.inject({ method: 'POST', url: '/predictions', payload })
    expect(statusCode).toBe(202)
    expect(`${headers['location']}/result`).toBe(url)
    expect((await app.inject({ method: 'DELETE', url: `/predictions/${PREDICTION.id}` })).statusCode).toBe(
      204,
    )
    expect((await app.inject('/predictions/no')).json()).toMatchObject({ status: 404 })
  })
})

describe('an order with a file', () => {
  const asked: { upload: unknown[]; order: unknown[] } = { upload: [], order: [] }
  let app: App
  let ask: ReturnType<typeof asker>
  beforeAll(async () => {
    app = await stubApp({
      datasets: {
        async upload({ name, body, options }) {
          const content = Buffer.concat(await body.toArray()).toString()
          asked.upload.push({ name, content, format: options.format, delimiter: options.delimiter })
          return { dataset: DATASET, created: true }
        },
      },
      jobs: {
        async predict({ body }) {
          asked.order.push(body)
          return PREDICTION
        },
      },
    })
    ask = asker(app)
  })
  afterAll(() => app.close())
  const post = (url: string, payload: string | Buffer, type: string, headers = {}) =>
    ask({ method: 'POST', url, payload, headers: { 'content-type': type, ...headers } })

  it('has an address that no prediction has', async () => {
    for (const method of ['GET', 'DELETE'] as const) {
      const answer = await ask({ method, url: '/predictions/file?delimiter=tab' })
      problemOf(answer, 405, 'method-not-allowed')
      expect(answer.headers['allow']).toBe('OPTIONS, POST')
    }
  })

  it.each(['/predictions', '/predictions/file'])(
    'becomes a data set whose rows are answered, at %s',
    async (url) => {
      const query = '?model=imdb@2&columns=text,x&format=parquet&scores=true&interval=0.9&delimiter=tab'
      const answer = await post(url + query, 'text\tx\nfine\t1\n', 'text/csv')
      expect([answer.status, answer.headers['location']]).toEqual([202, `/predictions/${PREDICTION.id}`])
      expect(asked.upload.at(-1)).toEqual({
        name: 'imdb-input',
        content: 'text\tx\nfine\t1\n',
        format: 'csv',
        delimiter: '\t',
      })
      expect(asked.order.at(-1)).toEqual({
        model: 'imdb@2',
        dataset: DATASET.id,
        columns: ['text', 'x'],
        format: 'parquet',
        scores: true,
        interval: 0.9,
      })
    },
  )

  it('may be JSON at /predictions/file, where no order can be meant', async () => {
    const rows = '[{"text":"fine","model":"other"}]'
    const answer = await post('/predictions/file?model=imdb', rows, 'application/json')
    expect(answer.status).toBe(202)
    expect(asked.upload.at(-1)).toMatchObject({ content: rows, format: 'ndjson' })
  })

  it.each([
    ['application/x-ndjson', 'ndjson'],
    ['application/vnd.apache.parquet', 'parquet'],
    ['application/octet-stream', null],
  ])('may be of type %s', async (type, format) => {
    expect((await post('/predictions?model=imdb&name=march', 'x', type)).status).toBe(202)
    expect(asked.upload.at(-1)).toMatchObject({ name: 'march', format })
  })

  it('may be the field of a form', async () => {
    const content = [
      '--B\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n',
      'Content-Type: text/csv\r\n\r\na\n1\n\r\n--B--\r\n',
    ]
    const answer = await post('/predictions?model=imdb', content.join(''), 'multipart/form-data; boundary=B')
    expect(answer.status).toBe(202)
    expect(asked.upload.at(-1)).toMatchObject({ content: 'a\n1\n', format: 'csv' })
  })

  it('is refused before its upload where there is no such model, or the address says something wrong', async () => {
    const before = asked.upload.length
    const unknown = await post('/predictions?model=none@production', 'a\n', 'text/csv')
    expect(problemOf(unknown, 422, 'invalid-job').errors).toMatchObject([{ path: '/model' }])
    problemOf(await post('/predictions', 'a\n', 'text/csv'), 400, 'invalid-query')
    problemOf(await post('/predictions?model=imdb&wrong=1', 'a\n', 'text/csv'), 400, 'invalid-query')
    problemOf(await post('/predictions?model=imdb&interval=2', 'a\n', 'text/csv'), 400, 'invalid-query')
    problemOf(await post('/predictions?model=imdb', 'a\n', 'image/png'), 415, 'unsupported-media-type')
    const order = JSON.stringify({ model: 'imdb', dataset: 'reviews' })
    problemOf(await post('/predictions?model=imdb', order, 'application/json'), 400, 'invalid-query')
    expect(asked.upload.length).toBe(before)
  })
})
