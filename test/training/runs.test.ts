import { describe, expect, it } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { type FoldResult, summarizeFolds } from '../../src/evaluation/k-fold.ts'
import { Random } from '../../src/evaluation/random.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { TableDescription } from '../../src/recipe/table.ts'
import { execute } from '../../src/training/runs.ts'
import type { TrainingRun } from '../../src/training-contract.ts'

/** y = 3 · x + noise. */
function line(rows: number): { table: Table; description: TableDescription } {
  const random = new Random(7, 'line')
  const x = Float64Array.from({ length: rows }, () => random.next())
  const y = x.map((value) => 3 * value + 0.1 * random.next())
  return {
    table: {
      rows,
      columns: new Map([
        ['x', { type: 'number', values: x }],
        ['y', { type: 'number', values: y }],
      ]),
    },
    description: {
      rows,
      columns: ['x', 'y'].map((name) => ({
        name,
        type: 'number',
        missing: 0,
        distinct: rows,
        min: 0,
        max: 4,
      })),
    },
  }
}

const { table, description } = line(90)
const small = { epochs: 6, layers: [{ units: 4 }] }

function run(recipe: object, how: TrainingRun, validationFrom: number | null = null) {
  const { recipe: complete, problems } = completeRecipe(
    RecipeInput.parse({ ...small, ...recipe }),
    description,
    {
      validation: description,
    },
  )
  if (!complete) throw new Error(JSON.stringify(problems))
  const signal = new AbortController().signal
  return execute({ recipe: complete, table, validationFrom, run: how, onProgress: async () => {}, signal })
}

describe('a k-fold job', () => {
  const recipe = { validation: { kFold: 3, repeats: 2 } }

  it('gives the same model in parts as in one piece', async () => {
    const whole = await run(recipe, { kind: 'whole' })
    const folds: FoldResult[] = []
    for (const [fold, repeat] of [
      [1, 1],
      [2, 1],
      [3, 1],
      [1, 2],
      [2, 2],
      [3, 2],
    ] as const) {
      const part = await run(recipe, { kind: 'fold', fold, repeat })
      expect([part.model, part.rows]).toEqual([null, { training: 60, validation: 30 }])
      if (!part.evaluation) throw new Error('a fold without an evaluation')
      folds.push({ history: part.history, evaluation: part.evaluation })
    }
    const together = summarizeFolds(folds, { monitor: 'valLoss', smoothing: 0.9 })
    const final = await run(recipe, { kind: 'final', ...together })
    expect(final.model?.members).toEqual(whole.model?.members)
    expect(final.history).toEqual(whole.history)
    expect(final.evaluation).toEqual(whole.evaluation)
    expect(final.rows).toEqual({ training: 90, validation: 0 })
    expect(whole.history.final?.['loss']).toHaveLength(whole.history.bestEpoch ?? 0)
    expect(whole.evaluation?.folds).toHaveLength(6)
    expect(whole.evaluation?.rows).toBe(180)
    expect(folds[0]?.evaluation).not.toEqual(folds[3]?.evaluation)
  })

  it('trains its model for as many epochs as are asked for', async () => {
    const { history } = await run({ ...recipe, finalEpochs: 2 }, { kind: 'whole' })
    expect(history.final?.['loss']).toHaveLength(2)
  })

  it('tells what the kept number of epochs reaches on rows that the folds did not see, with all metrics', async () => {
    // At this rate the first epochs are the best ones, and the last ones are far worse.
    const wild = {
      ...recipe,
      epochs: 12,
      optimizer: { type: 'adam', learningRate: 0.3 },
      layers: [{ units: 8 }],
    }
    const { history, evaluation, heldOut } = await run(wild, { kind: 'whole' })
    const kept = history.bestEpoch ?? 0
    expect(kept).toBeLessThan(12)
    expect(evaluation?.best).toEqual({
      epoch: kept,
      mean: evaluation?.mean,
      deviation: evaluation?.deviation,
    })
    // Each fold has learnt for the epochs at which the mean of the two others of its repeat is best.
    const columns = (history.folds ?? []).map((fold) => fold['valLoss'] ?? [])
    const chosen = columns.map((_, at) => {
      const others = [0, 1, 2].map((each) => at - (at % 3) + each).filter((each) => each !== at)
      const sums = Array.from({ length: 12 }, (__, epoch) =>
        others.reduce((sum, each) => sum + (columns[each]?.[epoch] ?? Number.NaN), 0),
      )
      return sums.indexOf(Math.min(...sums)) + 1
    })
    expect(evaluation?.folds?.map(({ epochs }) => epochs)).toEqual(chosen)
    expect(new Set(chosen).size).toBeGreaterThan(1)
    const losses = chosen.map((epochs, fold) => columns[fold]?.[epochs - 1] ?? Number.NaN)
    expect(evaluation?.loss).toBeCloseTo(
      losses.reduce((sum, loss) => sum + loss / 6, 0),
      12,
    )
    const last = (history['valLoss'] as number[]).at(-1)
    expect(evaluation?.last?.mean['loss']).toBeCloseTo(Number(last), 12)
    for (const fold of evaluation?.folds ?? [])
      expect(Object.keys(fold.metrics)).toEqual(Object.keys(evaluation?.metrics ?? {}))
    expect(Object.keys(evaluation?.metrics ?? {})).toEqual(['mae', 'rmse', 'r2'])

    // The answers are those that are measured: one for each row, from the first repeat.
    expect([...(heldOut?.rows ?? [])].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 90 }, (_, row) => row),
    )
    const y = table.columns.get('y')?.values ?? []
    const errors = [...(heldOut?.rows ?? [])].map((row, at) =>
      Math.abs(Number(y[row]) - (heldOut?.values[at] ?? 0)),
    )
    const { low = 0, high = 0 } = evaluation?.interval95?.['mae'] ?? {}
    expect(low).toBeLessThan(evaluation?.metrics['mae'] ?? 0)
    expect(high).toBeGreaterThan(evaluation?.metrics['mae'] ?? 0)
    expect(Object.keys(evaluation?.interval95 ?? {})).toEqual(['loss', 'mae', 'rmse', 'r2'])
    const firstRepeat = evaluation?.folds?.slice(0, 3).map(({ metrics }) => metrics['mae'] ?? 0) ?? []
    expect(errors.reduce((sum, each) => sum + each / 90, 0)).toBeCloseTo(
      firstRepeat.reduce((sum, each) => sum + each / 3, 0),
      6,
    )
  })

  it('as a trial has no model, but the same figures', async () => {
    const trial = await run(recipe, { kind: 'trial' })
    const whole = await run(recipe, { kind: 'whole' })
    expect(trial.model).toBeNull()
    const { mean, deviation } = trial.evaluation ?? {}
    expect({ mean, deviation }).toEqual(whole.evaluation?.last)
    expect(trial.history.valLoss).toEqual(whole.history['valLoss'])
    const split = await run({ validation: { split: 0.2 }, finalEpochs: 'best' }, { kind: 'trial' })
    expect([split.model, split.history.final]).toEqual([null, undefined])
  })
})

describe('validation on another data set', () => {
  it('trains on the first rows and validates on those below', async () => {
    const { rows, evaluation, model } = await run({ validation: { dataset: 'held' } }, { kind: 'whole' }, 70)
    expect([rows, evaluation?.rows]).toEqual([{ training: 70, validation: 20 }, 20])
    expect(model).not.toBeNull()
  })
})
