import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { checkStore } from '../../../src/upkeep/check/check-store.ts'
import { EXAMPLES, start } from '../harness.ts'
import { longJob } from '../jobs.ts'
import { hasServers, jobProcesses, startFleet } from './fleet.ts'

describe.skipIf(!hasServers('redis+folder'))(
  'a worker that is stopped for longer than its lock lasts',
  () => {
    it('finds its job with another worker when it continues, and changes nothing', async () => {
      const fleet = await startFleet('redis+folder')
      await fleet.api.upload('houses', join(EXAMPLES, 'houses.csv'))
      const { id } = await fleet.api.submit(longJob('taken-over', 60))
      await fleet.api.fitting(id)
      const stopped = [fleet.worker.pid, ...(await jobProcesses(fleet.worker))]
      expect(stopped).toHaveLength(2)
      for (const pid of stopped) process.kill(pid, 'SIGSTOP')
      const other = await start({ role: 'worker', env: fleet.env })
      await fleet.api.until(id, ({ attempt }) => attempt >= 2, 60)
      await fleet.api.fitting(id)
      // Both have it now.
      for (const pid of stopped) process.kill(pid, 'SIGCONT')
      expect(await fleet.api.finished(id)).toMatchObject({ state: 'completed', version: 1, error: null })
      // By now whatever the first one was to do has been done.
      await sleep(2_000)
      const store = await fleet.openStore()
      expect(await checkStore(store)).toMatchObject({ versions: 1, jobs: 1, faults: [], open: [] })
      expect(await fleet.api.model('taken-over')).toMatchObject({ versions: [{ version: 1, job: id }] })
      expect(await other.stop()).toBe(0)
      expect(await fleet.stop()).toEqual([0, 0])
    }, 360_000)
  },
)
