import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatasets } from '../../src/datasets/datasets.ts'
import { DatasetName } from '../../src/datasets/identity.ts'
import { readOptions } from '../../src/datasets/read-options.ts'
import { FitserveError } from '../../src/errors.ts'
import { type Bench, openBench } from './harness.ts'

/** Called when the deletions of the bench look for users of a data set. */
let lookForUsers: (id: string) => Promise<string | null>
let bench: Bench
/** The same store, as another process sees it: the two share no lock. */
let other: ReturnType<typeof createDatasets>

beforeAll(async () => {
  bench = await openBench({ inUse: (id) => lookForUsers(id) })
  other = createDatasets({ store: bench.store, maxUploadBytes: 1e6, inUse: async () => null })
})
beforeEach(() => {
  lookForUsers = async () => null
})
afterAll(async () => {
  await other.close()
  await bench.close()
})

const sendToOther = (content: string, name: string) =>
  other.upload({
    name: DatasetName.parse(name),
    body: Readable.from([Buffer.from(content)], { objectMode: false }),
    gzip: false,
    options: readOptions({ format: 'csv' }),
  })

/** Resolves once another call has looked for deletions of a data set. */
function lookedForDeletions(id: string): Promise<void> {
  const children = bench.store.children.bind(bench.store)
  return new Promise((resolve) => {
    bench.store.children = async (prefix, options) => {
      const found = await children(prefix, options)
      if (prefix === `deletions/${id}/`) resolve()
      return found
    }
  })
}

describe('while a data set is being deleted', () => {
  it('an order is told of the deletion, or goes through if the deletion is refused', async () => {
    const { dataset } = await bench.send('a\norder\n', { name: 'met' })
    for (const user of ['job 0199', null]) {
      let stands: Promise<boolean> | undefined
      lookForUsers = async (id) => {
        const looked = lookedForDeletions(id)
        stands = other.stands(id)
        await looked
        return user
      }
      const deletion = bench.datasets.delete('met')
      if (user === null) await deletion
      else await expect(deletion).rejects.toMatchObject({ code: 'dataset-in-use' })
      expect(await stands).toBe(user !== null)
      expect(await bench.store.children(`deletions/${dataset.id}/`)).toEqual([])
    }
  })

  it('an upload of the same file in another process stores it again', async () => {
    const content = 'a\nagain\n'
    await bench.send(content, { name: 'again' })
    let upload: ReturnType<typeof sendToOther> | undefined
    lookForUsers = async (id) => {
      const looked = lookedForDeletions(id)
      upload = sendToOther(content, 'again')
      await looked
      return null
    }
    await bench.datasets.delete('again')
    const answer = await upload
    expect(answer?.created).toBe(true)
    expect((await bench.datasets.rows('again', { limit: 1 })).items).toEqual([{ a: 'again' }])
    expect((await bench.datasets.get('again')).id).toBe(answer?.dataset.id)
  })

  it('the announcement of a process that died counts for ten minutes only', async () => {
    const { dataset } = await bench.send('a\nleft\n', { name: 'left' })
    await bench.store.create(`deletions/${dataset.id}/left-behind`, '')
    const file = join(bench.folder, 'store', 'deletions', dataset.id, 'left-behind')
    const hourAgo = new Date(Date.now() - 3_600_000)
    await utimes(file, hourAgo, hourAgo)
    expect(await other.stands(dataset.id)).toBe(true)
    expect(await readdir(join(bench.folder, 'store'))).not.toContain('deletions')
  })

  it('frees a full disk, on which the deletion cannot be announced', async () => {
    const { dataset } = await bench.send('a\nfull\n', { name: 'full' })
    const create = bench.store.create
    bench.store.create = () => Promise.reject(new FitserveError('store-unavailable', 'No space.'))
    await bench.datasets.delete('full').finally(() => {
      bench.store.create = create
    })
    expect(await other.stands(dataset.id)).toBe(false)
  })

  it('a deletion whose announcement no longer counts deletes nothing', async () => {
    const { dataset } = await bench.send('a\nlate\n', { name: 'late' })
    lookForUsers = async (id) => {
      await bench.store.deleteBelow(`deletions/${id}/`)
      return null
    }
    await expect(bench.datasets.delete('late')).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(await other.stands(dataset.id)).toBe(true)
  })
})
