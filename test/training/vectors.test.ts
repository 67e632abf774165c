import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Random } from '../../src/evaluation/random.ts'
import { csvTraining } from '../helpers/csv-training.ts'
import { vectorsOf } from '../helpers/word-vectors.ts'

/** Words of two kinds in so many spellings that hardly one comes twice. */
const spellings = (stem: string) => Array.from({ length: 900 }, (_, at) => `${stem}${at.toString(36)}`)
const GOOD = spellings('good')
const BAD = spellings('bad')
const COMMON = ['it', 'was', 'and']
const WORDS = [...GOOD, ...BAD, ...COMMON]

/** A set whose first dimension is `sign` for the good words, its negative for the bad ones, and noise elsewhere. */
function setOf(name: string, sign: number, words = WORDS) {
  const random = new Random(3, name)
  const noise = () => (random.uint32() % 61) - 30
  const first = (word: string) => (COMMON.includes(word) ? 0 : word.startsWith('good') ? sign : -sign)
  const values = words.map((word) => [first(word), noise(), noise()])
  return vectorsOf(name, { words, scales: words.map(() => 0.01), values })
}

/** Rows whose label is that of their words. */
function reviews(rows: number, seed: number): string {
  const random = new Random(seed, 'rows')
  const lines = Array.from({ length: rows }, (_, at) => {
    const own = at % 2 === 0 ? GOOD : BAD
    const words = Array.from({ length: 2 }, () => own[random.uint32() % own.length])
    return `"it was ${words.join(' and ')}",${at % 2 === 0 ? 'pos' : 'neg'}`
  })
  return `text,label\n${lines.join('\n')}\n`
}

const Manifest = z.looseObject({
  recipe: z.looseObject({ vectors: z.string(), candidates: z.null() }),
  warnings: z.array(z.looseObject({ code: z.string(), message: z.string() })),
  choice: z
    .looseObject({
      chosen: z.int(),
      candidates: z.array(z.object({ recipe: z.record(z.string(), z.unknown()), value: z.number() })),
      vectors: z.object({ name: z.string(), accuracy: z.number(), without: z.number() }).optional(),
      crossFit: z.object({ chosen: z.array(z.int()), value: z.number() }).optional(),
    })
    .optional(),
})

describe.each([
  ['folds', 120],
  ['a split', 1_200],
])('word vectors that are installed, by %s', (_, rows) => {
  let service: Awaited<ReturnType<typeof csvTraining>>
  beforeAll(async () => {
    const sets = { 'alike-3': setOf('alike-3', 100) }
    service = await csvTraining('vectors', { sets })
    await service.upload('reviews', reviews(rows, 4))
  })
  afterAll(() => service.close())

  it('are kept where they gain, are told of, and can be chosen or refused by the recipe', async () => {
    const made = await service.train('auto', 'reviews', { vectors: 'auto' })
    const { recipe, choice, warnings } = Manifest.parse(made.manifest)
    expect(recipe.vectors).toBe('alike-3')
    expect(choice).toMatchObject({ chosen: 1, vectors: { name: 'alike-3' } })
    expect(choice?.candidates.map((each) => each.recipe)).toEqual([{}, { vectors: 'alike-3' }])
    const { accuracy = 0, without = 1 } = choice?.vectors ?? {}
    expect(accuracy).toBeGreaterThan(without + 0.05)
    const told = warnings.find(({ code }) => code === 'candidate-chosen')?.message
    expect(told).toMatch(/With the word vectors "alike-3" the accuracy is .*: they are kept\./)
    expect(told).toMatch(/set the recipe's "vectors" to "alike-3" or to "none"/)

    const named = await service.train('named', 'reviews', { vectors: 'alike-3' })
    expect(Manifest.parse(named.manifest)).toMatchObject({ recipe: { vectors: 'alike-3' } })
    expect(Manifest.parse(named.manifest).choice).toBeUndefined()
    expect(await named.bytes('weights.bin')).toEqual(await made.bytes('weights.bin'))
    expect(await named.bytes('encoder.json')).toEqual(await made.bytes('encoder.json'))

    const none = await service.train('none', 'reviews', { vectors: 'none' })
    expect(Manifest.parse(none.manifest).recipe.vectors).toBe('none')
    expect(Manifest.parse(none.manifest).choice).toBeUndefined()
    expect((await none.bytes('encoder.json')).toString()).not.toContain('"vectors"')
  })
})

describe('word vectors that gain nothing', () => {
  it('are not kept, and are told of', async () => {
    const service = await csvTraining('useless', { sets: { 'noise-3': setOf('noise-3', 0) } })
    await service.upload('reviews', reviews(120, 4))
    const { manifest } = await service.train('m', 'reviews', {})
    const { recipe, choice, warnings } = Manifest.parse(manifest)
    expect(recipe.vectors).toBe('none')
    expect(choice).toMatchObject({ chosen: 0, vectors: { name: 'noise-3' } })
    const told = warnings.find(({ code }) => code === 'candidate-chosen')?.message
    expect(told).toMatch(/they are not kept/)
    await service.close()
  })
})

describe('word vectors', () => {
  it('are not tried where they know too few words of the texts', async () => {
    const foreign = setOf('foreign-3', 100, GOOD.slice(0, 300))
    const service = await csvTraining('foreign', { sets: { 'foreign-3': foreign } })
    await service.upload('reviews', reviews(120, 4))
    const { manifest } = await service.train('m', 'reviews', {})
    const { recipe, choice, warnings } = Manifest.parse(manifest)
    expect(recipe.vectors).toBe('none')
    expect(choice).toBeUndefined()
    const told = warnings.find(({ code }) => code === 'vectors-left-out')?.message
    expect(told).toMatch(
      /"foreign-3" were not tried: they know \d% of the words of the texts, and 60% are needed/,
    )
    expect(told).toMatch(/set the recipe's "vectors" to "foreign-3"/)
    await service.close()
  })

  it('that a recipe names are told of where they know few words of the texts or none', async () => {
    const sets = {
      'foreign-3': setOf('foreign-3', 100, GOOD.slice(0, 300)),
      'other-3': setOf('other-3', 100, ['autre', 'mot']),
      'alike-3': setOf('alike-3', 100),
    }
    const service = await csvTraining('own-vectors', { sets })
    await service.upload('reviews', reviews(120, 4))
    const toldOf = async (vectors: string) => {
      const { manifest } = await service.train(vectors, 'reviews', { vectors, epochs: 1 })
      return Manifest.parse(manifest).warnings.find(({ code }) => code === 'few-known-words')?.message
    }
    expect(await toldOf('foreign-3')).toMatch(/"foreign-3" know \d% of the words of the texts, .* little/)
    expect(await toldOf('other-3')).toMatch(/"other-3" know 0% of the words of the texts, .* nothing/)
    expect(await toldOf('other-3')).toMatch(/set the recipe's "vectors" to "none"/)
    expect(await toldOf('alike-3')).toBeUndefined()
    await service.close()
  })

  it('that a job does not find are not tried, and are a failure where the recipe names them', async () => {
    const service = await csvTraining('elsewhere', { sets: { 'alike-3': setOf('alike-3', 100) }, read: {} })
    await service.upload('reviews', reviews(120, 4))
    const { manifest } = await service.train('m', 'reviews', {})
    const { recipe, warnings } = Manifest.parse(manifest)
    expect(recipe.vectors).toBe('none')
    expect(warnings.find(({ code }) => code === 'vectors-left-out')?.message).toMatch(
      /they are not installed where the job runs, or damaged there \(npm run setup -- --vectors\)/,
    )
    await expect(service.train('m', 'reviews', { vectors: 'alike-3' })).rejects.toThrow(/training-failed/)
    await service.close()
  })
})
