import { describe, expect, it } from 'vitest'
import { JsonText } from '../../src/models/encoders/words/json-text.ts'
import { createServing } from '../../src/serving/serving.ts'
import { largeModel } from '../helpers/large-model.ts'
import { fakeModels, one } from './fake-models.ts'

const FILES = new Map(Object.entries(largeModel(10, 0.5)).map(([name, bytes]) => [name, Buffer.from(bytes)]))

/** A model `m` whose only version reads a text: its one word and the pairs of it speak for the class `pos`. */
async function textModel() {
  const { models, publish } = fakeModels()
  publish('m', 1)
  models.readArtifacts = async () => FILES
  return createServing({ models, pollMs: 100_000 })
}

const text = { ...one, form: 'text', path: '/text' } as const
const KNOWN = 'word0 word0'
const longest = 'a'.repeat(1_000_000)

describe('a text', () => {
  it('is answered as the row of the only column is', async () => {
    const serving = await textModel()
    const byRow = await serving.predict({}, [{ text: KNOWN }], one)
    expect(byRow.predictions).toMatchObject([{ label: 'pos' }])
    expect(await serving.predict({}, [KNOWN], text)).toEqual(byRow)
    const many = { ...text, path: '/texts', single: false }
    expect((await serving.predict({}, [KNOWN, KNOWN], many)).predictions).toEqual([
      ...byRow.predictions,
      ...byRow.predictions,
    ])
    await serving.close()
  })

  it('is answered at once, also as it stands in a request', async () => {
    const serving = await textModel()
    const { predictions } = await serving.predict({}, [KNOWN], text)
    const now = { model: 'm', version: 1, prediction: predictions[0] }
    expect(serving.predictNow({}, KNOWN, 'text')).toEqual(now)
    const bytes = Buffer.from(`"${KNOWN}"`)
    expect(serving.predictNow({}, new JsonText(bytes, 1, bytes.length - 1), 'text')).toEqual(now)
    expect(serving.predictNow({}, longest, 'text')).toBeDefined()
    for (const other of [`${longest}a`, 3, null, { text: KNOWN }, [KNOWN]])
      expect(serving.predictNow({}, other, 'text')).toBeUndefined()
    await serving.close()
  })

  it('that is none, or too long, is refused at its own place', async () => {
    const serving = await textModel()
    for (const [input, message] of [
      [3, /^Expected a text, got a number/],
      [`${longest}a`, /^The text has 1,000,001 characters, above the limit of 1,000,000/],
    ] as const)
      await expect(serving.predict({}, [input], text)).rejects.toMatchObject({
        code: 'invalid-rows',
        problems: [{ path: '/text', message: expect.stringMatching(message) }],
      })
    const many = { ...text, path: '/texts', single: false, onError: 'row' } as const
    const { predictions } = await serving.predict({}, [KNOWN, 3], many)
    expect(predictions).toMatchObject([{ label: 'pos' }, { error: { errors: [{ path: '/texts/1' }] } }])
    await serving.close()
  })

  it('is refused by a model that has other columns', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const serving = await createServing({ models, pollMs: 100_000 })
    await expect(serving.predict({}, [KNOWN], text)).rejects.toMatchObject({
      code: 'invalid-rows',
      problems: [
        {
          path: '/text',
          message: 'This model does not take a single text. Send features or rows with the columns x.',
        },
      ],
    })
    await serving.close()
  })
})

describe('beside the answer to a text', () => {
  it('stand its notes, where they are asked for', async () => {
    const serving = await textModel()
    const [plain] = (await serving.predict({}, [KNOWN], text)).predictions
    expect(plain).not.toHaveProperty('notes')
    const noted = await serving.predict({}, [KNOWN, 'else'], { ...text, single: false, notes: true })
    expect(noted.predictions).toMatchObject([{ label: 'pos', notes: [] }, { notes: [] }])
    await serving.close()
  })

  it('stands its explanation, unless it is too long or no text', async () => {
    const serving = await textModel()
    const explain = { top: 5 }
    const { predictions } = await serving.predict({}, [KNOWN], { ...text, explain })
    expect(predictions).toMatchObject([{ label: 'pos', explanation: expect.any(Array) }])
    const long = 'a '.repeat(50_001)
    const explained = { ...text, explain, onError: 'row' } as const
    const refused = await serving.predict({}, [long], explained)
    expect(refused.predictions).toMatchObject([{ error: { errors: [{ path: '/text' }] } }])
    expect((await serving.predict({}, [long], text)).predictions, 'without one').toMatchObject([
      { label: 'pos' },
    ])
    const none = await serving.predict({}, [3], explained)
    expect(none.predictions).toMatchObject([
      { error: { message: expect.stringMatching(/^Expected a text/) } },
    ])
    await serving.close()
  })

  it('stands whether it is certain, and nothing that the version cannot say', async () => {
    const serving = await textModel()
    const [plain] = (await serving.predict({}, [KNOWN], text)).predictions
    expect(plain).not.toHaveProperty('abstained')
    const asked = async (abstain: number) =>
      (await serving.predict({}, [KNOWN], { ...text, uncertainty: { abstain } })).predictions
    expect(await asked(0.01)).toMatchObject([{ label: 'pos', abstained: false }])
    expect(await asked(1)).toMatchObject([{ label: 'pos', abstained: true }])
    for (const uncertainty of [{ interval: 0.9 }, { set: 0.9 }])
      await expect(serving.predict({}, [KNOWN], { ...text, uncertainty })).rejects.toMatchObject({
        code: 'invalid-request',
        message: expect.stringMatching(/^Version 1: /),
        problems: [{ path: `/${Object.keys(uncertainty)[0]}` }],
      })
    await serving.close()
  })
})
