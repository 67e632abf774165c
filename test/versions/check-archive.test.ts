import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type ColumnDescription, completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { checkPart } from '../../src/versions/check-archive.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { encoder, history, model } from '../jobs/small-model.ts'

const columns = ['x', 'y'].map(
  (name): ColumnDescription => ({ name, type: 'number', missing: 0, min: 0, max: 1 }),
)
const input = RecipeInput.parse({ target: 'y', validation: null })
const { recipe } = completeRecipe(input, { rows: 100, columns })

const floats = (...numbers: number[]) => Buffer.from(Float32Array.of(...numbers).buffer)
const manifest = {
  job: 'j1',
  createdAt: '2026-01-01T00:00:00.000Z',
  dataset: { id: `ds_${'a'.repeat(24)}`, name: 'houses' },
  recipe,
  classes: null,
  files: {},
}
/** An evaluation and the answers of folds, which an archive need not have. */
const more = {
  'evaluation.json': { rows: 3, loss: 0.5, metrics: { mae: 1 } },
  'held-out.json': { format: 1, outputs: 1, rows: 'AA==', values: 'AA==' },
}
const files = {
  'export.json': { format: 1 },
  'manifest.json': manifest,
  'history.json': history,
  'model.json': model,
  'encoder.json': encoder,
  'weights.bin': floats(2, 1),
}

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder('check-archive')
})

let checks = 0
/** Checks an archive with these files in place of good ones. */
async function checked(changes: Record<string, unknown> = {}, part = 'model') {
  checks += 1
  const own = join(folder, String(checks))
  await mkdir(own)
  for (const [name, content] of Object.entries({ ...files, ...changes }))
    await writeFile(
      join(own, name),
      Buffer.isBuffer(content) || typeof content === 'string' ? content : JSON.stringify(content),
    )
  const reply = await checkPart({ folder: own, part })
  await rm(own, { recursive: true })
  return reply.kind === 'done' ? 'done' : reply.message
}
const listed = (...names: string[]) => ({
  ...manifest,
  files: Object.fromEntries(names.map((name) => [name, { bytes: 1, sha256: 'a' }])),
})
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const wide = (keys: number) => Object.fromEntries(Array.from({ length: keys }, (_, at) => [`k${at}`, 1]))

describe('the check of an archive', () => {
  it('takes what an export has written', async () => {
    expect(await checked()).toBe('done')
    expect(await checked({}, 'about')).toBe('done')
    const all = { 'manifest.json': listed(...Object.keys(more)), ...more }
    expect(await checked(all)).toBe('done')
  })

  it('looks only at what describes it, at first', async () => {
    const broken = { 'model.json': '{', 'history.json': '{', 'weights.bin': '' }
    expect(await checked(broken, 'about')).toBe('done')
    for (const name of ['export.json', 'manifest.json']) {
      expect(await checked({ [name]: '{' }, 'about')).toBe(
        `Invalid archive. ${name} is not what such a file is.`,
      )
      const content = name === 'manifest.json' ? { ...manifest, ...wide(20_001) } : wide(20_001)
      expect(await checked({ [name]: content }, 'about')).toContain(
        `${name} has more than 20000 different keys`,
      )
    }
    expect(await checked({ 'export.json': wide(20_000) }, 'about')).toBe('done')
    expect(await checked({ 'export.json': deep(64) }, 'about')).toBe('done')
    expect(await checked({ 'export.json': deep(65) }, 'about')).toContain(
      'export.json has more than 64 levels',
    )
    // The list itself is a value too.
    expect(await checked({ 'export.json': Array(199_999).fill(0) }, 'about')).toBe('done')
    expect(await checked({ 'export.json': Array(200_000).fill(0) }, 'about')).toContain(
      'export.json has more than 200000 values, which no version needs.',
    )
    expect(await checked({ 'export.json': '[[{"__proto__":1}]]' }, 'about')).toContain(
      'has a key "__proto__"',
    )
    expect(await checked({ 'manifest.json': { ...manifest, job: 7 } }, 'about')).toContain(
      'manifest.json is not what such a file is.',
    )
  })

  it.each<[string, string, unknown]>([
    ['history.json', 'is not what such a file is', { epochs: 'many' }],
    ['history.json', 'more than 16 levels', `{"a":${deep(16)}}`],
    ['history.json', 'more than 100000 different keys', { ...history, ...wide(100_001) }],
    ['evaluation.json', 'is not what such a file is', { rows: 'many' }],
    ['evaluation.json', 'more than 100000 different keys', { ...more['evaluation.json'], a: wide(100_001) }],
    ['held-out.json', 'is not what such a file is', { ...more['held-out.json'], outputs: 0 }],
    ['held-out.json', 'is not what such a file is', { ...more['held-out.json'], other: 1 }],
    ['held-out.json', 'more than 2 levels', { ...more['held-out.json'], rows: [[1]] }],
    ['held-out.json', 'more than 10 different keys', wide(11)],
    ['held-out.json', 'more than 10 values', { rows: Array(10).fill(0) }],
    ['model.json', 'is not what such a file is', '{'],
    ['model.json', 'more than 1000 different keys', { ...model, ...wide(1_001) }],
    ['model.json', 'more than 50000 values', { ...model, a: Array(50_000).fill(0) }],
    ['model.json', 'more than 64 levels', `{"a":${deep(64)}}`],
    ['encoder.json', 'is not what such a file is', '{"inputs":'],
    ['encoder.json', 'more than 64 levels', `{"a":${deep(64)}}`],
    ['encoder.json', 'more than 20000 different keys', { ...encoder, ...wide(20_001) }],
    ['encoder.json', 'a key "__proto__"', '{"__proto__":1}'],
  ])('refuses %s, which has %s', async (name, message, content) => {
    const about = { 'manifest.json': listed(...Object.keys(more)), ...more }
    const refused = await checked({ ...about, [name]: content })
    expect(refused).toMatch(/^Invalid archive\. /)
    expect(refused).toContain(`${name} `)
    expect(refused).toContain(message)
  })

  it('looks at no figures that the manifest does not list', async () => {
    expect(await checked({ 'evaluation.json': '{', 'held-out.json': '{' })).toBe('done')
  })

  it('finds the first weight that is no finite number, wherever it is', async () => {
    const at = (index: number, value: number) => {
      const numbers = new Float32Array(2 ** 18 + 3).fill(1)
      numbers[index] = value
      return Buffer.from(numbers.buffer)
    }
    const message = (index: number) =>
      `Invalid archive. weights.bin has a weight that is not a finite number, at index ${index}.`
    expect(await checked({ 'weights.bin': at(0, Number.NaN) })).toBe(message(0))
    expect(await checked({ 'weights.bin': at(7, Number.POSITIVE_INFINITY) })).toBe(message(7))
    // A piece has a mebibyte, 2^18 weights.
    expect(await checked({ 'weights.bin': at(2 ** 18, Number.NaN) })).toBe(message(2 ** 18))
    expect(await checked({ 'weights.bin': at(2 ** 18 + 2, Number.NaN) })).toBe(message(2 ** 18 + 2))
    expect(await checked({ 'weights.bin': Buffer.concat([floats(2, 1), Buffer.alloc(1)]) })).toMatch(
      /weights\.bin/,
    )
  })

  it('refuses an encoder of texts that multiplies by numbers too large to be added up', async () => {
    const columns: ColumnDescription[] = [
      { name: 'x', type: 'text', missing: 0, meanLength: 10 },
      { name: 'y', type: 'number', missing: 0, min: 0, max: 1 },
    ]
    const texts = completeRecipe(input, { rows: 100, columns }).recipe
    const ofTexts = (idf: number) => {
      const state = {
        kind: 'text',
        type: 'tfIdf',
        analyzer: 'word',
        ngrams: [1, 1],
        lowercase: true,
        stripHtml: false,
        refuseGaps: false,
        vocabulary: 'known',
        idf: floats(idf).toString('base64'),
        ratios: null,
      }
      return {
        'manifest.json': { ...manifest, recipe: texts },
        'encoder.json': { ...encoder, inputs: [{ name: 'x', type: 'text', state }] },
      }
    }
    expect(await checked(ofTexts(2))).toBe('done')
    expect(await checked(ofTexts(3e38))).toBe("Invalid archive. The model's file encoder.json is damaged.")
  })

  it('refuses a model whose inputs or task are not those of the recipe', async () => {
    const fault = 'Invalid archive. Its recipe and its encoder do not fit together.'
    const [x] = encoder.inputs
    const second = { ...encoder, inputs: [{ ...x, name: 'z' }] }
    expect(await checked({ 'encoder.json': second })).toBe(fault)
    const task = { ...manifest, recipe: { ...recipe, task: 'binary' } }
    expect(await checked({ 'manifest.json': task })).toBe(fault)
  })

  it('says why where the model cannot be loaded, and refuses what is no task', async () => {
    expect(await checked({ 'weights.bin': floats(2) })).toMatch(/^Invalid archive\. .*weights\.bin/)
    const [x] = encoder.inputs
    const none = { ...encoder, inputs: [{ ...x, state: { kind: 'unheard of' } }] }
    expect(await checked({ 'encoder.json': none })).toMatch(/^Invalid archive\. /)
    expect(await checked({}, 'all of it')).toBe('Invalid archive. The model cannot answer.')
  })
})
