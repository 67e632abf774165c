import { readdir } from 'node:fs/promises'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { dataFolder, residentMb, type Service, start } from '../harness.ts'
import { answerTo, attack, type Tally } from './attack.ts'
import { sendBroken } from './framing.ts'
import { LENGTH } from './options.ts'
import { Draws } from './random.ts'
import type { Target } from './target.ts'
import { addressTargets } from './targets/addresses.ts'
import { archiveTarget } from './targets/archives.ts'
import { bodyTargets } from './targets/bodies.ts'
import { fileTargets } from './targets/files.ts'

const BROKEN_HTTP = 'broken HTTP'
const isChosen = (name: string) => name.includes(LENGTH.target)
const TARGETS: readonly Target[] = [
  ...fileTargets(),
  ...bodyTargets(),
  ...addressTargets(),
  archiveTarget(() => archive),
].filter(({ name }) => isChosen(name))
const EACH = Math.ceil(LENGTH.inputs / (TARGETS.length + (isChosen(BROKEN_HTTP) ? 1 : 0)))
/** Time for the inputs of one target, on a busy machine too. */
const TIMEOUT_MS = 300_000 + EACH * 200
/** Memory that a service may take beside what it had after its first inputs, in MB: buffers, caches and garbage. */
const GROWTH_MB = 400

const TEXTS = `text,label\n${Array.from({ length: 40 }, (_, row) => (row % 2 ? `a wonderful film ${row},pos` : `two dull hours ${row},neg`)).join('\n')}\n`
const HOUSES = `sqft,rooms,price\n${Array.from({ length: 40 }, (_, row) => `${800 + 40 * row},${1 + (row % 5)},${100 + 7 * row}`).join('\n')}\n`
const RECIPE = { layers: [{ units: 2 }], epochs: 2, candidates: null }
const ASKED = { model: 'texts', version: 1, text: 'A wonderful film' }

let service: Service
let archive: Buffer
let expected: unknown

beforeAll(async () => {
  const folder = await dataFolder()
  const trainer = await start({ folder })
  await train(trainer, 'texts', TEXTS)
  await train(trainer, 'houses', HOUSES)
  const { url } = trainer
  archive = Buffer.from(await (await fetch(`${url}/models/texts/versions/1/export`)).arrayBuffer())
  await trainer.stop()
  // Orders that are accepted need not be trained.
  service = await start({ folder, env: { WORKERS: '0', LOG_LEVEL: 'error' } })
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
  expect(service.output, 'no failure in the log').not.toMatch(/"level":[56]0/)
}

describe.sequential('a service that is sent what no client means', () => {
  let before = 0

  it.each(TARGETS.map((target) => [target.name, target] as const))(
    '%s',
    { timeout: TIMEOUT_MS },
    async (_, target) => {
      const { findings, tally } = await attack(service.url, target, { inputs: EACH, seed: LENGTH.seed })
      tell(target.name, tally)
      expect(findings).toEqual([])
      await expectUnharmed()
      before ||= await residentMb(service.pid)
    },
  )

  it.runIf(isChosen(BROKEN_HTTP))(BROKEN_HTTP, { timeout: TIMEOUT_MS }, async () => {
    const port = Number(new URL(service.url).port)
    for (let input = 0; input < EACH; input++) {
      const { sent, statuses } = await sendBroken(port, new Draws(LENGTH.seed + input))
      const wrong = statuses.filter((status) => status >= 500 && status !== 503 && status !== 505)
      expect(wrong, `input ${input}: ${sent.toString('latin1')}`).toEqual([])
    }
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
