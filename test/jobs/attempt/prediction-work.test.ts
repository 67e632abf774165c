import { createHash } from 'node:crypto'
import { stat, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished, vi } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { runAttempt } from '../../../src/jobs/attempt/attempt.ts'
import { partKey, resultKey } from '../../../src/jobs/predictions/files.ts'
import { NO_LIMITS } from '../../../src/jobs/records/limits.ts'
import { endedOutside } from '../../../src/jobs/records/outcomes.ts'
import type { PredictionRecord, Progress } from '../../../src/jobs/records/records.ts'
import type { AnswerInput, JoinInput } from '../../../src/prediction-contract.ts'
import { fixture, goodTrainer } from '../fixture.ts'

const JOB = '019a0000-0000-7000-8000-000000000000'
const PARTS = ['019a0000-0000-7000-8000-000000000001', '019a0000-0000-7000-8000-000000000002']
const never = new AbortController().signal
const record: PredictionRecord = {
  kind: 'prediction',
  id: JOB,
  model: 'm',
  version: 3,
  dataset: 'ds_x',
  datasetName: 'x',
  rows: 250,
  columns: ['id'],
  format: 'ndjson',
  scores: true,
  notes: false,
  interval: 0.9,
  prefix: 'p_',
  part: null,
  warnings: [],
  createdAt: '2026-01-01T00:00:00Z',
  createdBy: null,
  scheduled: false,
  fingerprint: 'f',
  parent: null,
  limits: NO_LIMITS,
  priority: null,
  webhook: null,
  children: [],
}

/** A prediction whose answers are one line for each range, with one failed row in each. */
async function predicting({
  parts = false,
  change = {},
}: {
  parts?: boolean
  change?: Partial<PredictionRecord>
} = {}) {
  const all = await fixture()
  const { store, records } = all
  await records.create({ ...record, children: parts ? PARTS : [], ...change })
  if (parts)
    for (const [index, id] of PARTS.entries()) {
      const [from, to] = index === 0 ? [0, 125] : [125, 250]
      const part = { kind: 'rows' as const, number: index + 1, from, to }
      await records.create({ ...record, id, parent: JOB, part })
    }
  const asked: AnswerInput[] = []
  const joined: JoinInput[] = []
  const told: Progress[] = []
  let entry = async (_model: string, version: string | number) => ({
    version: Number(version),
    job: 'j',
    attempt: 1,
    createdAt: '2026-01-01T00:00:00Z',
    artifacts: 'a/',
    manifest: { bytes: 1, sha256: 'x' },
  })
  let answering = async (_input: AnswerInput): Promise<void> => {}
  const run = (id = JOB) =>
    runAttempt(
      {
        store,
        records,
        models: { ...all.models, entry: (model, version) => entry(model, version) },
        trainer: goodTrainer,
        compare: async () => ({ fair: false, reason: 'Nothing is compared here.' }),
        answerer: {
          answer: async (input) => {
            asked.push(input)
            await answering(input)
            await writeFile(input.file, `${input.range.from} to ${input.range.to}\n`)
            return { failed: 1 }
          },
          join: async (input) => {
            joined.push(input)
            const pieces: string[] = []
            for (const part of input.parts) pieces.push(await text(await part()))
            await writeFile(input.file, pieces.join(''))
          },
        },
        engine: {},
        limits: NO_LIMITS,
      },
      id,
      { progress: async (each) => void told.push(each), log: async () => {} },
      never,
    )
  return {
    ...all,
    asked,
    joined,
    told,
    run,
    entryIs: (next: typeof entry) => {
      entry = next
    },
    answeringIs: (next: typeof answering) => {
      answering = next
    },
  }
}

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex')

it('rows in one piece are answered as ordered, and kept with size and hash', async () => {
  const { run, asked, told, records, store } = await predicting()
  expect(await run()).toBe('completed')
  expect(asked).toEqual([
    {
      model: 'm',
      version: expect.objectContaining({ version: 3 }),
      dataset: 'ds_x',
      range: { from: 0, to: 250 },
      shape: {
        format: 'ndjson',
        columns: ['id'],
        scores: true,
        notes: false,
        prefix: 'p_',
        uncertainty: { interval: 0.9, set: undefined, abstain: undefined },
      },
      file: expect.any(String),
      signal: expect.any(AbortSignal),
      onRows: expect.any(Function),
    },
  ])
  expect(await records.outcome(JOB)).toMatchObject({
    version: null,
    answered: { rows: 250, failed: 1, file: { bytes: 9, sha256: sha256('0 to 250\n') } },
  })
  expect(String(await store.read(resultKey(JOB, 1, 'ndjson')))).toBe('0 to 250\n')
  expect(told.map(({ phase, rows }) => [phase, rows])).toEqual([
    ['start', undefined],
    ['publish', { done: 250, total: 250 }],
  ])
  const folder = asked[0]?.file.replace(/\/[^/]+$/, '') ?? ''
  await expect(stat(folder), 'the folder is removed').rejects.toMatchObject({ code: 'ENOENT' })
})

it('the time left is estimated once some time has passed', async () => {
  let time = 0
  const { run, told, answeringIs } = await predicting()
  const now = vi.spyOn(performance, 'now').mockImplementation(() => time)
  onTestFinished(() => now.mockRestore())
  answeringIs(async ({ onRows }) => {
    time = 199
    await onRows(10)
    for (const [at, done] of [
      [400, 50],
      [1_000, 100],
      [2_004, 250],
    ] as const) {
      time = at
      await onRows(done)
    }
  })
  await run()
  const seen = told.filter(({ phase }) => phase === 'predict')
  expect(seen.map(({ rows, etaSeconds }) => [rows?.done, rows?.total, etaSeconds])).toEqual([
    [10, 250, null],
    [50, 250, 1.6],
    [100, 250, 1.5],
    [250, 250, 0],
  ])
})

it('an estimate needs 0.2 seconds', async () => {
  let time = 0
  const { run, told, answeringIs } = await predicting()
  const now = vi.spyOn(performance, 'now').mockImplementation(() => time)
  onTestFinished(() => now.mockRestore())
  answeringIs(async ({ onRows }) => {
    time = 200
    await onRows(50)
  })
  await run()
  expect(told.find(({ phase }) => phase === 'predict')?.etaSeconds).toBe(0.8)
})

it('a part keeps its answers under the whole prediction', async () => {
  const { run, records, store, asked } = await predicting({ parts: true })
  const [first = '', second = ''] = PARTS
  expect(await run(second)).toBe('completed')
  expect(asked.map(({ range }) => range)).toMatchObject([{ from: 125, to: 250 }])
  expect(await records.outcome(second)).toMatchObject({
    answered: { rows: 125, failed: 1, file: null },
    version: null,
  })
  expect(String(await store.read(partKey(JOB, 2)))).toBe('125 to 250\n')
  expect(await records.hasEnded(first)).toBe(false)
})

it('parts are joined in their order, with the rows that failed in each, and their files deleted', async () => {
  const { run, records, store, joined, asked, told } = await predicting({ parts: true })
  const [first = '', second = ''] = PARTS
  await run(second)
  const remove = vi
    .spyOn(store, 'delete')
    .mockRejectedValueOnce(new FitserveError('store-unavailable', 'away'))
  expect(await run()).toBe('completed')
  expect(
    asked.map(({ range }) => range.from),
    'the open part is run by the job',
  ).toEqual([125, 0])
  const content = '0 to 125\n125 to 250\n'
  expect(await records.outcome(JOB)).toMatchObject({
    answered: { rows: 250, failed: 2, file: { bytes: content.length, sha256: sha256(content) } },
    startedAt: (await records.outcome(second))?.startedAt,
  })
  expect(await records.outcome(first)).toMatchObject({ state: 'completed' })
  expect(joined).toMatchObject([{ format: 'ndjson', parts: [expect.any(Function), expect.any(Function)] }])
  expect(remove).toHaveBeenCalledTimes(2)
  expect(await store.children(`predictions/${JOB}/`)).toEqual(['part-1', 'result-1.ndjson'])
  expect(told.filter(({ phase }) => phase === 'join')).toMatchObject([{ rows: { done: 250, total: 250 } }])
})

it('answers of a part that were deleted meanwhile are made again', async () => {
  const { run, records, store, asked } = await predicting({ parts: true })
  for (const part of PARTS) await run(part)
  await store.delete(partKey(JOB, 2))
  expect(await run()).toBe('completed')
  expect(asked.map(({ range }) => range.from)).toEqual([0, 125, 125])
  expect(await records.outcome(JOB)).toMatchObject({ answered: { rows: 250, failed: 2 } })
})

it('a part without answers fails the whole, by its number and rows', async () => {
  const error = { type: 't', title: 't', detail: 'The disk was full.' }
  for (const [outcome, said] of [
    [endedOutside('failed', error), 'The disk was full.'],
    [endedOutside('failed', error, { state: 'completed', error: null }), 'It has no result.'],
  ] as const) {
    const { run, records } = await predicting({ parts: true })
    const [first = '', second = ''] = PARTS
    await run(first)
    await records.end(second, outcome)
    expect(await run()).toBe('failed')
    expect(await records.outcome(JOB)).toMatchObject({
      error: { type: 'urn:fitserve:prediction-failed', detail: `Part 2 (rows 126 to 250): ${said}` },
    })
  }
})

it('a part that is deleted while it is joined is worth another attempt', async () => {
  const { run, records, store } = await predicting({ parts: true })
  for (const part of PARTS) await run(part)
  vi.spyOn(store, 'stream').mockResolvedValueOnce(undefined)
  await expect(run()).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(await records.hasEnded(JOB)).toBe(false)
})

it.each(['unknown-model', 'unknown-version'] as const)('the version is gone: %s', async (code) => {
  const { run, records, entryIs } = await predicting()
  entryIs(async () => {
    throw new FitserveError(code, 'There is none.')
  })
  expect(await run()).toBe('failed')
  expect((await records.outcome(JOB))?.error).toMatchObject({
    type: `urn:fitserve:${code}`,
    detail: expect.stringMatching(
      /^Version 3 of "m", which the prediction was ordered with, has been deleted since\./,
    ),
  })
})

it('another fault of the version is told as it is', async () => {
  const { run, records, entryIs } = await predicting()
  entryIs(async () => {
    throw new FitserveError('corrupt-artifact', 'The log is damaged.')
  })
  expect(await run()).toBe('failed')
  expect((await records.outcome(JOB))?.error?.detail).toBe('The log is damaged.')
  const other = await predicting()
  other.entryIs(async () => {
    throw new TypeError('unknown-model')
  })
  await expect(other.run()).rejects.toThrow(TypeError)
})

it('an attempt that was overtaken keeps neither answers nor a result', async () => {
  const { run, records, store, answeringIs } = await predicting({ parts: true })
  const [first = ''] = PARTS
  answeringIs(async () => {
    await records.claimAttempt(first)
  })
  await expect(run(first)).rejects.toThrow('Another attempt has the job.')
  const whole = await predicting()
  whole.answeringIs(async () => {
    await whole.records.claimAttempt(JOB)
  })
  await expect(whole.run()).rejects.toThrow('Another attempt has the job.')
  expect(await store.children('predictions/')).toEqual([])
  expect(await whole.store.children('predictions/')).toEqual([])
})
