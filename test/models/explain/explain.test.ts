import { describe, expect, test } from 'vitest'
import { bagFitter } from '../../../src/models/encoders/bag.ts'
import { NO_LONG_TEXTS } from '../../../src/models/encoders/long-texts.ts'
import { type InputStates, inputTables } from '../../../src/models/encoders/row-encoder.ts'
import { sequenceFitter } from '../../../src/models/encoders/sequence.ts'
import type { Activation } from '../../../src/models/network/activations.ts'
import type { NetworkWeights, SequenceFront } from '../../../src/models/network/weights.ts'
import { type Predictor, predictorOf } from '../../../src/models/predictor.ts'
import type { TargetState } from '../../../src/models/target.ts'
import type { Row } from '../../../src/recipe/table.ts'
import { atOnce } from '../../../src/runtime/steps.ts'
import { congruential } from '../../helpers/congruential.ts'

/** Returns a function that gives the next of 10,000 numbers. */
function numbersOf(seed: number): () => number {
  const numbers = congruential(10_000, seed).values()
  return () => numbers.next().value ?? 0
}

const FACTS = { fill: 0, indicator: false, refuseGaps: false }
const number = (name: string, state: object = {}): InputStates[number] =>
  ({
    name,
    type: 'number',
    state: { kind: 'number', shift: 0, scale: 1, ...FACTS, ...state },
  }) as InputStates[number]

function predictor(inputs: InputStates, target: TargetState, members: NetworkWeights[]): Predictor {
  const tables = atOnce(inputTables(inputs, NO_LONG_TEXTS))
  return predictorOf({ file: { format: 1, inputs, target }, tables, members })
}

/** Layers of the given widths with weights between −1 and 1, the same in each run. */
function layers(
  widths: number[],
  activation: Activation,
  output: Activation,
  seed: number,
  fronts: SequenceFront[] = [],
) {
  const next = numbersOf(seed)
  const random = (length: number) => Float32Array.from({ length }, () => 2 * next() - 1)
  return {
    fronts,
    layers: widths.slice(1).map((units, index) => ({
      inputs: widths[index] ?? 0,
      units,
      activation: index === widths.length - 2 ? output : activation,
      kernel: random((widths[index] ?? 0) * units),
      bias: random(units),
    })),
  }
}

const explain = (model: Predictor, row: Row, options = {}) => atOnce(model.explain(row, options))
const total = ({ base, explanation, explained }: ReturnType<typeof explain>) =>
  explanation.reduce((sum, { contribution }) => sum + contribution, base + explained.rest)

const BINARY: TargetState = { task: 'binary', classes: ['no', 'yes'], threshold: 0.5 }
const NUMBER: TargetState = { task: 'regression', log: false, shift: 100, scale: 10 }
const logitOf = (probability: number) => Math.log(probability / (1 - probability))

describe('a stack without hidden layers', () => {
  const member: NetworkWeights = {
    fronts: [],
    layers: [
      {
        inputs: 2,
        units: 1,
        activation: 'linear',
        kernel: Float32Array.of(2, -0.5),
        bias: Float32Array.of(1),
      },
    ],
  }

  test('is explained by the products of its inputs and weights, in the unit of the target', () => {
    // z = 2 a − 0.5 b + 1, value = 10 z + 100; the empty row has a = 3, b = 0.
    const model = predictor([number('a', { fill: 3 }), number('b')], NUMBER, [member])
    expect(explain(model, { a: 5, b: 4 })).toEqual({
      value: 190,
      base: 170,
      explanation: [
        { feature: 'a', contribution: 40 },
        { feature: 'b', contribution: -20 },
      ],
      explained: { scale: 'value', output: 190, rest: 0 },
      notes: [],
    })
  })

  test('has the rest in one number where only the largest contributions are wanted', () => {
    const model = predictor([number('a', { fill: 3 }), number('b')], NUMBER, [member])
    const { explanation, explained } = explain(model, { a: 5, b: 4 }, { top: 1 })
    expect(explanation).toEqual([{ feature: 'a', contribution: 40 }])
    expect(explained.rest).toBe(-20)
  })

  test('tells gaps, which contribute what the indicator of the gap adds', () => {
    const wide = {
      ...member,
      layers: [{ ...member.layers[0]!, inputs: 3, kernel: Float32Array.of(2, 7, -0.5) }],
    }
    const model = predictor([number('a', { fill: 3, indicator: true }), number('b')], NUMBER, [wide])
    expect(explain(model, { a: null, b: 0 })).toMatchObject({
      base: 170,
      explanation: [{ feature: 'a', contribution: 70 }, { feature: 'b' }],
      notes: [{ feature: 'a', code: 'gap', message: 'The number is missing. It counts as 3.' }],
    })
  })

  test('explains the logarithm where the target was learnt by its logarithm', () => {
    const target: TargetState = { task: 'regression', log: true, shift: 2, scale: 0.5 }
    const model = predictor([number('a'), number('b')], target, [member])
    const told = explain(model, { a: 1, b: 1 })
    expect(told.explained).toMatchObject({ scale: 'logValue', output: 2 + 0.5 * 2.5 })
    expect(model.predict({ a: 1, b: 1 })).toEqual({ value: expect.closeTo(Math.expm1(total(told)), 10) })
  })
})

describe('hidden layers', () => {
  test('of relu are explained exactly: the integral of a product of two slopes by hand', () => {
    // f(x) = relu(a + b − 1) on the way from 0 to (1, 1): the slope is 0 up to the middle, then 1 by both.
    const member: NetworkWeights = {
      fronts: [],
      layers: [
        { inputs: 2, units: 1, activation: 'relu', kernel: Float32Array.of(1, 1), bias: Float32Array.of(-1) },
        { inputs: 1, units: 1, activation: 'linear', kernel: Float32Array.of(1), bias: Float32Array.of(0) },
      ],
    }
    const model = predictor([number('a'), number('b')], { ...NUMBER, shift: 0, scale: 1 }, [member])
    const { explanation, base } = explain(model, { a: 1, b: 1 })
    expect(base).toBe(0)
    expect(explanation.map(({ contribution }) => contribution)).toEqual([
      expect.closeTo(0.5, 12),
      expect.closeTo(0.5, 12),
    ])
  })

  test('agree with integrated gradients by 20,000 steps of numeric differences', () => {
    const inputs = ['a', 'b', 'c'].map((name) => number(name))
    const model = predictor(inputs, BINARY, [layers([3, 8, 6, 1], 'relu', 'sigmoid', 3)])
    const row = { a: 1.5, b: -2, c: 0.7 }
    const logit = (a: number, b: number, c: number) => {
      const answer = model.predict({ a, b, c })
      return 'score' in answer ? logitOf(answer.score) : Number.NaN
    }
    const told = explain(model, row)
    const contributionOf = (name: string) =>
      told.explanation.find(({ feature }) => feature === name)?.contribution
    const STEPS = 20_000
    let a = 0
    for (let step = 0; step < STEPS; step++) {
      const place = (step + 0.5) / STEPS
      const at = [row.a * place, row.b * place, row.c * place] as const
      a += (row.a * (logit(at[0] + 1e-4, at[1], at[2]) - logit(at[0] - 1e-4, at[1], at[2]))) / 2e-4 / STEPS
    }
    expect(contributionOf('a')).toBeCloseTo(a, 3)
    expect(total(told)).toBeCloseTo(logit(row.a, row.b, row.c), 9)
  })

  const activations = [
    'relu',
    'relu6',
    'tanh',
    'sigmoid',
    'linear',
    'elu',
    'selu',
    'softplus',
    'softsign',
    'swish',
  ] as const
  test.each(activations)('of %s add up to the logit', (activation) => {
    const inputs = Array.from({ length: 5 }, (_, at) => number(`x${at}`, { fill: at / 3 }))
    const model = predictor(inputs, BINARY, [layers([5, 16, 12, 1], activation, 'sigmoid', 7)])
    const next = numbersOf(11)
    for (let round = 0; round < 20; round++) {
      const row = Object.fromEntries(inputs.map(({ name }) => [name, 6 * next() - 3]))
      const answer = model.predict(row)
      const told = explain(model, row)
      expect(total(told)).toBeCloseTo('score' in answer ? logitOf(answer.score) : Number.NaN, 6)
      expect(total(told)).toBeCloseTo(told.explained.output, 8)
    }
  })
})

describe('every kind of answer', () => {
  const inputs = ['a', 'b', 'c'].map((name) => number(name, { fill: 0.2 }))
  const row = { a: 2, b: -1, c: 0.5 }
  const ensemble = (outputs: number, output: Activation) =>
    [1, 2, 3].map((seed) => layers([3, 7, outputs], 'relu', output, seed))

  test('two classes by several networks: the logit of the mean probability, for either class', () => {
    const model = predictor(inputs, BINARY, ensemble(1, 'sigmoid'))
    const answer = model.predict(row)
    if (!('score' in answer)) throw new Error('no classes')
    const yes = explain(model, row)
    expect(yes.explained).toMatchObject({ label: 'yes', scale: 'logit' })
    expect(total(yes)).toBeCloseTo(logitOf(answer.score), 9)
    const no = explain(model, row, { label: 'no' })
    expect(total(no)).toBeCloseTo(-logitOf(answer.score), 9)
  })

  test('several classes: the softmax of all explained logits gives the probabilities', () => {
    const classes = ['x', 'y', 'z']
    for (const members of [ensemble(3, 'softmax'), ensemble(3, 'softmax').slice(1, 2)]) {
      const model = predictor(inputs, { task: 'multiclass', classes }, members)
      const answer = model.predict(row)
      if (!('label' in answer)) throw new Error('no classes')
      expect(explain(model, row).explained.label).toBe(answer.label)
      const sums = classes.map((label) => Math.exp(total(explain(model, row, { label }))))
      const all = sums.reduce((sum, each) => sum + each, 0)
      for (const [at, label] of classes.entries())
        expect((sums[at] ?? 0) / all).toBeCloseTo(answer.probabilities[label] ?? 0, 9)
    }
  })

  test('ordered classes: the logarithm of the probability', () => {
    const classes = ['1', '2', '3', '4']
    for (const members of [ensemble(3, 'sigmoid'), ensemble(3, 'sigmoid').slice(0, 1)]) {
      const model = predictor(inputs, { task: 'multiclass', classes, ordinal: true }, members)
      const answer = model.predict(row)
      if (!('label' in answer)) throw new Error('no classes')
      for (const label of classes) {
        const told = explain(model, row, { label })
        expect(told.explained.scale).toBe('logProbability')
        expect(Math.exp(total(told))).toBeCloseTo(answer.probabilities[label] ?? 0, 9)
      }
    }
  })

  test('labels: the likeliest one, or the one that is asked for', () => {
    const classes = ['p', 'q']
    const target: TargetState = {
      task: 'multiLabel',
      classes,
      thresholds: [0.5, 0.5],
      separator: '|',
      shares: [0.5, 0.5],
    }
    const model = predictor(inputs, target, ensemble(2, 'sigmoid'))
    const answer = model.predict(row)
    if (!('labels' in answer)) throw new Error('no labels')
    for (const label of classes)
      expect(total(explain(model, row, { label }))).toBeCloseTo(logitOf(answer.probabilities[label] ?? 0), 9)
    const [likeliest] = Object.entries(answer.probabilities).sort(([, a], [, b]) => b - a)
    expect(explain(model, row).explained.label).toBe(likeliest?.[0])
  })

  test('several numbers: each in its own unit', () => {
    const state = (shift: number, scale: number) => ({
      task: 'regression' as const,
      log: false,
      shift,
      scale,
    })
    const targets = [
      { name: 'price', state: state(5, 2) },
      { name: 'rent', state: state(-1, 30) },
    ]
    const model = predictor(inputs, { task: 'severalNumbers', targets }, ensemble(2, 'linear'))
    const answer = model.predict(row)
    if (!('values' in answer)) throw new Error('no values')
    expect(explain(model, row).explained.target).toBe('price')
    for (const { name } of targets)
      expect(total(explain(model, row, { target: name }))).toBeCloseTo(answer.values[name] ?? 0, 9)
  })
})

describe('texts', () => {
  const options = {
    analyzer: 'word',
    ngrams: [1, 2] as [number, number],
    lowercase: true,
    stripHtml: true,
    numWords: 20,
    minCount: 1,
    naiveBayes: false,
  } as const
  function textModel(texts: string[], more: object = {}) {
    const fitter = bagFitter({ type: 'tfIdf', ...options, ...more } as Parameters<typeof bagFitter>[0], false)
    for (const text of texts) fitter.add(text)
    const state = fitter.finish()
    const width = state.vocabulary.split('\n').length
    return predictor([{ name: 'text', type: 'text', state }], BINARY, [
      layers([width, 1], 'linear', 'sigmoid', 5),
    ])
  }

  test('are explained by their terms, with the places in the text as it was sent', () => {
    const model = textModel(['good good film', 'bad film', 'not good'])
    const text = 'Not <b>GOOD</b> &amp; not&nbsp;good — a FILM!'
    const told = explain(model, { text })
    const answer = model.predict({ text })
    expect(total(told)).toBeCloseTo('score' in answer ? logitOf(answer.score) : Number.NaN, 9)
    const places = Object.fromEntries(
      told.explanation.map(({ term, spans }) => [term, spans?.map(([start, end]) => text.slice(start, end))]),
    )
    expect(places).toEqual({
      not: ['Not', 'not'],
      good: ['GOOD', 'good'],
      'not good': ['Not <b>GOOD', 'not&nbsp;good'],
      film: ['FILM'],
    })
    expect(told.notes).toEqual([
      {
        feature: 'text',
        code: 'unknown-words',
        message: 'The model knows no term with 1 of 6 words.',
        share: 1 / 6,
      },
    ])
  })

  test('without a known word are answered by the shares of the classes, which no term explains', () => {
    const fitter = bagFitter({ type: 'multiHot', ...options }, false)
    fitter.add('good film')
    const state = fitter.finish()
    const model = predictor([{ name: 'text', type: 'text', state }], { ...BINARY, shares: [0.25, 0.75] }, [
      layers([3, 1], 'linear', 'sigmoid', 5),
    ])
    const told = explain(model, { text: 'quite unknown' })
    expect(told).toMatchObject({ base: expect.closeTo(Math.log(3), 9), explanation: [] })
  })

  test.each(['average', 'max', 'flatten'] as const)('as sequences with the pooling %s add up', (pooling) => {
    const fitter = sequenceFitter(
      {
        type: 'sequence',
        numWords: 10,
        minCount: 1,
        lowercase: true,
        stripHtml: false,
        maxLength: 5,
        padding: 'pre',
        truncating: 'pre',
        embedding: 3,
        pooling,
      },
      false,
    )
    for (const text of ['one two three', 'four five six']) fitter.add(text)
    const state = fitter.finish()
    const width = pooling === 'flatten' ? 15 : 3
    const next = numbersOf(2)
    const front = {
      base: 0,
      length: 5,
      words: 8,
      dimensions: 3,
      pooling,
      embedding: Float32Array.from({ length: 24 }, () => 2 * next() - 1),
    }
    const model = predictor([{ name: 'text', type: 'text', state }], BINARY, [
      layers([width, 6, 1], 'relu', 'sigmoid', 4, [front]),
    ])
    for (const text of ['one', 'Two, two', 'one two three four five six seven one']) {
      const answer = model.predict({ text })
      const told = explain(model, { text })
      expect(total(told)).toBeCloseTo('score' in answer ? logitOf(answer.score) : Number.NaN, 9)
    }
    const told = explain(model, { text: 'one two three four five six seven one' })
    expect(told.notes).toEqual([
      expect.objectContaining({ code: 'unknown-words', share: 0.2 }),
      expect.objectContaining({ code: 'cut-text', share: 3 / 8 }),
    ])
    expect(told.explanation.find(({ term }) => term === 'seven')).toMatchObject({
      known: false,
      spans: [[28, 33]],
    })
  })
})
