import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createModelRegistry } from '../../src/registry/registry.ts'
import { checkStore } from '../../src/upkeep/check/check-store.ts'
import { planRepair, repair } from '../../src/upkeep/check/repair-model.ts'
import { fixture, order } from '../jobs/fixture.ts'

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
