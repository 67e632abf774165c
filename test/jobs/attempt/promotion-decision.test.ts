import { expect, it } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { type Candidate, promotionOf, promotionWarnings } from '../../../src/jobs/attempt/promotion.ts'
import type { TrainingRecord } from '../../../src/jobs/records/records.ts'
import type { InputColumn, Promote } from '../../../src/recipe/index.ts'
import type { Generation, ModelEvent, ModelState, VersionEntry } from '../../../src/registry/model-log.ts'
import type { CompareInput } from '../../../src/training-contract.ts'
import type { Warning } from '../../../src/warnings.ts'
import { fixture, order } from '../fixture.ts'

type Comparison = Awaited<ReturnType<Parameters<typeof promotionOf>[0]['compare']>>

const weak: Warning = { code: 'no-better-than-baseline', message: 'It is no better than a constant answer.' }
const TEXT: InputColumn[] = [{ name: 'text', type: 'text' }]
const entryOf = (version: number): VersionEntry => ({
  version,
  job: `job ${version}`,
  attempt: 1,
  createdAt: '2026-01-01T00:00:00Z',
  artifacts: `artifacts/${version}/`,
  manifest: { bytes: 2, sha256: 'a'.repeat(64) },
})
/** A model with two versions of which this one is in production. */
const stateOf = (production: number | null): ModelState => ({
  versions: [entryOf(1), entryOf(2)],
  aliases: {
    ...(production === null ? {} : { production: { version: production, before: [] } }),
    staging: { version: 2, before: [] },
  },
  nextVersion: 3,
})
const fair = (candidate: number, production: number, note: string | null = null): Comparison => ({
  fair: true,
  dataset: 'ds',
  rows: 40,
  candidate,
  production,
  note,
})

interface Options {
  promote?: Promote
  /** Changes of the job's record. */
  more?: Partial<TrainingRecord>
  candidate?: Partial<Candidate>
  /** Members of the manifest of the version in production. */
  manifest?: Record<string, unknown>
  /** Files of that version. */
  files?: Record<string, Buffer>
  compare?: (input: CompareInput) => Promise<Comparison>
}

/** Makes the rule of a job, and notes what is asked for by it. */
async function ruleOf({ promote = 'ifBetter', more, candidate, manifest, files, compare }: Options) {
  const { submit, records } = await fixture()
  const { id } = await submit(order)
  const record = await records.findTraining(id)
  if (!record) throw new Error('There is no such job.')
  const asked: CompareInput[] = []
  const signal = new AbortController().signal
  const known = files ?? {
    'encoder.json': Buffer.from('old encoder'),
    'model.json': Buffer.from('old model'),
    'weights.bin': Buffer.from('old weights'),
    'held-out.json': Buffer.from('old answers'),
  }
  const rule = promotionOf(
    {
      models: {
        manifest: async (model, { version }) => ({
          model,
          files: {},
          dataset: { id: `trained ${version}`, name: 'd' },
          recipe: { ...record.recipe, seed: 100 + version },
          inputs: TEXT,
          ...manifest,
        }),
        readArtifact: async (_model, _entry, file) => known[file],
      },
      compare: async (input) => {
        asked.push(input)
        return compare ? compare(input) : fair(0.9, 0.8)
      },
    },
    { ...record, promote, ...more },
    {
      recipe: record.recipe,
      files: new Map<string, Uint8Array | string>([
        ['encoder.json', 'new encoder'],
        ['model.json', 'new model'],
        ['weights.bin', Buffer.from('new weights')],
        ['held-out.json', 'new answers'],
      ]),
      warnings: [],
      inputs: TEXT,
      ...candidate,
    },
    signal,
  )
  const decide = async (state: ModelState) => (typeof rule === 'function' ? rule(state) : rule)
  return { rule, decide, asked, record, signal }
}

it('never is never, and the first version is promoted', async () => {
  expect((await ruleOf({ promote: 'never' })).rule).toBe('never')
  const { decide, asked } = await ruleOf({})
  const first = { promote: true, reason: 'No version was in production.' }
  expect(await decide(stateOf(null))).toEqual(first)
  expect(await decide({ versions: [], aliases: {}, nextVersion: 1 })).toEqual(first)
  const always = await ruleOf({ promote: 'always' })
  expect(await always.decide(stateOf(2))).toEqual({ promote: true, reason: 'always' })
  expect([...asked, ...always.asked]).toEqual([])
})

it('both versions are compared with their files, and once for each that is in production', async () => {
  const { decide, asked, record, signal } = await ruleOf({})
  const decision = await decide(stateOf(2))
  expect(decision).toEqual({
    promote: true,
    code: undefined,
    reason: 'accuracy 0.9 is better than 0.8 of version 2 on 40 rows.',
    comparison: { against: 2, metric: 'accuracy', dataset: 'ds', rows: 40, candidate: 0.9, production: 0.8 },
  })
  expect(await decide(stateOf(2))).toEqual(decision)
  expect(asked).toEqual([
    {
      candidate: {
        recipe: record.recipe,
        dataset: record.dataset,
        files: {
          encoder: Buffer.from('new encoder'),
          model: Buffer.from('new model'),
          weights: Buffer.from('new weights'),
          heldOut: Buffer.from('new answers'),
        },
      },
      production: {
        recipe: { ...record.recipe, seed: 102 },
        dataset: 'trained 2',
        files: {
          encoder: Buffer.from('old encoder'),
          model: Buffer.from('old model'),
          weights: Buffer.from('old weights'),
          heldOut: Buffer.from('old answers'),
        },
      },
      dataset: null,
      metric: 'accuracy',
      signal,
    },
  ])
  await decide(stateOf(1))
  expect(asked.map(({ production }) => production.dataset)).toEqual(['trained 2', 'trained 1'])
  expect(await decide(stateOf(null))).toMatchObject({ reason: 'No version was in production.' })
})

it.each([
  ['accuracy', 0.8, 0.8, false, 'accuracy 0.8 is equal to 0.8 of version 2 on 40 rows.'],
  ['accuracy', 0.7, 0.8, false, 'accuracy 0.7 is worse than 0.8 of version 2 on 40 rows.'],
  ['accuracy', 0.8123456789, 0.8, true, 'accuracy 0.812346 is better than 0.8 of version 2 on 40 rows.'],
  ['rmse', 0.7, 0.8, true, 'rmse 0.7 is better than 0.8 of version 2 on 40 rows.'],
  ['rmse', 0.9, 0.8, false, 'rmse 0.9 is worse than 0.8 of version 2 on 40 rows.'],
  ['rmse', 0.8, 0.8, false, 'rmse 0.8 is equal to 0.8 of version 2 on 40 rows.'],
] as const)('by %s of %d against %d it is promoted: %s', async (metric, own, other, promote, reason) => {
  const ifBetter = { metric, dataset: 'ds_named' }
  const compare = async () => fair(own, other)
  const { decide, asked } = await ruleOf({ promote: { ifBetter }, compare })
  expect(await decide(stateOf(2))).toMatchObject({
    promote,
    reason,
    code: promote ? undefined : 'not-promoted',
    comparison: { metric, candidate: own, production: other },
  })
  expect(asked).toMatchObject([{ metric, dataset: 'ds_named' }])
})

it('a note on the comparison is told', async () => {
  const { decide } = await ruleOf({ compare: async () => fair(0.9, 0.8, 'Rows may be among them.') })
  expect(await decide(stateOf(2))).toMatchObject({
    reason: 'accuracy 0.9 is better than 0.8 of version 2 on 40 rows. Rows may be among them.',
  })
})

it('nothing is promoted where no fair comparison is possible', async () => {
  const unfair = (reason: string) => ({
    promote: false,
    code: 'not-promoted',
    reason: `No fair comparison with version 2 was possible. ${reason}`,
  })
  const none = await ruleOf({ compare: async () => ({ fair: false, reason: 'There are no rows.' }) })
  expect(await none.decide(stateOf(2))).toEqual(unfair('There are no rows.'))
  const damaged = await ruleOf({ files: {} })
  expect(await damaged.decide(stateOf(2))).toEqual(unfair('Version 2 of "m" has no encoder.json.'))
  const away = await ruleOf({
    compare: async () => {
      throw new FitserveError('store-unavailable', 'away')
    },
  })
  await expect(away.decide(stateOf(2))).rejects.toMatchObject({ code: 'store-unavailable' })
  const faulty = await ruleOf({
    compare: async () => {
      throw new TypeError('a fault')
    },
  })
  await expect(faulty.decide(stateOf(2))).rejects.toThrow('a fault')
})

it('a version without answers of folds is compared without', async () => {
  const plain = new Map([
    ['encoder.json', 'e'],
    ['model.json', 'm'],
    ['weights.bin', 'w'],
  ])
  const { decide, asked } = await ruleOf({ candidate: { files: plain } })
  await decide(stateOf(2))
  expect(asked[0]?.candidate.files.heldOut).toBeUndefined()
})

it.each(['no-better-than-baseline', 'answers-one-class'] as const)(
  'a version with the warning %s',
  async (code) => {
    const warnings: Warning[] = [
      { code: 'other', message: 'harmless' },
      { ...weak, code },
    ]
    const refused = { promote: false, reason: weak.message, code: 'not-promoted' }
    const candidate = { warnings }
    for (const state of [stateOf(null), stateOf(2)]) {
      expect(await (await ruleOf({ candidate })).decide(state)).toMatchObject(refused)
      const scheduled = await ruleOf({ candidate, promote: 'always', more: { scheduled: true } })
      expect(await scheduled.decide(state)).toEqual(refused)
      const ordered = await ruleOf({ candidate, promote: 'always' })
      expect(await ordered.decide(state)).toEqual({ promote: true, reason: 'always' })
    }
    // What was measured is told all the same.
    expect(await (await ruleOf({ candidate })).decide(stateOf(2))).toMatchObject({
      comparison: { against: 2 },
    })
    const worse = await ruleOf({ candidate, compare: async () => fair(0.1, 0.2) })
    expect(await worse.decide(stateOf(2))).toMatchObject({ reason: expect.stringContaining('is worse than') })
    // Production was no better: the new one is worth more, whatever the default metric says.
    const manifest = { warnings }
    const instead = await ruleOf({ manifest, compare: async () => fair(0.1, 0.2) })
    expect(await instead.decide(stateOf(2))).toEqual({
      promote: true,
      reason: `This version is worth more than a constant answer, and version 2 was not. ${weak.message}`,
    })
    expect(instead.asked).toEqual([])
    for (const options of [
      { manifest, promote: { ifBetter: { metric: 'accuracy' } } },
      { manifest, candidate },
      { manifest: { warnings: [{ code: 'other', message: 'harmless' }] } },
      { manifest: { warnings: 'damaged' } },
    ] as const) {
      const compared = await ruleOf({ ...options, compare: async () => fair(0.1, 0.2) })
      expect(await compared.decide(stateOf(2))).toMatchObject({
        promote: false,
        comparison: { candidate: 0.1 },
      })
    }
  },
)

it('a version that takes other inputs than production', async () => {
  const candidate: Partial<Candidate> = { inputs: [{ name: 'text', type: 'number' }] }
  const said = 'The column "text" would be read as a number, and version 2 takes a text.'
  const refused = {
    promote: false,
    code: 'inputs-changed',
    reason: `${said} Requests as they are would be refused. To promote such a version all the same, order it with "allowInputChanges":true or point production at it.`,
  }
  expect(await (await ruleOf({ candidate })).decide(stateOf(2))).toMatchObject({
    ...refused,
    comparison: { against: 2 },
  })
  const scheduled = await ruleOf({ candidate, promote: 'always', more: { scheduled: true } })
  expect(await scheduled.decide(stateOf(2))).toEqual(refused)
  const ordered = await ruleOf({ candidate, promote: 'always' })
  expect(await ordered.decide(stateOf(2))).toEqual({
    promote: true,
    code: 'inputs-changed',
    reason: `Promoted because the order says "promote":"always". ${said} Requests with the old inputs are refused from now on.`,
  })
  const two: Partial<Candidate> = {
    inputs: [
      { name: 'a', type: 'text' },
      { name: 'b', type: 'text' },
    ],
  }
  const more = await (await ruleOf({ candidate: two })).decide(stateOf(2))
  expect(more).toMatchObject({
    promote: false,
    reason: expect.stringContaining('takes it (text) (and 2 more). Req'),
  })
  for (const options of [
    { candidate, more: { allowInputChanges: true } },
    { candidate: { inputs: undefined } },
    { candidate: { inputs: TEXT } },
    // Nobody knows what production takes.
    { candidate, promote: 'always', manifest: { inputs: undefined }, files: {} },
  ] as const)
    expect(await (await ruleOf({ promote: 'always', ...options })).decide(stateOf(2))).toEqual({
      promote: true,
      reason: 'always',
    })
  expect(await (await ruleOf({ candidate })).decide(stateOf(null))).toMatchObject({ promote: true })
})

/** A model's log of these events, newest first, in pages. */
function logOf(events: (ModelEvent[] | Error)[]) {
  const pages: number[] = []
  const generation = (at: number, of: ModelEvent[]): Generation => ({
    generation: events.length - at,
    at: '2026-01-01T00:00:00Z',
    by: null,
    events: of,
    state: stateOf(null),
  })
  return {
    pages,
    models: {
      head: async () => generation(0, []),
      log: async (_model: string, { limit, cursor }: { limit: number; cursor?: string | undefined }) => {
        const from = Number(cursor ?? 0)
        pages.push(limit)
        const items = events.slice(from, from + limit).map((of, at) => {
          if (of instanceof Error) throw of
          return generation(from + at, of)
        })
        return { items, next: from + limit < events.length ? String(from + limit) : null }
      },
    },
  }
}

it('a job is warned by what the log of its model says of its version', async () => {
  const published = (version: number): ModelEvent => ({ type: 'published', version, job: 'j' })
  const not: ModelEvent = { type: 'notPromoted', version: 3, reason: 'It is worse.', code: 'not-promoted' }
  const changed: ModelEvent = {
    type: 'promoted',
    version: 4,
    previous: 3,
    reason: 'Told.',
    code: 'inputs-changed',
  }
  const plain: ModelEvent = { type: 'promoted', version: 5, previous: 4, reason: 'always' }
  const { models, pages } = logOf([
    [published(5), plain],
    [published(4), changed],
    [published(3), not],
  ])
  expect(await promotionWarnings(models, 'm', 3)).toEqual([{ code: 'not-promoted', message: 'It is worse.' }])
  expect(pages).toEqual([2, 2])
  expect(await promotionWarnings(models, 'm', 4)).toEqual([{ code: 'inputs-changed', message: 'Told.' }])
  expect(await promotionWarnings(models, 'm', 5)).toEqual([])
  expect(await promotionWarnings(models, 'm', 6)).toEqual([])
  expect(await promotionWarnings({ ...models, head: async () => undefined }, 'm', 3)).toEqual([])
  const long = logOf([...Array.from({ length: 20 }, () => []), [not]])
  expect(await promotionWarnings(long.models, 'm', 3), 'the newest twenty are looked through').toEqual([])
  expect(long.pages).toHaveLength(10)
  const damaged = logOf([new FitserveError('corrupt-artifact', 'damaged')])
  expect(await promotionWarnings(damaged.models, 'm', 3)).toEqual([])
  const away = logOf([new FitserveError('store-unavailable', 'away')])
  await expect(promotionWarnings(away.models, 'm', 3)).rejects.toMatchObject({ code: 'store-unavailable' })
})
