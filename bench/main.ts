// `npm run bench`: how fast `/predict` is beside its peers. See README.md here.

import { type Figures, measure, median } from './measure.ts'
import { PINNED } from './processes.ts'
import { CONTENDERS, FITSERVE, type Server } from './servers.ts'
import { readWorkload } from './workload.ts'

const ROUNDS = 3
const SECONDS = 5
const WARM_UP_SECONDS = 2
const CONNECTIONS = 32

const workload = readWorkload()
const bodies = workload.texts.map((text) => JSON.stringify({ model: 'reviews', text }))
const length = Math.round(workload.texts.reduce((sum, text) => sum + text.length, 0) / bodies.length)
console.log(
  `POST /predict, one text in each request: ${bodies.length} texts of ${workload.name}, ${length} characters on average`,
)
console.log(
  PINNED
    ? 'Server on core 0, load on core 1.'
    : 'Server and load share the cores: taskset or a second core is missing, expect noise.',
)

const results = new Map<string, Figures[]>()
const servers: { name: string; server: Server }[] = []
try {
  for (const { name, missing, start } of CONTENDERS) {
    const lacks = missing()
    if (lacks) console.log(`skipped: ${name} (needs ${lacks})`)
    else servers.push({ name, server: await start(workload) })
  }
  for (const { server } of servers) await load(server, WARM_UP_SECONDS)
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, server } of servers)
      results.set(name, [...(results.get(name) ?? []), await load(server, SECONDS)])
} finally {
  for (const { server } of servers) await server.stop()
}
report(results)

function load({ url }: Server, seconds: number): Promise<Figures> {
  return measure({ url, bodies, seconds, connections: CONNECTIONS })
}

function report(all: Map<string, Figures[]>): void {
  const own = median(all.get(FITSERVE) ?? [])
  for (const [name, rounds] of all) {
    const { perSecond, p50, p99, busy } = median(rounds)
    const limit = busy > 0.95 ? '  (the load generator was the limit)' : ''
    console.log(
      `${name.padEnd(28)}${Math.round(perSecond).toLocaleString('en').padStart(8)} requests/s  p50 ${p50} ms  p99 ${p99} ms${limit}`,
    )
  }
  for (const [name, rounds] of all)
    if (name !== FITSERVE)
      console.log(
        `fitserve answers ${(own.perSecond / median(rounds).perSecond).toFixed(2)} times as many as: ${name}`,
      )
}
