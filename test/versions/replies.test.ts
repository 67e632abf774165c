import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptTable } from '../../src/datasets/kept-tables.ts'
import { type ColumnDescription, completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { writeArtifacts } from '../../src/registry/artifacts.ts'
import type { VersionEntry } from '../../src/registry/model-log.ts'
import { seal } from '../../src/store/sealed.ts'
import { createEvaluations, type Evaluations } from '../../src/versions/evaluations.ts'
import { createInspections, hasHeldRows, type Inspections } from '../../src/versions/inspections.ts'
import { answeringFiles } from '../../src/versions/version-helper.ts'
import { type TemporaryRegistry, temporaryRegistry } from '../helpers/registry.ts'
import { dataset as reviews } from '../jobs/fixture.ts'

const columns = ['x', 'y'].map(
  (name): ColumnDescription => ({ name, type: 'number', missing: 0, min: 0, max: 1 }),
)
const dataset = { ...reviews, columns }
const { recipe } = completeRecipe(RecipeInput.parse({ target: 'y', validation: null }), {
  rows: 100,
  columns,
})
const program = join(import.meta.dirname, 'fixtures', 'reply.js')
const evaluation = { rows: 3, loss: 0.5, metrics: { mae: 1, r2: null } }

let parts: TemporaryRegistry
let entry: VersionEntry
let evaluations: Evaluations
let inspections: Inspections
/** The table that is there, whose file has the reply of the child. */
let table: KeptTable | undefined

beforeAll(async () => {
  parts = await temporaryRegistry('replies')
  const { store, models } = parts
  const names = ['encoder.json', 'model.json', 'weights.bin', 'held-out.json']
  const files = new Map(names.map((name) => [name, `the ${name}`]))
  const about = { recipe, classes: null, dataset: { id: dataset.id, name: 'reviews' } }
  const manifest = await writeArtifacts(store, 'artifacts/j-1/', files, about)
  const version = { job: 'j', attempt: 1, artifacts: 'artifacts/j-1/', manifest, promote: 'always' } as const
  entry = await models.publish('m', version, null)
  const read = async () => table
  evaluations = createEvaluations({ store, models, dataset: async () => dataset, table: read, program })
  inspections = createInspections({ store, models, table: read, program })
})
afterAll(async () => {
  evaluations.close()
  inspections.close()
  await parts.store.close()
})

/** Has the child reply this. */
async function replying(reply: object) {
  const file = join(parts.folder, 'reply.json')
  await writeFile(file, JSON.stringify(reply))
  table = { file, description: dataset }
}
const evaluated = async (reply: object) => {
  await replying(reply)
  await parts.store.deleteBelow('artifacts/j-1/evaluations/')
  return evaluations.evaluate('m', 1, 'reviews')
}
const inspected = async (reply: object) => {
  await replying(reply)
  return inspections.explanation('m', 1)
}

describe('an evaluation in a child process', () => {
  it('is returned, and kept', async () => {
    expect(await evaluated({ kind: 'done', evaluation })).toEqual(evaluation)
    table = undefined
    expect(await evaluations.evaluate('m', 1, 'reviews')).toEqual(evaluation)
    const [kept, ...none] = await evaluations.list(entry)
    expect(none).toEqual([])
    expect(kept).toEqual({
      dataset: { id: dataset.id, name: 'reviews' },
      evaluatedAt: expect.any(String),
      ...evaluation,
    })
  })

  it('that is refused says why', async () => {
    const message = 'Column "x" is no number.'
    await expect(evaluated({ kind: 'refused', code: 'invalid-job', message })).rejects.toMatchObject({
      code: 'invalid-job',
      message: `The version cannot be evaluated on it. ${message}`,
      problems: [{ path: '/dataset', message }],
    })
    await expect(evaluated({ kind: 'refused', code: 'corrupt-artifact', message })).rejects.toMatchObject({
      code: 'corrupt-artifact',
      message,
    })
    for (const reply of [{ kind: 'failed', message: 'TypeError: …' }, { kind: 'unheard of' }])
      await expect(evaluated(reply)).rejects.toMatchObject({
        code: 'internal',
        message: 'The version could not be evaluated.',
      })
  })

  it('is refused where the data set is gone, or does not fit', async () => {
    table = undefined
    await parts.store.deleteBelow('artifacts/j-1/evaluations/')
    await expect(evaluations.evaluate('m', 1, 'reviews')).rejects.toMatchObject({
      problems: [{ path: '/dataset', message: 'The data set no longer exists.' }],
    })
    table = { file: 'none', description: { ...dataset, columns: columns.slice(1) } }
    await expect(evaluations.evaluate('m', 1, 'reviews')).rejects.toMatchObject({
      code: 'invalid-job',
      problems: [{ path: '/dataset', message: expect.stringContaining('"x"') }],
    })
  })

  it('is listed with others, the newest first, without damaged ones', async () => {
    await parts.store.deleteBelow('artifacts/j-1/evaluations/')
    for (const [name, evaluatedAt] of [
      ['b', '2026-01-02T00:00:00Z'],
      ['c', '2026-01-03T00:00:00Z'],
      ['a', '2026-01-01T00:00:00Z'],
    ] as const) {
      const content = { dataset: { id: `ds_${name}`, name }, evaluatedAt, evaluation }
      await parts.store.create(`artifacts/j-1/evaluations/ds_${name}.json`, seal(content))
    }
    await parts.store.create('artifacts/j-1/evaluations/ds_d.json', '{')
    expect((await evaluations.list(entry)).map(({ dataset: { name } }) => name)).toEqual(['c', 'b', 'a'])
  })
})

describe('an inspection in a child process', () => {
  it('that is refused says why', async () => {
    const refusal = { message: 'It has none.', problems: [{ path: '/of', message: 'Unknown.' }] }
    for (const code of ['corrupt-artifact', 'invalid-query', 'not-found'])
      await expect(inspected({ kind: 'refused', code, ...refusal })).rejects.toMatchObject({
        code,
        ...refusal,
      })
    for (const reply of [
      { kind: 'failed', message: 'TypeError: …' },
      { kind: 'refused', code: 'internal', ...refusal },
      { kind: 'done', result: { unheard: 'of' } },
    ])
      await expect(inspected(reply)).rejects.toMatchObject({
        code: 'internal',
        message: 'The version could not be inspected.',
      })
    expect(await parts.store.has('artifacts/j-1/explanation.json')).toBe(false)
  })

  it('needs its data set, and rows that the version held out', async () => {
    table = undefined
    await expect(inspections.explanation('m', 1)).rejects.toMatchObject({
      code: 'not-found',
      message: 'The data set of Version 1 of "m" no longer exists.',
    })
    expect(hasHeldRows({ 'held-out.json': {} })).toBe(true)
    expect(hasHeldRows({ 'history.json': {} })).toBe(false)
    const { store, models } = parts
    const none = { recipe, classes: null, dataset: { id: dataset.id, name: 'reviews' } }
    const manifest = await writeArtifacts(store, 'artifacts/k-1/', new Map(), none)
    await models.publish(
      'n',
      { job: 'k', attempt: 1, artifacts: 'artifacts/k-1/', manifest, promote: 'never' },
      null,
    )
    await expect(inspections.explanation('n', 1)).rejects.toMatchObject({
      code: 'not-found',
      message:
        'Version 1 of "n" has no rows that it held out of its own data set. Train with a validation split or k-fold.',
    })
  })
})

describe('the files of a version for a child process', () => {
  it('are on this machine, each with its hash', async () => {
    const { store, models } = parts
    const { files } = await models.manifest('m', entry)
    const all = await answeringFiles({ store, model: 'm', entry, files })
    expect(all.encoder).toEqual({
      path: join(parts.folder, 'artifacts/j-1/encoder.json'),
      sha256: files['encoder.json']?.sha256,
    })
    expect(Object.keys(all)).toEqual(['encoder', 'model', 'weights'])
    const { 'model.json': _model, ...others } = files
    const missing = { code: 'corrupt-artifact', message: 'model.json of version 1 of "m" is missing.' }
    await expect(answeringFiles({ store, model: 'm', entry, files: others })).rejects.toMatchObject(missing)
    await store.delete('artifacts/j-1/model.json')
    await expect(answeringFiles({ store, model: 'm', entry, files })).rejects.toMatchObject(missing)
  })
})
