import { describe, expect, it } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import type { TargetState } from '../../src/models/target.ts'
import type { Metric } from '../../src/recipe/index.ts'
import { type Answers, measuredBoth } from '../../src/training/compared-answers.ts'

const logit = (probability: number) => Math.log(probability / (1 - probability))
const NUMBER = { task: 'regression', log: false, shift: 0, scale: 1 } as const

/** A table of columns of numbers, and of names where the first value is one. */
function tableOf(columns: Record<string, (string | number)[]>): Table {
  return {
    rows: Object.values(columns)[0]?.length ?? 0,
    columns: new Map(
      Object.entries(columns).map(([name, values]) => [
        name,
        typeof values[0] === 'number'
          ? { type: 'number', values: Float64Array.from(values, Number) }
          : { type: 'category', values: values.map(String) },
      ]),
    ),
  }
}

const answers = (target: object, values: number[], outputs = 1): Answers => ({
  target: target as TargetState,
  outputs,
  values: Float64Array.from(values),
})

interface Compared {
  columns: Record<string, (string | number)[]>
  rows?: number[]
  weights?: number[]
}

function both(type: Metric['type'], { columns, rows, weights }: Compared, versions: [Answers, Answers]) {
  const table = tableOf(columns)
  const chosen = Uint32Array.from(rows ?? Array.from({ length: table.rows }, (_, row) => row))
  const metric = { type } as Metric
  const own = { table, rows: chosen, weights: weights && Float64Array.from(weights) }
  return measuredBoth(metric, Object.keys(columns), own, versions)
}

describe('two versions that answer numbers', () => {
  const columns = { y: [100, 1, 2, 4] }
  const pair: [Answers, Answers] = [answers(NUMBER, [1, 3, 6]), answers(NUMBER, [2, 2, 4])]

  it('are measured by the numbers of the rows, each row by its weight', () => {
    const compared = { columns, rows: [1, 2, 3] }
    expect(both('mae', compared, pair)).toEqual([1, 1 / 3])
    expect(both('mae', { ...compared, weights: [2, 1, 1] }, pair)).toEqual([3 / 4, 2 / 4])
  })

  it('are measured by the mean over several targets', () => {
    const target = {
      task: 'severalNumbers',
      targets: ['a', 'b'].map((name) => ({ name, state: NUMBER })),
    }
    const compared = { columns: { a: [1, 2], b: [10, 20] } }
    const versions: [Answers, Answers] = [
      answers(target, [1, 10, 3, 24], 2),
      answers(target, [2, 11, 2, 20], 2),
    ]
    expect(both('mae', compared, versions)).toEqual([(0.5 + 2) / 2, (0.5 + 0.5) / 2])
    expect(both('mae', { ...compared, weights: [3, 1] }, versions)[0]).toBeCloseTo((0.25 + 1) / 2, 12)
  })
})

describe('two versions of the same classes', () => {
  it('answer from their own thresholds on', () => {
    const target = { task: 'binary', classes: ['no', 'yes'] }
    const values = [0.6, 0.6, 0.8, 0.2].map(logit)
    const compared = { columns: { label: ['no', 'yes', 'yes', 'yes'] } }
    const versions: [Answers, Answers] = [
      answers({ ...target, threshold: 0.5 }, values),
      answers({ ...target, threshold: 0.7 }, values),
    ]
    expect(both('accuracy', compared, versions)).toEqual([2 / 4, 2 / 4])
    expect(both('recall', compared, versions)).toEqual([2 / 3, 1 / 3])
    expect(both('accuracy', { ...compared, weights: [1, 3, 1, 1] }, versions)).toEqual([4 / 6, 2 / 6])
  })

  it('answer by their own costs', () => {
    const target = { task: 'multiclass', classes: ['a', 'b', 'c'] }
    const values = [0.5, 0.4, 0.1, 0.2, 0.7, 0.1].map(Math.log)
    // To answer "a" where it is "b" costs ten times as much as any other fault.
    const costs = [
      [0, 1, 1],
      [10, 0, 1],
      [1, 1, 0],
    ]
    const compared = { columns: { label: ['a', 'b'] } }
    const versions: [Answers, Answers] = [
      answers(target, values, 3),
      answers({ ...target, costs }, values, 3),
    ]
    expect(both('accuracy', compared, versions)).toEqual([1, 1 / 2])
  })

  it('are compared by names in one normal form', () => {
    const target = (first: string) => ({ task: 'multiclass', classes: [first, 'b', 'c'] })
    const values = [0.9, 0.05, 0.05, 0.1, 0.8, 0.1, 0.1, 0.1, 0.8].map(Math.log)
    const versions: [Answers, Answers] = [
      answers(target('\u00e9'), values, 3),
      answers(target('e\u0301'), values, 3),
    ]
    for (const first of ['\u00e9', 'e\u0301'])
      expect(both('accuracy', { columns: { label: [first, 'b', 'c'] } }, versions)).toEqual([1, 1])
  })
})

describe('two versions of which one knows more classes', () => {
  const two = { task: 'binary', classes: ['no', 'yes'], threshold: 0.7 }
  const three = { task: 'multiclass', classes: ['maybe', 'no', 'yes'] }
  const columns = { label: ['no', 'yes', 'maybe', 'yes'] }
  const ofThree = [0.1, 0.8, 0.1, 0.1, 0.2, 0.7, 0.6, 0.2, 0.2, 0.5, 0.3, 0.2].map(Math.log)
  const versions: [Answers, Answers] = [
    answers(two, [0.6, 0.8, 0.9, 0.69].map(logit)),
    answers(three, ofThree, 3),
  ]

  it('have rows of a class that they do not know against them', () => {
    // By its threshold the first one answers no, yes, yes and no.
    expect(both('accuracy', { columns }, versions)).toEqual([2 / 4, 3 / 4])
    expect(both('accuracy', { columns }, [versions[1], versions[0]])).toEqual([3 / 4, 2 / 4])
    expect(both('accuracy', { columns, weights: [1, 1, 4, 2] }, versions)).toEqual([2 / 8, 6 / 8])
  })

  it('have them against both where neither knows the class', () => {
    const unknown = { columns: { label: ['no', 'other'] } }
    const pair: [Answers, Answers] = [
      answers(two, [0.1, 0.1].map(logit)),
      answers(two, [0.9, 0.1].map(logit)),
    ]
    expect(both('accuracy', unknown, pair)).toEqual([1 / 2, 0])
  })

  it('answer a class by the likeliest of its spellings', () => {
    const spelled = { task: 'multiclass', classes: ['\u00e9', 'e\u0301', 'b'] }
    const pair: [Answers, Answers] = [
      answers(spelled, [0.2, 0.5, 0.3, 0.5, 0.2, 0.3, 0.1, 0.1, 0.8].map(Math.log), 3),
      versions[1],
    ]
    const rows = { columns: { label: ['\u00e9', 'e\u0301', 'b'] } }
    expect(both('accuracy', rows, [pair[0], answers(three, ofThree.slice(0, 9), 3)])).toEqual([1, 0])
  })
})

describe('two versions that answer labels', () => {
  const target = (classes: string[], thresholds: number[]) => ({
    task: 'multiLabel',
    separator: '|',
    classes,
    thresholds,
  })

  it('are measured by all labels, of which they never answer those that they do not know', () => {
    const columns = { tags: ['p|q', 'q', 'p|r'] }
    const versions: [Answers, Answers] = [
      answers(target(['p', 'q'], [0.5, 0.8]), [0.9, 0.9, 0.1, 0.7, 0.6, 0.1].map(logit), 2),
      answers(
        target(['q', 'p', 'r'], [0.5, 0.5, 0.5]),
        [0.9, 0.9, 0.1, 0.9, 0.1, 0.1, 0.1, 0.9, 0.9].map(logit),
        3,
      ),
    ]
    // The first one answers p and q, nothing, and p; the second one all as they are.
    expect(both('subsetAccuracy', { columns }, versions)).toEqual([1 / 3, 1])
    expect(both('subsetAccuracy', { columns, weights: [2, 1, 1] }, versions)).toEqual([2 / 4, 1])
    // Of five labels it answers three, all rightly.
    expect(both('f1Micro', { columns }, versions)[0]).toBeCloseTo((2 * 3) / (5 + 3), 12)
  })

  it('have labels against both that neither knows', () => {
    const version = answers(target(['p'], [0.5]), [0.9].map(logit))
    expect(both('subsetAccuracy', { columns: { tags: ['p|other'] } }, [version, version])).toEqual([0, 0])
  })
})
