import { describe, expect, it } from 'vitest'
import { FitserveError, unknown } from '../../../src/errors.ts'
import { planPrediction } from '../../../src/jobs/orders/plan-prediction.ts'
import { type ColumnDescription, completeRecipe, RecipeInput } from '../../../src/recipe/index.ts'
import type { VersionEntry } from '../../../src/registry/model-log.ts'
import { checks, dataset } from '../fixture.ts'

const [text, label] = dataset.columns as [ColumnDescription, ColumnDescription]
const named = (name: string): ColumnDescription => ({ name, type: 'number', missing: 0, min: 0, max: 9 })

const recipeOf = (input: object, columns: ColumnDescription[]) => {
  const parsed = RecipeInput.parse({ layers: [], ...input })
  const { recipe, problems } = completeRecipe(parsed, { rows: 100, columns })
  expect(problems).toEqual([])
  return recipe
}
const classifier = recipeOf({ target: 'label', inputs: ['text'] }, [text, label])
const regression = recipeOf({ target: ['x', 'y'], inputs: ['text'] }, [text, named('x'), named('y')])

interface Change {
  columns?: ColumnDescription[]
  rows?: number
  recipe?: object | undefined
  classes?: readonly string[] | null
  levels?: object
  partRows?: number
  failure?: Error
}

/** Plans a prediction of a model's version 3. */
async function planned(body: object, change: Change = {}) {
  const asked: unknown[] = []
  const { columns = [text, label], rows = 250, recipe = classifier, classes = ['neg', 'pos'] } = change
  const entry: VersionEntry = {
    version: 3,
    job: 'j',
    attempt: 1,
    createdAt: '2026-01-01T00:00:00Z',
    artifacts: 'artifacts/j-1/',
    manifest: { bytes: 1, sha256: 'a' },
  }
  const plan = planPrediction(
    {
      ...checks,
      dataset: async (name) => {
        if (name === 'none') throw unknown('unknown-dataset', 'data set', name)
        return { ...dataset, rows, columns }
      },
      models: {
        async entry(...which) {
          asked.push(which)
          if (change.failure) throw change.failure
          return entry
        },
        manifest: async () => ({ files: {}, recipe, classes, levels: change.levels }),
      },
      partRows: change.partRows,
    },
    { model: 'm', dataset: 'reviews', ...body },
  )
  const own = { id: '00000000-0000-7000-8000-000000000001', createdBy: 'me', scheduled: false }
  const outcome = await plan.then(
    (made) => ({ ...made.recordsOf(own), equal: made.equal, problems: [] }),
    (error: unknown) => {
      if (!(error instanceof FitserveError) || error.code !== 'invalid-job') throw error
      return { problems: error.problems, record: undefined, parts: [], equal: undefined }
    },
  )
  return { ...outcome, asked }
}

describe('an order to answer rows', () => {
  it('becomes a record with all that it says', async () => {
    const { record, parts, equal } = await planned({ webhook: { url: 'http://127.0.0.1/a' }, priority: 2 })
    expect(equal).toBeUndefined()
    expect(parts).toEqual([])
    expect(record).toEqual({
      id: '00000000-0000-7000-8000-000000000001',
      kind: 'prediction',
      createdBy: 'me',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      scheduled: false,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      model: 'm',
      version: 3,
      dataset: dataset.id,
      datasetName: 'reviews',
      rows: 250,
      columns: [],
      format: 'csv',
      scores: false,
      notes: false,
      prefix: '',
      interval: undefined,
      set: undefined,
      abstain: undefined,
      warnings: [],
      limits: { seconds: null, memoryMb: null },
      priority: 2,
      webhook: { url: 'http://127.0.0.1/a' },
      parent: null,
      part: null,
      children: [],
    })
  })

  it('is divided into parts of about the same size, which call no webhook', async () => {
    const webhook = { url: 'http://127.0.0.1/a' }
    const { record, parts } = await planned({ webhook, columns: ['text'] }, { partRows: 100 })
    expect(record?.children).toEqual(parts.map(({ id }) => id))
    expect(new Set([record?.id, ...(record?.children ?? [])]).size).toBe(4)
    const common = { ...record, children: [], webhook: null, parent: record?.id }
    // 250 rows in three parts: 83, 83 and 84.
    expect(parts).toEqual([
      { ...common, id: parts[0]?.id, part: { kind: 'rows', number: 1, from: 0, to: 83 } },
      { ...common, id: parts[1]?.id, part: { kind: 'rows', number: 2, from: 83, to: 166 } },
      { ...common, id: parts[2]?.id, part: { kind: 'rows', number: 3, from: 166, to: 250 } },
    ])
    expect((await planned({}, { partRows: 250 })).parts).toEqual([])
    expect((await planned({}, { partRows: 249 })).parts).toHaveLength(2)
    expect((await planned({}, { rows: 100_000 })).parts, 'by default 100,000 rows each').toEqual([])
    expect((await planned({}, { rows: 100_001 })).parts).toHaveLength(2)
    expect((await planned({}, { partRows: 1 })).parts, 'at most a hundred').toHaveLength(100)
    expect((await planned({}, { rows: 0 })).parts).toEqual([])
  })

  it('has the same fingerprint as one that gives the same file', async () => {
    const prints = async (bodies: object[]) =>
      new Set(await Promise.all(bodies.map(async (body) => (await planned(body)).record?.fingerprint))).size
    expect(await prints([{}, { priority: 3 }, { model: 'm@3' }, { model: 'm@champion' }])).toBe(1)
    const others = [
      {},
      { model: 'n' },
      { columns: ['text'] },
      { format: 'ndjson' },
      { scores: true },
      { notes: true },
      { prefix: 'a' },
      { abstain: 0.5 },
    ]
    expect(await prints(others)).toBe(others.length)
  })

  it.each([
    ['m', ['m', 'production']],
    ['m@2', ['m', '2']],
    ['m@champion', ['m', 'champion']],
    ['m@a@b', ['m', 'a@b']],
    ['m@', ['m', '']],
  ])('of %s asks for a version by its number or alias', async (model, which) => {
    expect((await planned({ model })).asked).toEqual([which])
  })

  it.each(['unknown-model', 'unknown-version', 'unknown-alias'] as const)(
    'is refused with %s at its model, and other faults of the registry are not its own',
    async (code) => {
      const failure = new FitserveError(code, 'There is none.')
      expect((await planned({}, { failure })).problems).toEqual([
        { path: '/model', message: 'There is none.' },
      ])
      for (const other of [new FitserveError('corrupt-artifact', 'It is damaged.'), new Error('away')])
        await expect(planned({}, { failure: other })).rejects.toBe(other)
    },
  )

  it('is refused with all of its problems', async () => {
    const body = { webhook: { url: 'http://10.0.0.1/' }, columns: ['txt', 'text', 'text'], interval: 0.9 }
    const { problems } = await planned(body)
    expect(problems).toEqual([
      {
        path: '/webhook/url',
        message: 'The address is private or local, and WEBHOOK_HOSTS of the service does not name its host.',
      },
      {
        path: '/columns/0',
        message: 'The data set has no column "txt". Did you mean "text"? It has: "text", "label".',
      },
      { path: '/columns/2', message: 'The column "text" is named twice.' },
      { path: '/interval', message: expect.stringContaining('Use "set" instead.') },
    ])
    const none = await planned(
      { ...body, dataset: 'none' },
      { failure: unknown('unknown-model', 'model', 'm') },
    )
    expect(none.problems.map(({ path }) => path)).toEqual(['/webhook/url', '/dataset', '/model'])
  })

  it('names each input that the data set lacks', async () => {
    const recipe = { ...classifier, inputs: ['text', 'age', 'city'] }
    const message = (name: string) =>
      `The data set has no column "${name}", which version 3 of "m" takes. Upload the data with the column, or name another version.`
    expect((await planned({}, { recipe })).problems).toEqual(
      ['age', 'city'].map((name) => ({ path: '/dataset', message: message(name) })),
    )
  })

  it('asks for levels that the version was measured for', async () => {
    const levels = { interval: null, set: 0.95 }
    expect((await planned({ set: 0.95 }, { levels })).record).toMatchObject({ set: 0.95 })
    expect((await planned({ set: 0.96 }, { levels })).problems).toMatchObject([{ path: '/set' }])
    expect((await planned({ set: 0.9 })).problems).toMatchObject([{ path: '/set' }])
  })
})

describe('the columns of a result', () => {
  it('have different names', async () => {
    const message = (name: string) =>
      `The result would have two columns called "${name}": one of the data set and one of the answer, or two of the answer. Give the answer's columns other names with "prefix":"predicted_", or leave the column out.`
    const columns = ['label', 'Label', 'score_neg', 'error'].map(named).concat([named('text')])
    const kept = columns.map(({ name }) => name)
    const of = async (body: object) => (await planned({ columns: kept, ...body }, { columns })).problems
    expect(await of({})).toEqual(
      ['label', 'error'].map((name) => ({ path: '/prefix', message: message(name) })),
    )
    expect((await of({ scores: true })).map(({ message: said }) => said)).toEqual(
      ['label', 'score_neg', 'error'].map(message),
    )
    expect(await of({ prefix: 'p_' })).toEqual([])
  })

  it('may differ in case only, but not in Parquet', async () => {
    const columns = [named('text'), named('Age'), named('AGE'), named('LABEL')]
    const body = { columns: ['Age', 'text', 'AGE', 'LABEL'] }
    expect((await planned(body, { columns })).problems).toEqual([])
    expect((await planned({ ...body, format: 'ndjson' }, { columns })).problems).toEqual([])
    expect((await planned({ ...body, format: 'parquet' }, { columns })).problems).toEqual([
      {
        path: '/columns/2',
        message:
          'Parquet cannot have "AGE" and another column whose name differs in case only. Order "format":"csv", or leave one out.',
      },
      { path: '/prefix', message: expect.stringContaining('two columns called "label"') },
    ])
    const classes = ['neg', 'NEG']
    const scores = { scores: true, format: 'parquet' }
    expect((await planned({ ...scores, format: 'csv' }, { classes })).problems).toEqual([])
    expect((await planned(scores, { classes })).problems).toMatchObject([
      { path: '/prefix', message: expect.stringContaining('"score_NEG"') },
    ])
  })

  it('are those of each target, where there are several', async () => {
    const columns = [text, named('value_x'), named('value_y')]
    const change = { columns, recipe: regression, classes: null }
    const { problems } = await planned({ columns: ['value_y', 'text'] }, change)
    expect(problems).toMatchObject([{ path: '/prefix', message: expect.stringContaining('"value_y"') }])
    expect((await planned({ columns: ['text'] }, change)).problems).toEqual([])
  })

  it('have scores of at most a thousand classes, unless a line has them in one object', async () => {
    const classes = (count: number) => Array.from({ length: count }, (_, at) => `c${at}`)
    expect((await planned({ scores: true }, { classes: classes(1_000) })).problems).toEqual([])
    for (const format of ['csv', 'parquet'])
      expect((await planned({ scores: true, format }, { classes: classes(1_001) })).problems).toEqual([
        {
          path: '/scores',
          message:
            'The model has 1,001 classes, and a file of this format has columns for at most 1,000. Order "format":"ndjson", whose lines have the scores in one object.',
        },
      ])
    for (const body of [{ scores: true, format: 'ndjson' }, { scores: false }])
      expect((await planned(body, { classes: classes(1_001) })).problems).toEqual([])
  })
})
