import { describe, expect, it } from 'vitest'
import type { Table } from '../../../src/datasets/table.ts'
import { FitserveError } from '../../../src/errors.ts'
import type { RowsQuestion } from '../../../src/evaluation/answered-rows.ts'
import type { TargetState } from '../../../src/models/target.ts'
import type { HeldRows } from '../../../src/training/inspect/held-rows.ts'
import { rankedRows } from '../../../src/training/inspect/ranked-rows.ts'

type Columns = Record<string, readonly (string | number)[]>

/** Held-out rows of a table with the answers as literal numbers: what ranks rows reads nothing else. */
function heldOf({
  target,
  cells,
  rows,
  evaluated,
  answered,
}: {
  target: TargetState
  cells: Columns
  rows: readonly number[]
  evaluated: readonly number[]
  answered?: readonly number[]
}): HeldRows {
  const names = Object.keys(cells)
  const columns: Table['columns'] = new Map(
    Object.entries(cells).map(([name, values]) => [
      name,
      typeof values[0] === 'number'
        ? { type: 'number', values: Float64Array.from(values, Number) }
        : { type: 'category', values: values.map(String) },
    ]),
  )
  const recipe = { inputs: [], target: names.length === 1 ? names[0] : names }
  return {
    recipe,
    encoder: { format: 1, inputs: [], target },
    table: { rows: Object.values(cells)[0]?.length ?? 0, columns },
    rows: Uint32Array.from(rows),
    evaluated: Float64Array.from(evaluated),
    answered: answered && Uint32Array.from(answered),
    outputs: evaluated.length / rows.length,
  } as unknown as HeldRows
}

const question = (kind: RowsQuestion['kind'], more: Partial<RowsQuestion> = {}): RowsQuestion => ({
  kind,
  offset: 0,
  limit: 100,
  ...more,
})

/** What a question is refused with. */
function refusal(held: HeldRows, asked: RowsQuestion) {
  try {
    rankedRows(held, asked)
  } catch (error) {
    if (error instanceof FitserveError) return { code: error.code, problems: error.problems }
    throw error
  }
  return undefined
}
const invalid = (path: string, text: string) => ({
  code: 'invalid-query',
  problems: [{ path, message: expect.stringContaining(text) }],
})

const logit = (probability: number) => Math.log(probability / (1 - probability))
const NUMBER = { task: 'regression', scale: 1, offset: 0 } as unknown as TargetState

describe('rows of a number', () => {
  const held = heldOf({
    target: NUMBER,
    cells: { y: [99, 1, 2, 3.5, 4, -1] },
    rows: [1, 2, 3, 4, 5],
    evaluated: [1.5, 4, 3.5, 6, -4],
  })

  it('are ranked by the size of the error, and by their order in the table where that is equal', () => {
    expect(rankedRows(held, question('worst'))).toEqual([
      { at: 4, score: 3, actual: -1, predicted: -4 },
      { at: 1, score: 2, actual: 2, predicted: 4 },
      { at: 3, score: 2, actual: 4, predicted: 6 },
      { at: 0, score: 0.5, actual: 1, predicted: 1.5 },
      { at: 2, score: 0, actual: 3.5, predicted: 3.5 },
    ])
  })

  it('are ranked by their distance from a point of true and answered number', () => {
    const near = rankedRows(held, question('near', { actual: '1', predicted: '-4' }))
    expect(near.map(({ at, score }) => [at, score])).toEqual(
      [
        [4, 2],
        [0, 5.5],
        [2, Math.hypot(2.5, 7.5)],
        [1, Math.hypot(1, 8)],
        [3, Math.hypot(3, 10)],
      ].sort(([, a = 0], [, b = 0]) => a - b),
    )
    const twice = heldOf({ target: NUMBER, cells: { y: [0, 2] }, rows: [0, 1], evaluated: [0, 0] })
    const equal = rankedRows(twice, question('near', { actual: ' 1 ', predicted: '0' }))
    expect(equal.map(({ at, score }) => [at, score])).toEqual([
      [0, 1],
      [1, 1],
    ])
  })

  it.each([
    ['actual', { predicted: '1' }],
    ['actual', { actual: ' ', predicted: '1' }],
    ['actual', { actual: 'x', predicted: '1' }],
    ['actual', { actual: 'Infinity', predicted: '1' }],
    ['predicted', { actual: '1' }],
    ['predicted', { actual: '1', predicted: '' }],
    ['predicted', { actual: '1', predicted: 'NaN' }],
  ])('need %s as a number: %j', (field, point) => {
    expect(refusal(held, question('near', point))).toEqual(invalid(`/${field}`, 'as numbers'))
  })

  it('are no cells, no uncertain and no mislabelled ones', () => {
    for (const kind of ['cell', 'uncertain', 'mislabelled'] as const)
      expect(refusal(held, question(kind))).toEqual(
        invalid('/kind', `"worst" and "near" are known, not "${kind}"`),
      )
  })
})

describe('rows of several numbers', () => {
  const state = (scale: number) => ({ ...NUMBER, scale })
  const held = heldOf({
    target: {
      task: 'severalNumbers',
      targets: [
        { name: 'a', state: state(2) },
        { name: 'b', state: state(10) },
      ],
    } as unknown as TargetState,
    cells: { a: [1, 2], b: [30, 40] },
    rows: [0, 1],
    evaluated: [2, 35, 2, 20],
  })

  it('are ranked by the mean of the errors, each in units of its scale', () => {
    // (1 / 2 + 5 / 10) / 2 and (0 + 20 / 10) / 2
    expect(rankedRows(held, question('worst'))).toEqual([
      { at: 1, score: 1, actual: { a: 2, b: 40 }, predicted: { a: 2, b: 20 } },
      { at: 0, score: 0.5, actual: { a: 1, b: 30 }, predicted: { a: 2, b: 35 } },
    ])
  })

  it('are near no point', () => {
    expect(refusal(held, question('near', { actual: '1', predicted: '1' }))).toEqual(
      invalid('/kind', '"worst" are known, not "near"'),
    )
  })
})

describe('rows of labels', () => {
  const held = heldOf({
    target: {
      task: 'multiLabel',
      separator: '|',
      classes: ['p', 'q'],
      thresholds: [0.5, 0.8],
    } as unknown as TargetState,
    cells: { tags: ['p|q', 'q', 'p', ''] },
    rows: [0, 1, 2],
    evaluated: [0.9, 0.8, 0.3, 0.75, 0.5, 0.1].map(logit),
  })

  it('are ranked by the mean of the losses of the labels', () => {
    const ranked = rankedRows(held, question('worst'))
    expect(ranked.map(({ at, actual, predicted }) => [at, actual, predicted])).toEqual([
      [2, ['p'], ['p']],
      [1, ['q'], []],
      [0, ['p', 'q'], ['p', 'q']],
    ])
    const losses = [
      -(Math.log(0.5) + Math.log(0.9)) / 2,
      -(Math.log(0.7) + Math.log(0.75)) / 2,
      -(Math.log(0.9) + Math.log(0.8)) / 2,
    ]
    for (const [at, loss] of losses.entries()) expect(ranked[at]?.score).toBeCloseTo(loss, 12)
  })

  it('are ranked by how near a label is to its threshold', () => {
    const ranked = rankedRows(held, question('uncertain'))
    expect(ranked.map(({ at }) => at)).toEqual([0, 2, 1])
    for (const [at, distance] of [0, 0, 0.05].entries()) expect(ranked[at]?.score).toBeCloseTo(distance, 12)
  })

  it('are no cells, and none is mislabelled or near', () => {
    for (const kind of ['cell', 'near', 'mislabelled'] as const)
      expect(refusal(held, question(kind))).toEqual(
        invalid('/kind', `"worst" and "uncertain" are known, not "${kind}"`),
      )
  })
})

describe('rows of two classes', () => {
  const target = { task: 'binary', classes: ['no', 'yes'], threshold: 0.7 } as unknown as TargetState
  const cells = { label: ['yes', 'no', 'yes', 'no', 'no'] }
  const probabilities = [0.9, 0.75, 0.6, 0.2, 0.75]
  const held = heldOf({ target, cells, rows: [0, 1, 2, 3, 4], evaluated: probabilities.map(logit) })

  it('are ranked by the probability that they have for their own class', () => {
    const ranked = rankedRows(held, question('worst'))
    expect(ranked.map(({ at, actual, predicted }) => [at, actual, predicted])).toEqual([
      [1, 'no', 'yes'],
      [4, 'no', 'yes'],
      [2, 'yes', 'no'],
      [3, 'no', 'no'],
      [0, 'yes', 'yes'],
    ])
    for (const [at, own] of [0.25, 0.25, 0.6, 0.8, 0.9].entries()) {
      expect(ranked[at]?.probability).toBeCloseTo(own, 12)
      expect(ranked[at]?.score).toBeCloseTo(-Math.log(own), 12)
    }
    for (const [at, answered] of [0.75, 0.75, 0.4, 0.8, 0.9].entries())
      expect(ranked[at]?.confidence).toBeCloseTo(answered, 12)
  })

  it('have a limited loss where their class has no probability', () => {
    const sure = heldOf({ target, cells, rows: [1], evaluated: [2000] })
    expect(rankedRows(sure, question('worst'))).toMatchObject([
      { score: -Math.log(1e-300), probability: 0, confidence: 1 },
    ])
  })

  it('are ranked by how little the classes differ', () => {
    const ranked = rankedRows(held, question('uncertain'))
    expect(ranked.map(({ at }) => at)).toEqual([2, 1, 4, 3, 0])
    for (const [at, margin] of [0.2, 0.5, 0.5, 0.6, 0.8].entries())
      expect(ranked[at]?.score).toBeCloseTo(margin, 12)
  })

  it('are those of one cell, the most confident first', () => {
    const more = heldOf({
      target,
      cells: { label: ['no', 'no', 'no', 'yes'] },
      rows: [0, 1, 2, 3],
      evaluated: [0.75, 0.9, 0.75, 0.95].map(logit),
    })
    const cell = rankedRows(more, question('cell', { actual: 'no', predicted: 'yes' }))
    expect(cell.map(({ at, actual, predicted }) => [at, actual, predicted])).toEqual([
      [1, 'no', 'yes'],
      [0, 'no', 'yes'],
      [2, 'no', 'yes'],
    ])
    for (const [at, confidence] of [0.9, 0.75, 0.75].entries())
      expect(cell[at]?.score).toBeCloseTo(confidence, 12)
    expect(rankedRows(more, question('cell', { actual: 'yes', predicted: 'no' }))).toEqual([])
  })

  it('have the answers that were kept, where the numbers alone do not say', () => {
    const kept = heldOf({
      target,
      cells,
      rows: [0, 1],
      evaluated: [0.9, 0.75].map(logit),
      answered: [0, 0],
    })
    const ranked = rankedRows(kept, question('worst'))
    expect(ranked.map(({ at, predicted }) => [at, predicted])).toEqual([
      [1, 'no'],
      [0, 'no'],
    ])
  })

  it.each([
    ['actual', { predicted: 'yes' }, 'needs "actual" and "predicted". Known: no, yes'],
    ['predicted', { actual: 'yes' }, 'needs "actual" and "predicted". Known: no, yes'],
    ['actual', { actual: 'maybe', predicted: 'yes' }, 'no such class. Known: no, yes'],
    ['predicted', { actual: 'yes', predicted: 'constructor' }, 'no such class. Known: no, yes'],
  ])('of a cell need %s as one of the classes: %j', (field, cell, message) => {
    expect(refusal(held, question('cell', cell))).toEqual(invalid(`/${field}`, message))
  })

  it('are near no point', () => {
    expect(refusal(held, question('near', { actual: '1', predicted: '1' }))).toEqual(
      invalid('/kind', 'kind=cell'),
    )
  })
})

describe('rows of several classes', () => {
  const target = { task: 'multiclass', classes: ['a', 'b', 'c'] } as unknown as TargetState
  const own = [
    [0.7, 0.2, 0.1],
    [0.1, 0.8, 0.1],
    [0.05, 0.05, 0.9],
    [0.1, 0.7, 0.2],
  ]
  const held = heldOf({
    target,
    cells: { label: ['a', 'b', 'c', 'a'] },
    rows: [0, 1, 2, 3],
    evaluated: own.flat().map(Math.log),
  })

  it('are ranked by how doubtful their labels are, with what they were answered', () => {
    const ranked = rankedRows(held, question('mislabelled'))
    expect(ranked.map(({ at, likely, actual, predicted }) => [at, likely, actual, predicted])).toEqual([
      // "b" has a threshold of 0.8, which 0.7 does not reach.
      [3, false, 'a', 'b'],
      [0, false, 'a', 'a'],
      [1, false, 'b', 'b'],
      [2, false, 'c', 'c'],
    ])
    for (const [at, margin] of [-0.6, 0.5, 0.7, 0.85].entries())
      expect(ranked[at]?.score).toBeCloseTo(margin, 12)
    const wrong = heldOf({
      target,
      cells: { label: ['a', 'b', 'b', 'a'] },
      rows: [0, 1, 2, 3],
      evaluated: [own[0], own[1], own[3], own[1]].flatMap((each) => each ?? []).map(Math.log),
    })
    // The mean of 0.8 and 0.7 is what "b" has to reach.
    expect(rankedRows(wrong, question('mislabelled'))[0]).toMatchObject({ at: 3, likely: true, actual: 'a' })
  })

  it('are found by names in another normal form', () => {
    const named = heldOf({
      target: { task: 'multiclass', classes: ['é', 'b', 'c'] } as unknown as TargetState,
      cells: { label: ['é', 'b'] },
      rows: [0, 1],
      evaluated: own.slice(0, 2).flat().map(Math.log),
    })
    const cell = rankedRows(named, question('cell', { actual: 'e\u0301', predicted: 'e\u0301' }))
    expect(cell).toMatchObject([{ at: 0, actual: 'é', predicted: 'é' }])
  })
})
