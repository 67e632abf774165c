import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Answer } from '../harness.ts'
import type { Fleet } from './fleet.ts'
import type { Journal } from './journal.ts'

/** Time for which a call is repeated before the service counts as gone, in ms. */
const PATIENCE_MS = 60_000
const PAUSE_MS = 100
const MODELS = ['prices', 'rents'] as const
/** The model that clients ask all the time; it exists before anything is killed. */
export const ASKED = MODELS[0]
export const ALIAS = 'pinned'

const Dataset = z.object({ id: z.string(), sha256: z.string() })
const Ordered = z.object({ id: z.string() })
const Predicted = z.object({ version: z.number(), predictions: z.array(z.object({ value: z.number() })) })
const Versions = z.object({ versions: z.array(z.object({ version: z.number() })) })
const Seen = z.object({ state: z.string(), version: z.number().nullable() })

export interface Work {
  fleet: Fleet
  journal: Journal
  /** Numbers from 0 to 1, the same for the same seed. */
  random: () => number
}

/** A table of its own for each number. */
export function table(number: number, rows = 120): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const size = (row * 37 + number * 11) % 101
    const age = (row * 53 + number) % 67
    return `${size},${age},${3 * size - age + number}`
  })
  return ['size,age,price', ...lines, ''].join('\n')
}

/** Ten rows to predict. */
export const ROWS = Array.from({ length: 10 }, (_, n) => ({ size: 7 * n + 1, age: 60 - 5 * n }))

/** A small job; each number gives other weights. */
export function job(number: number, dataset: string) {
  const recipe = {
    task: 'regression',
    target: 'price',
    layers: [{ units: 8 }],
    epochs: 60,
    batchSize: 8,
    seed: number,
    engine: 'typed',
    ensemble: 1,
    validation: { split: 0.2 },
  }
  return { model: MODELS[number % MODELS.length] ?? ASKED, dataset, recipe, promote: 'always' }
}

/**
 * Makes a call until it is answered, as a client does that must know: what broke off, and what was refused for a
 * moment (503 with `Retry-After`), is asked again. Anything else that is wrong is kept as unexpected.
 */
export async function insist(
  { fleet, journal }: Work,
  what: string,
  call: (url: string) => Promise<Response>,
  wanted: readonly number[],
): Promise<Answer | undefined> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(PAUSE_MS)) {
    try {
      const response = await call(fleet.api.url)
      const text = await response.text()
      if (wanted.includes(response.status))
        return { status: response.status, headers: response.headers, body: JSON.parse(text) }
      const retry = response.headers.has('retry-after')
      if (response.status !== 503 || !retry) journal.unexpected.push(`${what}: ${response.status} ${text}`)
      if (response.status !== 503) return undefined
    } catch {
      // The process was killed before it had answered, or is not back yet.
    }
    journal.repeated += 1
  }
  journal.unexpected.push(`${what}: not answered within ${PATIENCE_MS} ms`)
  return undefined
}

export async function upload(work: Work, name: string, csv: string): Promise<string> {
  const headers = { 'content-type': 'text/csv' }
  const call = (url: string) => fetch(`${url}/datasets?name=${name}`, { method: 'POST', headers, body: csv })
  const answer = await insist(work, `upload ${name}`, call, [200, 201])
  if (!answer) return ''
  const { id, sha256 } = Dataset.parse(answer.body)
  const own = createHash('sha256').update(csv).digest('hex')
  if (own !== sha256) work.journal.unexpected.push(`upload ${name}: another hash`)
  work.journal.uploads.push({ name, id, sha256 })
  return id
}

export async function order(work: Work, key: string, body: { model: string }): Promise<string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key }
  const options = { method: 'POST', headers, body: JSON.stringify(body) }
  const answer = await insist(work, `job ${key}`, (url) => fetch(`${url}/jobs`, options), [202])
  if (!answer) return ''
  const { id } = Ordered.parse(answer.body)
  const before = work.journal.jobs.get(key)
  if (before && before.id !== id) work.journal.unexpected.push(`job ${key}: ${before.id}, then ${id}`)
  work.journal.jobs.set(key, { id, model: body.model })
  return id
}

export async function predict(work: Work, model: string): Promise<void> {
  const options = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, rows: ROWS }),
  }
  const answer = await insist(work, `predict ${model}`, (url) => fetch(`${url}/predict`, options), [200])
  if (!answer) return
  const { version, predictions } = Predicted.parse(answer.body)
  for (const [index, row] of ROWS.entries())
    work.journal.predictions.push({ model, version, row, value: predictions[index]?.value ?? Number.NaN })
}

/** Points the alias at one of the model's versions. */
export async function pin(work: Work, model: string): Promise<void> {
  const there = await insist(work, `model ${model}`, (url) => fetch(`${url}/models/${model}`), [200])
  if (!there) return
  const { versions } = Versions.parse(there.body)
  const { version } = versions[Math.floor(work.random() * versions.length)] ?? { version: 1 }
  const options = {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version }),
  }
  const call = (url: string) => fetch(`${url}/models/${model}/aliases/${ALIAS}`, options)
  if (await insist(work, `alias of ${model}`, call, [200]))
    work.journal.aliases.set(ALIAS, { model, version })
}

/** Reads a job and remembers its end. Returns whether it has ended. */
export async function lookAt(work: Work, id: string): Promise<boolean> {
  const answer = await insist(work, `job ${id}`, (url) => fetch(`${url}/jobs/${id}`), [200])
  if (!answer) return false
  const { state, version } = Seen.parse(answer.body)
  if (!['completed', 'failed', 'cancelled'].includes(state)) return false
  const before = work.journal.ends.get(id)
  if (before && (before.state !== state || before.version !== version))
    work.journal.unexpected.push(`job ${id}: ${JSON.stringify(before)}, then ${state} ${version}`)
  work.journal.ends.set(id, { state, version })
  return true
}

/**
 * Uploads, orders, promotes and asks, side by side, until the signal fires and the last call is answered.
 * @param slower how many times as long its pauses are
 */
export async function keepBusy(work: Work, signal: AbortSignal, slower = 1): Promise<void> {
  const repeat = async (pauseMs: number, step: (n: number) => Promise<unknown>) => {
    for (let n = 1; !signal.aborted; n += 1) {
      await step(n)
      await sleep(slower * pauseMs * (0.5 + work.random()))
    }
  }
  await Promise.all([
    repeat(400, (n) => upload(work, `table-${n % 5}`, table(n))),
    repeat(600, async (n) => {
      const dataset = work.journal.uploads.at(-1)?.id ?? ''
      const body = job(n, dataset)
      await order(work, `order-${n}`, body)
      // A client that lost the answer sends it again.
      if (work.random() < 0.3) await order(work, `order-${n}`, body)
    }),
    repeat(50, () => predict(work, ASKED)),
    repeat(800, () => pin(work, ASKED)),
    repeat(700, async (n) => {
      const { id } = work.journal.jobs.get(`order-${Math.max(1, n - 3)}`) ?? {}
      if (id) await lookAt(work, id)
    }),
  ])
}
