import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../../src/api/route-config.ts'
import { protocolApp } from './models.ts'

let app: App
beforeAll(async () => {
  app = await protocolApp()
})
afterAll(() => app.close())

const post = async (query: string, payload: object | string, type = 'application/json') => {
  const answer = await app.inject({
    method: 'POST',
    url: `/invocations?${query}`,
    headers: { 'content-type': type },
    payload,
  })
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> }
}
const ten = 'ten chars!'

it('answers a ping', async () => {
  expect((await app.inject('/ping')).statusCode).toBe(200)
})

describe('/invocations', () => {
  it.each([
    ['reviews', { dataframe_split: { columns: ['review'], index: [0], data: [[ten]] } }, ['neg']],
    ['reviews', { dataframe_records: [{ text: ten.repeat(6) }, { review: ten }] }, ['pos', 'neg']],
    ['reviews', { instances: [ten] }, ['neg']],
    ['reviews', { inputs: [ten], params: { probabilities: true } }, [[0.9, 0.1]]],
    ['houses', { dataframe_split: { columns: ['age', 'rooms'], data: [[1, 2]] } }, [2001]],
    ['houses', { inputs: { age: [1], rooms: [2] } }, [2001]],
    ['yields', { dataframe_records: [{ rain: 2 }] }, [[2, 1]]],
    ['tags', { instances: ['x'] }, [['b']]],
  ])('answers %s %j', async (model, body, predictions) => {
    expect(await post(`model=${model}`, body)).toEqual({ status: 200, body: { predictions } })
  })

  it('answers rows of CSV', async () => {
    expect(await post('model=houses', '\uFEFFrooms,age\n2,1\n3,\n', 'text/csv')).toEqual({
      status: 200,
      body: { predictions: [2001, 3000.5] },
    })
  })

  it.each([
    ['', { instances: [ten] }, 400, 'BAD_REQUEST'],
    ['model=nope', { instances: [ten] }, 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['model=reviews', {}, 400, 'BAD_REQUEST'],
    ['model=reviews', { instances: [ten], inputs: [ten] }, 400, 'BAD_REQUEST'],
    ['model=reviews', { dataframe_split: { columns: ['review'], data: [[ten, ten]] } }, 400, 'BAD_REQUEST'],
    ['model=reviews', { dataframe_records: [1] }, 400, 'BAD_REQUEST'],
    ['model=reviews', '{', 400, 'BAD_REQUEST'],
  ])('refuses %s %j', async (query, body, status, code) => {
    expect(await post(query, body)).toMatchObject({ status, body: { error_code: code } })
  })

  it.each([
    { dataframe_split: { columns: ['review'], data: Array(11).fill([]) } },
    { dataframe_records: Array(11).fill({ review: ten }) },
  ])('refuses too many rows before it makes them: %j', async (body) => {
    const { status, body: answer } = await post('model=reviews', body)
    expect([status, answer['message']]).toEqual([400, 'Expected at most 10 rows, got 11.'])
  })

  it('reads CSV as /predict does, with another delimiter and an index', async () => {
    expect(await post('model=houses', ';rooms;age\n0;2;1\n', 'text/csv')).toEqual({
      status: 200,
      body: { predictions: [2001] },
    })
  })

  it('reads the one text of a model by the name text', async () => {
    expect(await post('model=reviews', `text\n${ten}\n`, 'text/csv')).toEqual({
      status: 200,
      body: { predictions: ['neg'] },
    })
  })

  it.each([
    ['rooms,age\n1\n', /Line 2/],
    ['rooms,age\n"1,2\n', /not valid CSV\. Line 2: A quoted field is not closed/],
    [`${'a,'.repeat(4_000)}a\n${'1,'.repeat(4_000)}1\n`, /The line has more than 4000 fields/],
    [`rooms,age\n${'1,2\n'.repeat(11)}`, /at most 10 rows/],
    [`rooms,age\n${'1,2\n'.repeat(30_000)}`, /at most 10 rows|exceeds the limit/],
    ['', /The body is empty/],
    ['rooms,age\n', /at least one row/],
  ])('refuses CSV %#', async (csv, message) => {
    const answer = await post('model=houses', csv, 'text/csv')
    expect(answer.body['message']).toMatch(message)
  })

  it('refuses other media types', async () => {
    expect((await post('model=houses', '<a/>', 'text/xml')).status).toBe(415)
  })
})
