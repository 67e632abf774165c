import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { membersOf, readSingleRow } from '../../../src/api/fast-path/single-row.ts'
import { PredictBody, PredictModelBody } from '../../../src/api/schemas/predict.ts'
import { asker } from '../ask.ts'
import { stubApp } from '../stubs.ts'

const value = fc.oneof(
  fc.string(),
  fc.jsonValue(),
  fc.constantFrom(1, 0, -1, 1.5, 2 ** 53, 1e308, null, '', '3', 'production'),
)
const key = fc.constantFrom(
  'model',
  'version',
  'text',
  'features',
  'texts',
  'rows',
  'onError',
  '__proto__',
  'x',
)
const body = fc.oneof(
  fc.jsonValue(),
  fc
    .array(fc.tuple(key, value), { maxLength: 4 })
    .map((entries): unknown => JSON.parse(JSON.stringify(Object.fromEntries(entries)))),
)

describe('a request with one row, read without its schema', () => {
  for (const [named, schema] of [
    [false, PredictBody],
    [true, PredictModelBody],
  ] as const)
    it(`is one that ${named ? 'PredictModelBody' : 'PredictBody'} accepts, and says the same`, () => {
      let read = 0
      fc.assert(
        fc.property(body, (sent) => {
          const single = readSingleRow(sent, named)
          if (!single) return
          read += 1
          const checked: Record<string, unknown> = schema.parse(sent)
          const { model, version, ...rows } = checked
          expect(rows).toEqual({ [single.form]: single.row })
          expect({ model, version }).toEqual({ model: single.model, version: single.version })
        }),
        { numRuns: 5000 },
      )
      expect(read).toBeGreaterThan(100)
    })

  it('accepts every valid request with one row', () => {
    expect(readSingleRow({ model: 'imdb', text: 'fine' }, false)?.row).toBe('fine')
    expect(readSingleRow({ model: 'imdb', version: 3, features: { x: null } }, false)?.version).toBe(3)
    expect(readSingleRow({ version: 'production', text: 'fine' }, true)?.form).toBe('text')
  })
})

describe('the JSON of a prediction', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true })

  it("is JSON.stringify's", () => {
    const names = fc.array(fc.oneof(fc.string(), fc.constantFrom('0', '10', '2', 'a', '__proto__')))
    fc.assert(
      fc.property(
        fc.string(),
        number,
        number,
        names,
        number,
        (label, score, confidence, classes, probability) => {
          const probabilities: Record<string, number> = {}
          for (const name of classes)
            Object.defineProperty(probabilities, name, {
              value: probability,
              enumerable: true,
              configurable: true,
              writable: true,
            })
          const prediction = { label, score, confidence, probabilities }
          expect(`{${membersOf(prediction)}}`).toBe(JSON.stringify(prediction))
          expect(`{${membersOf({ value: score })}}`).toBe(JSON.stringify({ value: score }))
        },
      ),
    )
  })

  it.each([
    ['any number of labels', { labels: [{ label: 'a', score: 0.9 }], probabilities: { a: 0.9, b: 0.1 } }],
    ['a value for each target', { values: { heat: 3.5, cold: -2 } }],
  ])('is left to the route where a row has %s', async (_, prediction) => {
    expect(membersOf(prediction)).toBeUndefined()
    const app = await stubApp({
      serving: {
        predictNow: () => ({ model: 'tags', version: 2, prediction }),
        predict: async () => ({ model: 'tags', version: 2, predictions: [prediction] }),
      },
    })
    const ask = asker(app)
    const one = await ask({ method: 'POST', url: '/predict', payload: { text: 'fine' } })
    expect(one.body).toEqual({ model: 'tags', version: 2, ...prediction })
    const several = await ask({ method: 'POST', url: '/predict', payload: { texts: ['fine'] } })
    expect(several.body).toEqual({ model: 'tags', version: 2, predictions: [prediction] })
    const lines = await ask({
      method: 'POST',
      url: '/predict',
      headers: { 'content-type': 'application/x-ndjson' },
      payload: '{"text":"fine"}\n',
    })
    expect(JSON.parse(String(lines.text))).toEqual(prediction)
    await app.close()
  })

  it('goes out as it is, where a version in memory answers', async () => {
    const prediction = {
      label: 'pos',
      score: 0.75,
      confidence: 0.75,
      probabilities: { neg: 0.25, pos: 0.75 },
    }
    const asked: unknown[] = []
    const app = await stubApp({
      serving: {
        predictNow(...question) {
          asked.push(question)
          return { model: 'imdb', version: 2, prediction }
        },
      },
    })
    const ask = asker(app)
    for (const url of ['/predict', '/models/imdb/predict']) {
      const answer = await ask({ method: 'POST', url, payload: { text: 'fine' } })
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(answer.body).toEqual({ model: 'imdb', version: 2, ...prediction })
    }
    expect(asked).toEqual([
      [{ model: undefined, version: undefined }, 'fine', 'text'],
      [{ model: 'imdb', version: undefined }, 'fine', 'text'],
    ])
    const query = await ask({ method: 'POST', url: '/predict?model=imdb', payload: { text: 'fine' } })
    expect(query.status).toBe(400)
    await app.close()
  })
})
