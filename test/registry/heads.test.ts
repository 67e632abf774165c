import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { summarize } from '../../src/registry/artifacts.ts'
import { createModelRegistry, type ModelRegistry } from '../../src/registry/registry.ts'
import type { Store } from '../../src/store/contract.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = await temporaryFolder('heads')
  store = await createFolderStore(folder)
})
afterEach(async () => {
  await store.close()
})

const result = (job: string) => ({
  job,
  attempt: 1,
  artifacts: `artifacts/${job}-1/`,
  manifest: summarize('{}'),
  promote: 'never' as const,
})
const publishMany = (models: ModelRegistry, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => models.publish(`m${i}`, result(`j${i}`), null)))
const newest = async (models: ModelRegistry) =>
  Object.fromEntries((await models.heads()).map(({ name, head }) => [name, head.state.nextVersion - 1]))

/** A store that counts what is read, and how much of it at once. */
function counted() {
  const counts = { reads: 0, lists: 0, now: 0, most: 0 }
  const counting: Store = {
    ...store,
    async read(key) {
      counts.reads += 1
      counts.now += 1
      counts.most = Math.max(counts.most, counts.now)
      await new Promise((resolve) => setTimeout(resolve, 1))
      return store.read(key).finally(() => {
        counts.now -= 1
      })
    },
    children(prefix, options) {
      counts.lists += 1
      return store.children(prefix, options)
    },
  }
  return { counting, counts }
}

it('all models are told with one list and one read once they are known, and few are read at once', async () => {
  const writer = createModelRegistry(store)
  await publishMany(writer, 200)
  const { counting, counts } = counted()
  const models = createModelRegistry(counting)
  expect(Object.keys(await newest(models))).toHaveLength(200)
  expect(counts.most).toBeGreaterThan(4)
  expect(counts.most).toBeLessThanOrEqual(32)
  Object.assign(counts, { reads: 0, lists: 0 })
  expect(Object.keys(await newest(models))).toHaveLength(200)
  expect(counts).toMatchObject({ reads: 1, lists: 1 })
  await models.names()
  expect(counts.most).toBeLessThanOrEqual(32)
})

it('what another process or this one has changed is told at once', async () => {
  const one = createModelRegistry(store)
  const other = createModelRegistry(store)
  expect(await newest(one)).toEqual({})
  await publishMany(other, 3)
  expect(await newest(one)).toEqual({ m0: 1, m1: 1, m2: 1 })
  await other.publish('m1', result('more'), null)
  await other.deleteModel('m2', null)
  await one.publish('m0', result('own'), null)
  for (const models of [one, other, createModelRegistry(store)])
    expect(await newest(models)).toEqual({ m0: 2, m1: 2 })
  await other.publish('m2', result('back'), null)
  expect(await newest(one)).toEqual({ m0: 2, m1: 2, m2: 2 })
})

it('of looks at the same moment none misses what was changed before it', async () => {
  const writer = createModelRegistry(store)
  const reader = createModelRegistry(counted().counting)
  await publishMany(writer, 10)
  for (let round = 1; round <= 20; round += 1) {
    await writer.publish('m3', result(`r${round}`), null)
    const looks = await Promise.all([newest(reader), newest(reader), newest(reader)])
    for (const look of looks) expect(look).toMatchObject({ m3: round + 1 })
  }
})

it('a log that is damaged hides its own model alone, until it is mended', async () => {
  const writer = createModelRegistry(store)
  const reader = createModelRegistry(store)
  await publishMany(writer, 2)
  expect(await newest(reader)).toEqual({ m0: 1, m1: 1 })
  await writer.publish('m0', result('more'), null)
  const file = join(folder, 'models/m0/log/000000000002.json')
  const whole = await readFile(file)
  await writeFile(file, '{')
  for (const models of [reader, createModelRegistry(store)]) {
    expect(await newest(models)).toEqual({ m1: 1 })
    expect(await newest(models)).toEqual({ m1: 1 })
  }
  await writeFile(file, whole)
  expect(await newest(reader)).toEqual({ m0: 2, m1: 1 })
})
