import { readdir } from 'node:fs/promises'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../helpers/server-process.ts'
import { dataFolder, residentMb, type Service, start } from '../harness.ts'
import { answerTo, attack, LEAKS, seedOf, type Tally } from './attack.ts'
import { sendBroken } from './framing.ts'
import { damagedCalls } from './grpc.ts'
import { LENGTH } from './options.ts'
import { Draws } from './random.ts'
import type { Target } from './target.ts'
import { addressTargets } from './targets/addresses.ts'
import { archiveTarget } from './targets/archives.ts'
import { bodyTargets } from './targets/bodies.ts'
import { fileTargets } from './targets/files.ts'

const BROKEN_HTTP = 'broken HTTP'
const DAMAGED_GRPC = 'damaged gRPC'
/** Broken connections at once: most of their time is waiting for what a service may still answer. */
const BROKEN_AT_ONCE = 32
const CALLS_AT_ONCE = 8
const isChosen = (name: string) => name.includes(LENGTH.target)
const TARGETS: readonly Target[] = [
  ...fileTargets(),
  ...bodyTargets(),
  ...addressTargets(),
  archiveTarget(() => archive),
].filter(({ name }) => isChosen(name))
const shareOf = ({ share = 1 }: Pick<Target, 'share'>) => share
/** Shares of all targets that are chosen. */
const SHARES =
  TARGETS.reduce((sum, target) => sum + shareOf(target), 0) +
  [BROKEN_HTTP, DAMAGED_GRPC].filter((name) => isChosen(name)).length
/** Inputs of a target that has no share of its own. */
const EACH = Math.ceil(LENGTH.inputs / SHARES)
/** Time for the inputs of one target, on a busy machine too. */
const TIMEOUT_MS = 300_000 + EACH * 200
/** Memory that a service may take beside what it had after its first inputs, in MB: buffers, caches and garbage. */
const GROWTH_MB = 400

const TEXTS = `text,label\n${Array.from({ length: 40 }, (_, row) => (row % 2 ? `a wonderful film ${row},pos` : `two dull hours ${row},neg`)).join('\n')}\n`
const HOUSES = `sqft,rooms,price\n${Array.from({ length: 40 }, (_, row) => `${800 + 40 * row},${1 + (row % 5)},${100 + 7 * row}`).join('\n')}\n`
const RECIPE = { layers: [{ units: 2 }], epochs: 2, candidates: null }
const ASKED = { model: 'texts', version: 1, text: 'A wonderful film' }

let service: Service
let grpcPort: number
let archive: Buffer
let expected: unknown
/** Memory of the service after the inputs of its first target, in MB. */
let before = 0

beforeAll(async () => {
  const folder = await dataFolder()
  const trainer = await start({ folder })
  await train(trainer, 'texts', TEXTS)
  await train(trainer, 'houses', HOUSES)
  const { url } = trainer
  archive = Buffer.from(await (await fetch(`${url}/models/texts/versions/1/export`)).arrayBuffer())
  await trainer.stop()
  // Chosen here: a service tells the one that it picks at a level at which a long run logs too much.
  grpcPort = await freePort()
  // Orders that are accepted need not be trained.
  const env = { WORKERS: '0', LOG_LEVEL: 'error', GRPC_PORT: String(grpcPort) }
  service = await start({ folder, env })
  expected = (await service.post('/predict', ASKED)).body
})

async function train(trainer: Service, name: string, csv: string): Promise<void> {
  const uploaded = await trainer.request(`/datasets?name=${name}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: csv,
  })
  expect(uploaded.status).toBe(201)
  await trainer.finished((await trainer.submit({ model: name, dataset: name, recipe: RECIPE })).id)
}

/** Checks that a service is as it was: it answers a good request right, and nothing failed inside it. */
async function expectUnharmed(): Promise<void> {
  expect(service.running, service.output).toBe(true)
  expect((await service.post('/predict', ASKED)).body).toEqual(expected)
  const log = service.output
  // Each failure is told once, by the target that made it.
  service.output = ''
  expect(log, 'no failure in the log').not.toMatch(/"level":[56]0/)
  before ||= await residentMb(service.pid)
}

describe.sequential('a service that is sent what no client means', () => {
  it.each(TARGETS.map((target) => [target.name, target] as const))(
    '%s',
    { timeout: TIMEOUT_MS },
    async (_, target) => {
      const inputs = Math.ceil(EACH * shareOf(target))
      const { findings, tally } = await attack(service.url, target, { inputs, seed: LENGTH.seed })
      tell(target.name, tally)
      expect(findings).toEqual([])
      await expectUnharmed()
    },
  )

  it.runIf(isChosen(BROKEN_HTTP))(BROKEN_HTTP, { timeout: TIMEOUT_MS }, async () => {
    const port = Number(new URL(service.url).port)
    await inParallel(BROKEN_AT_ONCE, async (input) => {
      const { sent, statuses } = await sendBroken(port, new Draws(seedOf(LENGTH.seed, BROKEN_HTTP, input)))
      const wrong = statuses.filter((status) => status >= 500 && status !== 503 && status !== 505)
      expect(wrong, `input ${input}: ${sent.toString('latin1')}`).toEqual([])
    })
    await expectUnharmed()
  })

  it.runIf(isChosen(DAMAGED_GRPC))(DAMAGED_GRPC, { timeout: TIMEOUT_MS }, async () => {
    const calls = damagedCalls(grpcPort)
    const tally: Tally = {}
    await inParallel(CALLS_AT_ONCE, async (input) => {
      const { method, message, status, details } = await calls.call(
        new Draws(seedOf(LENGTH.seed, DAMAGED_GRPC, input)),
      )
      tally[status] = (tally[status] ?? 0) + 1
      const told = `input ${input}: ${method} ${message.toString('base64')}: ${status} ${details}`
      expect(status, told).toBeGreaterThanOrEqual(0)
      expect(details, told).not.toMatch(/An internal error occurred/)
      expect(details, told).not.toMatch(LEAKS)
    })
    calls.close()
    tell(DAMAGED_GRPC, tally)
    await expectUnharmed()
  })

  it('leaves no half-written files and takes no more memory', async () => {
    const agent = new Agent()
    const ready = await answerTo(service.url, agent, {
      method: 'GET',
      path: '/health/ready',
      headers: {},
      body: null,
    })
    agent.destroy()
    expect(ready).toMatchObject({ status: 200 })
    expect(await temporaryFiles(service.folder)).toEqual([])
    expect(await residentMb(service.pid)).toBeLessThan(before + GROWTH_MB)
  })
})

/** Sends all inputs of a target by their numbers, some at a time. */
async function inParallel(atOnce: number, send: (input: number) => Promise<void>): Promise<void> {
  let next = 0
  const client = async () => {
    while (next < EACH) await send(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, client))
}

/** Prints how the inputs of a target were answered, where a run is long. */
function tell(name: string, tally: Tally): void {
  if (EACH > 1_000) process.stdout.write(`${name}: ${JSON.stringify(tally)}\n`)
}

/** Returns the files of a data folder that an upload which is under way would have. */
async function temporaryFiles(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true })
  return files
    .filter((file) => /(^|\/)(tmp|temporary|uploads?)\/./.test(file))
    .map((file) => join(folder, file))
}
