import { execFile } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { checkStore } from '../../../src/upkeep/check/check-store.ts'
import { temporaryFolder } from '../harness.ts'
import { ASKED, job, keepBusy, order, predict, table, upload, type Work } from './clients.ts'
import { hasServers, startFleet } from './fleet.ts'
import { drain } from './invariants.ts'
import { Journal } from './journal.ts'
import { LENGTH } from './options.ts'
import { numbersOf } from './random.ts'

/** Files are copied before the files that they refer to, so that a copy holds everything that it refers to. */
const ORDER = ['jobs', 'models', 'artifacts', 'datasets']

const run = promisify(execFile)

/** As docs/operating.md says, while the service runs. What is removed meanwhile is none of the copy's. */
async function copyStore(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  const others = (await readdir(from)).filter((name) => name !== '+tmp' && !ORDER.includes(name))
  for (const name of [...ORDER, ...others])
    await run('cp', ['-a', join(from, name), to]).catch((error: Error) => {
      if (!/No such file/.test(error.message)) throw error
    })
}

describe('a copy of a store that is made while jobs and uploads run', () => {
  const kinds = (['redis+folder', 'redis+s3'] as const).filter(hasServers)
  it.each(kinds)(
    'has everything that the store had when the copy began, and its jobs continue: %s',
    async (kind) => {
      const fleet = await startFleet(kind)
      const journal = new Journal()
      const work: Work = { fleet, journal, random: numbersOf(LENGTH.seed) }
      const dataset = await upload(work, 'first', table(0))
      await fleet.api.finished(await order(work, 'first', { ...job(0, dataset), model: ASKED }))
      const done = new AbortController()
      const busy = keepBusy(work, done.signal)
      await sleep(8_000)
      const kept = { uploads: [...journal.uploads], jobs: new Map(journal.jobs), ends: new Map(journal.ends) }
      const copy = await temporaryFolder()
      await copyStore(fleet.files, copy)
      await sleep(1_000)
      done.abort()
      await busy
      await fleet.stop()
      expect(journal.unexpected).toEqual([])

      const restored = await startFleet(kind, { fill: (files) => copyStore(copy, files) })
      const again: Work = { ...work, fleet: restored, journal: new Journal() }
      for (const [key, it] of kept.jobs) again.journal.jobs.set(key, it)
      for (const [id, end] of kept.ends) again.journal.ends.set(id, end)
      await drain(again)
      await predict(again, ASKED)
      for (const { id, sha256 } of kept.uploads)
        expect((await restored.api.request(`/datasets/${id}`)).body).toMatchObject({ id, sha256 })
      expect(again.journal.unexpected).toEqual([])
      const store = await restored.openStore()
      // A job that was ordered while the copy was made may be in it, and runs too.
      await expect.poll(async () => (await checkStore(store)).open, { timeout: 90_000 }).toEqual([])
      expect((await checkStore(store)).faults).toEqual([])
      expect(await restored.stop()).toEqual([0, 0])
    },
    600_000,
  )
})
