import { describe, expect, it } from 'vitest'
import type { CalibrationState } from '../../../src/models/calibration.ts'
import { NO_LONG_TEXTS } from '../../../src/models/encoders/long-texts.ts'
import { type InputStates, inputTables } from '../../../src/models/encoders/row-encoder.ts'
import { predictorOf } from '../../../src/models/predictor.ts'
import type { TargetState } from '../../../src/models/target.ts'
import { atOnce } from '../../../src/runtime/steps.ts'

const inputs = ['a', 'b'].map((name) => ({
  name,
  type: 'number',
  state: { kind: 'number', shift: 0, scale: 1, fill: 0, indicator: false, refuseGaps: false },
})) as InputStates
const rows = [
  { a: 1, b: 2 },
  { a: -3, b: 0.5 },
  { a: 0, b: 0 },
]

/** A linear model of two numbers, whose weights are 0.1, 0.2, 0.3 and so on. */
function linear(target: TargetState, units: number) {
  const layer = {
    inputs: 2,
    units,
    activation: units === 1 ? ('sigmoid' as const) : ('softmax' as const),
    kernel: Float32Array.from({ length: 2 * units }, (_, at) => 0.1 * (at + 1)),
    bias: Float32Array.from({ length: units }, (_, at) => 0.3 - 0.2 * at),
  }
  const tables = atOnce(inputTables(inputs, NO_LONG_TEXTS))
  return predictorOf({
    file: { format: 1, inputs, target },
    tables,
    members: [{ fronts: [], layers: [layer] }],
  })
}

const MAPS: CalibrationState[] = [
  { method: 'temperature', temperature: 2.5 },
  { method: 'platt', slope: 0.4, shifts: [-1] },
  { method: 'isotonic', curves: [{ at: [-2, 0.1, 3], of: [-1, 0.5, 0.7] }] },
]

describe('the explanation of a calibrated answer', () => {
  it.each(MAPS)('adds up to the log-odds of the answered probability: $method', (calibration) => {
    const model = linear({ task: 'binary', classes: ['no', 'yes'], threshold: 0.5, calibration }, 1)
    for (const label of ['yes', 'no'])
      for (const row of rows) {
        const told = atOnce(model.explain(row, { label, top: 1 }))
        if (!('probabilities' in told)) throw new Error('no class')
        const probability = told.probabilities[label] ?? 0
        const { base, explanation, explained } = told
        const sum = explanation.reduce((all, { contribution }) => all + contribution, base + explained.rest)
        expect(explained.output).toBeCloseTo(Math.log(probability / (1 - probability)), 9)
        expect(sum).toBeCloseTo(explained.output, 9)
      }
  })

  it('adds up for each of several classes, whose differences are those of the answered probabilities', () => {
    for (const calibration of [
      { method: 'temperature', temperature: 2.5 },
      { method: 'platt', slope: 0.4, shifts: [-1, 0, 0.5] },
    ] as CalibrationState[]) {
      const model = linear({ task: 'multiclass', classes: ['a', 'b', 'c'], calibration }, 3)
      for (const row of rows) {
        const outputs = ['a', 'b', 'c'].map((label) => {
          const { base, explanation, explained } = atOnce(model.explain(row, { label }))
          const sum = explanation.reduce((all, { contribution }) => all + contribution, base)
          expect(sum).toBeCloseTo(explained.output, 9)
          return explained.output
        })
        const answer = model.predict(row)
        if (!('probabilities' in answer)) throw new Error('no class')
        const { a = 0, b = 0, c = 0 } = answer.probabilities
        expect((outputs[0] ?? 0) - (outputs[1] ?? 0)).toBeCloseTo(Math.log(a / b), 9)
        expect((outputs[2] ?? 0) - (outputs[1] ?? 0)).toBeCloseTo(Math.log(c / b), 9)
      }
    }
  })

  it('says where it is of the number before the calibration, and adds up to that', () => {
    const curve = { at: [-2, 0.1, 3], of: [-1, 0.5, 0.7] }
    const calibration: CalibrationState = { method: 'isotonic', curves: [curve, curve, curve] }
    const model = linear({ task: 'multiclass', classes: ['a', 'b', 'c'], calibration }, 3)
    for (const row of rows) {
      const { base, explanation, explained } = atOnce(model.explain(row, { label: 'b' }))
      expect(explained.beforeCalibration).toBe(true)
      const sum = explanation.reduce((all, { contribution }) => all + contribution, base)
      // The second of three units: weights 0.2 and 0.5, and a bias of 0.1.
      expect(sum).toBeCloseTo(0.1 + 0.2 * row.a + 0.5 * row.b, 6)
    }
    const plain = linear({ task: 'multiclass', classes: ['a', 'b', 'c'] }, 3)
    const { explained } = atOnce(plain.explain(rows[0] ?? {}, { label: 'b' }))
    expect(explained.beforeCalibration).toBeUndefined()
  })
})
