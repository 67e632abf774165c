import { afterEach, beforeEach, expect, it } from 'vitest'
import { summarize } from '../../src/registry/artifacts.ts'
import { createModelRegistry } from '../../src/registry/registry.ts'
import { inParallel } from '../../src/runtime/in-parallel.ts'
import type { Store } from '../../src/store/contract.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = await temporaryFolder('changes')
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
const changed = async (models: ReturnType<typeof createModelRegistry>) =>
  [...(await models.changes.changed())].sort()

it('changes of every kind, by many processes at once, are each told to every other', async () => {
  const reader = createModelRegistry(store)
  expect(await changed(reader)).toEqual([])
  const writers = [1, 2, 3].map(() => createModelRegistry(store))
  await Promise.all(
    writers.flatMap((models, w) =>
      Array.from({ length: 10 }, (_, i) => models.publish(`m${w}-${i}`, result(`j${w}-${i}`), null)),
    ),
  )
  expect(await changed(reader)).toHaveLength(30)
  expect(await changed(reader)).toEqual([])
  const [one] = writers
  await one!.setAlias('m0-1', 'canary', 1, null)
  await one!.setAlias('m0-1', 'canary', 1, null)
  expect(await changed(reader), 'the second time nothing changed').toEqual(['m0-1'])
  await one!.removeAlias('m0-1', 'canary', null)
  await one!.deleteVersion('m0-2', 1, null)
  await one!.deleteModel('m0-3', null)
  expect(await changed(reader)).toEqual(['m0-1', 'm0-2', 'm0-3'])
  expect(await changed(createModelRegistry(store)), 'who comes later looks at all models first').toEqual([])
})

it('old notes go, and who was behind them goes on with the newest', async () => {
  const reader = createModelRegistry(store)
  const writer = createModelRegistry(store)
  await reader.changes.changed()
  await writer.publish('m', result('j1'), null)
  await writer.publish('m', result('j2'), null)
  // Notes as other processes write them, which takes less time than as many changes do.
  const notes = Array.from(
    { length: 1_097 },
    (_, index) => `changes/${String(index + 3).padStart(12, '0')}.json`,
  )
  await inParallel(notes, 16, (note) => store.create(note, JSON.stringify({ model: 'm' })))
  await writer.changes.skip()
  for (let i = 0; i < 3; i += 1) await writer.setAlias('m', 'canary', 1 + (i % 2), null)
  const kept = await store.children('changes/')
  expect(kept.length).toBeLessThanOrEqual(1_101)
  expect(kept).not.toContain('000000000001.json')
  expect(await changed(reader), 'its next note is gone').toEqual([])
  await reader.changes.skip()
  await writer.setAlias('m', 'canary', 2, null)
  await writer.setAlias('m', 'canary', 1, null)
  expect(await changed(reader)).toEqual(['m'])
})

it('a note that is damaged or cannot be written does not hinder the change', async () => {
  const reader = createModelRegistry(store)
  await reader.changes.changed()
  await store.create('changes/000000000001.json', '{"mod')
  const failing = createModelRegistry({
    ...store,
    create: (key: string, bytes: Uint8Array | string) =>
      key.startsWith('changes/') ? Promise.reject(new Error('full')) : store.create(key, bytes),
  })
  expect(await failing.publish('m', result('j1'), null)).toMatchObject({ version: 1 })
  await createModelRegistry(store).publish('n', result('j2'), null)
  expect(await changed(reader)).toEqual(['n'])
})

it('who has read the notes writes the next one without listing them', async () => {
  const lists: string[] = []
  const models = createModelRegistry({
    ...store,
    children: (prefix: string, options?: { after?: string }) => {
      lists.push(prefix)
      return store.children(prefix, options)
    },
  })
  await createModelRegistry(store).publish('m', result('j1'), null)
  await models.changes.skip()
  expect(lists).toEqual(['changes/'])
  await models.publish('m', result('j2'), null)
  await models.publish('m', result('j3'), null)
  expect(lists.filter((prefix) => prefix === 'changes/')).toHaveLength(1)
  expect(await store.children('changes/')).toHaveLength(3)
})
