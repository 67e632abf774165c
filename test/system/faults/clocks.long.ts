import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkStore } from '../../../src/upkeep/check/check-store.ts'
import { EXAMPLES, start } from '../harness.ts'
import { longJob } from '../jobs.ts'
import { ASKED, job, table } from './clients.ts'
import { hasServers, startFleet } from './fleet.ts'

const HOUR_MS = 3_600_000
const Times = z.object({ createdAt: z.string(), finishedAt: z.string() })
/** Returns a module that a process loads to shift its clock by so many milliseconds. */
const clock = (ms: number) =>
  `data:text/javascript,${encodeURIComponent(`
    const Real = Date
    globalThis.Date = class Date extends Real {
      constructor(...of) { of.length === 0 ? super(Real.now() + ${ms}) : super(...of) }
      static now() { return Real.now() + ${ms} }
    }`)}`

/** An API and a worker whose clocks are hours apart, and a third process with the right time. */
describe.skipIf(!hasServers('redis+s3'))('machines whose clocks differ by hours', () => {
  it.each([
    ['the worker is ahead', HOUR_MS],
    ['the worker is behind', -HOUR_MS],
  ])(
    'share a queue and a store without harm: %s',
    async (_, ms) => {
      const fleet = await startFleet('redis+s3', { workerEnv: { NODE_OPTIONS: `--import ${clock(ms)}` } })
      await fleet.api.upload('houses', join(EXAMPLES, 'houses.csv'))
      await fleet.api.request('/datasets?name=t', {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body: table(0),
      })
      const quick = await fleet.api.submit({ ...job(0, 't'), model: ASKED })
      expect(await fleet.api.finished(quick.id)).toMatchObject({ state: 'completed', attempt: 1, version: 1 })
      const { body } = await fleet.api.request(`/jobs/${quick.id}`)
      const { createdAt, finishedAt } = Times.parse(body)
      expect(Math.abs(Date.parse(finishedAt) - Date.parse(createdAt) - ms), 'its clock is off').toBeLessThan(
        HOUR_MS / 4,
      )
      const long = await fleet.api.submit(longJob('long', 40))
      await fleet.api.fitting(long.id)
      // It is taken over by a worker of another time, whatever the lock says.
      await fleet.worker.stop('SIGKILL')
      const other = await start({ role: 'worker', env: fleet.env })
      expect(await fleet.api.finished(long.id)).toMatchObject({ state: 'completed', version: 1, error: null })
      const waiting = await fleet.api.submit({ ...job(2, 't'), model: ASKED })
      expect(await fleet.api.finished(waiting.id)).toMatchObject({ state: 'completed', version: 2 })
      expect(await checkStore(await fleet.openStore())).toMatchObject({ versions: 3, faults: [], open: [] })
      expect([await other.stop(), await fleet.api.stop()]).toEqual([0, 0])
    },
    180_000,
  )
})
