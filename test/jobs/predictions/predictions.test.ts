import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text as textOf } from 'node:stream/consumers'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnswerer } from '../../../src/batch/answerer.ts'
import type { FileFormat } from '../../../src/datasets/contract.ts'
import { createDatasets } from '../../../src/datasets/datasets.ts'
import { DatasetName } from '../../../src/datasets/identity.ts'
import { keptTables } from '../../../src/datasets/kept-tables.ts'
import { readOptions } from '../../../src/datasets/read-options.ts'
import { FitserveError } from '../../../src/errors.ts'
import { runAttempt } from '../../../src/jobs/attempt/attempt.ts'
import { NO_LIMITS } from '../../../src/jobs/records/limits.ts'
import { JobRecord, JobRecords, type Progress } from '../../../src/jobs/records/records.ts'
import { createJobs } from '../../../src/jobs/service.ts'
import type { Row } from '../../../src/recipe/table.ts'
import { createServing } from '../../../src/serving/serving.ts'
import { createComparer } from '../../../src/training/compare.ts'
import { createTrainer } from '../../../src/training/trainer.ts'
import { checkStore } from '../../../src/upkeep/check/check-store.ts'
import { createGarbageCollector } from '../../../src/upkeep/garbage/garbage.ts'
import { temporaryRegistry } from '../../helpers/registry.ts'
import { FakeQueue, noWebhooks } from '../fixture.ts'

const DAY = 24 * 3_600_000
const ROWS = 250
/** Texts that a careless writer of CSV would spoil. */
const TEXTS = [
  'good, really',
  'bad "so called" film',
  'good\nnew line',
  'bad\r\nline',
  '=1+1 good',
  ' bad ',
  'é good 😀',
]

/** Rows of which one in seven has no number, so that a model which refuses gaps cannot answer it. */
const table = Array.from({ length: ROWS }, (_, row) => ({
  id: row,
  text: `${TEXTS[row % 7]} ${row}`,
  x: row % 7 === 2 ? null : row / 3,
  flag: row % 2 === 0,
  label: row % 2 === 0 ? 'pos' : 'neg',
}))

async function started() {
  const { folder, store, models } = await temporaryRegistry('predictions')
  const log = pino({ level: 'silent' })
  const datasets = createDatasets({ store, maxUploadBytes: 1e8, inUse: async () => null, log })
  const upload = (name: string, content: string | Buffer, format: FileFormat = 'ndjson') =>
    datasets.upload({
      name: DatasetName.parse(name),
      body: Readable.from([Buffer.from(content)]),
      gzip: false,
      options: readOptions({ format }),
    })
  const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
  await upload('rows', lines(table))
  await upload('whole', lines(table.map((row) => ({ ...row, x: row.x ?? 1 }))))
  const records = new JobRecords(store, models)
  const queue = new FakeQueue()
  const jobs = createJobs({
    datasetStands: (id) => datasets.stands(id),
    store,
    records,
    models,
    queue,
    webhooks: noWebhooks,
    webhookFault: () => undefined,
    dataset: (name) => datasets.get(name),
    workers: 1,
    maxWaitingJobs: 10_000,
    engine: 'test',
    versionExists: async () => false,
    partRows: 100,
  })
  const tables = keptTables(store)
  const parts = {
    store,
    records,
    models,
    trainer: createTrainer(tables),
    compare: createComparer(tables),
    answerer: createAnswerer({ models, table: tables }),
    engine: {},
    limits: NO_LIMITS,
  }
  const progress: Progress[] = []
  const reporter = { progress: async (each: Progress) => void progress.push(each), log: async () => {} }
  const attempt = (id: string, signal = new AbortController().signal) =>
    runAttempt(parts, id, reporter, signal)
  const train = async (model: string, recipe: object) => {
    const body = { model, dataset: 'whole', recipe }
    const { id } = await jobs.submit({ body, by: null, idempotencyKey: null })
    await attempt(id)
    return jobs.get(id)
  }
  const order = (body: object, idempotencyKey: string | null = null) =>
    jobs.predict({ body: { model: 'm', dataset: 'rows', ...body }, by: null, idempotencyKey })
  /** Orders a prediction and runs its parts, the last one first, then the job. */
  const predict = async (body: object) => {
    const { id } = await order(body)
    const children = (await records.find(id))?.children ?? []
    for (const child of children.toReversed()) await attempt(child)
    await attempt(id)
    return jobs.prediction(id)
  }
  return {
    folder,
    store,
    models,
    datasets,
    upload,
    records,
    queue,
    jobs,
    attempt,
    train,
    order,
    predict,
    progress,
  }
}

describe('a prediction', () => {
  let parts: Awaited<ReturnType<typeof started>>
  let serving: Awaited<ReturnType<typeof createServing>>
  beforeAll(async () => {
    parts = await started()
    const recipe = {
      target: 'label',
      inputs: ['text', 'x'],
      epochs: 3,
      layers: [{ units: 4 }],
      columns: { x: { missing: 'refuse' } },
      validation: { split: 0.2 },
    }
    expect(await parts.train('m', recipe)).toMatchObject({ version: 1 })
    const value = { target: 'x', inputs: ['text'], epochs: 2, layers: [], validation: { split: 0.2 } }
    expect(await parts.train('values', value)).toMatchObject({ version: 1 })
    serving = await createServing({ models: parts.models })
  }, 240_000)
  afterAll(async () => {
    await serving?.close()
    await parts?.datasets.close()
    await parts?.store.close()
  })

  /** What `/predict` answers for rows of the table, by the columns of the answer. */
  const answersOf = async (model: string, rows: readonly Row[]) => {
    const options = { form: 'features', path: '', single: false, onError: 'row', notes: true } as const
    const { predictions } = await serving.predict({ model }, rows, options)
    return predictions.map((each) => ('error' in each ? { error: each.error.message } : each))
  }
  const inputs = table.map(({ text, x }) => ({ text, x }))
  const resultOf = async (id: string) => buffer(await (await parts.jobs.result(id)).open())
  /** Uploads the file of a prediction as a data set, and returns its rows. */
  const readBack = async (id: string, format: FileFormat) => {
    const name = `back-${id.slice(-12)}`
    await parts.upload(name, await resultOf(id), format)
    const all: Record<string, unknown>[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await parts.datasets.rows(name, { limit: 500, cursor })
      all.push(...page.items)
      if (page.next === null) return all
      cursor = page.next
    }
  }

  it('answers each row once, in order and to the last bit as /predict does, whatever the parts', async () => {
    const body = { columns: ['id', 'text'], format: 'ndjson', scores: true, notes: true }
    const done = await parts.predict(body)
    const answers = await answersOf('m', inputs)
    const expected = answers.map((answer, row) => ({ id: row, text: table[row]?.text, ...answer }))
    const lines = (await resultOf(done.id)).toString().trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(expected)
    const failed = answers.filter((answer) => 'error' in answer).length
    expect(failed).toBe(36)
    const { result, ...view } = done
    expect(view).toMatchObject({
      kind: 'prediction',
      state: 'completed',
      version: 1,
      rows: ROWS,
      failedRows: failed,
    })
    expect(result).toMatchObject({
      path: `/predictions/${done.id}/result`,
      mediaType: 'application/x-ndjson',
    })
    // Three parts and the job; the parts are not listed with it.
    const { items } = await parts.jobs.list({ limit: 9 }, { parent: done.id })
    expect(items.map(({ part }) => part)).toEqual([
      { kind: 'rows', number: 3, from: 166, to: 250 },
      { kind: 'rows', number: 2, from: 83, to: 166 },
      { kind: 'rows', number: 1, from: 0, to: 83 },
    ])
    const own = await parts.jobs.list({ limit: 9 }, { kind: 'prediction' })
    expect(own.items.map(({ id }) => id)).toEqual([done.id])
    expect((await parts.jobs.list({ limit: 9 }, { kind: 'training' })).items).toHaveLength(2)
    expect(await parts.jobs.latest('m')).toMatchObject({ kind: 'training' })
    expect(parts.progress).toContainEqual(
      expect.objectContaining({ phase: 'predict', rows: { done: 84, total: 84 } }),
    )
    expect(await parts.store.children(`predictions/${done.id}/`)).toEqual(['result-1.ndjson'])
  })

  it('writes CSV whose texts, scores and errors are read back as they were', async () => {
    const { id } = await parts.predict({ columns: ['text', 'flag', 'x'], scores: true, prefix: 'p_' })
    const [header] = (await resultOf(id)).toString().split('\n', 1)
    expect(header).toBe('text,flag,x,p_label,p_score,p_confidence,p_score_neg,p_score_pos,p_error')
    const answers = await answersOf('m', inputs)
    const expected = answers.map((answer, row) => ({
      text: table[row]?.text,
      flag: table[row]?.flag,
      x: table[row]?.x,
      p_label: 'label' in answer ? answer.label : null,
      p_score: 'score' in answer ? answer.score : null,
      p_confidence: 'score' in answer ? answer.confidence : null,
      p_score_neg: 'score' in answer ? answer.probabilities['neg'] : null,
      p_score_pos: 'score' in answer ? answer.probabilities['pos'] : null,
      p_error: 'error' in answer ? answer.error : null,
    }))
    expect(await readBack(id, 'csv')).toEqual(expected)
  })

  it('writes Parquet of parts as one file', async () => {
    const { id } = await parts.predict({ columns: ['flag', 'text'], format: 'parquet', notes: true })
    const answers = await answersOf('m', inputs)
    const expected = answers.map((answer, row) => ({
      flag: table[row]?.flag,
      text: table[row]?.text,
      label: 'label' in answer ? answer.label : null,
      score: 'score' in answer ? answer.score : null,
      confidence: 'score' in answer ? answer.confidence : null,
      notes: 'error' in answer ? null : JSON.stringify(answer.notes),
      error: 'error' in answer ? answer.error : null,
    }))
    expect(await readBack(id, 'parquet')).toEqual(expected)
  })

  it('of a regression has values', async () => {
    const { id } = await parts.predict({ model: 'values@1', columns: ['id'] })
    const answers = await answersOf(
      'values',
      table.map(({ text }) => ({ text })),
    )
    const values = answers.map((answer) => ('value' in answer ? answer.value : null))
    expect(await readBack(id, 'csv')).toMatchObject(values.map((value, id) => ({ id, value })))
  })

  it('that lost a worker goes on with the parts that are done, and has each row once', async () => {
    const { records, store, attempt, order, jobs } = parts
    const { id } = await order({ columns: ['id'] })
    const children = (await records.find(id))?.children ?? []
    await attempt(children[1] ?? '')
    const stopped = new AbortController()
    stopped.abort(new Error('The process ends.'))
    await expect(attempt(children[0] ?? '', stopped.signal)).rejects.toThrow('The process ends.')
    // The job runs what is left itself, as it does where the queue has lost parts; and makes answers again that are gone.
    await store.delete(`predictions/${id}/part-2`)
    await attempt(id)
    const lines = (await resultOf(id)).toString().trimEnd().split('\n').slice(1)
    expect(lines.map((line) => Number(line.split(',', 1)[0]))).toEqual(table.map(({ id }) => id))
    expect(await jobs.prediction(id)).toMatchObject({ state: 'completed', failedRows: 36 })
  })

  it('is cancelled with its parts, and completes when it is ordered again', async () => {
    const { jobs, order, attempt, records } = parts
    const { id } = await order({})
    await jobs.cancel(id, null)
    expect(await jobs.prediction(id)).toMatchObject({ state: 'cancelled', result: null, failedRows: null })
    await expect(jobs.result(id)).rejects.toMatchObject({ code: 'no-result' })
    await jobs.retry(id, null)
    for (const child of (await records.find(id))?.children ?? []) await attempt(child)
    await attempt(id)
    expect(await jobs.prediction(id)).toMatchObject({ state: 'completed', failedRows: 36 })
    await expect(jobs.retry(id, null)).rejects.toThrow('POST /predictions')
  })

  it('keeps the version of its order, and fails where that was deleted', async () => {
    const { models, order, attempt, jobs, train, records } = parts
    const { id } = await order({ model: 'values' })
    expect(await jobs.prediction(id)).toMatchObject({ version: 1 })
    const other = { target: 'x', inputs: ['text'], epochs: 1, layers: [], validation: { split: 0.3 } }
    expect(await train('values', other)).toMatchObject({ version: 2 })
    await models.deleteVersion('values', 1, null)
    const [first = ''] = (await records.find(id))?.children ?? []
    expect(await attempt(first)).toBe('failed')
    const { state, error } = await jobs.prediction(id)
    expect(state).toBe('failed')
    expect(error).toMatchObject({
      type: 'urn:fitserve:unknown-version',
      detail: expect.stringMatching(/^Part 1 \(rows 1 to 83\): Version 1 of "values".*deleted since/),
    })
  })

  it('is no training, which a record of an earlier release is: it names no kind', async () => {
    const training = await parts.records.findTraining((await parts.jobs.latest('m'))?.id ?? '')
    const { kind, ...old } = training ?? {}
    expect(kind).toBe('training')
    expect(JobRecord.parse(old)).toEqual(training)
  })

  it('is known by its Idempotency-Key, and keeps its data set from being deleted while it runs', async () => {
    const { order, jobs, datasets } = parts
    const first = await order({}, 'a key')
    expect((await order({}, 'a key')).id).toBe(first.id)
    const training = { body: { model: 'm', dataset: 'rows' }, by: null, idempotencyKey: 'a key' }
    await expect(jobs.submit(training)).rejects.toMatchObject({ code: 'idempotency-key-reused' })
    await expect(order({ columns: ['id'] }, 'a key')).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    })
    expect(await jobs.datasetInUse((await datasets.get('rows')).id)).toContain(first.id)
    await jobs.cancel(first.id, null)
  })

  it.each<[object, { path: string; message: RegExp }]>([
    [{ model: 'nobody' }, { path: '/model', message: /no model "nobody"/ }],
    [{ model: 'm@9' }, { path: '/model', message: /no version 9/ }],
    [{ model: 'm@staging' }, { path: '/model', message: /no alias "staging"/ }],
    [{ dataset: 'none' }, { path: '/dataset', message: /no data set/ }],
    [{ columns: ['txt'] }, { path: '/columns/0', message: /Did you mean "text"/ }],
    [{ columns: ['weather'] }, { path: '/columns/0', message: /It has: "id", "text", "x"/ }],
    [{ columns: ['id', 'id'] }, { path: '/columns/1', message: /twice/ }],
    [{ columns: ['label'] }, { path: '/prefix', message: /"label".*"prefix":"predicted_"/ }],
    [{ format: 'xlsx' }, { path: '/format', message: /csv/ }],
    [
      { prefix: 'a\0', format: 'parquet' },
      { path: '/prefix', message: /NUL/ },
    ],
    [{ prefix: '\ud800' }, { path: '/prefix', message: /valid Unicode/ }],
    [{ version: 1 }, { path: '/version', message: /Unknown key/ }],
  ])('is refused with every problem: %o', async (body, { path, message }) => {
    const refused = await parts.order(body).catch((error: unknown) => error)
    if (!(refused instanceof FitserveError)) throw refused
    expect(refused.code).toBe('invalid-job')
    expect(refused.problems).toEqual([{ path, message: expect.stringMatching(message) }])
  })

  it('is refused on a data set that lacks an input', async () => {
    await parts.upload('lacking', '{"text":"a","y":1}\n{"text":"b","y":2}')
    const refused = await parts.order({ dataset: 'lacking' }).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      problems: [
        {
          path: '/dataset',
          message: expect.stringMatching(
            /^The data set has no column "x", which version 1 of "m" takes\. Upload the data with the column/,
          ),
        },
      ],
    })
  })

  it('has a result that is sent in part, checked, deleted once and garbage after its time', async () => {
    const { folder, store, jobs, predict, records } = parts
    const kept = await predict({})
    const deleted = await predict({})
    const expired = await predict({})
    const result = await jobs.result(kept.id)
    const whole = await textOf(await result.open())
    expect(await textOf(await result.open({ from: 6, to: 10 }))).toBe(whole.slice(6, 11))
    expect(result.bytes).toBe(Buffer.byteLength(whole))
    expect(result.fileName).toBe(`m-1-${kept.id}.csv`)

    await jobs.deleteResult(deleted.id, 'me')
    await expect(jobs.deleteResult(deleted.id, 'me')).rejects.toThrow(/was deleted at/)
    expect(await jobs.prediction(deleted.id)).toMatchObject({
      result: null,
      deleted: { by: 'me', expired: false },
    })
    // A job that trains is no prediction.
    const training = await jobs.latest('m')
    await expect(jobs.prediction(training?.id ?? '')).rejects.toMatchObject({
      code: 'unknown-prediction',
    })

    const collect = (predictionMs: number | null) =>
      createGarbageCollector({ store, records, ageMs: DAY, predictionMs }).collect({ dryRun: false })
    const key = `predictions/${expired.id}/result-1.csv`
    await store.create(`predictions/${expired.id}/part-1`, 'left by a process that died')
    const then = new Date(Date.now() - 3 * DAY)
    for (const old of [key, `predictions/${expired.id}/part-1`]) await utimes(join(folder, old), then, then)
    expect((await collect(null)).items).toMatchObject([{ reason: 'The prediction has ended.' }])
    expect((await collect(2 * DAY)).items).toMatchObject([
      { key, reason: expect.stringContaining('PREDICTION_DAYS') },
    ])
    expect(await jobs.prediction(expired.id)).toMatchObject({ result: null, deleted: { expired: true } })

    expect((await checkStore(store)).faults).toEqual([])
    await store.delete(`predictions/${kept.id}/result-1.csv`)
    expect((await checkStore(store)).faults).toMatchObject([
      { message: expect.stringContaining('is missing') },
    ])
  })
})
