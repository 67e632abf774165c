import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { Random } from '../../src/evaluation/random.ts'
import { csvTraining } from '../helpers/csv-training.ts'

let service: Awaited<ReturnType<typeof csvTraining>>
beforeAll(async () => {
  service = await csvTraining('curve')
})
afterAll(() => service.close())

/** Each of 40 shops has an amount of its own, so that fewer rows know fewer shops. */
const lines = Array.from({ length: 160 }, (_, row) => {
  const shop = (row * 37) % 40
  return `s${shop},${(shop * 17) % 41}`
})
const recipe = {
  target: 'y',
  layers: [],
  optimizer: { type: 'adam', learningRate: 0.1 },
  epochs: 60,
  batchSize: 16,
  learningCurve: true,
}

it.each([
  ['a split', { split: 0.25 }, [30, 60, 120]],
  ['k-fold', { kFold: 4 }, [30, 60, 120]],
])(
  'a learning curve on %s has fewer training rows and the same validation rows',
  async (name, validation, rows) => {
    const { dataset } = await service.upload('shops', ['shop,y', ...lines].join('\n'))
    const model = name.replaceAll(/\W/g, '')
    const { evaluation } = await service.train(model, dataset.id, { ...recipe, validation })
    const curve = evaluation.learningCurve ?? []
    expect(curve.map(({ share }) => share)).toEqual([0.25, 0.5, 1])
    for (const [at, point] of curve.entries()) {
      // Equal rows stay on one side, so that sides are not of exactly these sizes.
      expect(Math.abs(point.rows - (rows[at] ?? 0))).toBeLessThanOrEqual(3)
      const { low = 0, high = 0 } = point.interval95?.['mae'] ?? {}
      expect(point.metrics['mae']).toBeGreaterThan(low)
      expect(point.metrics['mae']).toBeLessThan(high)
    }
    const [quarter, half, all] = curve
    const { loss, metrics, interval95 } = evaluation
    expect(all).toMatchObject({ loss, metrics, interval95 })
    // 30 rows know about half of the shops, 60 three quarters of them.
    expect(quarter?.metrics['mae']).toBeGreaterThan(half?.metrics['mae'] ?? 0)
    expect(half?.metrics['mae']).toBeGreaterThan(2 * (all?.metrics['mae'] ?? 0))
    const plain = await service.train(`${model}-plain`, dataset.id, {
      ...recipe,
      validation,
      learningCurve: false,
    })
    expect(plain.evaluation.learningCurve).toBeUndefined()
    expect(plain.evaluation.loss).toBe(loss)
  },
)

it('a learning curve of several candidates is that of the best by itself', async () => {
  // Answers at random, so that folds choose other candidates than all together.
  const random = new Random(8, 'noise')
  const rows = Array.from({ length: 90 }, () => [random.next(), random.next(), 1 + random.next()].join(','))
  await service.upload('noise', ['a,b,y', ...rows].join('\n'))
  const own = {
    ...recipe,
    epochs: 8,
    optimizer: { type: 'adam', learningRate: 0.003 },
    validation: { kFold: 5 },
  }
  const candidates = [
    { optimizer: { type: 'adam', learningRate: 0.03 }, targetTransform: 'log' },
    { layers: [{ units: 8 }], loss: 'huber' },
  ]
  const several = await service.train('several', 'noise', { ...own, candidates })
  const { choice } = z
    .looseObject({ choice: z.object({ chosen: z.int(), crossFit: z.object({ chosen: z.array(z.int()) }) }) })
    .parse(several.manifest)
  expect(new Set(choice.crossFit.chosen).size).toBeGreaterThan(1)
  const best = await service.train('best', 'noise', { ...own, ...[{}, ...candidates][choice.chosen] })
  expect(several.evaluation.metrics).not.toEqual(best.evaluation.metrics)
  expect(several.evaluation.learningCurve).toEqual(best.evaluation.learningCurve)
})

it('is refused without validation rows', async () => {
  const { dataset } = await service.upload('shops', ['shop,y', ...lines].join('\n'))
  await expect(service.dryRun(dataset.id, { ...recipe, validation: null })).rejects.toMatchObject({
    problems: [{ path: '/recipe/learningCurve' }],
  })
})
