import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvTraining } from '../../helpers/csv-training.ts'

let service: Awaited<ReturnType<typeof csvTraining>>
beforeAll(async () => {
  service = await csvTraining('inspect')
})
afterAll(() => service.close())

/** A table whose target is 3 a − b + 0.1, of which c says nothing; `kind` is a category by the sign of a − 5. */
const table = Array.from({ length: 400 }, (_, row) => {
  const a = (row * 37) % 11
  const b = (row * 53) % 7
  const c = (row * 71) % 13
  return {
    a,
    b,
    c,
    y: 3 * a - b + 0.1,
    kind: a > 5 ? 'high' : 'low',
    tags: a > 5 ? (b > 3 ? 'p|q' : 'p') : 'q',
  }
})
const csv = (columns: (keyof (typeof table)[number])[]) =>
  [columns.join(','), ...table.map((row) => columns.map((name) => row[name]).join(','))].join('\n')
const LINEAR = {
  layers: [],
  optimizer: { type: 'adam', learningRate: 0.05 },
  epochs: 40,
  ensemble: 1,
  finalEpochs: null,
  validation: { split: 0.25 },
}

describe('rows of a version', () => {
  it('of numbers are the worst ones, with errors that the evaluation has', async () => {
    const { dataset: data } = await service.upload('numbers', csv(['a', 'b', 'c', 'y']))
    const { version, evaluation } = await service.train('numbers', data.id, { target: 'y', ...LINEAR })
    const all = await service.inspections.rows('numbers', version, {
      kind: 'worst',
      offset: 0,
      limit: 10_000,
    })
    expect(all.total).toBe(evaluation.rows)
    const errors = all.rows.map(({ actual, predicted }) => Math.abs(Number(actual) - Number(predicted)))
    expect(errors).toEqual([...errors].sort((x, y) => y - x))
    const mae = errors.reduce((sum, error) => sum + error, 0) / errors.length
    expect(mae).toBeCloseTo(evaluation.metrics.mae ?? Number.NaN, 6)
    for (const { row, actual, features } of all.rows.slice(0, 20))
      expect([actual, features]).toEqual([
        table[row]?.y,
        { a: table[row]?.a, b: table[row]?.b, c: table[row]?.c },
      ])
    const page = await service.inspections.rows('numbers', version, { kind: 'worst', offset: 5, limit: 3 })
    expect(page.rows).toEqual(all.rows.slice(5, 8))
    await expect(
      service.inspections.rows('numbers', version, { kind: 'uncertain', offset: 0, limit: 1 }),
    ).rejects.toMatchObject({ code: 'invalid-query', problems: [{ path: '/kind' }] })
  })

  it('of numbers are found by a point of true and answered number, the nearest first', async () => {
    const near = (actual: string | undefined, predicted: string) => {
      const question = { kind: 'near' as const, predicted, offset: 0, limit: 10_000 }
      return service.inspections.rows('numbers', 1, actual === undefined ? question : { ...question, actual })
    }
    const worst = { kind: 'worst' as const, offset: 0, limit: 10_000 }
    const all = (await service.inspections.rows('numbers', 1, worst)).rows
    const point = all[7]
    const found = await near(String(point?.actual), String(point?.predicted))
    expect(found.rows[0]).toEqual({ ...point, score: 0 })
    const distances = all.map(({ actual, predicted }) =>
      Math.sqrt(
        (Number(actual) - Number(point?.actual)) ** 2 + (Number(predicted) - Number(point?.predicted)) ** 2,
      ),
    )
    const sorted = distances.sort((x, y) => x - y)
    for (const [at, { score }] of found.rows.entries()) expect(score).toBeCloseTo(sorted[at] ?? Number.NaN, 9)
    for (const bad of [undefined, '', 'x', 'Infinity'])
      await expect(near(bad, '1')).rejects.toMatchObject({
        code: 'invalid-query',
        problems: [{ path: '/actual' }],
      })
  })

  it('of classes are those of a cell, as many as the confusion matrix says, out of fold', async () => {
    const { dataset: data } = await service.upload('kinds', csv(['b', 'c', 'kind']))
    const recipe = { target: 'kind', layers: [], epochs: 3, ensemble: 1, validation: { kFold: 3 } }
    const { version, evaluation } = await service.train('kinds', data.id, recipe)
    const { classes = [], confusionMatrix = [] } = evaluation
    for (const [at, actual] of classes.entries())
      for (const [place, predicted] of classes.entries()) {
        const cell = { kind: 'cell' as const, actual, predicted, offset: 0, limit: 500 }
        const { total, rows } = await service.inspections.rows('kinds', version, cell)
        expect(total).toBe(confusionMatrix[at]?.[place])
        for (const { row, confidence = 0 } of rows) {
          expect(table[row]?.kind).toBe(actual)
          expect(confidence).toBeGreaterThanOrEqual(0.5)
        }
      }
    await expect(
      service.inspections.rows('kinds', version, {
        kind: 'cell',
        actual: 'no',
        predicted: 'low',
        offset: 0,
        limit: 1,
      }),
    ).rejects.toMatchObject({ code: 'invalid-query', problems: [{ path: '/actual' }] })
    const near = { kind: 'near' as const, actual: '1', predicted: '1', offset: 0, limit: 1 }
    await expect(service.inspections.rows('kinds', version, near)).rejects.toMatchObject({
      code: 'invalid-query',
      problems: [{ path: '/kind' }],
    })
  })

  it('of classes have the answers that class weights ask for, also where calibration moves the probabilities', async () => {
    const rows = Array.from({ length: 900 }, (_, row) => {
      const a = (row * 37) % 101
      const chance = (row * 53) % 97
      // Each of the rare classes is a little more frequent among rows with a larger a.
      const size = chance < 5 + a / 10 ? 'rare' : chance < 15 + a / 5 ? 'seldom' : 'often'
      return `${a},${size}`
    })
    const { dataset: data } = await service.upload('weighted', ['a,size', ...rows].join('\n'))
    const recipe = { target: 'size', ...LINEAR, classWeights: 'balanced', calibration: 'platt' }
    const { version, predictor } = await service.train('weighted', data.id, recipe)
    const question = { kind: 'worst' as const, offset: 0, limit: 1_000 }
    const told = await service.inspections.rows('weighted', version, question)
    const answers = told.rows.map(({ features: { a } }) => predictor.predict({ a: Number(a) }))
    expect(told.rows.map(({ predicted }) => predicted)).toEqual(
      answers.map((answer) => ('label' in answer ? answer.label : '')),
    )
    expect(new Set(told.rows.map(({ predicted }) => predicted)).size).toBeGreaterThan(1)
  })

  it('with labels are the worst and the uncertain ones', async () => {
    const { dataset: data } = await service.upload('tags', csv(['a', 'b', 'tags']))
    const recipe = { target: 'tags', multiLabel: { separator: '|' }, ...LINEAR }
    const { version } = await service.train('tags', data.id, recipe)
    const { rows } = await service.inspections.rows('tags', version, { kind: 'worst', offset: 0, limit: 5 })
    for (const { row, actual } of rows) expect(actual).toEqual(table[row]?.tags.split('|'))
    await expect(
      service.inspections.rows('tags', version, { kind: 'mislabelled', offset: 0, limit: 5 }),
    ).rejects.toMatchObject({ code: 'invalid-query' })
  })
})

describe('what counts for a version', () => {
  it('is what the target was made of, in the unit of the target', async () => {
    const explanation = await service.inspections.explanation('numbers', 1)
    expect(explanation.importance.metric).toBe('meanAbsoluteError')
    expect(explanation.importance.features.map(({ feature }) => feature)).toEqual(['a', 'b', 'c'])
    const [a, b, c] = explanation.importance.features
    // The mean of |3 (a − a')| over pairs of 0 to 10 is 3 · 40 / 11 = 10.9; of |b − b'| over 0 to 6 it is 16 / 7 = 2.3.
    expect(a?.mean).toBeCloseTo(10.9, -0.5)
    expect(b?.mean).toBeCloseTo(2.3, -0.1)
    expect(Math.abs(c?.mean ?? 1)).toBeLessThan(0.2)
    const curve = explanation.curves.find(({ feature }) => feature === 'a')
    const first = curve?.points[0]
    const last = curve?.points.at(-1)
    expect([first?.value, last?.value]).toEqual([0, 10])
    expect((last?.outputs[0] ?? 0) - (first?.outputs[0] ?? 0)).toBeCloseTo(30, -0.5)
    expect(await service.inspections.explanation('numbers', 1)).toEqual(explanation)
  })

  it('has the terms of each class', async () => {
    const texts = table.map(
      ({ kind, b }) => `${kind === 'high' ? 'splendid' : 'dreadful'} film number ${b},${kind}`,
    )
    const { dataset: data } = await service.upload('texts', ['text,label', ...texts].join('\n'))
    for (const layers of [[], [{ units: 4 }]]) {
      const { version } = await service.train('texts', data.id, { ...LINEAR, layers, target: 'label' })
      const { terms, termsBy, importance } = await service.inspections.explanation('texts', version)
      expect(termsBy).toBe(layers.length === 0 ? 'weights' : 'contributions')
      expect(terms?.map(({ name }) => name)).toEqual(['low'])
      expect(terms?.[0]?.positive.slice(0, 3).some(({ term }) => term.includes('dreadful'))).toBe(true)
      expect(terms?.[0]?.negative.slice(0, 3).some(({ term }) => term.includes('splendid'))).toBe(true)
      expect(importance.features[0]?.mean).toBeGreaterThan(0.1)
    }
  })
})

describe('slices of a version', () => {
  it('find the part of the rows on which it fails', async () => {
    // Where the shop is "b", the target has nothing to do with a.
    const lines = table.map(
      ({ a, c }, row) => `${a},${row % 4 === 0 ? 'b' : 'a'},${row % 4 === 0 ? 40 * (c % 2) : 3 * a}`,
    )
    const { dataset } = await service.upload('shops', ['a,shop,y', ...lines].join('\n'))
    const { version } = await service.train('shops', dataset.id, { target: 'y', ...LINEAR })
    const { slices } = await service.inspections.explanation('shops', version)
    expect(slices.metric).toBe('meanAbsoluteError')
    expect(slices.worst).toMatchObject({ column: 'shop', part: 'b' })
    expect(slices.worst?.interval95.low).toBeGreaterThan(slices.overall)
    const parts = slices.slices.filter(({ column }) => column === 'a')
    expect(parts.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(100)
  })
})

describe('rows and slices agree with the evaluation', () => {
  /** 600 rows whose chance of "yes" is a bent function of x, so that calibration moves rows near the threshold. */
  const lines = Array.from({ length: 600 }, (_, row) => {
    const x = (row * 37) % 101
    const chance = (row * 61) % 113
    return `${x},${row % 3},${chance < 10 + (x * x) / 101 ? 'yes' : 'no'}`
  })
  const plain = { target: 'label', epochs: 6, layers: [{ units: 4 }], ensemble: 1, calibration: 'isotonic' }

  it.each([
    [
      'after a split, with a network that has not seen the rows',
      { finalEpochs: null, validation: { split: 0.5 } },
    ],
    ['after a split and a last fit', { finalEpochs: 'best', validation: { split: 0.5 } }],
    [
      'after k-fold with a threshold that the other folds choose',
      { threshold: { metric: 'f1' }, validation: { kFold: 4 } },
    ],
  ])('%s', async (_, more) => {
    const { dataset } = await service.upload('bent', ['x,part,label', ...lines].join('\n'))
    const { version, evaluation, manifest } = await service.train('bent', dataset.id, { ...plain, ...more })
    expect(manifest['recipe']).toMatchObject({ calibration: 'isotonic' })
    const { classes = [], confusionMatrix = [] } = evaluation
    let rows = 0
    let right = 0
    let loss = 0
    for (const [at, actual] of classes.entries())
      for (const [place, predicted] of classes.entries()) {
        const cell = { kind: 'cell' as const, actual, predicted, offset: 0, limit: 10_000 }
        const { total, rows: own } = await service.inspections.rows('bent', version, cell)
        expect(total).toBe(confusionMatrix[at]?.[place])
        rows += total
        if (at === place) right += total
        for (const { probability = 0 } of own) loss -= Math.log(probability)
      }
    expect(rows).toBe(evaluation.rows)
    // Folds of equal size: the mean of their losses is that of all rows.
    expect(loss / rows).toBeCloseTo(evaluation.loss, 6)
    const { slices } = evaluation
    expect(slices?.overall).toBeCloseTo(right / rows, 12)
    expect((await service.inspections.explanation('bent', version)).slices).toEqual(slices)
    const parts = slices?.slices.filter(({ column }) => column === 'part') ?? []
    expect(parts.reduce((sum, part) => sum + part.value * part.rows, 0)).toBeCloseTo(right, 8)
    for (const { value, metrics } of parts) expect(metrics?.['accuracy']).toBeCloseTo(value, 12)
  })
})
