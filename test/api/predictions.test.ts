import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byteRange } from '../../src/api/requests/byte-range.ts'
import type { App } from '../../src/api/route-config.ts'
import { FitserveError } from '../../src/errors.ts'
import { PREDICTION, stubApp } from './stubs.ts'

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
