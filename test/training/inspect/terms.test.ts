import { describe, expect, it } from 'vitest'
import { packed } from '../../../src/models/encoders/packed.ts'
import type { InputStates } from '../../../src/models/encoders/row-encoder.ts'
import type { NetworkWeights } from '../../../src/models/network/network.ts'
import type { Predictor } from '../../../src/models/predictor.ts'
import type { TargetState } from '../../../src/models/target.ts'
import type { HeldRows } from '../../../src/training/inspect/held-rows.ts'
import type { JudgedRows } from '../../../src/training/inspect/judged-rows.ts'
import { termsOf } from '../../../src/training/inspect/terms.ts'

type Input = InputStates[number]
const number = (name: string): Input => ({
  name,
  type: 'number',
  state: { kind: 'number', shift: 0, scale: 1, fill: 0, indicator: false, refuseGaps: false },
})
const bag = (name: string, terms: string[], factors: { idf?: number[]; ratios?: number[] } = {}): Input => ({
  name,
  type: 'text',
  state: {
    kind: 'text',
    type: 'count',
    analyzer: 'word',
    ngrams: [1, 1],
    lowercase: true,
    stripHtml: false,
    refuseGaps: false,
    vocabulary: terms.join('\n'),
    idf: factors.idf ? packed(Float32Array.from(factors.idf)) : null,
    ratios: factors.ratios ? packed(Float32Array.from(factors.ratios)) : null,
  },
})

/** A network of one layer, whose weights are by input and then by output. */
const linear = (weights: number[][]): NetworkWeights => ({
  fronts: [],
  layers: [
    {
      inputs: weights.length,
      units: weights[0]?.length ?? 0,
      activation: 'linear',
      kernel: Float32Array.from(weights.flat()),
      bias: new Float32Array(weights[0]?.length ?? 0),
    },
  ],
})
const withHidden = (network: NetworkWeights): NetworkWeights => ({
  ...network,
  layers: [...network.layers, ...network.layers],
})

const held = (inputs: Input[], members: NetworkWeights[], target: Partial<TargetState>) =>
  ({ encoder: { format: 1, inputs, target }, members }) as unknown as HeldRows
type Contribution = { term?: string; feature?: string; contribution: number }

/** Work without a pause in it. */
function* inNoSteps<T>(result: T): Generator<void, T, void> {
  yield* []
  return result
}

/** Rows of which each has what its predictor is to say. */
function judged(predictor: Partial<Predictor>, rows: Contribution[][] = []) {
  const asked: unknown[] = []
  const explain = (row: { at: number }, options: object) => {
    asked.push(options)
    return inNoSteps({ explanation: rows[row.at] ?? [] })
  }
  const known = { task: 'regression', classes: [], targets: [], inputs: [], explain, ...predictor }
  const all = rows.map((_, at) => ({ at }))
  return { judged: { predictor: known, rows: all } as unknown as JudgedRows, asked }
}
const REGRESSION = { task: 'regression' } as const
const one = judged({}).judged

describe('the terms of a network without hidden layers', () => {
  it('have the weights of one occurrence, the largest first, and the most negative first', () => {
    const inputs = [
      number('n'),
      bag('title', ['a', 'b', 'c', 'd'], { idf: [1, 2, 3, 4] }),
      bag('text', ['a']),
    ]
    const network = linear([[9], [0.5], [-1], [0], [-0.125], [0.75]])
    const { terms, by } = termsOf(held(inputs, [network], REGRESSION), one)
    expect(by).toBe('weights')
    expect(terms).toEqual([
      {
        name: 'value',
        positive: [
          { term: 'a', feature: 'text', weight: 0.75 },
          { term: 'a', feature: 'title', weight: 0.5 },
        ],
        negative: [
          { term: 'b', feature: 'title', weight: -2 },
          { term: 'd', feature: 'title', weight: -0.5 },
        ],
      },
    ])
  })

  it('are averaged over networks, and have the ratios of classes as factors too', () => {
    const inputs = [bag('t', ['a', 'b'], { idf: [2, 2], ratios: [3, -1] })]
    const { terms } = termsOf(held(inputs, [linear([[1], [2]]), linear([[0.5], [-1]])], REGRESSION), one)
    expect(terms?.[0]).toEqual({
      name: 'value',
      positive: [{ term: 'a', feature: 't', weight: 4.5 }],
      negative: [{ term: 'b', feature: 't', weight: -1 }],
    })
  })

  it('of several classes count by how much they differ from the mean of the classes', () => {
    const classes = ['x', 'y', 'z']
    const target: Partial<TargetState> = { task: 'multiclass', classes }
    const { judged: rows } = judged({ task: 'multiclass', classes })
    const inputs = [bag('t', ['a', 'b'])]
    const network = linear([
      [4, 1, 1],
      [5, 5, 5],
    ])
    const { terms } = termsOf(held(inputs, [network], target), rows)
    expect(terms).toEqual([
      { name: 'x', positive: [{ term: 'a', feature: 't', weight: 2 }], negative: [] },
      { name: 'y', positive: [], negative: [{ term: 'a', feature: 't', weight: -1 }] },
      { name: 'z', positive: [], negative: [{ term: 'a', feature: 't', weight: -1 }] },
    ])
  })

  it('of labels count by themselves', () => {
    const classes = ['x', 'y']
    const { judged: rows } = judged({ task: 'multiLabel', classes })
    const network = linear([[4, 1]])
    const { terms } = termsOf(held([bag('t', ['a'])], [network], { task: 'multiLabel', classes }), rows)
    expect(terms?.map(({ positive }) => positive[0]?.weight)).toEqual([4, 1])
  })

  it('are at most 30 for each side', () => {
    const words = Array.from({ length: 80 }, (_, at) => `w${at}`)
    const network = linear(words.map((_, at) => [at - 40]))
    const { terms } = termsOf(held([bag('t', words)], [network], REGRESSION), one)
    expect(terms?.[0]?.positive.map(({ weight }) => weight)).toEqual(
      Array.from({ length: 30 }, (_, at) => 39 - at),
    )
    expect(terms?.[0]?.negative.map(({ weight }) => weight)).toEqual(
      Array.from({ length: 30 }, (_, at) => at - 40),
    )
  })

  it('are none without a column of texts', () => {
    expect(termsOf(held([number('n')], [linear([[1]])], REGRESSION), one)).toEqual({ terms: null, by: null })
  })
})

describe('the terms of other networks', () => {
  const hidden = withHidden(linear([[1]]))
  const told: Contribution[][] = [
    [
      { term: 'a', contribution: 1 },
      { term: 'b', feature: 'u', contribution: -2 },
      { feature: 'n', contribution: 50 },
    ],
    [
      { term: 'a', contribution: 2 },
      { term: 'b', feature: 'u', contribution: -4 },
      { term: 'b', contribution: 7 },
    ],
    [
      { term: 'a', contribution: 6 },
      { term: 'b', feature: 'u', contribution: -6 },
      { term: 'b', contribution: 7 },
    ],
  ]
  const inputs = [{ name: 't', type: 'text', nullable: false }] as unknown as Predictor['inputs']

  it('have what they contribute on average to the rows that have them, where three do', () => {
    const { judged: rows, asked } = judged({ inputs }, told)
    const { terms, by } = termsOf(held([bag('t', ['a', 'b'])], [hidden], REGRESSION), rows)
    expect(by).toBe('contributions')
    expect(terms).toEqual([
      {
        name: 'value',
        positive: [{ term: 'a', feature: 't', weight: 3 }],
        negative: [{ term: 'b', feature: 'u', weight: -4 }],
      },
    ])
    expect(asked).toEqual([{}, {}, {}])
  })

  it('are asked for each class or target by its name', () => {
    const classes = judged({ inputs, task: 'multiclass', classes: ['x', 'y', 'z'] }, told)
    const target: Partial<TargetState> = { task: 'multiclass', classes: ['x', 'y', 'z'] }
    termsOf(held([bag('t', ['a'])], [hidden], target), classes.judged)
    const three = (name: string) => Array.from({ length: 3 }, () => ({ label: name }))
    expect(classes.asked).toEqual([...three('x'), ...three('y'), ...three('z')])
    const targets = judged({ inputs, targets: ['p', 'q'] }, told.slice(0, 1))
    termsOf(held([bag('t', ['a'])], [hidden], REGRESSION), targets.judged)
    expect(targets.asked).toEqual([{ target: 'p' }, { target: 'q' }])
  })

  it('are asked of at most 1,000 rows, for all names together', () => {
    const many = Array.from({ length: 1_100 }, () => [])
    const alone = judged({ inputs }, many)
    termsOf(held([bag('t', ['a'])], [hidden], REGRESSION), alone.judged)
    expect(alone.asked).toHaveLength(1_000)
    const several = judged({ inputs, task: 'multiclass', classes: ['x', 'y', 'z'] }, many)
    const target: Partial<TargetState> = { task: 'multiclass', classes: ['x', 'y', 'z'] }
    termsOf(held([bag('t', ['a'])], [hidden], target), several.judged)
    expect(several.asked).toHaveLength(3 * 334)
  })

  it.each<[string, Input[], NetworkWeights[], Partial<TargetState>]>([
    ['one of several has hidden layers', [bag('t', ['a'])], [linear([[1]]), hidden], REGRESSION],
    [
      'classes have an order',
      [bag('t', ['a'])],
      [linear([[1]])],
      { task: 'multiclass', classes: ['x', 'y', 'z'], ordinal: true } as Partial<TargetState>,
    ],
    [
      'one of the columns is read as a sequence',
      [
        bag('t', ['a']),
        {
          name: 's',
          type: 'text',
          state: {
            kind: 'sequence',
            lowercase: true,
            stripHtml: false,
            maxLength: 2,
            padding: 'post',
            truncating: 'post',
            embedding: 3,
            pooling: 'max',
            refuseGaps: false,
            vocabulary: 'good',
          },
        },
      ],
      [linear([[1]])],
      REGRESSION,
    ],
  ])('are told by what they contribute where %s', (_why, columns, members, target) => {
    const { judged: rows } = judged({ inputs, classes: [] })
    expect(termsOf(held(columns, members, target), rows).by).toBe('contributions')
  })
})
