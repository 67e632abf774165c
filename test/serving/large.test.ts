import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { createServing } from '../../src/serving/serving.ts'
import { writeArtifacts } from '../../src/store/artifacts.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { createModelRegistry } from '../../src/store/models.ts'
import { largeModel } from '../helpers/large-model.ts'
import { one } from './fake-models.ts'

const TERMS = 500_000
/** Ten times what was seen, and a third of what loading in one go takes. */
const LONGEST_MS = 100

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** The longest processor time between two turns of the event loop until something is done, in milliseconds. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let [longest, done] = [0, false]
  let before = process.cpuUsage()
  const watch = () => {
    const { user, system } = process.cpuUsage(before)
    before = process.cpuUsage()
    longest = Math.max(longest, (user + system) / 1000)
    if (!done) setImmediate(watch)
  }
  setImmediate(watch)
  await work()
  // The last one counts too.
  await turn()
  done = true
  return longest
}

it('loads and swaps a model of many terms without stopping everything else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-large-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  const store = await createFolderStore(folder)
  closing.push(() => store.close())
  const models = createModelRegistry(store)
  const publish = async (version: number) => {
    const artifacts = `artifacts/j${version}-1/`
    const files = new Map(Object.entries(largeModel(TERMS, version)))
    const manifest = await writeArtifacts(store, artifacts, files, {})
    await models.publish(
      'large',
      { job: `j${version}`, attempt: 1, artifacts, manifest, promote: 'always' },
      null,
    )
  }
  await publish(1)
  const serving = await createServing({ models, lookMs: 100_000 })
  closing.push(() => serving.close())
  await publish(2)
  const longest = await longestTurn(() => serving.refresh())
  const answer = await serving.predict({ model: 'large' }, ['word1 word2 nothing'], { ...one, form: 'text' })
  // Two words and, next to each other, their pair.
  const [score] = answer.predictions.map((prediction) =>
    'score' in prediction ? prediction.score : Number.NaN,
  )
  expect([answer.version, score]).toEqual([2, expect.closeTo(1 / (1 + Math.exp(-4 * 2)), 6)])
  expect(longest).toBeLessThan(LONGEST_MS)
})
