import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sentId } from '../../src/api/requests/request-id.ts'
import type { App } from '../../src/api/route-config.ts'
import { asker, problemOf } from './ask.ts'
import { stubApp } from './stubs.ts'

describe('each limit of a request holds at its exact value', () => {
  let app: App
  let ask: ReturnType<typeof asker>
  beforeAll(async () => {
    app = await stubApp({ config: { maxBatch: 3, bodyLimit: 1000 } })
    ask = asker(app)
  })
  afterAll(() => app.close())

  it.each([
    ['1', true],
    ['500', true],
    ['0500', true],
    ['0', false],
    ['501', false],
    ['-1', false],
    ['1.5', false],
    ['1e2', false],
    ['', false],
    ['x', false],
    ['1x', false],
    ['1000000', false],
  ])('a page of limit=%s: taken: %s', async (limit, taken) => {
    for (const url of ['/datasets', '/jobs', '/models', '/datasets/reviews/rows', '/audit']) {
      const answer = await ask(`${url}?limit=${limit}`)
      if (taken) expect([url, answer.status]).toEqual([url, 200])
      else expect(problemOf(answer, 400, 'invalid-query').errors?.[0]?.path).toBe('/limit')
    }
  })

  it('a cursor has from 1 to 500 characters', async () => {
    for (const length of [0, 1, 500, 501]) {
      const answer = await ask(`/models?cursor=${'a'.repeat(length)}`)
      const { detail } = problemOf(answer, 400, 'invalid-query')
      // Within the limits it is read, and is no cursor of this list.
      expect([length, detail.includes('of an earlier page')]).toEqual([
        length,
        length === 1 || length === 500,
      ])
    }
  })

  it('a request has as many rows as MAX_BATCH', async () => {
    for (const form of ['texts', 'rows'])
      for (const count of [1, 3, 4]) {
        const rows = Array.from({ length: count }, () => (form === 'texts' ? 'a' : { x: 1 }))
        const answer = await ask({ method: 'POST', url: '/predict', payload: { [form]: rows } })
        if (count <= 3) expect(answer.status).toBe(200)
        else expect(problemOf(answer, 400, 'invalid-rows').errors?.[0]?.path).toBe(`/${form}`)
      }
  })

  it('a body has as many bytes as the limit', async () => {
    const headers = { 'content-type': 'application/json' }
    for (const bytes of [1000, 1001]) {
      const payload = JSON.stringify({ text: 'x'.repeat(bytes - 11) })
      expect(payload).toHaveLength(bytes)
      const { status } = await ask({ method: 'POST', url: '/predict', headers, payload })
      expect([bytes, status]).toEqual([bytes, bytes === 1000 ? 200 : 413])
    }
  })

  it.each([
    ['k', 200],
    ['a key ~', 200],
    ['k'.repeat(255), 200],
    ['k'.repeat(256), 400],
    ['', 400],
    ['schlüssel', 400],
    ['a\tb', 400],
  ])('an Idempotency-Key "%s" is answered with %d', async (key, status) => {
    const payload = { model: 'm', dataset: 'reviews' }
    const headers = { 'idempotency-key': key }
    const answer = await ask({ method: 'POST', url: '/jobs', headers, payload })
    if (status === 200) expect(answer.status).toBeLessThan(300)
    else expect(problemOf(answer, 400, 'invalid-request').errors?.[0]?.path).toBe('/idempotency-key')
  })

  it.each([
    [1, 200],
    [0, 400],
    [-1, 400],
    [1.5, 400],
    ['1', 400],
  ])('an alias of version %j is answered with %d', async (version, status) => {
    const url = '/models/imdb/aliases/production'
    expect((await ask({ method: 'PUT', url, payload: { version } })).status).toBe(status)
  })

  it.each([
    ['a', 'a'],
    ['a.b:c/d+e=f-g_1', 'a.b:c/d+e=f-g_1'],
    ['a'.repeat(128), 'a'.repeat(128)],
    ['a'.repeat(129), undefined],
    ['', undefined],
    ['a b', undefined],
    ['a\n', undefined],
    ['é', undefined],
    ['<a>', undefined],
  ])('a request id %j is repeated as %j', (sent, wanted) => {
    expect(sentId({ 'x-request-id': sent })).toBe(wanted)
    expect(sentId({})).toBeUndefined()
  })
})
