import type { Bench, Comparison } from '../comparison.ts'
import { type Figures, measure, middle } from '../measure.ts'
import { PYTHON_SERVERS } from '../python-servers.ts'
import type { Detail, Outcome } from '../record.ts'
import type { Server } from '../servers.ts'
import { startFitserve } from '../service.ts'
import { readWorkload } from '../workload.ts'

const CONNECTIONS = 32

interface Contender {
  name: string
  goal: string | undefined
  server: Server
  path?: string | undefined
  bodies: string[]
  connections: number
}

/** `/predict` of one review beside servers in Python, each alone on the same core. */
export const servers: Comparison = {
  name: 'servers',
  async run(bench) {
    const workload = readWorkload()
    const skipped: string[] = []
    const contenders: Contender[] = []
    try {
      const own = await bench.step('fitserve trains', () => startFitserve(workload))
      const bodies = workload.texts.map((text) => JSON.stringify({ model: 'reviews', text }))
      contenders.push({ name: 'fitserve', goal: undefined, server: own, bodies, connections: CONNECTIONS })
      for (const { name, goal, missing, start, path, body, connections = CONNECTIONS } of PYTHON_SERVERS) {
        const lacks = missing()
        if (lacks) skipped.push(`${name} (needs ${lacks})`)
        else {
          const server = await bench.step(`${name} starts`, () => start(workload))
          contenders.push({ name, goal, server, path, bodies: workload.texts.map(body), connections })
        }
      }
      return { ...(await inTurns(bench, contenders)), skipped }
    } finally {
      for (const { server } of contenders) await server.stop()
    }
  },
}

/** Rounds in turn, so that what else the machine does is shared by all. */
async function inTurns(bench: Bench, contenders: readonly Contender[]): Promise<Omit<Outcome, 'skipped'>> {
  const [rounds, seconds, warmUp] = bench.quick ? [1, 1, 1] : [3, 3, 2]
  const results = new Map<Contender, Figures[]>(contenders.map((contender) => [contender, []]))
  for (const contender of contenders)
    await bench.step(`${contender.name}: warm-up`, () => ask(contender, warmUp))
  for (let round = 1; round <= rounds; round++)
    for (const [contender, figures] of results)
      await bench.step(`${contender.name}: round ${round} of ${rounds}`, async () => {
        figures.push(await ask(contender, seconds))
      })
  const paceOf = (figures: readonly Figures[]) => middle(figures.map(({ perSecond }) => perSecond))
  const own = paceOf([...results.values()][0] ?? [])
  const details = [...results].flatMap(([{ name }, figures]): Detail[] => [
    { what: `${name}: requests`, value: paceOf(figures), unit: '/s' },
    { what: `${name}: p99`, value: middle(figures.map(({ p99 }) => p99)), unit: 'ms' },
  ])
  const goals = [...results].flatMap(([{ goal }, figures]) => (goal ? [[goal, own / paceOf(figures)]] : []))
  return { goals: Object.fromEntries(goals), details }
}

function ask({ server, path, bodies, connections }: Contender, seconds: number): Promise<Figures> {
  return measure({ url: server.url, ...(path ? { path } : {}), bodies, seconds, connections })
}
