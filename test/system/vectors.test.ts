import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { Random } from '../../src/evaluation/random.ts'
import { writeVectors } from '../helpers/word-vectors.ts'
import { dataFolder, type Service, start, temporaryFolder } from './harness.ts'

const Explained = z.object({
  label: z.string(),
  probabilities: z.record(z.string(), z.number()),
  base: z.number(),
  explanation: z.array(z.object({ term: z.string(), contribution: z.number() })),
  explained: z.object({ output: z.number(), rest: z.number() }),
})

/** Words that come in many spellings, each of its own: what they mean only their vectors tell. */
const spellings = (stem: string) =>
  Array.from({ length: 400 }, (_, at) => `${stem}${'abcdefghij'[at % 10]}${at.toString(36)}x`)
const GOOD = spellings('good')
const BAD = spellings('bad')

/** A set in which the spellings of a stem are alike in the first dimension, and all others are noise. */
function alike() {
  const random = new Random(3, 'vectors')
  const words = [...GOOD, ...BAD]
  const noise = () => (random.uint32() % 61) - 30
  return {
    words,
    scales: words.map(() => 0.01),
    values: words.map((word) => [word.startsWith('good') ? 100 : -100, noise(), noise(), noise()]),
  }
}

/** Reviews of words that hardly ever come twice. */
function reviews(rows: number): string {
  const random = new Random(4, 'rows')
  const lines = Array.from({ length: rows }, (_, at) => {
    const own = at % 2 === 0 ? GOOD : BAD
    const words = Array.from({ length: 3 }, () => own[random.uint32() % 200])
    return `"it was ${words.join(' and ')}",${at % 2 === 0 ? 'pos' : 'neg'}`
  })
  return `text,label\n${lines.join('\n')}\n`
}

async function explain(service: Service, model: string, text: string) {
  const answer = await service.post('/predict', { model, text, explain: true })
  return Explained.parse(answer.body)
}

test('a version answers by word vectors, explains and travels, on machines that do not have them', async () => {
  const vectors = await temporaryFolder()
  await writeVectors(vectors, 'alike-4', alike())
  const folder = await dataFolder()
  const service = await start({ folder, env: { VECTORS_DIR: vectors } })
  const file = join(vectors, 'reviews.csv')
  await writeFile(file, reviews(120))
  await service.upload('reviews', file)
  const order = (model: string, recipe: object) => ({ model, dataset: 'reviews', recipe })
  const { id } = await service.submit(order('stems', { vectors: 'alike-4' }))
  expect(await service.finished(id)).toMatchObject({ state: 'completed' })
  // None of these words was in any row.
  const texts = [`${GOOD[300]} film`, `${BAD[301]} and ${BAD[350]}`]
  const answers = await Promise.all(texts.map((text) => explain(service, 'stems', text)))
  expect(answers.map(({ label }) => label)).toEqual(['pos', 'neg'])
  for (const { base, explanation, explained } of answers) {
    const sum = explanation.reduce((all, { contribution }) => all + contribution, base + explained.rest)
    expect(sum).toBeCloseTo(explained.output, 6)
  }
  const told = answers[1]?.explanation.map(({ term }) => term)
  expect(told).toEqual(expect.arrayContaining([BAD[301], BAD[350]]))
  const version = await service.request('/models/stems/versions/1')
  expect(version.body).toMatchObject({ recipe: { vectors: 'alike-4' } })
  const exported = await fetch(`${service.url}/models/stems/versions/1/export`)
  const archive = new Uint8Array(await exported.arrayBuffer())
  await service.stop()

  // The same store on a machine without the set, which takes the archive too.
  await rm(vectors, { recursive: true })
  await mkdir(vectors)
  const other = await start({ folder, env: { VECTORS_DIR: vectors } })
  const imported = await other.request('/models/copied/versions', {
    method: 'POST',
    headers: { 'content-type': 'application/x-tar' },
    body: archive,
  })
  expect(imported.status).toBe(201)
  for (const model of ['stems', 'copied'])
    expect(await Promise.all(texts.map((text) => explain(other, model, text)))).toEqual(answers)
  const refused = await other.post('/jobs', order('again', { vectors: 'alike-4' }))
  expect(refused).toMatchObject({
    status: 422,
    body: {
      errors: [{ path: '/recipe/vectors', message: expect.stringContaining('npm run setup -- --vectors') }],
    },
  })
})
