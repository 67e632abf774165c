import { describe, expect, it } from 'vitest'
import type { Activation } from '../../src/models/network/activations.ts'
import { type Predictor, predictorOf } from '../../src/models/predictor.ts'
import type { TargetState } from '../../src/models/target.ts'

const gaps = { fill: 3, indicator: false, refuseGaps: true }
const number = { kind: 'number' as const, shift: 0, scale: 1, ...gaps }
const regression = { task: 'regression' as const, log: false, shift: 10, scale: 2 }

/** A model of the numbers `x` and `n.y` whose outputs are `kernel · (x, y) + bias`. */
function model(
  target: TargetState,
  { kernel = [1, 0], bias = [0], activation = 'linear' as Activation, ignored = [] as string[] } = {},
): Predictor {
  return predictorOf({
    file: {
      format: 1,
      inputs: ['x', 'n.y'].map((name) => ({ name, type: 'number' as const, state: number })),
      target,
      ignored,
    },
    tables: [null, null],
    members: [
      {
        fronts: [],
        layers: [
          {
            inputs: 2,
            units: bias.length,
            activation,
            kernel: Float32Array.from(kernel),
            bias: Float32Array.from(bias),
          },
        ],
      },
    ],
  })
}
/** Of several outputs, those that do not depend on the row. */
const fixed = (target: TargetState, activation: Activation, ...bias: number[]) =>
  model(target, { kernel: new Array(2 * bias.length).fill(0), bias, activation }).predict({ x: 0, 'n.y': 0 })
const close = (value: number) => expect.closeTo(value, 6)

describe('what a model answers', () => {
  it('is a number in the target’s own unit', () => {
    expect(model(regression, { kernel: [1, 3], bias: [0.5] }).predict({ x: 1, 'n.y': 2 })).toEqual({
      value: 2 * (1 + 6 + 0.5) + 10,
    })
  })

  it('is a number for each of several targets', () => {
    const target: TargetState = {
      task: 'severalNumbers',
      targets: [
        { name: 'a', state: regression },
        { name: '__proto__', state: { ...regression, shift: 0, scale: 1 } },
      ],
    }
    const answer = fixed(target, 'linear', 1, 5)
    expect('values' in answer && Object.entries(answer.values)).toEqual([
      ['a', 12],
      ['__proto__', 5],
    ])
    expect(model(target, { kernel: [0, 0, 0, 0], bias: [0, 0] }).targets).toEqual(['a', '__proto__'])
  })

  it('is the positive of two classes from the threshold on, with the confidence of the answer', () => {
    const binary: TargetState = { task: 'binary', classes: ['no', 'yes'], threshold: 0.75 }
    // sigmoid(ln 3) = ¾.
    expect(fixed({ ...binary, threshold: 0.7499 }, 'sigmoid', Math.log(3))).toEqual({
      label: 'yes',
      score: close(0.75),
      confidence: close(0.75),
      probabilities: { no: close(0.25), yes: close(0.75) },
    })
    expect(fixed({ ...binary, threshold: 0.76 }, 'sigmoid', Math.log(3))).toEqual({
      label: 'no',
      score: close(0.75),
      confidence: close(0.25),
      probabilities: { no: close(0.25), yes: close(0.75) },
    })
    expect(fixed({ ...binary, threshold: 0.5 }, 'sigmoid', 0)).toMatchObject({ label: 'yes', score: 0.5 })
  })

  const multiclass: TargetState = { task: 'multiclass', classes: ['a', 'b', 'c'] }
  const logs = [0.2, 0.5, 0.3].map(Math.log)

  it('is the likeliest of several classes', () => {
    expect(fixed(multiclass, 'softmax', ...logs)).toEqual({
      label: 'b',
      score: close(0.5),
      confidence: close(0.5),
      probabilities: { a: close(0.2), b: close(0.5), c: close(0.3) },
    })
    // Of equally likely ones the first.
    expect(fixed(multiclass, 'softmax', 1, 1, 1)).toMatchObject({ label: 'a' })
  })

  it('is the cheapest class where answers cost, and the one before the shifts of a calibration', () => {
    // To miss "c" costs 10: on average "a" costs 3.5, "b" 3.2 and "c" 0.7.
    const costs = [
      [0, 1, 1],
      [1, 0, 1],
      [10, 10, 0],
    ]
    expect(fixed({ ...multiclass, costs }, 'softmax', ...logs)).toMatchObject({
      label: 'c',
      score: close(0.3),
    })
    const decisionShifts = [0, 2, 0]
    expect(fixed({ ...multiclass, decisionShifts }, 'softmax', ...logs)).toMatchObject({
      label: 'c',
      score: close(0.3),
    })
  })

  it('is calibrated', () => {
    const calibration = { method: 'temperature' as const, temperature: 2 }
    const binary: TargetState = { task: 'binary', classes: ['no', 'yes'], threshold: 0.5, calibration }
    // sigmoid(ln 9 / 2) = ¾.
    expect(fixed(binary, 'sigmoid', Math.log(9))).toMatchObject({ label: 'yes', score: close(0.75) })
    const answer = fixed({ ...multiclass, calibration }, 'softmax', Math.log(4), 0, 0)
    expect(answer).toMatchObject({
      label: 'a',
      probabilities: { a: close(0.5), b: close(0.25), c: close(0.25) },
    })
  })

  it('is each label from its threshold on, the likeliest first', () => {
    const target: TargetState = {
      task: 'multiLabel',
      classes: ['a', 'b', 'c'],
      thresholds: [0.1, 0.5, 0.9],
      separator: ';',
      shares: [0.3, 0.3, 0.4],
    }
    expect(fixed(target, 'sigmoid', -Math.log(3), 0, Math.log(3))).toEqual({
      labels: [
        { label: 'b', score: 0.5 },
        { label: 'a', score: close(0.25) },
      ],
      probabilities: { a: close(0.25), b: 0.5, c: close(0.75) },
    })
  })
})

describe('a row of a request', () => {
  const { check, named } = model(regression, { ignored: ['other', 'caf\u00e9'] })
  const problems = (row: unknown, most?: number) => {
    const { first, total } = check(row, '/rows/0', most)
    return { told: first.map(({ path, message }) => [path, message]), total }
  }

  it('has a value for each column, and no other', () => {
    expect(problems({ x: 1, 'n.y': 2 })).toEqual({ told: [], total: 0 })
    expect(problems({ x: 1 }).told).toEqual([
      ['/rows/0/n.y', 'The column is missing. Send null if the row has no value for it.'],
    ])
    expect(problems({ x: 1, 'n.y': 2, xx: 3 }).told).toEqual([
      ['/rows/0/xx', 'The model has no such input column. Did you mean "x"?'],
    ])
    const { told } = problems({ x: 1, 'n.y': 2, ['z'.repeat(200)]: 3 })
    expect(told).toEqual([
      [`/rows/0/${'z'.repeat(100)}`, 'The model has no such input column. Expected x, n.y.'],
    ])
    expect(problems({ x: null, 'n.y': 2 }).told).toEqual([['/rows/0/x', expect.stringMatching(/\S/)]])
    expect(problems({ y: 1, z: 2, q: 3 }, 2)).toEqual({
      told: [expect.any(Array), expect.any(Array)],
      total: 5,
    })
    // What every object has is no column of it.
    expect(problems(Object.create({ x: 1, 'n.y': 2 })).total).toBe(2)
  })

  it.each([
    [null, 'null'],
    [[1, 2], 'a list'],
    [3, 'a number'],
    ['x', 'a text'],
    [true, 'a boolean'],
  ])('is no %j', (row, kind) => {
    const message = `Expected an object with the columns x, n.y, got ${kind}.`
    expect(problems(row).told).toEqual([['/rows/0', message]])
    expect(named(row)).toBe(row)
  })

  it('may have nested objects, other columns of the training data, and names in any normal form', () => {
    const plain = { x: 1, 'n.y': 2 }
    expect(named(plain)).toBe(plain)
    expect(named({ x: 1, n: { y: 2 } })).toEqual(plain)
    expect(named({ x: 1, 'n.y': 2, other: 'any', 'cafe\u0301': 1 })).toEqual(plain)
    expect(named({ x: 1, other: 'any' })).toEqual({ x: 1 })
    // Two ways to one name stay, so that the check names the one that is too many.
    const twice = { x: 1, 'n.y': 2, n: { y: 3 } }
    expect(named(twice)).toEqual(twice)
    const unknown = { x: 1, 'n.y': 2, zzz: 3 }
    expect(named(unknown)).toBe(unknown)
  })

  it('is described by the model', () => {
    const predictor = model(
      { task: 'binary', classes: ['no', 'yes'], threshold: 0.5 },
      { activation: 'sigmoid' },
    )
    expect(predictor).toMatchObject({
      task: 'binary',
      classes: ['no', 'yes'],
      targets: [],
      inputs: [
        { name: 'x', type: 'number' },
        { name: 'n.y', type: 'number' },
      ],
      textInput: null,
      checksTexts: false,
    })
  })
})

describe('a model whose parts do not fit', () => {
  const multiclass: TargetState = { task: 'multiclass', classes: ['a', 'b'] }
  const two = { kernel: [0, 0, 0, 0], bias: [0, 0], activation: 'softmax' as const }

  it.each<[what: string, target: TargetState]>([
    ['a class more than outputs', { task: 'multiclass', classes: ['a', 'b', 'c'] }],
    ['costs of other classes', { ...multiclass, costs: [[0, 1]] }],
    ['costs of other answers', { ...multiclass, costs: [[0], [1]] }],
    ['shifts of other classes', { ...multiclass, decisionShifts: [1] }],
    [
      'a calibration of other classes',
      { ...multiclass, calibration: { method: 'platt', slope: 1, shifts: [1] } },
    ],
  ])('is damaged: %s', (_, target) => {
    expect(() => model(multiclass, two)).not.toThrow()
    expect(() => model(target, two)).toThrow(
      expect.objectContaining({
        code: 'corrupt-artifact',
        message: "The model's encoder and network do not fit together.",
      }),
    )
  })

  it('cannot answer once its memory was given back', () => {
    const predictor = model(multiclass, two)
    for (const _ of predictor.freeSteps());
    expect(() => predictor.predict({ x: 1, 'n.y': 1 })).toThrow(/memory of this model was given back/)
  })
})
