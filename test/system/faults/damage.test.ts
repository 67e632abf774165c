import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createFolderStore } from '../../../src/store/folder.ts'
import { checkStore } from '../../../src/upkeep/check/check-store.ts'
import { type Answer, dataFolder, type Service, start } from '../harness.ts'
import { job, ROWS, table } from './clients.ts'
import { LENGTH } from './options.ts'

const Problem = z.object({ type: z.string(), detail: z.string() })
const List = z.object({ items: z.array(z.record(z.string(), z.unknown())) })
const HOW = ['flipped', 'torn', 'emptied'] as const
/** Each costs a start of the service for each kind of file. */
const TRIED = LENGTH.long ? HOW : HOW.slice(0, 1)

/** A service has two models on two data sets. Files of the first are damaged; the second must not be affected. */
describe('a damaged file of the store', () => {
  let service: Service
  let folder: string
  let hit: { job: string; dataset: string }
  let whole: { job: string; answer: Answer }
  const get = (path: string) => service.request(path)
  const predict = (model: string) => service.post('/predict', { model, rows: ROWS })
  const upload = async (name: string, number: number): Promise<string> => {
    const options = { method: 'POST', headers: { 'content-type': 'text/csv' }, body: table(number) }
    const { body } = await service.request(`/datasets?name=${name}`, options)
    return z.object({ id: z.string() }).parse(body).id
  }
  const train = async (number: number, dataset: string, model: string): Promise<string> => {
    const { id } = await service.submit({ ...job(number, dataset), model })
    expect(await service.finished(id)).toMatchObject({ state: 'completed' })
    return id
  }

  beforeAll(async () => {
    folder = await dataFolder()
    service = await start({ folder })
    const dataset = await upload('hit', 0)
    await upload('whole', 1)
    hit = { dataset, job: await train(0, 'hit', 'hit') }
    whole = { job: await train(1, 'whole', 'whole'), answer: await predict('whole') }
    expect(whole.answer).toMatchObject({ status: 200, body: { version: 1 } })
  }, 180_000)

  /** Flips a bit in the middle of a file, cuts it in half or empties it while `work` runs, and then restores it. */
  const damaged = async (key: string, how: (typeof HOW)[number], work: () => Promise<void>) => {
    const path = join(folder, 'store', key)
    const bytes = await readFile(path)
    const middle = bytes.length >> 1
    const other = Buffer.from(bytes)
    other[middle] = (other[middle] ?? 0) ^ 1
    if (how === 'flipped') await writeFile(path, other)
    else await truncate(path, how === 'torn' ? middle : 0)
    try {
      await work()
    } finally {
      await writeFile(path, bytes)
    }
  }
  const restart = async () => {
    await service.stop('SIGKILL')
    service = await start({ folder })
  }
  const expectRefused = (answer: Answer, words: string) => {
    expect(answer).toMatchObject({ status: 500, body: { type: 'urn:fitserve:corrupt-artifact' } })
    expect(Problem.parse(answer.body).detail).toContain(words)
    expect(Problem.parse(answer.body).detail).not.toContain(folder)
  }
  /** Expects that the other model still works, and appears in lists. */
  const expectOthersWell = async () => {
    expect((await predict('whole')).body).toEqual(whole.answer.body)
    for (const [path, item] of [
      ['/models', { name: 'whole' }],
      ['/jobs', { id: whole.job, state: 'completed' }],
      ['/datasets', { name: 'whole' }],
    ] as const) {
      const { status, body } = await get(path)
      expect(status, path).toBe(200)
      expect(List.parse(body).items, path).toContainEqual(expect.objectContaining(item))
    }
  }
  const faults = async () => {
    const store = await createFolderStore(join(folder, 'store'))
    const report = await checkStore(store)
    await store.close()
    return report.faults.map(({ key, message }) => `${key} ${message}`).join('\n')
  }

  it.each(TRIED)(
    'is refused with its name, and everything else works: %s',
    async (how) => {
      const version = '/models/hit/versions/1'
      const artifacts = `artifacts/${hit.job}-1/`
      const cases: [key: string, path: string, words: string][] = [
        [`${artifacts}weights.bin`, `${version}/export`, 'weights.bin'],
        [`${artifacts}model.json`, `${version}/export`, 'model.json'],
        [`${artifacts}encoder.json`, `${version}/export`, 'encoder.json'],
        [`${artifacts}held-out.json`, `${version}/export`, 'held-out.json'],
        [`${artifacts}history.json`, `${version}/history`, 'history.json'],
        [`${artifacts}evaluation.json`, `${version}/evaluation`, 'evaluation.json'],
        [`${artifacts}manifest.json`, version, 'manifest.json'],
        [`datasets/${hit.dataset}/description.json`, '/datasets/hit', 'description'],
        [`datasets/${hit.dataset}/data.parquet`, '/datasets/hit/rows', 'table'],
        ['datasets/names/hit/00000001.json', '/datasets/hit', '00000001.json'],
        [`jobs/${hit.job}/record.json`, `/jobs/${hit.job}`, 'record.json'],
        [`jobs/${hit.job}/outcome.json`, `/jobs/${hit.job}`, 'outcome.json'],
        ['models/hit/log/000000000001.json', '/models/hit/log', 'Entry 1 of the log'],
      ]
      expect(await readdir(join(folder, 'store', artifacts))).toHaveLength(7)
      for (const [key, path, words] of cases) {
        await damaged(key, how, async () => {
          expect(await faults(), key).not.toBe('')
          // Files that are read at the start, or kept in memory.
          if (LENGTH.long || /log|record|outcome/.test(key)) await restart()
          expectRefused(await get(path), words)
          await expectOthersWell()
        })
      }
      expect(await faults()).toBe('')
    },
    240_000,
  )

  it('leaves the version before it in service, and is refused where its version is asked for by number', async () => {
    const id = await train(2, 'hit', 'hit')
    for (const name of ['weights.bin', 'manifest.json'])
      await damaged(`artifacts/${id}-1/${name}`, 'flipped', async () => {
        await restart()
        expectRefused(await predict('hit'), `${name} of version 2`)
        expect(await service.post('/predict', { model: 'hit', version: 1, rows: ROWS })).toMatchObject({
          status: 200,
          body: { version: 1 },
        })
      })
  }, 180_000)

  it('fails a job that trains on it', async () => {
    await damaged(`datasets/${hit.dataset}/data.parquet`, 'flipped', async () => {
      await restart()
      const { id } = await service.submit({ ...job(9, 'hit'), model: 'other' })
      expect(await service.finished(id)).toMatchObject({
        state: 'failed',
        attempt: 1,
        error: { type: 'urn:fitserve:corrupt-artifact' },
      })
    })
  }, 180_000)

  it('does not keep the service from starting where it is server.json', async () => {
    await service.stop('SIGKILL')
    for (const content of LENGTH.long ? ['', '{"url":"http://127', '\0'] : ['{"url":"http://127']) {
      await writeFile(join(folder, 'server.json'), content)
      service = await start({ folder })
      await expectOthersWell()
      await service.stop('SIGKILL')
    }
    service = await start({ folder })
  }, 180_000)
})
