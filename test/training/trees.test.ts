import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Table } from '../../src/datasets/table.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { type Forest, goesLeft, LEAF } from '../../src/models/trees/forest.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { Row, TableDescription } from '../../src/recipe/table.ts'
import { atOnce } from '../../src/runtime/steps.ts'
import { RunCheckpoints } from '../../src/training/checkpoints/checkpoints.ts'
import { writeModel } from '../../src/training/model-files.ts'
import { execute } from '../../src/training/runs.ts'
import { membersOf, train } from '../../src/training/train.ts'
import type { CheckpointFiles } from '../../src/training-contract.ts'

const numbers = z.array(z.number())
const Node = z.union([
  z.object({ value: z.number(), rows: z.number() }),
  z.object({
    feature: z.enum(['a', 'b', 'kind']),
    threshold: z.number().nullable(),
    gapLeft: z.boolean(),
    rows: z.number(),
  }),
])
const Fitted = z.object({ first: z.array(Node), answers: numbers })
const Classified = z.object({ first: z.array(Node), answers: z.array(numbers) })
/** Tables and trees of scikit-learn and LightGBM, which trees.py has made. */
const FIXTURE = z
  .object({
    table: z.object({
      a: numbers,
      b: z.array(z.number().nullable()),
      kind: z.array(z.string()),
      value: numbers,
      two: z.array(z.string()),
      three: z.array(z.string()),
      weight: numbers,
    }),
    epochs: z.number(),
    one: Fitted,
    squared: Fitted,
    weighted: Fitted,
    absolute: Fitted,
    binary: Classified,
    multiclass: Classified,
    huber: z.object({ answers: numbers }),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/trees.json', import.meta.url), 'utf8')))

const COLUMNS = FIXTURE.table
const ROWS = COLUMNS.value.length
const classesOf = (values: readonly string[]) =>
  Object.fromEntries(
    [...new Set(values)].map((value) => [value, values.filter((each) => each === value).length]),
  )
const numberColumn = (values: readonly (number | null)[]) => ({
  type: 'number' as const,
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
})
const categoryColumn = (values: string[]) => ({ type: 'category' as const, values })

const TABLE: Table = {
  rows: ROWS,
  columns: new Map<string, ReturnType<typeof numberColumn> | ReturnType<typeof categoryColumn>>([
    ['a', numberColumn(COLUMNS.a)],
    ['b', numberColumn(COLUMNS.b)],
    ['kind', categoryColumn(COLUMNS.kind)],
    ['value', numberColumn(COLUMNS.value)],
    ['two', categoryColumn(COLUMNS.two)],
    ['three', categoryColumn(COLUMNS.three)],
    ['weight', numberColumn(COLUMNS.weight)],
  ]),
}
const DESCRIPTION: TableDescription = {
  rows: ROWS,
  columns: [...TABLE.columns].map(([name, column]) =>
    column.type === 'number'
      ? { name, type: 'number', missing: name === 'b' ? 90 : 0, distinct: 100, min: 0, max: 50 }
      : { name, type: 'category', missing: 0, classes: classesOf(column.values as string[]) },
  ),
}

function complete(input: object) {
  const { recipe, problems } = completeRecipe(
    RecipeInput.parse({ inputs: ['kind', 'a', 'b'], validation: null, ...input }),
    DESCRIPTION,
  )
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}

async function fitted(input: object) {
  const result = await train({
    recipe: complete(input),
    table: TABLE,
    onProgress: async () => {},
    signal: new AbortController().signal,
  })
  const files = await writeModel(membersOf(result))
  const predictor = loadPredictor({
    encoder: Buffer.from(JSON.stringify(result.encoder)),
    model: files['model.json'],
    weights: files['weights.bin'],
  })
  return { ...result, predictor }
}

/** The options with which the fixture was made. */
const LIKE_FIXTURE = { type: 'trees', learningRate: 0.1, leaves: 15, minRows: 8, l2: 1 }
const regression = (more: object = {}) => ({
  target: 'value',
  network: LIKE_FIXTURE,
  targetTransform: 'none',
  loss: 'meanSquaredError',
  epochs: FIXTURE.epochs,
  ...more,
})

function rowAt(row: number): Row {
  return { a: COLUMNS.a[row] ?? null, b: COLUMNS.b[row] ?? null, kind: COLUMNS.kind[row] ?? null }
}

function expectClose(found: readonly number[], expected: readonly number[], within: number) {
  expect(found).toHaveLength(expected.length)
  const off = found.map((value, at) => Math.abs(value - (expected[at] ?? Number.NaN)))
  expect(Math.max(...off)).toBeLessThan(within)
}

async function values(input: object): Promise<number[]> {
  const { predictor } = await fitted(input)
  return COLUMNS.value.map((_, row) => {
    const answer = predictor.predict(rowAt(row))
    return 'value' in answer ? answer.value : Number.NaN
  })
}

describe('trees', () => {
  it('grow the tree that scikit-learn grows on the same bins', async () => {
    const { forests, encoder } = await fitted(regression({ epochs: 1 }))
    const [forest] = forests
    if (!forest) throw new Error('no trees')
    const names = ['kind', 'a', 'b'] as const
    const edges = encoder.inputs.map(({ bins }) => (bins?.kind === 'number' ? bins.edges : []))
    const found: z.infer<typeof Node>[] = []
    const visit = (node: number) => {
      const rows = forest.rows[node] ?? 0
      const feature = forest.feature[node] ?? LEAF
      if (feature === LEAF) {
        found.push({ value: forest.value[node] ?? 0, rows })
        return
      }
      const name = names[feature] ?? 'a'
      const threshold = name === 'kind' ? null : (edges[feature]?.[lastLeft(forest, node) - 1] ?? null)
      found.push({ feature: name, threshold, gapLeft: goesLeft(forest, node, 0), rows })
      visit(forest.left[node] ?? 0)
      visit((forest.left[node] ?? 0) + 1)
    }
    visit(0)
    expect(found).toHaveLength(FIXTURE.one.first.length)
    for (const [at, node] of FIXTURE.one.first.entries()) {
      if ('value' in node) expect(found[at]).toEqual({ ...node, value: expect.closeTo(node.value, 6) })
      else
        expect(found[at]).toMatchObject({ feature: node.feature, threshold: node.threshold, rows: node.rows })
    }
  })

  it.each([
    ['squared', {}],
    ['absolute', { loss: 'meanAbsoluteError', epochs: 10 }],
    ['weighted', { weights: 'weight' }],
  ] as const)('answer as those of scikit-learn: %s', async (name, more) => {
    expectClose(await values(regression(more)), FIXTURE[name].answers, 1e-6)
  })

  it('answer as those of LightGBM with the loss huber', async () => {
    const found = await values(regression({ inputs: ['a', 'b'], loss: { type: 'huber', delta: 2 } }))
    expectClose(found, FIXTURE.huber.answers, 1e-6)
  })

  it.each([
    ['binary', 'two'],
    ['multiclass', 'three'],
  ] as const)('give the probabilities of scikit-learn: %s', async (name, target) => {
    const { predictor } = await fitted({ target, network: LIKE_FIXTURE, epochs: FIXTURE.epochs })
    const found = COLUMNS.value.flatMap((_, row) => {
      const answer = predictor.predict(rowAt(row))
      return 'probabilities' in answer ? Object.values(answer.probabilities) : []
    })
    expectClose(found, FIXTURE[name].answers.flat(), 1e-6)
  })
})

describe('a model of trees', () => {
  it('explains its answers: base and contributions add up to the output', async () => {
    for (const input of [regression(), { target: 'three', network: LIKE_FIXTURE, epochs: 20 }]) {
      const { predictor } = await fitted(input)
      for (const row of [0, 1, 2, 3, 4, 5, 6, 7].map(rowAt)) {
        const { base, explanation, explained } = atOnce(predictor.explain(row, {}))
        const sum = explanation.reduce((total, { contribution }) => total + contribution, base)
        expect(sum).toBeCloseTo(explained.output, 9)
        expect(explanation.map(({ feature }) => feature).sort()).toEqual(['a', 'b', 'kind'])
      }
    }
  })

  it('contributes the change of the mean answer at each split of its first tree', async () => {
    const { predictor, forests } = await fitted(
      regression({ epochs: 1, network: { ...LIKE_FIXTURE, leaves: 2 } }),
    )
    const [forest] = forests
    const [column] = forest?.feature ?? []
    const { explanation } = atOnce(predictor.explain(rowAt(0), {}))
    const value = predictor.predict(rowAt(0))
    const mean = COLUMNS.value.reduce((sum, each) => sum + each, 0) / ROWS
    const moved = explanation.find(({ feature }) => feature === ['kind', 'a', 'b'][column ?? 0])
    // With l2 the mean of the tree's answers is not quite 0.
    expect(moved?.contribution).toBeCloseTo(
      ('value' in value ? value.value : 0) - mean - (forest?.value[0] ?? 0),
      9,
    )
  })

  it('is the same whatever process ended at which epoch', async () => {
    const recipe = complete({
      target: 'three',
      network: { ...LIKE_FIXTURE, rowShare: 0.7, featureShare: 0.7 },
      epochs: 8,
      validation: { split: 0.2 },
      earlyStopping: { monitor: 'valLoss', patience: 6 },
      finalEpochs: 'best',
    })
    const whole = await runOf(recipe, null)
    for (const ends of [5, 9, 14]) {
      const kept = new Kept()
      await expect(runOf(recipe, kept, ends)).rejects.toThrow('killed')
      const resumed = await runOf(recipe, kept)
      expect(resumed.model?.forests).toEqual(whole.model?.forests)
      expect(resumed.history).toEqual(whole.history)
      expect(resumed.evaluation).toEqual(whole.evaluation)
    }
  })

  it('is made by k-fold, and evaluated on every row', async () => {
    const recipe = complete({ target: 'value', network: 'trees', validation: { kFold: 3 }, epochs: 40 })
    const { evaluation, model } = await runOf(recipe, null)
    expect(evaluation?.rows).toBe(ROWS)
    expect(evaluation?.metrics['r2']).toBeGreaterThan(0.5)
    expect(model?.forests).toHaveLength(1)
    expect(model?.members).toHaveLength(0)
  })

  it('learns several targets, each by trees of its own', async () => {
    const both = await fitted({
      target: ['value', 'weight'],
      network: LIKE_FIXTURE,
      epochs: 10,
      inputs: ['a', 'b'],
    })
    const alone = await fitted({ target: 'value', network: LIKE_FIXTURE, epochs: 10, inputs: ['a', 'b'] })
    const row = { a: 10, b: null }
    const answers = [both, alone].map(({ predictor }) => predictor.predict(row))
    expect(answers[0]).toMatchObject({
      values: { value: answers[1] && 'value' in answers[1] ? answers[1].value : 0 },
    })
  })

  it('answers categories, booleans and gaps that no training row has', async () => {
    const { predictor } = await fitted(regression())
    for (const row of [
      { a: null, b: null, kind: null },
      { a: 1e308, b: -1e308, kind: 'never seen' },
    ]) {
      expect(predictor.check(row, '').total).toBe(0)
      expect(predictor.predict(row)).toEqual({ value: expect.closeTo(0, -3) })
    }
    // Beyond the training range it answers as at its end.
    const at = (a: number) => predictor.predict({ a, b: 0, kind: 'k00' })
    expect(at(1e9)).toEqual(at(Math.max(...COLUMNS.a)))
  })

  it('says of a gap what it counts as', async () => {
    const gapsOf = async (more: object) => {
      const { predictor } = await fitted({ target: 'value', network: LIKE_FIXTURE, epochs: 2, ...more })
      return atOnce(predictor.explain({ a: 1, b: null, kind: null }, {})).notes.map(({ message }) => message)
    }
    const own = 'The value is missing. It counts as a value of its own.'
    expect(await gapsOf({})).toEqual([own, own])
    expect(await gapsOf({ columns: { b: { missing: { value: 4 } } } })).toEqual([
      own,
      'The number is missing. It counts as 4.',
    ])
  })

  it('says that a gap has a bin of its own in its complete recipe, which stays the same when it is sent back', () => {
    const recipe = complete({ target: 'value', network: 'trees' })
    expect(recipe.missing).toBe('bin')
    const { search: _, candidates: __, ...back } = recipe
    expect(complete(back)).toEqual(recipe)
    expect(complete({ target: 'value' }).missing).toBe('median')
  })

  it('alone has a bin for gaps', () => {
    const pathsOf = (more: object) =>
      completeRecipe(RecipeInput.parse({ target: 'value', ...more }), DESCRIPTION).problems
    const fault = { message: expect.stringContaining('Only trees') }
    expect(pathsOf({ missing: 'bin' })).toEqual([{ path: '/recipe/missing', ...fault }])
    expect(pathsOf({ columns: { b: { missing: 'bin' } } })).toEqual([
      { path: '/recipe/columns/b/missing', ...fault },
    ])
    expect(pathsOf({ network: 'trees', missing: 'bin', columns: { b: { missing: 'bin' } } })).toEqual([])
  })

  it.each([
    [{ layers: [{ units: 4 }] }, '/recipe/layers', 'Leave it out'],
    [{ optimizer: 'adam' }, '/recipe/optimizer', 'belongs to the network'],
    [{ scaling: 'quantile' }, '/recipe/scaling', 'order of numbers'],
    [{ bins: 256 }, '/recipe/bins', 'at most 255'],
    [{ ensemble: 2 }, '/recipe/ensemble', 'All members would be equal'],
    [{ missing: 'mean' }, '/recipe/missing', 'a bin of its own'],
    [{ missing: 'median' }, '/recipe/missing', 'a bin of its own'],
    [{ columns: { b: { missing: 'median' } } }, '/recipe/columns/b/missing', 'a bin of its own'],
    [{ outside: 'margin' }, '/recipe/outside', 'as at its end'],
    [{ outside: 'extend' }, '/recipe/outside', 'as at its end'],
    [{ target: 'two', loss: 'meanSquaredError' }, '/recipe/loss', 'binaryCrossentropy'],
    [{ epochs: 1_000_000 }, '/recipe/epochs', 'nodes'],
  ] as const)('refuses %j', (more, path, message) => {
    const { problems } = completeRecipe(
      RecipeInput.parse({ target: 'value', inputs: ['a', 'b', 'kind'], network: 'trees', ...more }),
      DESCRIPTION,
    )
    expect(problems).toEqual([{ path, message: expect.stringContaining(message) }])
  })
})

/** Checkpoints in memory, as the jobs' room keeps them. */
class Kept implements CheckpointFiles {
  readonly done: Uint8Array[] = []
  running: Uint8Array[] = []

  read = async () => [...this.done, ...this.running]
  save = async (kind: 'done' | 'running', bytes: Uint8Array) => {
    if (kind === 'done') this.done.push(bytes)
    else this.running = [bytes]
  }
}

/** Runs a recipe with a checkpoint at the end of each epoch; the process ends at the report with the number `ends`. */
async function runOf(
  recipe: ReturnType<typeof complete>,
  kept: Kept | null,
  ends = Number.POSITIVE_INFINITY,
) {
  let reports = 0
  return execute({
    recipe,
    table: TABLE,
    run: { kind: 'whole' },
    signal: new AbortController().signal,
    checkpoints: kept ? await RunCheckpoints.open(kept, 0) : undefined,
    onProgress: async () => {
      reports += 1
      if (reports === ends) throw new Error('killed')
    },
  })
}

/** Returns the largest bin that goes left. */
function lastLeft(forest: Forest, node: number): number {
  let bin = 0
  while (bin < 255 && goesLeft(forest, node, bin + 1)) bin += 1
  return bin
}
