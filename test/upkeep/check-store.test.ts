import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { endedOutside } from '../../src/jobs/records/outcomes.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { seal, unseal } from '../../src/store/sealed.ts'
import { checkStore } from '../../src/upkeep/check/check-store.ts'
import { dataset, fixture, goodTrainer, order } from '../jobs/fixture.ts'
import { encoder, history, model, weights } from '../jobs/small-model.ts'

/** A store with a data set and a job that has made a version; gives the job's id. */
async function publishedStore(): Promise<{ folder: string; job: string }> {
  const { folder, store, submit, attempt } = await fixture()
  const { name, ...description } = dataset
  await store.create(`datasets/${dataset.id}/description.json`, JSON.stringify(description))
  await store.create(`datasets/${dataset.id}/data.parquet`, 'PAR1')
  await store.create(`datasets/${dataset.id}/names/${name}`, '')
  const pointer = { dataset: dataset.id, at: dataset.createdAt }
  await store.create(`datasets/names/${name}/00000001.json`, JSON.stringify(pointer))
  const { id } = await submit(order)
  const files = new Map<string, string | Uint8Array>([
    ...[
      ['encoder.json', encoder] as const,
      ['model.json', model] as const,
      ['history.json', history] as const,
    ].map(([file, content]): [string, string] => [file, JSON.stringify(content)]),
    ['weights.bin', weights],
  ])
  await attempt(id, async (input) => ({ ...(await goodTrainer(input)), files }))
  return { folder, job: id }
}

describe('a store that is checked', () => {
  let folder: string
  let job: string
  beforeEach(async () => {
    ;({ folder, job } = await publishedStore())
  })
  const check = async () => {
    const store = await createFolderStore(folder)
    onTestFinished(() => store.close())
    return checkStore(store)
  }
  const change = async (key: string, by: (text: string) => string) => {
    const path = join(folder, key)
    await writeFile(path, by(await readFile(path, 'utf8')))
  }
  /** As a mistake of a program would, and not of a disk. */
  const rewrite = (key: string, by: (text: string) => string) =>
    change(key, (text) => seal(JSON.parse(by(JSON.stringify(unseal(Buffer.from(text)))))))
  const messages = async () => (await check()).faults.map(({ key, message }) => `${key} ${message}`)

  it('has no fault where nothing is wrong', async () => {
    expect(await check()).toMatchObject({ datasets: 1, versions: 1, jobs: 1, open: [], left: [], faults: [] })
  })

  it.each(['model.json', 'weights.bin', 'encoder.json', 'history.json', 'manifest.json'])(
    'names a version of which %s is damaged',
    async (name) => {
      await change(`artifacts/${job}-1/${name}`, (text) => text.slice(0, -1))
      expect(await messages()).toEqual([
        expect.stringContaining(`${name} of version 1 of "m" is not what was stored`),
      ])
    },
  )

  it('names a model whose log says what did not happen', async () => {
    await rewrite('models/m/log/000000000001.json', (text) =>
      text.replace('"nextVersion":2', '"nextVersion":3'),
    )
    expect(await messages()).toEqual([expect.stringContaining('its next version is 3')])
  })

  it('names an alias that points nowhere', async () => {
    await rewrite('models/m/log/000000000001.json', (text) =>
      text.replace('"production":{"version":1', '"production":{"version":7'),
    )
    expect((await messages()).join('\n')).toContain('production points at version 7, which does not exist')
  })

  it('names a job whose version is not in the log', async () => {
    await rm(join(folder, 'models'), { recursive: true })
    expect(await messages()).toEqual([expect.stringContaining("which the model's log does not know")])
  })

  it('names a job that failed and has a version all the same', async () => {
    const error = { type: 'urn:fitserve:internal', title: 'Internal', detail: 'It broke.' }
    await writeFile(join(folder, `jobs/${job}/outcome.json`), JSON.stringify(endedOutside('failed', error)))
    expect(await messages()).toEqual([expect.stringContaining('It has failed, and made version 1')])
  })

  it('names a job without a record, attempts with a gap, and checkpoints that were left', async () => {
    await rm(join(folder, `jobs/${job}/attempts/1.json`))
    const store = await createFolderStore(folder)
    await store.create(`jobs/${job}/attempts/2.json`, '{}')
    await store.create(`jobs/${job}/checkpoints/000001-000001-running`, 'x')
    await store.create('jobs/019a0000-0000-7000-8000-000000000000/attempts/1.json', '{}')
    await store.close()
    const found = (await messages()).join('\n')
    expect(found).toContain('There is a gap: 2.json')
    expect(found).toContain('left 1 checkpoints')
    expect(found).toContain('It has no record')
  })

  it('tells which jobs have not ended and what an upload left half done', async () => {
    await rm(join(folder, `jobs/${job}/outcome.json`))
    const store = await createFolderStore(folder)
    const left = `ds_${'f'.repeat(24)}`
    await store.create(`datasets/${left}/data.parquet`, 'PAR1')
    await store.close()
    expect(await check()).toMatchObject({ open: [job], left: [left], faults: [] })
  })

  it('names a data set whose data is gone', async () => {
    await rm(join(folder, `datasets/${dataset.id}/data.parquet`))
    expect(await messages()).toEqual([`datasets/${dataset.id}/ Its data is missing.`])
  })
})
