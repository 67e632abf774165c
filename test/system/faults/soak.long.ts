import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { residentMb, type Service } from '../harness.ts'
import { ASKED, job, keepBusy, order, table, upload, type Work } from './clients.ts'
import { hasServers, startFleet } from './fleet.ts'
import { checkAll, drain } from './invariants.ts'
import { Journal } from './journal.ts'
import { LENGTH, say } from './options.ts'
import { numbersOf } from './random.ts'

/** One look at a process. */
interface Look {
  mb: number
  files: number
}

const LOOK_MS = 5_000
/** A process may be larger at the end than after its warm-up by so much: a share, and MB. */
const GROWTH = 0.2
const GROWTH_MB = 15
/** Open files that come and go. */
const MORE_FILES = 12

/** Two processes of a deployment that work for minutes: neither may grow, and no answer may be wrong. */
describe.skipIf(!hasServers('redis+folder'))('a deployment under load for minutes', () => {
  it('neither grows nor gives a wrong answer', async () => {
    const journal = new Journal()
    const fleet = await startFleet('redis+folder')
    const work: Work = { fleet, journal, random: numbersOf(LENGTH.seed) }
    const dataset = await upload(work, 'first', table(0))
    await fleet.api.finished(await order(work, 'first', { ...job(0, dataset), model: ASKED }))
    const done = new AbortController()
    const busy = keepBusy(work, done.signal, 2)
    const looks = { api: [] as Look[], worker: [] as Look[] }
    const until = Date.now() + LENGTH.minutes * 60_000
    for (let n = 0; Date.now() < until; n += 1) {
      await sleep(LOOK_MS)
      looks.api.push(await lookAt(fleet.api))
      looks.worker.push(await lookAt(fleet.worker))
      if (n % 12 === 0)
        say(`soak: API ${shown(looks.api.at(-1))}, worker ${shown(looks.worker.at(-1))}; ${journal.summary}`)
    }
    done.abort()
    await busy
    for (const [name, all] of Object.entries(looks)) {
      const quarter = Math.max(1, all.length >> 2)
      const warm = middle(all.slice(quarter, 2 * quarter))
      const end = middle(all.slice(-quarter))
      say(`soak: ${name} after warm-up ${shown(warm)}, at the end ${shown(end)}`)
      expect(end.mb, `memory of the ${name}`).toBeLessThan(warm.mb * (1 + GROWTH) + GROWTH_MB)
      expect(end.files, `open files of the ${name}`).toBeLessThan(warm.files + MORE_FILES)
    }
    await drain(work)
    await checkAll(fleet, journal)
    say(`soak: ${journal.summary}, none wrong`)
  }, 7_200_000)
})

async function lookAt({ pid }: Service): Promise<Look> {
  return { mb: await residentMb(pid), files: (await readdir(`/proc/${pid}/fd`)).length }
}

function middle(looks: readonly Look[]): Look {
  const of = (pick: (look: Look) => number) =>
    looks.map(pick).toSorted((a, b) => a - b)[looks.length >> 1] ?? 0
  return { mb: of(({ mb }) => mb), files: of(({ files }) => files) }
}

function shown(look: Look | undefined): string {
  return `${Math.round(look?.mb ?? 0)} MB and ${look?.files} open files`
}
