import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvTraining } from '../helpers/csv-training.ts'

let service: Awaited<ReturnType<typeof csvTraining>>
/** 900 rows whose chance of "yes" grows with x; two rows in nine are "yes". */
const lines = Array.from({ length: 900 }, (_, row) => {
  const x = (row * 37) % 101
  return `${x},${(row * 61) % 113 < (x * x) / 150 ? 'yes' : 'no'}`
})
const RECIPE = { target: 'label', epochs: 20, layers: [{ units: 8 }], ensemble: 1, calibration: 'platt' }
const order = (threshold: object | number, promote: 'always' | 'never' = 'always') => ({
  threshold: threshold as number,
  promote,
  by: 'ann',
})

beforeAll(async () => {
  service = await csvTraining('thresholds')
})
afterAll(() => service.close())

describe('a version with another threshold', () => {
  it('has the same network, answers from there on, and is measured from there on', async () => {
    const { dataset } = await service.upload('split', ['x,label', ...lines].join('\n'))
    const first = await service.train('split', dataset.id, { ...RECIPE, validation: { split: 0.5 } })
    const { entry, from, threshold } = await service.thresholds.set('split', 1, order({ recall: 0.9 }))
    expect([entry.version, from]).toEqual([2, 1])
    const second = await service.version('split', 2)
    for (const file of ['model.json', 'weights.bin', 'history.json'])
      expect((await second.bytes(file)).equals(await first.bytes(file))).toBe(true)
    // The highest threshold of those that find nine in ten, out of the table of the first version.
    const { thresholds } = first.evaluation
    const place = thresholds?.thresholds.indexOf(threshold) ?? -1
    const recall = (at: number) => (thresholds?.truePositives[at] ?? 0) / (thresholds?.positives ?? 1)
    expect(recall(place)).toBeGreaterThanOrEqual(0.9)
    expect(recall(place - 1)).toBeLessThan(0.9)
    for (let x = 0; x <= 100; x++) {
      const old = first.predictor.predict({ x })
      const anew = second.predictor.predict({ x })
      if (!('score' in old) || !('score' in anew)) throw new Error('Both answer classes')
      expect(anew.score).toBe(old.score)
      expect(anew.label).toBe(old.score >= threshold ? 'yes' : 'no')
    }
    const {
      confusionMatrix = [],
      metrics,
      loss,
      rows,
      interval95,
      slices,
    } = second.evaluation ?? { ...first.evaluation }
    const [[tn = 0, fp = 0] = [], [fn = 0, tp = 0] = []] = confusionMatrix
    expect(rows).toBe(first.evaluation.rows)
    expect(loss).toBeCloseTo(first.evaluation.loss, 12)
    expect(metrics['auc']).toBe(first.evaluation.metrics['auc'])
    expect(metrics['recall']).toBeCloseTo(tp / (tp + fn), 12)
    expect(metrics['accuracy']).toBeCloseTo((tp + tn) / (tp + tn + fp + fn), 12)
    expect(metrics['recall']).toBeGreaterThan(first.evaluation.metrics['recall'] ?? 1)
    expect(interval95?.['recall']?.low).toBeLessThan(tp / (tp + fn))
    expect(slices?.overall).toBeCloseTo(metrics['accuracy'] ?? 0, 12)
    const cell = { kind: 'cell' as const, actual: 'no', predicted: 'yes', offset: 0, limit: 1 }
    expect((await service.inspections.rows('split', 2, cell)).total).toBe(fp)
    expect(second.manifest).toMatchObject({
      recipe: { threshold: { recall: 0.9 } },
      metrics: { recall: metrics['recall'] },
      derivedFrom: { version: 1, threshold },
    })
    const { items } = await service.models.log('split', { limit: 1 })
    expect(items[0]).toMatchObject({
      by: 'ann',
      events: [
        { type: 'published', version: 2 },
        { type: 'promoted', version: 2, previous: 1, reason: expect.stringContaining('"recall":0.9') },
      ],
    })
    expect(await service.models.rollback('split', null)).toMatchObject({ version: 1, previous: 2 })
  })

  it('is not promoted where that is not wanted, and leaves out figures of folds', async () => {
    const { dataset } = await service.upload('folds', ['x,label', ...lines].join('\n'))
    const recipe = { ...RECIPE, epochs: 8, threshold: { metric: 'f1' }, validation: { kFold: 3 } }
    await service.train('folds', dataset.id, recipe)
    await service.thresholds.set('folds', 'production', order(0.9, 'never'))
    expect((await service.models.entry('folds', 'production')).version).toBe(1)
    const { evaluation, heldOut } = await service.version('folds', 2)
    expect(evaluation?.folds).toBeUndefined()
    expect(heldOut?.answered).toBeUndefined()
    const cell = { kind: 'cell' as const, actual: 'yes', predicted: 'no', offset: 0, limit: 1 }
    expect((await service.inspections.rows('folds', 2, cell)).total).toBe(
      evaluation?.confusionMatrix?.[1]?.[0],
    )
  })

  it('takes a number without the rows, and has no figures then; a rule takes the kept table', async () => {
    const { dataset } = await service.upload('gone', ['x,label', ...lines.slice(1)].join('\n'))
    await service.train('gone', dataset.id, { ...RECIPE, epochs: 2, validation: { split: 0.2 } })
    await service.datasets.delete(dataset.id)
    const { threshold } = await service.thresholds.set('gone', 1, order({ metric: 'f1' }))
    const { evaluation, manifest } = await service.version('gone', 2)
    expect([evaluation, manifest['metrics']]).toEqual([null, null])
    expect((await service.version('gone', 1)).evaluation?.thresholds?.bestF1.threshold).toBe(threshold)
    await service.thresholds.set('gone', 2, order(0.25))
    await expect(service.thresholds.set('gone', 2, order({ metric: 'f1' }))).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('is refused of a version that has no threshold', async () => {
    const numbers = Array.from({ length: 60 }, (_, row) => `${row},${3 * row + 0.5}`)
    const { dataset } = await service.upload('numbers', ['x,y', ...numbers].join('\n'))
    await service.train('numbers', dataset.id, {
      target: 'y',
      layers: [],
      epochs: 1,
      validation: { split: 0.2 },
    })
    await expect(service.thresholds.set('numbers', 1, order(0.3))).rejects.toMatchObject({
      code: 'invalid-request',
      problems: [{ path: '/threshold' }],
    })
  })
})
