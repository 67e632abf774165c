import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ASKED, insist, job, keepBusy, order, table, upload, type Work } from './clients.ts'
import { type Kind, startFleet, type Victim } from './fleet.ts'
import { checkAll, drain } from './invariants.ts'
import { Journal } from './journal.ts'
import { numbersOf } from './random.ts'

export interface KillOptions {
  kind: Kind
  rounds: number
  seed: number
  /** Servers that are not killed. */
  spared?: readonly Victim[]
  say?: (line: string) => void
}

/** Time in which a process starts on an idle machine. */
const USUAL_START_MS = 1_500

/** Kills one process after the other at random moments while clients work, and checks the result. */
export async function killAtRandom({ kind, rounds, seed, spared = [], say }: KillOptions): Promise<Journal> {
  const random = numbersOf(seed)
  const journal = new Journal()
  // One kind of Redis keeps what it has over a kill, the other forgets it.
  const fleet = await startFleet(kind, { lasting: kind === 'redis+folder' })
  const work: Work = { fleet, journal, random }
  const dataset = await upload(work, 'first', table(0))
  const first = { ...job(0, dataset), model: ASKED }
  await fleet.api.finished(await order(work, 'first', first))
  const done = new AbortController()
  const busy = keepBusy(work, done.signal)
  const victims = fleet.victims.filter((victim) => !spared.includes(victim))
  let startMs = USUAL_START_MS
  for (let round = 0; round < rounds; round += 1) {
    // On a machine that is slower at the moment, uploads and jobs take longer too, and would never get through.
    await sleep((200 + 1_300 * random()) * Math.max(1, startMs / USUAL_START_MS))
    // Each in turn at first, so that a short run has them all.
    const chosen = victims[round < victims.length ? round : Math.floor(random() * victims.length)] ?? 'api'
    // A job whose process ends five times has failed, and rightly so.
    const victim = chosen === 'child' && (await isWeary(work)) ? 'api' : chosen
    const killedAt = performance.now()
    const hit = await fleet.kill(victim)
    if (victim !== 'child') startMs = performance.now() - killedAt
    say?.(`${kind} ${round + 1}/${rounds}: ${victim}${hit ? '' : ' (none)'}; ${journal.summary}`)
  }
  done.abort()
  await busy
  await drain(work, say)
  await checkAll(fleet, journal)
  return journal
}

const Open = z.object({ items: z.array(z.object({ attempt: z.number() })) })

/** Tells whether an unfinished job has had several attempts. */
async function isWeary(work: Work): Promise<boolean> {
  for (const state of ['active', 'queued']) {
    const answer = await insist(work, `${state} jobs`, (url) => fetch(`${url}/jobs?state=${state}`), [200])
    const { items } = Open.parse(answer?.body)
    if (items.some(({ attempt }) => attempt >= 4)) return true
  }
  return false
}
