import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import type { ApiKey, Role } from '../../src/access.ts'
import { type AppTimes, buildApp } from '../../src/api/app.ts'
import type { AppDependencies } from '../../src/api/dependencies.ts'
import type { Distribution, NamedDataset } from '../../src/datasets/contract.ts'
import { FitserveError } from '../../src/errors.ts'
import type { VersionExplanation } from '../../src/evaluation/explanation.ts'
import type {
  JobLogEntry,
  PredictionView,
  Progress,
  TrainingJobView,
  TrialView,
  Workload,
} from '../../src/jobs/contract.ts'
import type { ScheduleView } from '../../src/jobs/schedules/contract.ts'
import { Keys } from '../../src/keys/keys.ts'
import type { CompleteRecipe } from '../../src/recipe/index.ts'
import type { Generation, VersionEntry } from '../../src/registry/model-log.ts'
import type { GarbageReport } from '../../src/upkeep/garbage/garbage.ts'

export const DATASET: NamedDataset = {
  id: 'ds_0123456789abcdef01234567',
  name: 'reviews',
  sha256: 'ab'.repeat(32),
  bytes: 100,
  rows: 3,
  rejected: 0,
  createdAt: '2026-01-01T00:00:00.000Z',
  columns: [{ name: 'text', type: 'text', missing: 0, meanLength: 10 }],
  warnings: [],
}

export const DISTRIBUTION: Distribution = {
  column: 'text',
  type: 'text',
  missing: 0,
  lengths: { edges: [3, 4, 5], counts: [2, 1], below: 0, above: 0 },
  words: [{ value: 'fine', rows: 2 }],
}

export const JOB: TrainingJobView = {
  kind: 'training',
  id: '01990000-0000-7000-8000-000000000000',
  model: 'imdb',
  dataset: DATASET.id,
  datasetName: 'reviews',
  state: 'active',
  attempt: 1,
  reused: false,
  promote: 'always',
  progress: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  version: null,
  error: null,
  warnings: [],
  priority: null,
  limits: { seconds: null, memoryMb: null },
  recipe: { task: 'binary' } as CompleteRecipe,
  parent: null,
  part: null,
  webhook: null,
}

/** Progress of a job in the middle of its training. */
export const PROGRESS: Progress = {
  phase: 'fit',
  epoch: 3,
  epochs: 20,
  fold: null,
  loss: 0.21,
  valLoss: 0.29,
  etaSeconds: 4,
}

export const PREDICTION: PredictionView = {
  kind: 'prediction',
  id: '01990000-0000-7000-8000-000000000001',
  model: 'imdb',
  dataset: DATASET.id,
  datasetName: 'reviews',
  state: 'completed',
  attempt: 1,
  reused: false,
  progress: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  version: 2,
  error: null,
  warnings: [],
  priority: null,
  limits: { seconds: null, memoryMb: null },
  rows: 3,
  failedRows: 0,
  columns: [],
  format: 'csv',
  scores: false,
  notes: false,
  interval: null,
  set: null,
  abstain: null,
  prefix: '',
  parent: null,
  part: null,
  webhook: null,
  result: null,
  deleted: null,
}
/** What counts for each version. */
export const EXPLANATION: VersionExplanation = {
  rows: 3,
  seen: false,
  importance: {
    metric: 'logLoss',
    repeats: 5,
    baseline: 0.4,
    features: [{ feature: 'text', mean: 0.3, deviation: 0.01 }],
  },
  slices: { metric: 'accuracy', overall: 0.9, worst: null, slices: [] },
  terms: [{ name: 'pos', positive: [{ term: 'fine', feature: 'text', weight: 1.5 }], negative: [] }],
  termsBy: 'weights',
  curves: [{ feature: 'length', names: ['pos'], points: [{ value: 1, outputs: [0.5] }] }],
}
/** The file of `PREDICTION`. */
const RESULT = Buffer.from('label,error\npos,\n')

export const SCHEDULE: ScheduleView = {
  cron: '0 3 * * *',
  timeZone: 'Asia/Seoul',
  nextRun: '2026-01-02T18:00:00.000Z',
  order: { force: true },
  setAt: '2026-01-01T00:00:00.000Z',
  setBy: null,
  lastRun: null,
}

export const GARBAGE: GarbageReport = {
  dryRun: false,
  olderThanHours: 24,
  swept: [],
  unreadable: [],
  items: [{ key: 'artifacts/a-1/', keys: 6, bytes: 100, reason: 'No version refers to these files.' }],
  total: { items: 1, keys: 6, bytes: 100 },
}

export const ORDERED: JobLogEntry = {
  at: '2026-01-01T00:00:00.000Z',
  event: 'ordered',
  by: null,
  attempt: null,
  detail: null,
}

export const WORKLOAD: Workload = {
  processes: 2,
  waiting: 3,
  active: 1,
  running: [
    {
      id: JOB.id,
      model: 'imdb',
      kind: 'training',
      parent: null,
      part: null,
      worker: 'machine:12',
      startedAt: '2026-01-01T00:00:00.000Z',
    },
  ],
  next: [{ model: 'imdb', jobs: 3 }],
}

export const TRIAL: TrialView = {
  id: JOB.id,
  number: 1,
  params: { epochs: 2 },
  state: 'completed',
  stopped: false,
  score: 0.3,
  epochs: 2,
  error: null,
}

function entry(version: number): VersionEntry {
  return {
    version,
    job: JOB.id,
    attempt: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    artifacts: `artifacts/${JOB.id}-1/`,
    manifest: { bytes: 1, sha256: 'ab' },
  }
}

export const GENERATION: Generation = {
  generation: 3,
  at: '2026-01-02T00:00:00.000Z',
  by: null,
  events: [{ type: 'aliasSet', alias: 'production', version: 2, previous: 1 }],
  state: {
    versions: [entry(1), entry(2)],
    aliases: { production: { version: 2, before: [1] } },
    nextVersion: 3,
  },
}

const unknownModel = (name: string) =>
  new FitserveError('unknown-model', `There is no model "${name}". Known: imdb.`)
const known = (name: string) => {
  if (name !== 'imdb') throw unknownModel(name)
}
/** Answers what was sent, so that a test sees what came through; `{"bad":…}` is a bad row. */
const predicted = (row: unknown) => ({
  label: 'pos',
  score: 0.75,
  confidence: 0.75,
  probabilities: { neg: 0.25, pos: 0.75 },
  ...(row === 'nan' ? { score: Number.NaN } : {}),
})
const isBad = (row: unknown) => row === null || typeof row !== 'object' || 'bad' in row

type Overrides = { [Part in keyof AppDependencies]?: Partial<AppDependencies[Part]> }

/**
 * Small literal stand-ins for the inner rooms, each of which a test may replace. A method that no test asks for is left
 * out.
 */
export function stubs(overrides: Overrides = {}): AppDependencies {
  const page = { items: [], next: null }
  const whole: { [Part in keyof AppDependencies]: Partial<AppDependencies[Part]> } = {
    config: {
      corsOrigins: [],
      maxBatch: 10,
      bodyLimit: 100_000,
      maxUpload: 1_000_000,
      requestTimeoutMs: 60_000,
      drainSeconds: 0,
      rateLimit: 0,
    },
    datasets: {
      async upload({ name, body }) {
        for await (const _ of body) void _
        return { dataset: { ...DATASET, name }, created: true }
      },
      async append({ body }) {
        for await (const _ of body) void _
        return { dataset: { ...DATASET, appended: 1 }, created: true }
      },
      fetch: async ({ name }) => ({ dataset: { ...DATASET, name }, created: true }),
      async get(idOrName) {
        if (idOrName === 'reviews' || idOrName === DATASET.id) return DATASET
        throw new FitserveError('unknown-dataset', `There is no data set "${idOrName}".`)
      },
      list: async () => ({ items: [{ ...DATASET, columnCount: 1 }], next: null }),
      history: async (name) => ({ items: [{ ...DATASET, name, columnCount: 1 }], next: null }),
      rows: async () => ({ items: [{ text: 'fine' }], next: null }),
      distributions: async () => ({ rows: 3, sampled: 3, items: [DISTRIBUTION], next: null }),
      overlap: async () => ({ columns: 1, rows: 3, inCommon: 2, otherRows: 5, otherInCommon: 4 }),
      rejects: async () => page,
      delete: async () => undefined,
    },
    jobs: {
      submit: async () => JOB,
      async get(id) {
        if (id === JOB.id) return JOB
        throw new FitserveError('unknown-job', `There is no job "${id}".`)
      },
      latest: async () => undefined,
      list: async () => ({ items: [JOB], next: null }),
      history: async () => ({ epochs: [], bestEpoch: null, overfitsAfter: null, smoothed: {} }),
      cancel: async () => ({ ...JOB, state: 'cancelling' }),
      async dryRun() {
        const estimated = { seconds: 4, memoryMb: 600 }
        return { recipe: JOB.recipe, inputs: 10000, parameters: 160305, estimated, warnings: [], notes: [] }
      },
      async retrain(model) {
        known(model)
        return JOB
      },
      async retry(id) {
        if (id === JOB.id) return JOB
        throw new FitserveError('job-not-retryable', `The job ${id} has not ended. Cancel it first.`)
      },
      predict: async () => PREDICTION,
      async prediction(id) {
        if (id === PREDICTION.id) return PREDICTION
        throw new FitserveError('unknown-prediction', `There is no prediction "${id}".`)
      },
      async result(id) {
        if (id !== PREDICTION.id) throw new FitserveError('no-result', `The prediction ${id} has no result.`)
        return {
          mediaType: 'text/csv; charset=utf-8',
          bytes: RESULT.length,
          sha256: 'ab'.repeat(32),
          fileName: `imdb-2-${id}.csv`,
          open: async (range) => Readable.from([range ? RESULT.subarray(range.from, range.to + 1) : RESULT]),
        }
      },
      deleteResult: async () => undefined,
      trials: async () => ({
        items: [TRIAL],
        next: null,
      }),
      async *events() {},
      onEnd: () => () => {},
      workload: async () => WORKLOAD,
      async log(id) {
        if (id === JOB.id) return [ORDERED]
        throw new FitserveError('unknown-job', `There is no job "${id}".`)
      },
    },
    models: {
      heads: async () => [{ name: 'imdb', head: GENERATION }],
      head: async (name) => (name === 'imdb' ? GENERATION : undefined),
      async log(name) {
        known(name)
        return { items: [GENERATION], next: null }
      },
      async setAlias(name, alias, version) {
        known(name)
        return { alias, version, previous: 2 }
      },
      async removeAlias(name, alias) {
        known(name)
        if (alias !== 'production')
          throw new FitserveError('unknown-alias', `"imdb" has no alias "${alias}".`)
      },
      async deleteVersion(name, version) {
        known(name)
        if (version === 'production' || Number(version) === 2)
          throw new FitserveError('version-in-use', 'Version 2 of "imdb" is in use.')
        if (Number(version) !== 1)
          throw new FitserveError('unknown-version', `"imdb" has no version ${version}. Known: 2, 1.`)
      },
      async deleteModel(name) {
        known(name)
      },
      async describe(name, version, { description = null, tags = {} }) {
        known(name)
        if (version !== undefined && Number(version) !== 2)
          throw new FitserveError('unknown-version', `"imdb" has no version ${version}. Known: 2, 1.`)
        return { description, tags }
      },
      async setKeepVersions(name, keep) {
        known(name)
        return { keepVersions: keep, retired: keep === 1 ? [1] : [] }
      },
      keepVersions: () => null,
      async rollback(name) {
        known(name)
        return { alias: 'production', version: 1, previous: 2 }
      },
      async entry(name, version) {
        known(name)
        if (version === 'production' || Number(version) === 2) return entry(2)
        throw new FitserveError('unknown-version', `"imdb" has no version ${version}. Known: 2, 1.`)
      },
      manifest: async () => ({ files: {}, recipe: { task: 'binary' }, metrics: { accuracy: 0.9 } }),
      readArtifact: async (_name, _entry, file) =>
        file === 'history.json' ? Buffer.from('{"epochs":[1]}') : undefined,
    },
    archives: {
      async export(model) {
        known(model)
        return { name: 'imdb-2.tar', bytes: 3, content: Readable.from([Buffer.from('tar')]) }
      },
      async import(_model, body) {
        for await (const _chunk of body);
        return entry(2)
      },
    },
    access: new Keys([]),
    audit: { open: () => unkept, record: async () => {}, list: async () => ({ items: [], next: null }) },
    inspections: {
      async rows(model, _version, { kind }) {
        known(model)
        const row = { row: 7, score: 0.2, actual: 'neg', predicted: 'pos', confidence: 0.6, probability: 0.4 }
        const likely = kind === 'mislabelled' ? { likely: 1 } : {}
        return { total: 1, ...likely, rows: [{ ...row, features: { text: 'So, "fine"' } }] }
      },
      async explanation(model) {
        known(model)
        return EXPLANATION
      },
      close: () => {},
    },
    thresholds: {
      async set(model) {
        known(model)
        return { entry: entry(2), from: 1, threshold: 0.3 }
      },
      close: () => {},
    },
    evaluations: {
      async evaluate(model) {
        known(model)
        return { rows: 3, loss: 0.4, metrics: { accuracy: 0.9 } }
      },
      list: async () => [
        {
          dataset: { id: DATASET.id, name: 'test' },
          evaluatedAt: '2026-01-03T00:00:00.000Z',
          rows: 3,
          loss: 0.4,
          metrics: { accuracy: 0.9 },
        },
      ],
    },
    plots: {
      prepare: ({ name, theme, format }) => ({
        digest: `${name}-${theme}-${format}`,
        draw: async () => Buffer.from(format === 'svg' ? '<svg/>' : 'png'),
      }),
    },
    garbage: { collect: async ({ dryRun }) => ({ ...GARBAGE, dryRun }) },
    schedules: {
      async set(name) {
        known(name)
        return SCHEDULE
      },
      async get(name) {
        known(name)
        return SCHEDULE
      },
      async remove(name) {
        known(name)
      },
      lastSuccesses: async () => [{ model: 'imdb', at: 1_767_225_600_000, due: 1_767_312_000_000 }],
    },
    serving: {
      async predict(target, rows, { form, path, single, onError }) {
        known(target.model ?? 'imdb')
        if (form === 'text') return { model: 'imdb', version: 2, predictions: rows.map(predicted) }
        const errors = rows.flatMap((row, index) =>
          isBad(row) ? [{ path: single ? path : `${path}/${index}`, message: 'A bad row.' }] : [],
        )
        if (onError === ('refuse' as string) && errors.length > 0)
          throw new FitserveError('invalid-rows', 'Some rows are bad.', { problems: errors })
        const answer = (row: unknown, index: number) => {
          const faults = errors.filter((error) => single || error.path === `${path}/${index}`)
          return isBad(row) ? { error: { message: 'A bad row.', errors: faults } } : predicted(row)
        }
        return { model: 'imdb', version: 2, predictions: rows.map(answer) as never }
      },
      predictNow: () => undefined,
      loaded: () => [{ version: 2, bytes: 1000 }],
      refresh: async () => undefined,
      hasFollowed: () => true,
      health: () => ({
        looked: true,
        reachable: true,
        models: [{ name: 'imdb', version: 2, newest: 2, fault: null }],
      }),
    },
    store: { ping: async () => undefined, freeBytes: async () => undefined },
    queue: {
      ping: async () => undefined,
      counts: async () => ({ waiting: 3, active: 1 }),
      oldestWaiting: async () => Date.now() - 60_000,
      workers: async () => 2,
    },
    version: '0.0.0-test',
    log: pino({ level: 'silent' }),
  }
  const parts = Object.entries(overrides).map(([part, changes]) => {
    const before = whole[part as keyof AppDependencies]
    return [
      part,
      typeof before === 'object' && part !== 'log' && part !== 'access'
        ? { ...before, ...(changes as object) }
        : changes,
    ]
  })
  return { ...whole, ...Object.fromEntries(parts) } as AppDependencies
}

/** An API over stubs, ready to be asked. */
export async function stubApp(overrides: Overrides = {}, times: AppTimes = {}) {
  const app = await buildApp(stubs(overrides), times)
  await app.ready()
  return app
}

/** What a key without options has. */
export const UNLIMITED = { models: null, requestsPerMinute: null, rowsPerDay: null, expiresAt: null }

export function apiKey(role: Role, more: Partial<ApiKey> = {}): { key: string; entry: ApiKey } {
  const key = `secret-${role}`
  const sha256 = createHash('sha256').update(key).digest('hex')
  return { key, entry: { name: `the-${role}`, role, sha256, ...UNLIMITED, ...more } }
}

/** An entry of the audit that is kept nowhere. */
const unkept = { begin: async () => undefined, end: async () => undefined, drop: async () => undefined }
