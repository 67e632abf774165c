import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { writeArtifacts } from '../../src/registry/artifacts.ts'
import { createModelRegistry } from '../../src/registry/registry.ts'
import type { Serving } from '../../src/serving/contract.ts'
import { createServing } from '../../src/serving/serving.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { collectGarbage } from '../helpers/collect-garbage.ts'
import { largeModel } from '../helpers/large-model.ts'
import { longestTurn } from '../helpers/longest-turn.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { many, one } from './fake-models.ts'

const TERMS = 500_000
const FEW = 20_000
/** Ten times what was seen, and a third of what loading in one go takes. */
const LONGEST_MS = 100

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Models in a folder, each version n of which gives every term the weight n. */
async function openModels() {
  const folder = await temporaryFolder('large')
  const store = await createFolderStore(folder)
  closing.push(() => store.close())
  const models = createModelRegistry(store)
  const publish = async (name: string, version: number, terms = TERMS) => {
    const artifacts = `artifacts/${name}${version}-1/`
    const files = new Map(Object.entries(largeModel(terms, version)))
    const manifest = await writeArtifacts(store, artifacts, files, {})
    const job = `${name}${version}`
    await models.publish(name, { job, attempt: 1, artifacts, manifest, promote: 'always' }, null)
    return join(folder, artifacts)
  }
  return { models, publish }
}

const ask = async (serving: Serving, model: string) => {
  const options = { ...one, form: 'text' as const }
  const answer = await serving.predict({ model }, ['word1 word2 nothing'], options)
  const [score] = answer.predictions.map((each) => ('score' in each ? each.score : Number.NaN))
  return [answer.version, score]
}
/** Two words and, next to each other, their pair: with the bias four times the weight. */
const answerOf = (version: number) => [version, expect.closeTo(1 / (1 + Math.exp(-4 * version)), 6)]

it('loads and swaps a model of many terms without stopping everything else', async () => {
  const { models, publish } = await openModels()
  await publish('large', 1)
  const serving = await createServing({ models, pollMs: 100_000 })
  closing.push(() => serving.close())
  await publish('large', 2)
  const longest = await longestTurn(() => serving.refresh())
  expect(await ask(serving, 'large')).toEqual(answerOf(2))
  expect(longest).toBeLessThan(LONGEST_MS)
})

it('lets large models go and brings them back', async () => {
  const { models, publish } = await openModels()
  for (const name of ['a', 'b']) await publish(name, 1, FEW)
  const serving = await createServing({ models, pollMs: 100_000, maxBytes: 1, largeBytes: 1000 })
  closing.push(() => serving.close())
  for (const name of ['a', 'b', 'a']) expect(await ask(serving, name)).toEqual(answerOf(1))
  expect(serving.loaded('a')).toEqual([{ version: 1, bytes: expect.any(Number) }])
  expect(serving.loaded('b')).toEqual([])
})

it('goes on serving where the next version is damaged', async () => {
  const { models, publish } = await openModels()
  await publish('large', 1, FEW)
  const serving = await createServing({ models, pollMs: 100_000, largeBytes: 1000 })
  closing.push(() => serving.close())
  const path = join(await publish('large', 2, FEW), 'encoder.json')
  const bytes = await readFile(path)
  bytes.write('?', 5)
  await chmod(path, 0o600)
  await writeFile(path, bytes)
  await serving.refresh()
  const fault = 'encoder.json of version 2 of "large" is not what was stored.'
  expect(serving.health().models).toEqual([{ name: 'large', version: 1, newest: 2, fault }])
  expect(await ask(serving, 'large')).toEqual(answerOf(1))
})

it('ends at once while a large model is being loaded', async () => {
  const { models, publish } = await openModels()
  await publish('large', 1, FEW)
  const faults: string[] = []
  const onFault = (model: string) => faults.push(model)
  const serving = await createServing({ models, pollMs: 100_000, largeBytes: 1000, onFault })
  await publish('large', 2)
  const refreshed = serving.refresh()
  // The files are read by then, and the thread has begun.
  await new Promise((resolve) => setTimeout(resolve, 100))
  await serving.close()
  await refreshed
  expect(await ask(serving, 'large')).toEqual(answerOf(1))
  expect(faults).toEqual([])
})

/** Bytes outside of V8's heap that objects in it hold, those of arrays that came from a thread included. */
const arrayBytes = () => process.memoryUsage().external

it('gives the memory of a version back as soon as another has taken its place', async () => {
  const { models, publish } = await openModels()
  await publish('large', 1)
  const serving = await createServing({ models, pollMs: 100_000 })
  closing.push(() => serving.close())
  const [{ bytes } = { bytes: 0 }] = serving.loaded('large')
  for (const version of [2, 3]) {
    await publish('large', version)
    collectGarbage()
    const before = arrayBytes()
    await serving.refresh()
    expect(await ask(serving, 'large')).toEqual(answerOf(version))
    await expect.poll(() => (arrayBytes() - before) / bytes).toBeLessThan(0.5)
  }
  await models.removeAlias('large', 'production', null)
  await models.deleteModel('large', null)
  collectGarbage()
  const before = arrayBytes()
  await serving.refresh()
  await expect.poll(() => (arrayBytes() - before) / bytes).toBeLessThan(-0.5)
})

it('answers all rows of a request by the version that it began with, whatever leaves memory meanwhile', async () => {
  const { models, publish } = await openModels()
  const terms = 30_000
  await publish('large', 1, terms)
  const serving = await createServing({ models, pollMs: 100_000 })
  closing.push(() => serving.close())
  for (const version of [2, 3, 4, 5, 6]) await publish('large', version, terms)
  const rows = new Array<string>(80_000).fill('word1 word2 nothing '.repeat(300))
  const text = { form: 'text' } as const
  let answered = 0
  const asked = [1, 2].map(async (version) => {
    const answer = await serving.predict({ model: 'large', version }, rows, { ...many, ...text })
    answered += 1
    return answer
  })
  // It becomes production, and takes the place of version 1; the others come and push version 2 out.
  await serving.refresh()
  for (const version of [3, 4, 5])
    await serving.predict({ model: 'large', version }, ['word1'], { ...one, ...text })
  expect(serving.loaded('large').map(({ version }) => version)).toEqual([6, 3, 4, 5])
  expect(answered, 'answers that were not under way any more').toBeLessThan(2)
  const [first, second] = await Promise.all(asked)
  for (const answer of [first, second]) {
    const scores = answer?.predictions.map((each) => ('score' in each ? each.score : Number.NaN))
    expect([...new Set(scores)]).toEqual([answerOf(answer?.version ?? 0)[1]])
  }
  expect([first?.version, second?.version]).toEqual([1, 2])
})
