import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifierBaseline, regressionBaseline } from '../../src/evaluation/baseline.ts'
import { combineFolds } from '../../src/evaluation/combine.ts'
import { evaluateClassifier, evaluateRegression } from '../../src/evaluation/evaluation.ts'
import { meanLoss } from '../../src/evaluation/losses.ts'
import { congruential } from '../helpers/congruential.ts'

// The figures of scikit-learn 1.9.1 are made of the same numbers, with its `sample_weight`.
const ROWS = 200
const u = congruential(ROWS, 1)
const v = congruential(ROWS, 2)
const q = congruential(ROWS, 3)
const weights = Float64Array.from(q, (value) => (value < 0.1 ? 0 : Math.round(value * 10) / 2))
const scores = u.map((value) => (Math.round(value * 20) / 20) * 0.9 + 0.05)
const binary = {
  rows: ROWS,
  outputs: 1,
  logits: Float64Array.from(scores, (score) => Math.log(score / (1 - score))),
  truth: Float64Array.from(v, (value, row) => (value < (scores[row] ?? 0) ? 1 : 0)),
  weights,
}
const truth = Float64Array.from(v, (value) => Math.floor(value * 3))
const columns = [10, 11, 12].map((seed) => congruential(ROWS, seed))
const multiclass = {
  rows: ROWS,
  outputs: 3,
  logits: Float64Array.from({ length: ROWS * 3 }, (_, at) => {
    const row = Math.floor(at / 3)
    return (columns[at % 3]?.[row] ?? 0) * 3 + (truth[row] === at % 3 ? 1 : 0)
  }),
  truth,
  weights,
}
const numbers = Float64Array.from(v, (value) => value * 10 - 3)
const predicted = numbers.map((value, row) => value + ((u[row] ?? 0) - 0.5) * 4)

const near = (values: object) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, expect.closeTo(value, 6)]))

describe("with weights of rows, figures equal scikit-learn's", () => {
  it('for two classes, with the curves and the reliability', () => {
    const evaluation = evaluateClassifier(binary, ['no', 'yes'], {
      loss: meanLoss(binary, { type: 'binaryCrossentropy' }, true),
      threshold: 0.5,
      metrics: [{ type: 'mae' }, { type: 'mse' }],
    })
    expect(evaluation.loss).toBeCloseTo(0.5510295796378407, 6)
    expect(evaluation.metrics).toEqual(
      near({
        mae: 0.3711842105263158,
        mse: 0.18716644736842106,
        accuracy: 0.7115009746588694,
        precision: 0.7042513863216266,
        recall: 0.7369439071566731,
        auc: 0.7880092569721796,
      }),
    )
    expect(evaluation.weightedMatrix).toEqual([
      [174.5, 80],
      [68, 190.5],
    ])
    expect(evaluation.confusionMatrix?.flat().reduce((sum, rows) => sum + rows)).toBe(ROWS)
    expect(evaluation.perClass?.['no']).toMatchObject(
      near({ precision: 0.7195876288659794, recall: 0.6856581532416502, f1: 0.7022132796780685 }),
    )
    expect(evaluation.perClass?.['yes']?.f1).toBeCloseTo(0.720226843100189, 6)
    expect(evaluation.roc?.['yes']?.area).toBeCloseTo(0.7880092569721796, 6)
    expect(evaluation.precisionRecall?.['yes']?.averagePrecision).toBeCloseTo(0.753612397709638, 6)
    expect(evaluation.reliability?.expectedCalibrationError).toBeCloseTo(0.0742251461988304, 6)
    expect(
      classifierBaseline(binary.truth, binary.truth, {
        outputs: 1,
        metrics: [],
        weights: { truth: weights, training: weights },
      })['accuracy'],
    ).toBeCloseTo(0.5038986354775828, 6)
  })

  it('for many classes', () => {
    const evaluation = evaluateClassifier(multiclass, ['a', 'b', 'c'], {
      loss: meanLoss(multiclass, { type: 'categoricalCrossentropy' }, false),
      threshold: 0.5,
      metrics: [{ type: 'topK', k: 2 }],
    })
    expect([evaluation.loss, evaluation.metrics]).toEqual([
      expect.closeTo(0.7673816692677642, 6),
      near({ topK: 0.8664717348927875, accuracy: 0.6481481481481481 }),
    ])
    expect(Object.values(evaluation.perClass ?? {}).map(({ f1 }) => f1)).toEqual(
      [0.5578446909667195, 0.702158273381295, 0.6749311294765841].map((f1) => expect.closeTo(f1, 6)),
    )
    expect(evaluation.roc?.['a']?.area).toBeCloseTo(0.8111818543573419, 6)
  })

  it('for numbers, with the baselines of the weighted mean and median', () => {
    const metrics = [{ type: 'mse' as const }, { type: 'mape' as const }]
    expect(evaluateRegression(predicted, numbers, { loss: 0, metrics, weights }).metrics).toEqual(
      near({
        mse: 1.2951652454473128,
        mape: 123.50160246385657,
        mae: 0.9741562775574029,
        rmse: 1.1380532700393742,
        r2: 0.844005155726048,
      }),
    )
    const both = { truth: weights, training: weights }
    expect(regressionBaseline(numbers, numbers, [], both)).toEqual(
      near({ mae: 2.5096249728432727, rmse: 2.881425986292802, r2: 0 }),
    )
  })
})

describe('weights of rows', () => {
  it('that are whole numbers count as copies of the rows, and equal ones change nothing', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            logit: fc.constantFrom(-2, -1, 0, 0.5, 3),
            label: fc.nat(1),
            weight: fc.nat(3),
          }),
          { minLength: 4, maxLength: 40 },
        ),
        (rows) => {
          fc.pre(rows.some(({ weight }) => weight > 0))
          const scoredOf = (list: typeof rows, own?: (row: (typeof rows)[number]) => number) => ({
            rows: list.length,
            outputs: 1,
            logits: Float64Array.from(list, ({ logit }) => logit),
            truth: Float64Array.from(list, ({ label }) => label),
            weights: own && Float64Array.from(list, own),
          })
          const told = (scored: ReturnType<typeof scoredOf>) => {
            const { metrics, perClass, roc, precisionRecall, reliability } = evaluateClassifier(
              scored,
              ['n', 'y'],
              {
                loss: 0,
                threshold: 0.5,
                metrics: [{ type: 'mse' }],
              },
            )
            const shares = Object.values(perClass ?? {}).map(({ precision, recall, f1 }) => [
              precision,
              recall,
              f1,
            ])
            return [
              Object.values(metrics).map((value) => value ?? -1),
              shares.flat(),
              [roc?.['y']?.area ?? -1, precisionRecall?.['y']?.averagePrecision ?? -1],
              [
                reliability?.expectedCalibrationError ?? -1,
                meanLoss(scored, { type: 'binaryCrossentropy' }, true),
              ],
            ].flat()
          }
          const copies = rows.flatMap((row) => Array.from({ length: row.weight }, () => row))
          const close = (values: number[]) => values.map((value) => expect.closeTo(value, 9))
          expect(told(scoredOf(rows, ({ weight }) => weight))).toEqual(close(told(scoredOf(copies))))
          expect(told(scoredOf(rows, () => 7))).toEqual(close(told(scoredOf(rows))))
        },
      ),
    )
  })

  it('are kept by what the folds sum up', () => {
    const whole = evaluateClassifier(binary, ['no', 'yes'], { loss: 0, threshold: 0.5, metrics: [] })
    const part = (rows: number[]) =>
      evaluateClassifier(
        {
          rows: rows.length,
          outputs: 1,
          logits: Float64Array.from(rows, (row) => binary.logits[row] ?? 0),
          truth: Float64Array.from(rows, (row) => binary.truth[row] ?? 0),
          weights: Float64Array.from(rows, (row) => weights[row] ?? 0),
        },
        ['no', 'yes'],
        { loss: 0, threshold: 0.5, metrics: [] },
      )
    const all = Array.from({ length: ROWS }, (_, row) => row)
    const combined = combineFolds([
      { ...part(all.filter((row) => row % 3 === 0)), weightedBy: 'w' },
      { ...part(all.filter((row) => row % 3 !== 0)), weightedBy: 'w' },
    ])
    expect(combined.weightedBy).toBe('w')
    expect(combined.weightedMatrix).toEqual(whole.weightedMatrix)
    expect(combined.perClass).toEqual(whole.perClass)
    expect(combined.reliability?.expectedCalibrationError).toBeCloseTo(0.0742251461988304, 6)
  })
})
