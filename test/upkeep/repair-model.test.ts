import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { writeArtifacts } from '../../src/registry/artifacts.ts'
import type { VersionEntry } from '../../src/registry/model-log.ts'
import { createModelRegistry } from '../../src/registry/registry.ts'
import { ownProgram } from '../../src/runtime/helper-pool.ts'
import { seal } from '../../src/store/sealed.ts'
import { checkStore } from '../../src/upkeep/check/check-store.ts'
import { planRepair, repair } from '../../src/upkeep/check/repair-model.ts'
import { createArchives } from '../../src/versions/archives.ts'
import { fixture, order } from '../jobs/fixture.ts'
import { encoder, history, model, weights } from '../jobs/small-model.ts'

/** A model with two versions of two jobs, of which the second is entry 2 of its log. */
async function twoVersions() {
  const parts = await fixture()
  const jobs: string[] = []
  for (const epochs of [1, 2]) {
    const { id } = await parts.submit({ ...order, recipe: { ...order.recipe, epochs } })
    await parts.attempt(id)
    jobs.push(id)
  }
  const damage = async (entry: number) => {
    const file = join(parts.folder, 'models', 'm', 'log', `${String(entry).padStart(12, '0')}.json`)
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, -30))
  }
  /** A registry that has read nothing yet, as a process that starts. */
  const started = () => createModelRegistry(parts.store)
  return { ...parts, jobs, damage, started }
}

/** Publishes a version of another model, and returns a function that imports its archive. */
async function importer({ store, models }: Pick<Awaited<ReturnType<typeof fixture>>, 'store' | 'models'>) {
  const archives = createArchives({
    store,
    models,
    maxBytes: 1_000_000,
    program: ownProgram(import.meta.url, '../../src/programs/check-archive'),
  })
  onTestFinished(() => archives.close())
  const columns = ['x', 'y'].map((name) => ({
    name,
    type: 'number' as const,
    missing: 0,
    min: 0,
    max: 1,
    mean: 0.5,
  }))
  const input = RecipeInput.parse({ target: 'y', validation: null })
  const { recipe } = completeRecipe(input, { rows: 100, columns })
  const artifacts = 'artifacts/source-1/'
  const files = new Map<string, string | Buffer>([
    ['model.json', JSON.stringify(model)],
    ['weights.bin', weights],
    ['encoder.json', JSON.stringify(encoder)],
    ['history.json', JSON.stringify(history)],
  ])
  const manifest = await writeArtifacts(store, artifacts, files, {
    model: 'source',
    job: 'source',
    attempt: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    dataset: { id: `ds_${'a'.repeat(24)}`, name: 'houses' },
    recipe,
    classes: null,
  })
  await models.publish('source', { job: 'source', attempt: 1, artifacts, manifest, promote: 'never' }, null)
  const archive = await buffer((await archives.export('source', '1')).content)
  return (name: string) => archives.import(name, Readable.from([archive]), { promote: 'never', by: null })
}

describe('the repair of a model whose newest log entry is damaged', () => {
  it('appends an entry with the version that its job has published, and the log goes on', async () => {
    const { store, damage, started, jobs, submit, attempt } = await twoVersions()
    await damage(2)
    await expect(started().head('m')).rejects.toMatchObject({ code: 'corrupt-artifact' })
    const plan = await planRepair(store, 'm')
    expect(plan).toMatchObject({ end: { lost: [2] }, found: [{ version: 2, job: jobs[1] }] })
    await expect(started().head('m'), 'a plan changes nothing').rejects.toThrow()
    expect(plan && (await repair(store, plan))).toBe(3)
    const models = started()
    const head = await models.head('m')
    expect(head).toMatchObject({
      by: null,
      events: [{ type: 'repaired', lost: [2], restored: [2] }],
    })
    expect(head?.state).toMatchObject({ nextVersion: 3, aliases: { production: { version: 1 } } })
    expect(head?.state.versions.map(({ version }) => version)).toEqual([1, 2])
    expect((await models.log('m', { limit: 10 })).items.map(({ generation }) => generation)).toEqual([3, 1])
    await models.setAlias('m', 'production', 2, 'someone')
    const { id } = await submit({ ...order, force: true })
    await attempt(id)
    expect((await started().head('m'))?.state.versions.map(({ version }) => version)).toEqual([1, 2, 3])
    const logs = (await checkStore(store)).faults.filter(({ key }) => key.startsWith('models/'))
    expect(logs).toEqual([])
  })

  it('uses no number again that the damaged entry may have published, where its files are gone', async () => {
    const { store, damage, started, jobs } = await twoVersions()
    await damage(2)
    await store.deleteBelow(`artifacts/${jobs[1]}-1/`)
    const plan = await planRepair(store, 'm')
    expect(plan).toMatchObject({ found: [], state: { nextVersion: 3 } })
    if (plan) await repair(store, plan)
    expect((await started().head('m'))?.state.versions.map(({ version }) => version)).toEqual([1])
    const logs = (await checkStore(store)).faults.filter(({ key }) => key.startsWith('models/'))
    expect(logs).toEqual([])
  })

  it('finds versions that came by import, and numbers them in the order of events', async () => {
    const parts = await twoVersions()
    const { store, models, damage, started, submit, attempt } = parts
    const importInto = await importer(parts)
    const imported = await importInto('m')
    await importInto('other')
    await models.setAlias('m', 'best', 3, null)
    const { id } = await submit({ ...order, force: true })
    await attempt(id)
    await importInto('m')
    expect((await models.head('m'))?.state.versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5])
    const before = await models.head('m')
    for (const entry of [3, 4, 5, 6]) await damage(entry)
    const plan = await planRepair(store, 'm')
    expect(plan?.found).toMatchObject([
      { version: 3, job: imported.job, imported: true },
      { version: 4, job: id, imported: false },
      { version: 5, imported: true },
    ])
    // Each of four lost entries may have published a version after the second one.
    expect(plan?.state.nextVersion).toBe(7)
    expect(plan && (await repair(store, plan))).toBe(7)
    const after = (await started().head('m'))?.state.versions
    const files = (versions: readonly VersionEntry[] = []) =>
      versions.map(({ version, job, artifacts, manifest }) => ({ version, job, artifacts, manifest }))
    expect(files(after)).toEqual(files(before?.state.versions))
    const faults = (await checkStore(store)).faults.filter(({ key }) => /^models.m./.test(key))
    expect(faults).toEqual([])
  })

  it('takes no version of another model, of a part, or with a number that the damage cannot have had', async () => {
    const { store, damage, jobs, records, submit } = await twoVersions()
    const { id: other } = await submit({ ...order, model: 'n' })
    const { id: family } = await submit({ ...order, recipe: { epochs: 3, validation: { kFold: 2 } } })
    const [part = '', beyond = ''] = (await records.find(family))?.children ?? []
    const outcome = await records.outcome(jobs[1] ?? '')
    if (!outcome) throw new Error('The second job has no outcome.')
    for (const [job, version] of [
      [other, 2],
      [part, 2],
      [beyond, 3],
      [family, 3],
    ] as const) {
      await store.create(`jobs/${job}/outcome.json`, seal({ ...outcome, version }))
      for (const file of ['manifest.json', 'model.json']) {
        const bytes = await store.read(`artifacts/${jobs[1]}-1/${file}`)
        if (bytes) await store.create(`artifacts/${job}-1/${file}`, bytes)
      }
    }
    await damage(2)
    expect((await planRepair(store, 'm'))?.found.map(({ job }) => job)).toEqual([jobs[1]])
  })

  it('gives an import the first number that no job has', async () => {
    const parts = await twoVersions()
    const { store, records, damage, jobs } = parts
    const importInto = await importer(parts)
    const imported = await importInto('m')
    const { id } = await parts.submit({ ...order, force: true })
    await parts.attempt(id)
    for (const entry of [2, 3, 4]) await damage(entry)
    // By its clock the second job ended after the import, and by its number it was before.
    const outcome = await records.outcome(jobs[1] ?? '')
    const late = new Date(Date.now() + 60_000).toISOString()
    await store.delete(`jobs/${jobs[1]}/outcome.json`)
    await store.create(`jobs/${jobs[1]}/outcome.json`, seal({ ...outcome, finishedAt: late }))
    const plan = await planRepair(store, 'm')
    expect(plan?.found.map(({ version, job }) => [version, job])).toEqual([
      [2, jobs[1]],
      [3, imported.job],
      [4, id],
    ])
  })

  it('takes no import that the last readable entry must have known, and none whose files are damaged', async () => {
    const parts = await twoVersions()
    const { folder, store, models, damage } = parts
    const importInto = await importer(parts)
    const { artifacts } = await importInto('m')
    await damage(3)
    expect(await planRepair(store, 'm')).toMatchObject({ found: [{ version: 3 }] })
    const weights = join(folder, artifacts, 'weights.bin')
    const bytes = await readFile(weights)
    await writeFile(weights, 'damaged')
    expect(await planRepair(store, 'm')).toMatchObject({ found: [], state: { nextVersion: 4 } })
    await writeFile(weights, bytes)
    const manifest = join(folder, artifacts, 'manifest.json')
    const yesterday = new Date(Date.now() - 86_400_000).toISOString()
    const about = JSON.parse(String(await readFile(manifest)))
    await writeFile(manifest, JSON.stringify({ ...about, createdAt: yesterday }))
    expect(await planRepair(store, 'm')).toMatchObject({ found: [], state: { nextVersion: 4 } })
    await expect(models.head('other')).resolves.toBeUndefined()
  })

  it('is not done where the newest entry can be read, or none can', async () => {
    const { store, damage } = await twoVersions()
    expect(await planRepair(store, 'm')).toBeUndefined()
    await expect(planRepair(store, 'nobody')).rejects.toMatchObject({ code: 'unknown-model' })
    const plan = await damage(2).then(() => planRepair(store, 'm'))
    await damage(1)
    await expect(planRepair(store, 'm')).rejects.toMatchObject({ code: 'corrupt-artifact' })
    // Another process has gone on with the log since the plan was made.
    await store.create('models/m/log/000000000003.json', '{}')
    expect(plan && (await repair(store, plan))).toBeUndefined()
  })
})

describe('npm run check:store -- --repair', () => {
  it.each(['', 'n\n'])(
    'changes nothing, and says so with exit code 1, where it is answered with %j',
    async (input) => {
      const { folder, damage, started } = await twoVersions()
      await damage(2)
      const { stdout, status } = spawnSync(
        process.execPath,
        ['--import', 'tsx', 'src/programs/check-store.ts', '--repair', 'm'],
        {
          input,
          encoding: 'utf8',
          env: { PATH: process.env['PATH'], STORE_URL: pathToFileURL(folder).href },
        },
      )
      expect([status, stdout]).toEqual([1, expect.stringContaining('Nothing was changed.')])
      await expect(started().head('m')).rejects.toMatchObject({ code: 'corrupt-artifact' })
    },
  )
})
