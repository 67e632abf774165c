import { describe, expect, it } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { Random } from '../../src/evaluation/random.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { TableDescription } from '../../src/recipe/table.ts'
import { execute } from '../../src/training/runs.ts'
import { train } from '../../src/training/train.ts'

/** Two numbers, of which the first says a little about the class: networks learn the training rows by heart. */
function noisy(rows: number): { table: Table; description: TableDescription } {
  const random = new Random(11, 'noisy')
  const draw = () => Float64Array.from({ length: rows }, () => random.next())
  const a = draw()
  const label = Array.from(a, (value) => (value + 1.2 * random.next() > 1.1 ? 'yes' : 'no'))
  const count = label.filter((each) => each === 'yes').length
  const number = (name: string) => ({
    name,
    type: 'number' as const,
    missing: 0,
    distinct: rows,
    min: 0,
    max: 1,
  })
  return {
    table: {
      rows,
      columns: new Map([
        ['a', { type: 'number', values: a }],
        ['b', { type: 'number', values: draw() }],
        ['label', { type: 'category', values: label }],
      ]),
    },
    description: {
      rows,
      columns: [
        number('a'),
        number('b'),
        { name: 'label', type: 'category', missing: 0, classes: { no: rows - count, yes: count } },
      ],
    },
  }
}

const { table, description } = noisy(120)
const EPOCHS = 12
const plain = {
  layers: [{ units: 32 }],
  optimizer: { type: 'adam', learningRate: 0.03 },
  validation: { split: 0.3 },
  epochs: EPOCHS,
  seed: 5,
}

function run(input: object) {
  const { recipe, problems } = completeRecipe(RecipeInput.parse({ ...plain, ...input }), description)
  if (!recipe) throw new Error(JSON.stringify(problems))
  return train({ recipe, table, onProgress: async () => {}, signal: new AbortController().signal })
}

/** The answers of the last epoch of a run of each length, which are those of a longer run on its way. */
async function answersByEpoch(input: object = {}): Promise<Float64Array[]> {
  const answers: Float64Array[] = []
  for (let epochs = 1; epochs <= EPOCHS; epochs++) {
    const { heldOut } = await run({ ...input, epochs, earlyStopping: null })
    answers.push(heldOut?.values ?? new Float64Array())
  }
  return answers
}

/** Mean crossentropy of the logits of the rows at even places (0) or odd ones (1). */
function lossOf(logits: Float64Array, rows: Uint32Array, half: number): number {
  const label = table.columns.get('label')?.values ?? []
  const own = [...rows.keys()].filter((at) => at % 2 === half)
  const losses = own.map((at) => {
    const probability = 1 / (1 + Math.exp(-(logits[at] ?? 0)))
    return -Math.log(label[rows[at] ?? 0] === 'yes' ? probability : 1 - probability)
  })
  return losses.reduce((sum, loss) => sum + loss / own.length, 0)
}

function bestOf(values: readonly number[]): number {
  return values.indexOf(Math.min(...values))
}

describe('the evaluation after a split', () => {
  it('answers each half of the validation rows at the epoch that the other half chose', async () => {
    const answers = await answersByEpoch()
    const { heldOut, evaluation, history } = await run({})
    const rows = heldOut?.rows ?? new Uint32Array()
    const chosen = [0, 1].map((half) => bestOf(answers.map((logits) => lossOf(logits, rows, half))))
    // Otherwise the test could not tell a choice by all rows from this one.
    expect(chosen[0]).not.toBe(chosen[1])
    const expected = Float64Array.from(
      rows,
      (_, at) => answers[chosen[1 - (at % 2)] ?? 0]?.[at] ?? Number.NaN,
    )
    expect(heldOut?.values).toEqual(expected)
    const loss = [0, 1].reduce((sum, half) => sum + lossOf(expected, rows, half) / 2, 0)
    expect(evaluation?.loss).toBeCloseTo(loss, 10)
    expect(evaluation?.loss).toBeGreaterThan(Math.min(...(history['valLoss'] as number[])))
  })

  it('monitors by any column, and answers at the last epoch where none is chosen', async () => {
    const answers = await answersByEpoch()
    const { heldOut } = await run({ earlyStopping: { monitor: 'valAccuracy' } })
    const label = table.columns.get('label')?.values ?? []
    const rows = heldOut?.rows ?? new Uint32Array()
    const wrong = (half: number) => (logits: Float64Array) =>
      [...rows.keys()].filter(
        (at) => at % 2 === half && (logits[at] ?? 0) >= 0 !== (label[rows[at] ?? 0] === 'yes'),
      ).length
    const chosen = [0, 1].map((half) => bestOf(answers.map(wrong(half))))
    expect(heldOut?.values).toEqual(
      Float64Array.from(rows, (_, at) => answers[chosen[1 - (at % 2)] ?? 0]?.[at] ?? Number.NaN),
    )
    const last = await run({ earlyStopping: { restoreBest: false } })
    expect(last.heldOut?.values).toEqual(answers.at(-1))
    // The training loss is no matter of the validation rows: it falls to the end here.
    const own = await run({ earlyStopping: { monitor: 'loss' } })
    const best = bestOf(own.history['loss'] as number[])
    expect(own.heldOut?.values).toEqual(answers[best])
  })

  it('averages such answers over an ensemble', async () => {
    const first = await run({})
    const both = await run({ ensemble: 2 })
    expect(both.heldOut?.values).not.toEqual(first.heldOut?.values)
    expect(both.heldOut?.values).toHaveLength(36)
  })

  it('tells of labels at random that nothing is known, where the best epoch of many would tell more', async () => {
    const random = new Random(3, 'labels')
    const told: number[] = []
    const flattered: number[] = []
    for (let seed = 1; seed <= 20; seed++) {
      const values = Array.from({ length: 120 }, () => (random.next() < 0.5 ? 'yes' : 'no'))
      const columns = new Map([...table.columns, ['label', { type: 'category' as const, values }]] as const)
      const { recipe } = completeRecipe(
        RecipeInput.parse({ ...plain, seed, earlyStopping: { monitor: 'valAccuracy' } }),
        description,
      )
      if (!recipe) throw new Error('no recipe')
      const signal = new AbortController().signal
      const { evaluation, history } = await train({
        recipe,
        table: { rows: 120, columns },
        onProgress: async () => {},
        signal,
      })
      told.push(evaluation?.metrics['accuracy'] ?? Number.NaN)
      flattered.push(Math.max(...(history['valAccuracy'] as number[])))
    }
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value / values.length, 0)
    expect(Math.abs(mean(told) - 0.5)).toBeLessThan(0.04)
    expect(mean(flattered)).toBeGreaterThan(0.55)
  })
})

describe('a threshold that a rule chooses', () => {
  it('is kept in the version and answers, for the class that counts', async () => {
    for (const validation of [{ split: 0.3 }, { kFold: 3 }]) {
      const { evaluation, model } = await whole({ validation, positive: 'no', threshold: { recall: 0.9 } })
      const target = model?.encoder.target
      if (target?.task !== 'binary') throw new Error('two classes')
      expect(target.classes).toEqual(['yes', 'no'])
      expect(target.threshold).not.toBe(0.5)
      const { thresholds: { thresholds = [], truePositives = [], positives = 0 } = {} } = evaluation ?? {}
      const at = thresholds.indexOf(target.threshold)
      expect((truePositives[at] ?? 0) / positives).toBeGreaterThanOrEqual(0.9)
      expect((truePositives[at - 1] ?? 0) / positives).toBeLessThan(0.9)
      expect(evaluation?.metrics['recall']).toBeGreaterThan(0.7)
      expect(Object.keys(evaluation?.roc ?? {})).toEqual(['no'])
    }
  })

  it('is refused where no row can choose it, and so is a class that the target lacks', () => {
    const problems = (input: object) =>
      completeRecipe(RecipeInput.parse({ ...plain, ...input }), description).problems.map(({ path }) => path)
    expect(problems({ validation: null, threshold: { metric: 'f1' } })).toEqual(['/recipe/threshold'])
    expect(problems({ positive: 'perhaps' })).toEqual(['/recipe/positive'])
    expect(problems({ target: 'a', positive: 'yes' })).toEqual(['/recipe/positive'])
    expect(problems({ target: 'a', threshold: { metric: 'f1' } })).toEqual(['/recipe/threshold'])
    expect(RecipeInput.safeParse({ threshold: { metric: 'auc' } }).success).toBe(false)
    expect(RecipeInput.safeParse({ threshold: { costs: { fp: 0, fn: 1 } } }).success).toBe(false)
  })
})

function whole(input: object) {
  const { recipe, problems } = completeRecipe(RecipeInput.parse({ ...plain, ...input }), description)
  if (!recipe) throw new Error(JSON.stringify(problems))
  const signal = new AbortController().signal
  return execute({ recipe, table, run: { kind: 'whole' }, onProgress: async () => {}, signal })
}
