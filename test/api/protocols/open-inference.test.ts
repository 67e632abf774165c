import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../../src/api/route-config.ts'
import { stubApp } from '../stubs.ts'
import { protocolApp } from './models.ts'

let app: App
beforeAll(async () => {
  app = await protocolApp()
})
afterAll(() => app.close())

const post = async (url: string, body?: unknown) => {
  const payload = body === undefined ? '' : JSON.stringify(body)
  const answer = await app.inject({ method: 'POST', url, payload })
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> }
}
const get = async (url: string, own: App = app) => {
  const answer = await own.inject(url)
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> }
}
const ten = 'ten chars!'
const text = (data: unknown[], more: object = {}) => ({
  inputs: [{ name: 'review', datatype: 'BYTES', shape: [data.length, 1], data, ...more }],
})
const numbers = (rooms: object, age: object) => ({
  inputs: [
    { name: 'rooms', datatype: 'FP64', shape: [1, 1], data: [2], ...rooms },
    { name: 'age', datatype: 'INT32', shape: [1], data: [1], ...age },
  ],
})
const outputsOf = ({ body }: Awaited<ReturnType<typeof post>>) =>
  (body['outputs'] as { name: string; data: unknown }[]).map(({ name, data }) => [name, data])

describe('the server', () => {
  it.each(['/v2', '/v2/'])('GET %s', async (url) => {
    expect((await get(url)).body).toEqual({
      name: 'fitserve',
      version: '0.0.0-test',
      extensions: ['classification', 'binary_tensor_data', 'model_repository', 'statistics'],
    })
  })

  it('is live and ready', async () => {
    expect((await get('/v2/health/live')).body).toEqual({ live: true })
    expect((await get('/v2/health/ready')).body).toEqual({ live: true, ready: true })
  })

  it('is not ready before the models have been read', async () => {
    const own = await stubApp({
      serving: { health: () => ({ looked: false, reachable: true, models: [] }) },
    })
    expect(await get('/v2/health/ready', own)).toEqual({
      status: 503,
      body: { error: 'The server is not ready.' },
    })
    await own.close()
  })

  it('says which methods an address has', async () => {
    const asked = async (method: 'GET' | 'PUT' | 'OPTIONS', url: string) => {
      const { statusCode, headers } = await app.inject({ method, url })
      return [statusCode, headers['allow']]
    }
    expect(await asked('GET', '/v2/models/reviews/infer')).toEqual([405, 'OPTIONS, POST'])
    expect(await asked('PUT', '/v2/health/live')).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect(await asked('OPTIONS', '/v2/models/reviews/infer')).toEqual([204, 'OPTIONS, POST'])
    expect(await asked('PUT', '/v2/nonsense')).toEqual([404, undefined])
  })

  it('names no address that the protocol lacks', async () => {
    expect(await get('/v2/nonsense')).toMatchObject({ status: 404, body: { error: expect.any(String) } })
  })
})

describe('a model', () => {
  it('has metadata', async () => {
    expect((await get('/v2/models/topics/versions/2')).body).toEqual({
      name: 'topics',
      versions: ['2'],
      platform: 'fitserve_json',
      inputs: [
        { name: 'title', datatype: 'BYTES', shape: [-1, 1] },
        { name: 'source', datatype: 'BYTES', shape: [-1, 1] },
      ],
      outputs: [
        { name: 'label', datatype: 'BYTES', shape: [-1, 1] },
        { name: 'confidence', datatype: 'FP64', shape: [-1, 1] },
        { name: 'probabilities', datatype: 'FP64', shape: [-1, 3] },
      ],
      properties: { task: 'multiclass', classes: '["earn","acq","crude"]' },
    })
  })

  it('is ready if it can be loaded', async () => {
    expect((await get('/v2/models/houses/ready')).body).toEqual({ name: 'houses', ready: true })
    expect((await get('/v2/models/houses/versions/2/ready')).status).toBe(200)
    expect(await get('/v2/models/nope/ready')).toEqual({
      status: 404,
      body: { error: 'There is no model "nope".' },
    })
    expect((await get('/v2/models/houses/versions/9/ready')).status).toBe(404)
  })
})

describe('infer', () => {
  it('answers all outputs, with the id of the request', async () => {
    expect(await post('/v2/models/reviews/infer', { id: 'mine', ...text([ten]) })).toEqual({
      status: 200,
      body: {
        model_name: 'reviews',
        model_version: '3',
        id: 'mine',
        outputs: [
          { name: 'label', shape: [1, 1], datatype: 'BYTES', data: ['neg'] },
          { name: 'score', shape: [1, 1], datatype: 'FP64', data: [0.1] },
          { name: 'probabilities', shape: [1, 2], datatype: 'FP64', data: [0.9, 0.1] },
        ],
      },
    })
  })

  it('answers by the version of the address', async () => {
    expect((await post('/v2/models/reviews/versions/2/infer', text([ten]))).body['model_version']).toBe('2')
  })

  it.each([
    ['nested data', text([[ten], [`${ten}${ten}`]]), [0.1, 0.2]],
    ['the name text', text([ten], { name: 'text' }), [0.1]],
    ['a shape of one dimension', text([ten, ten], { shape: [2] }), [0.1, 0.1]],
    [
      'Base64',
      text([Buffer.from(ten).toString('base64')], { parameters: { content_type: 'base64' } }),
      [0.1],
    ],
    ['a content type of texts', text([ten], { parameters: { content_type: 'str' } }), [0.1]],
  ])('reads %s', async (_what, body, scores) => {
    const answer = await post('/v2/models/reviews/infer', { ...body, outputs: [{ name: 'score' }] })
    expect(outputsOf(answer)).toEqual([['score', scores]])
  })

  it.each([
    ['a column each', numbers({}, {}), [2001]],
    ['a missing number', numbers({}, { data: [null] }), [2000.5]],
    [
      'one tensor of all columns',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4] }] },
      [1002, 3004],
    ],
    [
      'one nested tensor',
      {
        inputs: [
          {
            name: 'x',
            datatype: 'INT64',
            shape: [2, 2],
            data: [
              [1, 2],
              [3, 4],
            ],
          },
        ],
      },
      [1002, 3004],
    ],
  ])('reads %s', async (_what, body, values) => {
    expect(outputsOf(await post('/v2/models/houses/infer', body))).toEqual([['value', values]])
  })

  it('answers several targets, and labels, each as outputs of their own', async () => {
    const rain = { inputs: [{ name: 'rain', datatype: 'FP32', shape: [1], data: [4] }] }
    expect(outputsOf(await post('/v2/models/yields/infer', rain))).toEqual([
      ['wheat', [4]],
      ['rye', [2]],
    ])
    const title = { inputs: [{ name: 'title', datatype: 'BYTES', shape: [1], data: ['x'] }] }
    expect(outputsOf(await post('/v2/models/tags/infer', title))).toEqual([
      ['probabilities', [0.25, 0.75]],
      ['answered', [false, true]],
    ])
  })

  it('answers the likeliest classes', async () => {
    const body = {
      inputs: [
        { name: 'title', datatype: 'BYTES', shape: [1, 1], data: ['x'] },
        { name: 'source', datatype: 'BYTES', shape: [1, 1], data: ['wire'] },
      ],
      outputs: [{ name: 'probabilities', parameters: { classification: 2 } }],
    }
    expect((await post('/v2/models/topics/infer', body)).body['outputs']).toEqual([
      { name: 'probabilities', shape: [1, 2], datatype: 'BYTES', data: ['0.625:2:crude', '0.25:0:earn'] },
    ])
  })

  it.each([
    ['reviews', undefined, /Expected an object with inputs/],
    ['reviews', {}, /inputs/],
    ['reviews', text([ten], { shape: [2, 1] }), /has 1 value, but its shape \[2, 1\] is of 2/],
    ['reviews', text([ten], { shape: [1, 1, 1] }), /has 3 dimensions; expected 1 or 2/],
    [
      'reviews',
      text([ten], { shape: Array(9).fill(1) }),
      /^\/inputs\/0\/shape: Expected at most 8 items, got 9\.$/,
    ],
    ['reviews', text([1]), /\/inputs\/0\/data\/0|Expected a string/],
    ['reviews', text([ten], { datatype: 'STRING' }), /Expected one of "BOOL"/],
    ['reviews', text([ten], { data: undefined }), /Expected data/],
    ['reviews', text([ten], { name: 'title' }), /The column is missing/],
    ['reviews', { ...text([ten]), outputs: [{ name: 'value' }] }, /Known: label, score, probabilities/],
    [
      'reviews',
      { ...text([ten]), outputs: [{ name: 'score', parameters: { classification: 1 } }] },
      /no classes/,
    ],
    [
      'reviews',
      { ...text([ten]), outputs: [{ name: 'score', parameters: { classification: 0 } }] },
      /above 0/,
    ],
    ['houses', numbers({ data: ['2'] }, {}), /Expected a number/],
    ['houses', numbers({ name: 'age' }, {}), /"age" is there twice/],
    ['houses', numbers({ shape: [2, 1], data: [1, 2] }, {}), /has the shape \[1\]; expected \[2, 1\]/],
    ['houses', text(Array(11).fill(ten), { name: 'rooms' }), /at most 10 rows, got 11/],
    // Rows beyond the limit are refused before they are made, so that what is wrong with them is not said.
    ['houses', numbers({ shape: [11], data: Array(11).fill('x') }, {}), /at most 10 rows, got 11/],
    [
      'houses',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [11, 2], data: Array(22).fill('x') }] },
      /at most 10 rows, got 11/,
    ],
  ])('refuses for %s %j', async (model, body, error) => {
    const answer = await post(`/v2/models/${model}/infer`, body)
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(error) } })
  })
})

describe('tensors as bytes', () => {
  const ask = async (json: object, raw: Buffer, headers: Record<string, string> = {}) => {
    const text = Buffer.from(JSON.stringify(json))
    return app.inject({
      method: 'POST',
      url: '/v2/models/houses/infer',
      headers: { 'inference-header-content-length': String(text.length), ...headers },
      payload: Buffer.concat([text, raw]),
    })
  }
  const input = (name: string, datatype: string, bytes: number) => ({
    name,
    datatype,
    shape: [1, 1],
    parameters: { binary_data_size: bytes },
  })
  const request = { inputs: [input('rooms', 'FP32', 4), input('age', 'INT16', 2)] }
  const raw = Buffer.from([0, 0, 0, 0x40, 7, 0])

  it('are read in the order of the inputs', async () => {
    expect((await ask(request, raw)).json().outputs).toEqual([
      { name: 'value', shape: [1, 1], datatype: 'FP64', data: [2007] },
    ])
  })

  it('are answered where they are asked for', async () => {
    const answer = await ask({ ...request, parameters: { binary_data_output: true } }, raw)
    const length = Number(answer.headers['inference-header-content-length'])
    expect(answer.headers['content-type']).toBe('application/octet-stream')
    expect(JSON.parse(answer.rawPayload.subarray(0, length).toString()).outputs).toEqual([
      { name: 'value', shape: [1, 1], datatype: 'FP64', parameters: { binary_data_size: 8 } },
    ])
    expect(answer.rawPayload.subarray(length).readDoubleLE(0)).toBe(2007)
  })

  it.each([
    [request, raw.subarray(1), {}, /exceeds the bytes/],
    [request, Buffer.concat([raw, raw]), {}, /6 bytes behind the JSON belong to no input/],
    [{ inputs: [input('rooms', 'FP64', 6)] }, raw, {}, /not whole elements of FP64/],
    [{ inputs: [input('rooms', 'BYTES', 6)] }, raw, {}, /not whole elements of BYTES/],
    [request, raw, { 'inference-header-content-length': '1e3' }, /must be a number of bytes/],
    [request, raw, { 'inference-header-content-length': '99999' }, /must be a number of bytes/],
  ])('%# are refused', async (json, bytes, headers, error) => {
    const answer = await ask(json, bytes, headers)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().error).toMatch(error)
  })
})

describe('the repository', () => {
  it('lists versions, and whether they are in memory', async () => {
    const ready = { name: 'imdb', version: '2', state: 'READY', reason: '' }
    const away = { name: 'imdb', version: '1', state: 'UNAVAILABLE', reason: expect.any(String) }
    expect((await post('/v2/repository/index')).body).toEqual([away, ready])
    expect((await post('/v2/repository/index', { ready: true })).body).toEqual([ready])
    expect((await post('/v2/repository/index', { ready: 1 })).status).toBe(400)
  })

  it('loads a model, and unloads none', async () => {
    expect((await post('/v2/repository/models/houses/load')).body).toEqual({ name: 'houses', load: true })
    expect((await post('/v2/repository/models/nope/load', {})).status).toBe(404)
    expect((await post('/v2/repository/models/houses/unload')).status).toBe(400)
  })
})

it('counts rows, answers and refusals of a version', async () => {
  const own = await protocolApp()
  const send = (payload: object) => own.inject({ method: 'POST', url: '/v2/models/reviews/infer', payload })
  await send(text([ten, ten]))
  await send(text([ten]))
  await send(text([1]))
  const { body } = await get('/v2/models/stats', own)
  expect(body['model_stats']).toMatchObject([
    {
      name: 'reviews',
      version: '3',
      inference_count: 3,
      execution_count: 2,
      inference_stats: { success: { count: 2 }, fail: { count: 1 } },
    },
  ])
  expect((await get('/v2/models/imdb/versions/2/stats', own)).body).toEqual({ model_stats: [] })
  expect((await get('/v2/models/nope/stats', own)).status).toBe(404)
  await own.close()
})
