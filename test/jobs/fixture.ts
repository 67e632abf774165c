import { onTestFinished } from 'vitest'
import type { NamedDataset } from '../../src/datasets/contract.ts'
import { FitserveError } from '../../src/errors.ts'
import { runAttempt } from '../../src/jobs/attempt/attempt.ts'
import type { JobQueue, QueuedJob, QueueEvent, QueueState } from '../../src/jobs/queue/contract.ts'
import { NO_LIMITS } from '../../src/jobs/records/limits.ts'
import { JobRecords } from '../../src/jobs/records/records.ts'
import { createJobs } from '../../src/jobs/service.ts'
import { urlFault } from '../../src/jobs/webhooks/rules.ts'
import { Webhooks } from '../../src/jobs/webhooks/webhooks.ts'
import type { Answerer } from '../../src/prediction-contract.ts'
import { createModelRegistry } from '../../src/registry/registry.ts'
import type { Store } from '../../src/store/contract.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { type Comparer, progressOf, type Trainer } from '../../src/training-contract.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { FakeChores } from './fake-chores.ts'

export const dataset: NamedDataset = {
  id: `ds_${'a'.repeat(24)}`,
  name: 'reviews',
  sha256: 'b'.repeat(64),
  bytes: 1,
  rows: 100,
  rejected: 0,
  createdAt: '2026-01-01T00:00:00Z',
  columns: [
    { name: 'text', type: 'text', missing: 0, meanLength: 30 },
    { name: 'label', type: 'category', missing: 0, classes: { neg: 50, pos: 50 } },
  ],
  warnings: [],
}
/** Data sets to validate on: one that fits, and two that do not. */
const others: Record<string, NamedDataset> = {
  held: { ...dataset, id: `ds_${'c'.repeat(24)}`, name: 'held' },
  numbers: { ...dataset, name: 'numbers', columns: dataset.columns.slice(1) },
  strange: {
    ...dataset,
    name: 'strange',
    columns: dataset.columns.map((column) =>
      column.name === 'label' ? { ...column, classes: { neg: 50, maybe: 50 } } : column,
    ),
  },
}
export const order = {
  model: 'm',
  dataset: 'reviews',
  recipe: { optimizer: 'rmsprop', epochs: 2, validation: { split: 0.2 } },
}

/** A queue in memory that runs nothing by itself. */
export class FakeQueue implements JobQueue {
  readonly chores = new FakeChores()
  readonly jobs = new Map<string, QueueState>()
  readonly flows: string[][] = []
  readonly lines = new Map<string, string[]>()
  readonly listeners = new Set<(event: QueueEvent) => void>()
  away = false
  async add({ id }: QueuedJob) {
    if (this.away) throw new FitserveError('queue-unavailable', 'The queue cannot be reached.')
    if (!this.jobs.has(id))
      this.jobs.set(id, { state: 'waiting', attempt: 0, progress: null, startedAt: null, failedReason: null })
  }
  async addFlow(job: QueuedJob, children: readonly QueuedJob[]) {
    for (const each of [...children, job]) await this.add(each)
    this.flows.push([job.id, ...children.map(({ id }) => id)])
  }
  async forget(id: string) {
    const state = this.jobs.get(id)?.state
    if (state === 'completed' || state === 'failed') this.jobs.delete(id)
  }
  async find(id: string) {
    return this.jobs.get(id)
  }
  async held(id: string) {
    return this.jobs.get(id)?.state === 'active'
  }
  async remove(id: string) {
    // A job that waits for others cannot go while one of them runs.
    const flow = this.flows.find(([parent]) => parent === id) ?? []
    if (flow.slice(1).some((child) => this.jobs.get(child)?.state === 'active')) return false
    return this.jobs.get(id)?.state === 'waiting' && this.jobs.delete(id)
  }
  async log(id: string) {
    return this.lines.get(id) ?? []
  }
  subscribe(listener: (event: QueueEvent) => void) {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }
  async work(): Promise<never> {
    throw new Error('not here')
  }
  async counts() {
    const states = [...this.jobs.values()].map(({ state }) => state)
    const number = (state: QueueState['state']) => states.filter((it) => it === state).length
    return { waiting: number('waiting'), active: number('active') }
  }
  async oldestWaiting() {
    return null
  }
  async workers() {
    return 1
  }
  async running(most: number) {
    const active = [...this.jobs].filter(([, { state }]) => state === 'active')
    return active.slice(0, most).map(([id, { startedAt }]) => ({ id, worker: 'host:1', startedAt }))
  }
  async next(most: number) {
    const waiting = [...this.jobs].filter(([, { state }]) => state === 'waiting')
    return waiting.slice(0, most).map(([id]) => id)
  }
  async ping() {}
  async close() {}
  set(id: string, change: Partial<QueueState>) {
    const before = this.jobs.get(id)
    if (before) this.jobs.set(id, { ...before, ...change })
    for (const listener of this.listeners) listener({ type: 'progress', id, progress: change.progress })
  }
}

export async function find(name: string): Promise<NamedDataset> {
  if (name === 'reviews' || name === dataset.id) return dataset
  const other = others[name]
  if (other) return other
  throw new FitserveError('unknown-dataset', `There is no data set "${name}"`)
}

/** Where nobody is told of anything. */
export const noWebhooks = { ended: async () => {}, viewOf: async () => null }
export const webhookSettings = { key: Buffer.from('a secret of some length'), hosts: ['127.0.0.1'] }
export const checks = { dataset: find, webhookFault: (url: string) => urlFault(url, webhookSettings) }

/** Notes the calls that store and queue get from now on; `restart` returns those so far, and begins anew. */
export function counted({ store, queue }: { store: Store; queue: FakeQueue }) {
  const calls: string[] = []
  const note = <Key extends string>(name: string, target: Record<Key, unknown>, keys: readonly Key[]) => {
    for (const key of keys) {
      const method = target[key]
      if (typeof method !== 'function') continue
      Reflect.set(target, key, (...given: unknown[]) => {
        calls.push(`${name}.${key}`)
        return Reflect.apply(method, target, given)
      })
    }
  }
  note('store', store, ['create', 'read', 'has', 'children', 'delete'])
  note('queue', queue, ['add', 'addFlow', 'find'])
  note('queue.chores', queue.chores, ['find'])
  return { calls, restart: () => calls.splice(0) }
}

export async function fixture() {
  const folder = await temporaryFolder('jobs')
  const store = await createFolderStore(folder)
  onTestFinished(async () => {
    await store.close()
  })
  const queue = new FakeQueue()
  const models = createModelRegistry(store)
  const records = new JobRecords(store, models)
  const webhooks = new Webhooks({ store, records, chores: queue.chores })
  /** Ids of data sets that are not there any more. */
  const deleted = new Set<string>()
  /** Data sets under names that point elsewhere by now. */
  const moved = new Map<string, NamedDataset>()
  const jobs = createJobs({
    store,
    records,
    queue,
    models,
    webhooks,
    workers: 1,
    maxWaitingJobs: 10_000,
    engine: 'test',
    ...checks,
    dataset: async (name) => {
      if (deleted.has(name)) throw new FitserveError('unknown-dataset', `There is no data set "${name}"`)
      return moved.get(name) ?? find(name)
    },
    datasetStands: async (id) => !deleted.has(id),
    versionExists: async (model, job) =>
      (await models.head(model))?.state.versions.some((entry) => entry.job === job) ?? false,
  })
  const submit = (body: unknown, idempotencyKey: string | null = null) =>
    jobs.submit({ body, by: null, idempotencyKey })
  /** Runs the job as a worker's child would. */
  const attempt = async (
    id: string,
    trainer: Trainer = goodTrainer,
    signal = new AbortController().signal,
  ) => {
    queue.set(id, { state: 'active', attempt: 1, startedAt: Date.now() })
    const reporter = {
      progress: async (progress: object) => queue.set(id, { progress }),
      log: async (line: string) => void queue.lines.set(id, [...(queue.lines.get(id) ?? []), line]),
    }
    const parts = {
      store,
      records,
      models,
      trainer,
      compare: noComparison,
      answerer: noAnswerer,
      engine: {},
      limits: NO_LIMITS,
    }
    const state = await runAttempt(parts, id, reporter, signal)
    queue.set(id, { state: 'completed' })
    return state
  }
  return { folder, store, queue, records, models, webhooks, jobs, submit, attempt, deleted, moved }
}

/** Where no prediction is run. */
export const noAnswerer: Answerer = {
  answer: async () => ({ failed: 0 }),
  join: async () => {},
}

const noComparison: Comparer = async () => ({ fair: false, reason: 'Nothing is compared here.' })

export const epochs = [
  { loss: 0.9, valLoss: 0.8 },
  { loss: 0.5, valLoss: 0.9 },
]
export const goodTrainer: Trainer = async ({ onProgress }) => {
  for (const [index, values] of epochs.entries())
    await onProgress(
      progressOf('fit', { epoch: index + 1, epochs: 2, values, epochEnded: true, etaSeconds: 1 - index }),
    )
  return {
    files: new Map([['model.json', '{}']]),
    history: { epochs: [1, 2], loss: [0.9, 0.5], bestEpoch: 1, overfitsAfter: 1, smoothed: {} },
    evaluation: null,
    warnings: [{ code: 'other', message: 'a warning' }],
    about: { metrics: { accuracy: 0.9 }, inputs: [{ name: 'text', type: 'text' }] },
  }
}
export const failing =
  (code: 'loss-not-finite' | 'store-unavailable'): Trainer =>
  async ({ onProgress }) => {
    const values = epochs[0] ?? null
    await onProgress(progressOf('fit', { epoch: 1, epochs: 2, values, epochEnded: true, etaSeconds: 1 }))
    throw new FitserveError(code, 'It did not work.')
  }
