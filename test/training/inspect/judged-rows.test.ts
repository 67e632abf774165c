import { describe, expect, it } from 'vitest'
import type { Prediction, Predictor } from '../../../src/models/predictor.ts'
import type { Row } from '../../../src/recipe/table.ts'
import { curvesOf } from '../../../src/training/inspect/curves.ts'
import { importanceOf } from '../../../src/training/inspect/importance.ts'
import { type JudgedRows, namesOf, questionsOf } from '../../../src/training/inspect/judged-rows.ts'

/** A predictor of which a test needs the answers alone. */
const predictorOf = (more: Partial<Predictor>): Predictor =>
  ({ task: 'regression', inputs: [], classes: [], targets: [], ...more }) as Predictor

const regression = (predict: (row: Row) => number) =>
  predictorOf({ predict: (row: Row) => ({ value: predict(row) }) as Prediction })

/** Rows whose loss is the distance from a truth. */
const judgedOf = (rows: Row[], predict: (row: Row) => number, truth: (row: Row) => number): JudgedRows => ({
  predictor: regression(predict),
  target: { task: 'regression' } as JudgedRows['target'],
  rows,
  lossOf: (prediction, at) =>
    'value' in prediction ? Math.abs(prediction.value - truth(rows[at] ?? {})) : Number.NaN,
})
const number = (row: Row, name: string) => Number(row[name])

describe('the importance of columns', () => {
  const rows = Array.from({ length: 40 }, (_, at) => ({ a: at, b: (at * 7) % 40, c: at % 3 }))

  it('is what the loss grows by when one is shuffled, the most important first', () => {
    const predict = (row: Row) => 3 * number(row, 'a') + number(row, 'b')
    const found = importanceOf(judgedOf(rows, predict, predict), ['c', 'b', 'a'])
    expect(found).toMatchObject({ metric: 'meanAbsoluteError', repeats: 5, baseline: 0 })
    expect(found.features.map(({ feature }) => feature)).toEqual(['a', 'b', 'c'])
    const [a, b, c] = found.features
    expect(c).toEqual({ feature: 'c', mean: 0, deviation: 0 })
    // A shuffled column of 0 to 39 is off by a third of 40 on average.
    expect(b?.mean).toBeGreaterThan(9)
    expect(b?.mean).toBeLessThan(18)
    expect(a?.mean).toBeGreaterThan(27)
    expect(a?.mean).toBeLessThan(54)
    expect(a?.deviation).toBeGreaterThan(0)
    expect(a?.deviation).toBeLessThan(10)
    expect(importanceOf(judgedOf(rows, predict, predict), ['c', 'b', 'a']), 'the same each time').toEqual(
      found,
    )
  })

  it('is beyond the loss that there is anyway', () => {
    const found = importanceOf(
      judgedOf(
        rows,
        () => 5,
        () => 2,
      ),
      ['a'],
    )
    expect(found).toMatchObject({ baseline: 3, features: [{ feature: 'a', mean: 0, deviation: 0 }] })
  })

  it('of classes is in the loss of probabilities', () => {
    const judged = {
      ...judgedOf(
        rows,
        () => 0,
        () => 0,
      ),
      target: { task: 'binary' } as JudgedRows['target'],
    }
    expect(importanceOf(judged, ['a']).metric).toBe('logLoss')
    const several = { ...judged, target: { task: 'severalNumbers' } as JudgedRows['target'] }
    expect(importanceOf(several, ['a']).metric).toBe('meanAbsoluteError')
  })

  it('of more than 100 columns is that of those that contribute most', () => {
    const names = Array.from({ length: 101 }, (_, at) => `c${at}`)
    const judged = judgedOf(
      rows,
      () => 0,
      () => 0,
    )
    let explained = 0
    const predictor = predictorOf({
      predict: judged.predictor.predict,
      *explain(row: Row) {
        explained += 1
        yield
        const explanation = names.map((feature, at) => ({
          feature,
          contribution: at % 2 === 0 ? at + 1 : -at - 1,
        }))
        return { ...judged.predictor.predict(row), explanation } as never
      },
    })
    const found = importanceOf({ ...judged, predictor }, names).features.map(({ feature }) => feature)
    expect(found).toHaveLength(100)
    expect(found).not.toContain('c0')
    expect(found).toContain('c1')
    expect(explained).toBe(40)
    expect(importanceOf({ ...judged, predictor }, names.slice(1)).features).toHaveLength(100)
    expect(explained, 'a hundred are measured as they are').toBe(40)
  })
})

describe('the curve of a column', () => {
  const inputs = [
    { name: 'a', type: 'number' },
    { name: 'kind', type: 'category' },
    { name: 'flag', type: 'boolean' },
    { name: 'day', type: 'date' },
    { name: 'text', type: 'text' },
  ] as Parameters<typeof curvesOf>[1]
  const rows = Array.from({ length: 100 }, (_, at) => ({
    a: at === 7 ? null : at,
    kind: at < 50 ? 'x' : at < 80 ? 'y' : 'z',
    flag: at % 4 === 0,
    day: `2024-10-${String((at % 28) + 1).padStart(2, '0')}`,
    text: `word ${at}`,
  }))
  const judged = judgedOf(
    rows,
    (row) => 2 * number(row, 'a') + (row['kind'] === 'y' ? 100 : 0),
    () => 0,
  )
  const curve = (feature: string) => curvesOf(judged, inputs, [feature])[0]

  it('has the mean answer at values that are at even shares of the rows', () => {
    const points = curve('a')?.points ?? []
    expect(points).toHaveLength(20)
    expect([points[0]?.value, points.at(-1)?.value]).toEqual([0, 99])
    // Thirty of a hundred rows are of kind y.
    for (const { value, outputs } of points) expect(outputs[0]).toBeCloseTo(2 * Number(value) + 30, 9)
    expect(points.map(({ value }) => value)).toEqual(
      points.map(({ value }) => value).toSorted((x, y) => Number(x) - Number(y)),
    )
    expect(
      curve('day')
        ?.points.map(({ value }) => value)
        .slice(0, 2),
    ).toEqual(['2024-10-01', '2024-10-02'])
    expect(curve('a')?.names).toBeNull()
  })

  it('of a category is at the most frequent ones', () => {
    const points = curve('kind')?.points ?? []
    expect(points.map(({ value }) => value)).toEqual(['x', 'y', 'z'])
    // The row without a number counts as 0.
    const all = (2 * (4950 - 7)) / 100
    expect(points.map(({ outputs }) => outputs[0])).toEqual([
      expect.closeTo(all, 9),
      expect.closeTo(all + 100, 9),
      expect.closeTo(all, 9),
    ])
    expect(curve('flag')?.points.map(({ value }) => value)).toEqual(['false', 'true'])
  })

  it('is of at most 30 columns, of which none is a text', () => {
    const many = Array.from({ length: 31 }, (_, at) => `n${at}`)
    expect(curvesOf(judged, inputs, ['text', ...many]).map(({ feature }) => feature)).toEqual(
      many.slice(0, 30),
    )
  })

  it('has an output for each name: the positive one of two classes, all of several, all numbers', () => {
    const answer = (prediction: object, more: Partial<Predictor>) =>
      curvesOf(
        { ...judged, predictor: predictorOf({ predict: () => prediction as Prediction, ...more }) },
        inputs,
        ['kind'],
      )[0]
    const two = answer(
      { label: 'n', probabilities: { n: 0.75, p: 0.25 } },
      { task: 'binary', classes: ['n', 'p'] },
    )
    expect([two?.names, two?.points[0]?.outputs]).toEqual([['p'], [expect.closeTo(0.25, 9)]])
    const three = answer(
      { label: 'n', probabilities: { n: 0.5, p: 0.25, q: 0.25 } },
      { task: 'multiclass', classes: ['n', 'p', 'q'] },
    )
    expect(three?.points[0]?.outputs.map((each) => Math.round(100 * each))).toEqual([50, 25, 25])
    const labels = answer(
      { labels: [], probabilities: { p: 0.5, q: 0.25 } },
      { task: 'multiLabel', classes: ['p', 'q'] },
    )
    expect(labels?.points[0]?.outputs).toHaveLength(2)
    const numbers = answer({ values: { u: 1, v: 2 } }, { targets: ['u', 'v'] })
    expect([numbers?.names, numbers?.points[0]?.outputs.map(Math.round)]).toEqual([
      ['u', 'v'],
      [1, 2],
    ])
  })
})

describe('the loss of an answer', () => {
  const table = (column: object, rows: number) =>
    ({ rows, columns: new Map([['y', column]]) }) as unknown as Parameters<typeof questionsOf>[0]['table']
  const asked = (values: (string | null)[], target: object, rows = Uint32Array.from(values.keys())) =>
    questionsOf({
      predictor: regression(() => 0),
      target: target as JudgedRows['target'],
      rowOf: (row) => ({ row }),
      rows,
      recipe: { target: 'y' } as Parameters<typeof questionsOf>[0]['recipe'],
      table: table({ type: 'category', values }, values.length),
    })
  const loss = (judged: JudgedRows, prediction: object, at = 0) => judged.lossOf(prediction as Prediction, at)

  it('of a class is minus the logarithm of its probability, which is never 0', () => {
    const judged = asked(['p', 'ga\u0308r', 'new'], { task: 'multiclass' })
    const probabilities = { p: 0.25, gär: 0.5, q: 0.25 }
    expect(loss(judged, { label: 'p', probabilities }, 0)).toBeCloseTo(Math.log(4), 12)
    expect(loss(judged, { label: 'p', probabilities }, 1), 'one normal form').toBeCloseTo(Math.log(2), 12)
    expect(loss(judged, { label: 'p', probabilities }, 2)).toBeCloseTo(52 * Math.log(2), 9)
  })

  it('of labels is the mean over them', () => {
    const judged = asked(['p|q'], { task: 'multiLabel', separator: '|' })
    const probabilities = { p: 0.5, q: 0.25, r: 0.75 }
    expect(loss(judged, { labels: ['p'], probabilities })).toBeCloseTo(
      (Math.log(2) + Math.log(4) + Math.log(4)) / 3,
      12,
    )
  })

  it('of a number is its distance', () => {
    const judged = asked(['7'], { task: 'regression' })
    expect(loss(judged, { value: 4.5 })).toBe(2.5)
    const several = asked(['7'], { task: 'severalNumbers', targets: [{ state: { scale: 4 } }] })
    expect(loss(several, { values: { y: 1 } }), 'in units of its own scale').toBe(1.5)
  })

  it('is asked of at most 1,000 rows at even distances', () => {
    const values = Array.from({ length: 2_500 }, () => 'p')
    const { rows } = asked(values, { task: 'multiclass' })
    expect(rows).toHaveLength(1_000)
    expect(rows.slice(0, 4)).toEqual([{ row: 0 }, { row: 2 }, { row: 5 }, { row: 7 }])
    expect(rows.at(-1)).toEqual({ row: 2_497 })
    expect(asked(values.slice(0, 5), { task: 'multiclass' }, Uint32Array.of(4, 1)).rows).toEqual([
      { row: 4 },
      { row: 1 },
    ])
  })
})

it('names are the classes, labels or targets, and of two classes the positive one', () => {
  const named = (more: Partial<Predictor>) =>
    namesOf({
      ...judgedOf(
        [],
        () => 0,
        () => 0,
      ),
      predictor: predictorOf(more),
    })
  expect(named({ task: 'binary', classes: ['n', 'p'] })).toEqual(['p'])
  expect(named({ task: 'multiclass', classes: ['a', 'b', 'c'] })).toEqual(['a', 'b', 'c'])
  expect(named({ targets: ['u', 'v'] })).toEqual(['u', 'v'])
  expect(named({})).toEqual([])
  expect(
    named({ task: 'multiclass', classes: Array.from({ length: 21 }, (_, at) => `c${at}`) }),
  ).toHaveLength(20)
})
