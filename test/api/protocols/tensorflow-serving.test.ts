import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../../src/api/route-config.ts'
import { protocolApp } from './models.ts'

let app: App
beforeAll(async () => {
  app = await protocolApp()
})
afterAll(() => app.close())

const post = async (url: string, body: unknown, headers: Record<string, string> = {}) => {
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await app.inject({ method: 'POST', url, payload, headers })
  return { status: answer.statusCode, body: answer.json() as unknown, type: answer.headers['content-type'] }
}
const get = async (url: string) => {
  const answer = await app.inject(url)
  return { status: answer.statusCode, body: answer.json() as unknown }
}
const ten = 'ten chars!'
const sixty = ten.repeat(6)

describe(':predict', () => {
  it.each([
    ['a text', 'reviews', { instances: [ten, sixty] }, [[0.1], [0.6]]],
    ['a text in lists of one', 'reviews', { instances: [[ten], [[sixty]]] }, [[0.1], [0.6]]],
    ['a text by its column', 'reviews', { instances: [{ review: ten }] }, [[0.1]]],
    ['a text by the name text', 'reviews', { instances: [{ text: [ten] }] }, [[0.1]]],
    ['bytes in Base64', 'reviews', { instances: [{ b64: Buffer.from('é').toString('base64') }] }, [[0.01]]],
    ['the default signature', 'reviews', { signature_name: 'serving_default', instances: [ten] }, [[0.1]]],
    ['numbers by column', 'houses', { instances: [{ rooms: 2, age: 1 }] }, [[2001]]],
    ['numbers in lists of one', 'houses', { instances: [{ rooms: [2], age: [[1]] }] }, [[2001]]],
    ['a missing number', 'houses', { instances: [{ rooms: 2, age: null }] }, [[2000.5]]],
    ['plain numbers in the order of the columns', 'houses', { instances: [[3, 7]] }, [[3007]]],
    ['one number', 'yields', { instances: [4] }, [[4, 2]]],
    ['several classes', 'topics', { instances: [{ title: 'x', source: 'wire' }] }, [[0.25, 0.125, 0.625]]],
    ['labels', 'tags', { instances: ['x'] }, [[0.25, 0.75]]],
  ])('answers %s row by row', async (_what, model, body, predictions) => {
    expect(await post(`/v1/models/${model}:predict`, body)).toEqual({
      status: 200,
      body: { predictions },
      type: 'application/json; charset=utf-8',
    })
  })

  it.each([
    ['a text', 'reviews', { inputs: [ten, sixty] }, [[0.1], [0.6]]],
    ['one text', 'reviews', { inputs: ten }, [[0.1]]],
    ['numbers by column', 'houses', { inputs: { age: [1, 2], rooms: [[3], [4]] } }, [[3001], [4002]]],
    ['keys beside the columns', 'houses', { inputs: { age: 1, rooms: 3, more: 0 } }, [[3001]]],
    ['plain rows', 'houses', { inputs: [[3, 7]] }, [[3007]]],
  ])('answers %s column by column', async (_what, model, body, outputs) => {
    expect((await post(`/v1/models/${model}:predict`, body)).body).toEqual({ outputs })
  })

  it.each(['application/json', 'text/plain', 'application/octet-stream', ''])(
    'reads the media type %j as JSON',
    async (type) => {
      const headers = type === '' ? {} : { 'content-type': type }
      expect((await post('/v1/models/reviews:predict', { instances: [ten] }, headers)).status).toBe(200)
    },
  )

  it.each([
    ['', 'JSON Parse error: The document is empty.'],
    ['{"instances":', 'JSON Parse error: The body is not valid JSON: it ends too early.'],
    ['[]', 'JSON Parse error: expected an object.'],
    [{}, "Missing 'inputs' or 'instances' key."],
    [{ instances: [ten], inputs: [ten] }, "Send either 'inputs' or 'instances', not both."],
    [{ instances: [] }, "Expected 'instances' to be a list with at least one element."],
    [{ instances: ten }, "Expected 'instances' to be a list with at least one element."],
    [
      { signature_name: 'other', instances: [ten] },
      'Serving signature name: "other" not found in signature def.',
    ],
    [
      { instances: [ten, [ten, ten]] },
      'Failed to process element: 1 of \'instances\' list. Error: Expected a value of "review" (text).',
    ],
  ])('refuses %j', async (body, error) => {
    expect(await post('/v1/models/reviews:predict', body)).toMatchObject({ status: 400, body: { error } })
  })

  it.each([
    [{ instances: [[1, 2, 3]] }, /element: 0 of 'instances' list.*"rooms" \(number\), "age" \(number\), or/],
    [{ instances: [{ rooms: 1 }] }, /\/instances\/0\/age: The column is missing/],
    [{ inputs: { rooms: [1] } }, /Missing the input "age"/],
    [{ inputs: { rooms: [1], age: [1, 2] } }, /same number of rows, and "age" has 2 instead of 1/],
  ])('refuses %j for two columns', async (body, error) => {
    const answer = await post('/v1/models/houses:predict', body)
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(error) } })
  })

  it('refuses more rows than a request may have', async () => {
    const body = { instances: Array.from({ length: 11 }, () => ten) }
    const answer = await post('/v1/models/reviews:predict', body)
    expect(answer).toMatchObject({ status: 400, body: { error: 'Expected at most 10 rows, got 11.' } })
  })

  it.each([
    ['houses:predict', { instances: Array(11).fill('x') }],
    ['houses:predict', { inputs: Array(11).fill(['x']) }],
    ['houses:predict', { inputs: { rooms: Array(11).fill(1), age: [1] } }],
    ['reviews:classify', { examples: Array(11).fill({ text: ten }), context: { text: ten } }],
  ])('refuses too many rows before it makes them: %s %j', async (address, body) => {
    const answer = await post(`/v1/models/${address}`, body)
    expect(answer).toMatchObject({ status: 400, body: { error: 'Expected at most 10 rows, got 11.' } })
  })
})

describe('addresses', () => {
  it.each([
    '/v1/models/reviews/versions/2:predict',
    '/v1/models/reviews/labels/production:predict',
    '/v1/MODELS/reviews:PREDICT',
  ])('POST %s', async (url) => {
    expect((await post(url, { instances: [ten] })).status).toBe(200)
  })

  it.each([
    ['/v1/models/nope:predict', 404, 'Servable not found for request: Latest(nope).'],
    ['/v1/models/reviews/versions/9:predict', 404, 'Servable not found for request: Specific(reviews, 9).'],
    ['/v1/models/reviews:explain', 400, 'Malformed request: POST /v1/models/reviews:explain'],
    ['/v1/models/reviews', 400, 'Malformed request: POST /v1/models/reviews'],
    [
      '/v1/models/reviews/versions/2/labels/a:predict',
      400,
      'Malformed request: POST /v1/models/reviews/versions/2/labels/a:predict',
    ],
  ])('POST %s is refused', async (url, status, error) => {
    const answer = await post(url, { instances: [ten] })
    expect(answer).toMatchObject({ status, body: { error: expect.stringContaining(error) } })
  })

  it.each([
    ['/v1/models', 'Missing model name in request.'],
    ['/v1/models/reviews:predict', 'Malformed request: GET /v1/models/reviews:predict'],
  ])('GET %s is refused', async (url, error) => {
    expect(await get(url)).toEqual({ status: 400, body: { error } })
  })
})

describe(':classify and :regress', () => {
  it('answers each class with its probability', async () => {
    const body = { context: { source: 'wire' }, examples: [{ title: ['x'] }, { title: 'y' }] }
    const results = [
      [
        ['earn', 0.25],
        ['acq', 0.125],
        ['crude', 0.625],
      ],
    ]
    expect((await post('/v1/models/topics:classify', body)).body).toEqual({
      results: [results[0], results[0]],
    })
  })

  it('answers the value of each row', async () => {
    const body = { examples: [{ rooms: 1, age: [2] }] }
    expect((await post('/v1/models/houses:regress', body)).body).toEqual({ results: [1002] })
  })

  it.each([
    ['houses:classify', { examples: [{ rooms: 1, age: 2 }] }, /Use :regress/],
    ['reviews:regress', { examples: [{ review: ten }] }, /Use :classify/],
    ['yields:regress', { examples: [{ rain: 1 }] }, /several targets/],
    ['houses:regress', { context: { age: 1 }, examples: [{ rooms: 1, age: 2 }] }, /"age" is in both/],
    ['houses:regress', { examples: [] }, /Expected 'examples'/],
    ['houses:regress', { instances: [] }, /Expected 'examples'/],
  ])('refuses %s of %j', async (path, body, error) => {
    const answer = await post(`/v1/models/${path}`, body)
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(error) } })
  })
})

describe('status and metadata', () => {
  const available = (version: string) => ({
    version,
    state: 'AVAILABLE',
    status: { error_code: 'OK', error_message: '' },
  })

  it('lists the versions of a model, the newest first', async () => {
    expect((await get('/v1/models/imdb')).body).toEqual({
      model_version_status: [available('2'), available('1')],
    })
  })

  it('shows one version', async () => {
    expect((await get('/v1/models/imdb/versions/2')).body).toEqual({ model_version_status: [available('2')] })
    expect((await get('/v1/models/imdb/labels/production')).body).toEqual({
      model_version_status: [available('2')],
    })
    expect((await get('/v1/models/imdb/versions/7')).status).toBe(404)
  })

  it('describes the inputs and the output', async () => {
    const shape = (width: string) => ({
      dim: [
        { size: '-1', name: '' },
        { size: width, name: '' },
      ],
      unknown_rank: false,
    })
    expect((await get('/v1/models/topics/versions/2/metadata')).body).toEqual({
      model_spec: { name: 'topics', signature_name: '', version: '2' },
      metadata: {
        signature_def: {
          signature_def: {
            serving_default: {
              inputs: {
                title: { dtype: 'DT_STRING', tensor_shape: shape('1'), name: 'title' },
                source: { dtype: 'DT_STRING', tensor_shape: shape('1'), name: 'source' },
              },
              outputs: {
                probabilities: { dtype: 'DT_DOUBLE', tensor_shape: shape('3'), name: 'probabilities' },
              },
              method_name: 'tensorflow/serving/predict',
              defaults: {},
            },
          },
        },
      },
    })
  })
})
