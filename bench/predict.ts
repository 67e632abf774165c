import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { type Figures, GENERATOR, measure, middle } from './measure.ts'
import { PINNED, withCpuMicros } from './processes.ts'
import { type Server, startBare } from './servers.ts'
import { startWithHouses } from './service.ts'
import { readWorkload } from './workload.ts'

const HOUSES = resolve(import.meta.dirname, '../examples/houses.csv')
const TARGET = 'median_house_value'
const ROWS = 1000
const CONNECTIONS = 32
const ROUNDS = 5
const SECONDS = 2
const WARM_UP_SECONDS = 3

/** fitserve beside the bare route for one kind of request; ratios are of each round, the one in the middle. */
export interface BesideBare {
  perSecond: number
  barePerSecond: number
  /** Requests a second, as a part of the bare route's. */
  ratio: number
  /** Microseconds of the server's processor time for a request; null where the system does not tell. */
  cpuMicros: number | null
  bareCpuMicros: number | null
  /** The bare route's time as a part of fitserve's: the ratio where both servers are busy all the time. */
  cpuRatio: number | null
  /** Milliseconds, with as many connections as keep the server busy. */
  p99Ms: number
  bareP99Ms: number
}

export interface PredictFigures {
  generator: string
  pinned: boolean
  texts: string
  /** One review of each request, a model of 10,000 words. */
  text: BesideBare
  /** One house of each request, two hidden layers of 64. */
  row: BesideBare
}

/** Two servers, and the requests that both are asked. */
interface Pair {
  own: Server
  bare: Server
  bodies: string[]
}

/** `/predict` beside a bare Fastify route that takes and gives the same, on the same core, in turn. */
export async function measurePredict(rounds = ROUNDS): Promise<PredictFigures> {
  const workload = readWorkload()
  const servers: Server[] = []
  const started = async (server: Promise<Server>) => {
    servers.push(await server)
    return server
  }
  try {
    const own = await started(startWithHouses(workload, HOUSES))
    const texts = workload.texts.map((text) => JSON.stringify({ model: 'reviews', text }))
    const rows = (await readHouses()).map((features) => JSON.stringify({ model: 'houses', features }))
    const text = { own, bare: await started(startBare('text')), bodies: texts }
    const row = { own, bare: await started(startBare('row')), bodies: rows }
    return {
      generator: GENERATOR,
      pinned: PINNED,
      texts: workload.name,
      text: await compareWithBare(text, rounds),
      row: await compareWithBare(row, rounds),
    }
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** Load on both in turns, after a warm-up. @param count of rounds */
export async function compareWithBare({ own, bare, bodies }: Pair, count = ROUNDS): Promise<BesideBare> {
  for (const server of [own, bare]) await round(server, bodies, WARM_UP_SECONDS)
  const rounds: { own: Round; bare: Round }[] = []
  for (let at = 0; at < count; at++)
    rounds.push({ own: await round(own, bodies, SECONDS), bare: await round(bare, bodies, SECONDS) })
  const told = rounds.every(({ own, bare }) => own.cpuMicros !== null && bare.cpuMicros !== null)
  const of = (figure: (pair: { own: Round; bare: Round }) => number) => middle(rounds.map(figure))
  return {
    perSecond: of(({ own }) => own.perSecond),
    barePerSecond: of(({ bare }) => bare.perSecond),
    ratio: of(({ own, bare }) => own.perSecond / bare.perSecond),
    cpuMicros: told ? of(({ own }) => own.cpuMicros ?? 0) : null,
    bareCpuMicros: told ? of(({ bare }) => bare.cpuMicros ?? 0) : null,
    cpuRatio: told ? of(({ own, bare }) => (bare.cpuMicros ?? 0) / (own.cpuMicros ?? 1)) : null,
    p99Ms: of(({ own }) => own.p99),
    bareP99Ms: of(({ bare }) => bare.p99),
  }
}

type Round = Figures & { cpuMicros: number | null }

function round({ url, pid }: Server, bodies: string[], seconds: number): Promise<Round> {
  return withCpuMicros(pid, () => measure({ url, bodies, seconds, connections: CONNECTIONS }))
}

/** Rows of houses as requests have them: numbers, gaps, and the place as a text. */
async function readHouses(): Promise<Record<string, string | number | null>[]> {
  const rows = z
    .array(z.record(z.string(), z.string()))
    .parse(parse(await readFile(HOUSES), { columns: true }))
  return rows.slice(0, ROWS).map((row) => {
    const cells = Object.entries(row).filter(([name]) => name !== TARGET)
    return Object.fromEntries(
      cells.map(([name, cell]) => {
        if (cell === '') return [name, null]
        return [name, Number.isNaN(Number(cell)) ? cell : Number(cell)]
      }),
    )
  })
}
