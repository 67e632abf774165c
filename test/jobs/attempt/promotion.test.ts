import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { createDatasets } from '../../../src/datasets/datasets.ts'
import type { JobView } from '../../../src/jobs/contract.ts'
import type { createJobs } from '../../../src/jobs/service.ts'
import type { ModelRegistry } from '../../../src/registry/registry.ts'
import type { Store } from '../../../src/store/contract.ts'
import { trainingService } from '../../helpers/training-service.ts'

/** Rows that are all different; `x` alone decides on the label, but for every fifth row. */
function rows(from: number, to: number, classes = ['no', 'yes']): string[] {
  return Array.from({ length: to - from }, (_, index) => {
    const row = from + index
    const x = ((row * 7919) % 1000) / 1000
    return `${(x + row / 1e7).toFixed(7)},${classes[x > 0.5 !== (row % 5 === 0) ? 1 : 0]}`
  })
}
const csv = (...lines: string[][]) => ['x,label', ...lines.flat()].join('\n')

describe('promote: ifBetter', () => {
  let folder: string
  let store: Store
  let models: ModelRegistry
  let datasets: ReturnType<typeof createDatasets>
  let jobs: ReturnType<typeof createJobs>
  let run: (order: object) => Promise<number>
  let runJob: (id: string) => Promise<JobView>
  const recipe = { epochs: 30, layers: [], validation: { split: 0.2 }, metrics: ['accuracy', 'auc'] }
  // No row has a probability so high, so it always answers "no".
  const weak = { ...recipe, epochs: 1, threshold: 0.99, optimizer: { type: 'sgd', learningRate: 1e-6 } }
  let models_ = 0
  const fresh = () => `m${++models_}`
  let upload: Awaited<ReturnType<typeof trainingService>>['upload']
  const decision = async (model: string) => (await models.head(model))?.events[1]
  const figures = async (model: string, version: number) => {
    const bytes = await models.readArtifact(model, await models.entry(model, version), 'evaluation.json')
    return JSON.parse(String(bytes)).metrics
  }

  beforeAll(async () => {
    const service = await trainingService('promotion')
    ;({ folder, store, models, datasets, jobs, upload } = service)
    await upload('old', csv(rows(0, 200)))
    await upload('grown', csv(rows(0, 300)))
    await upload('test', csv(rows(500, 580)))
    await upload('strange', csv(rows(600, 660, ['no', 'perhaps'])))
    await upload('lacking', 'z,label\n1,no\n2,yes\n3,no\n4,yes\n5,no\n6,yes')
    runJob = async (id) => {
      expect(await service.run(id)).toBe('completed')
      return jobs.get(id)
    }
    run = async (order) => {
      const { id } = await jobs.submit({ body: order, by: null, idempotencyKey: null })
      return (await runJob(id)).version ?? 0
    }
  })
  afterAll(async () => {
    await datasets.close()
    await store.close()
  })

  it('promotes the first version, with nothing to compare it with', async () => {
    const model = fresh()
    await run({ model, dataset: 'old', recipe, promote: 'ifBetter' })
    expect(await decision(model)).toEqual({
      type: 'promoted',
      version: 1,
      previous: null,
      reason: 'No version was in production.',
    })
  })

  it('compares versions on common validation rows, with the figures that both were evaluated with', async () => {
    const model = fresh()
    await run({ model, dataset: 'old', recipe: weak })
    const byAccuracy = { ifBetter: { metric: 'accuracy' } }
    await run({ model, dataset: 'old', recipe, promote: byAccuracy })
    const better = await decision(model)
    const before = await figures(model, 1)
    const after = await figures(model, 2)
    expect(better).toMatchObject({
      type: 'promoted',
      version: 2,
      previous: 1,
      comparison: { against: 1, metric: 'accuracy', rows: 40 },
    })
    expect(better).toMatchObject({
      comparison: { candidate: after.accuracy, production: before.accuracy },
      reason: expect.stringMatching(/^accuracy \S+ is better than \S+ of version 1 on 40 rows\.$/),
    })
    const byAuc = { ifBetter: { metric: 'auc' } }
    await run({ model, dataset: 'old', recipe: weak, promote: byAuc, force: true })
    const last = await decision(model)
    expect(last).toMatchObject({ type: 'notPromoted', version: 3, comparison: { against: 2, metric: 'auc' } })
    expect(last).toMatchObject({
      comparison: {
        candidate: (await figures(model, 3)).auc,
        production: (await figures(model, 2)).auc,
      },
    })
    expect((await models.entry(model, 'production')).version).toBe(2)
  })

  it('does not promote a version that is equal to production', async () => {
    const model = fresh()
    await run({ model, dataset: 'old', recipe })
    await run({ model, dataset: 'old', recipe, promote: 'ifBetter', force: true })
    expect(await decision(model)).toMatchObject({
      type: 'notPromoted',
      reason: expect.stringContaining('is equal to'),
    })
  })

  it('leaves out validation rows that the other version was trained on: by number, and by content in another data set', async () => {
    const model = fresh()
    await run({ model, dataset: 'old', recipe })
    await run({ model, dataset: 'old', recipe: { ...recipe, seed: 2 }, promote: 'ifBetter' })
    const overlap = await decision(model)
    // Two independent draws of 40 rows out of 200 share some 8 rows.
    const common = (overlap as { comparison: { rows: number } }).comparison.rows
    expect(common).toBeGreaterThan(0)
    expect(common).toBeLessThan(20)

    const other = fresh()
    await run({ model: other, dataset: 'old', recipe })
    await run({
      model: other,
      dataset: 'test',
      recipe: { ...recipe, validation: null, epochs: 2 },
      promote: { ifBetter: { dataset: 'grown' } },
    })
    // 300 rows, 160 of which version 1 was trained on under another data set.
    expect(await decision(other)).toMatchObject({ comparison: { rows: 140, against: 1 } })
  })

  it('compares versions on the data set that the job names, whatever the validation', async () => {
    const model = fresh()
    const all = { ...recipe, validation: null }
    await run({ model, dataset: 'old', recipe: { ...weak, validation: null } })
    await run({ model, dataset: 'old', recipe: all, promote: { ifBetter: { dataset: 'test' } } })
    expect(await decision(model)).toMatchObject({
      type: 'promoted',
      comparison: { rows: 80, dataset: (await datasets.get('test')).id },
    })
    expect((await jobs.list({ limit: 1 }, { model })).items).toMatchObject([
      { promote: { ifBetter: { dataset: (await datasets.get('test')).id } } },
    ])
  })

  it('compares the values that a regression answers, which stay near the range of its training rows', async () => {
    const model = fresh()
    const line = (x: number) => `${x.toFixed(4)},${Math.exp(6 * x).toFixed(3)}`
    await upload('growth', ['x,y', ...Array.from({ length: 200 }, (_, row) => line(row / 200))].join('\n'))
    await upload('far', ['x,y', ...Array.from({ length: 20 }, (_, row) => `${100 + row / 7},400`)].join('\n'))
    const regression = { targetTransform: 'log', outside: 'extend', layers: [], epochs: 30, validation: null }
    await run({ model, dataset: 'growth', recipe: { ...regression, epochs: 1 } })
    await run({ model, dataset: 'growth', recipe: regression, promote: { ifBetter: { dataset: 'far' } } })
    const { comparison } = (await decision(model)) as { comparison: { candidate: number } }
    // The logarithm of the largest target is 6, and twice that is as far as an answer goes.
    expect(comparison.candidate).toBeLessThan(Math.exp(12))
  })

  it('says why no fair comparison is possible, and promotes nothing', async () => {
    const model = fresh()
    await run({ model, dataset: 'old', recipe })
    const reason = async (order: object) => {
      await run({ model, dataset: 'old', promote: 'ifBetter', force: true, ...order })
      const event = await decision(model)
      expect(event).toMatchObject({ type: 'notPromoted' })
      expect(event).not.toHaveProperty('comparison')
      return (event as { reason: string }).reason
    }
    const few = { ...recipe, epochs: 1 }
    expect(await reason({ recipe: { ...few, validation: null } })).toContain('no validation rows')
    const onOld = { ifBetter: { dataset: 'old' } }
    expect(await reason({ recipe: { ...few, validation: null }, promote: onOld })).toContain(
      'None of 200 rows',
    )
    const byAuc = { ifBetter: { metric: 'auc' } }
    expect(await reason({ dataset: 'strange', recipe: few, promote: byAuc })).toContain('use accuracy')
    expect(await reason({ dataset: 'lacking', recipe: few })).toContain('has no column "x"')
  })

  it('compares versions that were at last trained on all rows by the answers of their folds and first fits', async () => {
    const model = fresh()
    const folds = { ...recipe, validation: { kFold: 4 } }
    const poor = { ...weak, validation: { kFold: 4 } }
    await run({ model, dataset: 'old', recipe: poor })
    await run({ model, dataset: 'old', recipe: folds, promote: { ifBetter: { metric: 'accuracy' } } })
    expect(await decision(model)).toMatchObject({
      type: 'promoted',
      version: 2,
      comparison: { metric: 'accuracy', rows: 200, against: 1 },
    })
    const { comparison } = (await decision(model)) as { comparison: { candidate: number } }
    // Folds of equal size: the mean over the folds is that over all rows.
    expect(comparison.candidate).toBeCloseTo((await figures(model, 2)).accuracy, 12)

    // In a table that has grown, rows are known by their content; 100 are new to version 2.
    await run({ model, dataset: 'grown', recipe: { ...folds, seed: 4 }, promote: 'ifBetter' })
    expect(await decision(model)).toMatchObject({ comparison: { rows: 300, against: 2 } })
    await run({ model, dataset: 'grown', recipe: { ...recipe, finalEpochs: 'best' }, promote: 'ifBetter' })
    expect(await decision(model)).toMatchObject({ comparison: { rows: 60 } })
  })

  it('counts rows of a class against the version that does not know it', async () => {
    const model = fresh()
    const sides = {
      ...recipe,
      metrics: ['accuracy'],
      validation: { kFold: 4 },
      optimizer: { type: 'adam', learningRate: 0.1 },
    }
    await upload('two', csv(rows(0, 200)))
    await run({ model, dataset: 'two', recipe: sides })
    // A third class is easily told apart by x.
    const third = Array.from({ length: 100 }, (_, row) => `${5 + row / 1e4},other`)
    await upload('three', csv(rows(0, 200), third))
    await run({ model, dataset: 'three', recipe: sides, promote: 'ifBetter' })
    const grown = await decision(model)
    expect(grown).toMatchObject({ type: 'promoted', comparison: { rows: 300 } })
    const { candidate, production } = (grown as { comparison: { candidate: number; production: number } })
      .comparison
    expect(production).toBeLessThan(2 / 3)
    expect(candidate).toBeGreaterThan(0.8)
    await run({ model, dataset: 'two', recipe: sides, promote: 'ifBetter' })
    expect(await decision(model)).toMatchObject({ comparison: { rows: 200, against: 2 } })
  })

  it('refuses a retrain whose rule could never promote a version', async () => {
    const model = fresh()
    await run({ model, dataset: 'old', recipe })
    const retrain = (promote: object | string, validation: object | null) =>
      jobs.retrain(model, { promote: promote as 'ifBetter', recipe: { validation } }, null)
    await expect(retrain('ifBetter', null)).rejects.toMatchObject({
      problems: [{ path: '/promote', message: expect.stringMatching(/could never promote.*"dataset":"…"/) }],
    })
    await expect(retrain({ ifBetter: { metric: 'auc' } }, null)).rejects.toThrow('could never promote')
    expect((await retrain({ ifBetter: { dataset: 'test' } }, null)).state).toBe('queued')
    expect((await retrain('ifBetter', { kFold: 4 })).state).toBe('queued')
  })

  it('compares without a data set that is gone, and says so', async () => {
    const model = fresh()
    await upload('passing', csv(rows(700, 800)))
    await run({ model, dataset: 'passing', recipe })
    await datasets.delete((await datasets.get('passing')).id)
    await run({ model, dataset: 'old', recipe: weak, promote: 'ifBetter' })
    expect(await decision(model)).toMatchObject({
      type: 'notPromoted',
      reason: expect.stringContaining('no longer there, so nobody knows'),
    })
    await run({
      model,
      dataset: 'old',
      recipe: weak,
      promote: { ifBetter: { dataset: 'test' } },
      force: true,
    })
    expect(await decision(model)).toMatchObject({
      comparison: { rows: 80 },
      reason: expect.stringContaining('may be among them'),
    })
  })

  it('publishes a version although the one in production is damaged', async () => {
    const model = fresh()
    await run({ model, dataset: 'old', recipe })
    const { artifacts } = await models.entry(model, 1)
    await rm(join(folder, artifacts, 'weights.bin'))
    await run({ model, dataset: 'old', recipe: weak, promote: 'ifBetter' })
    expect(await decision(model)).toMatchObject({
      type: 'notPromoted',
      version: 2,
      reason: 'No fair comparison with version 1 was possible. weights.bin of version 1 of "'.concat(
        model,
        '" is missing.',
      ),
    })
  })

  it('promotes no version that is worth no more than a constant answer, unless a client orders just this one', async () => {
    const model = fresh()
    // Other rows, half of which have the opposite label.
    await upload('noise', csv(rows(300, 345), rows(345, 390, ['yes', 'no'])))
    const blind = { ...weak, validation: { dataset: 'noise' } }
    const order = { model, dataset: 'old', recipe: blind, promote: 'ifBetter' }
    const { id } = await jobs.submit({ body: order, by: null, idempotencyKey: null })
    const refused = await runJob(id)
    const codes = refused.warnings.map(({ code }) => code)
    expect(codes).toHaveLength(2)
    expect(['no-better-than-baseline', 'answers-one-class']).toContain(codes[0])
    expect(codes[1]).toBe('not-promoted')
    expect(refused.warnings[1]?.message).toBe(refused.warnings[0]?.message)
    expect(await decision(model)).toEqual({
      type: 'notPromoted',
      version: 1,
      code: 'not-promoted',
      reason: refused.warnings[0]?.message,
    })
    const manifest = await models.manifest(model, await models.entry(model, 1))
    expect(manifest).toMatchObject({
      baseline: { accuracy: expect.any(Number), auc: 0.5 },
      warnings: [{ code: codes[0] }],
    })

    await run({ ...order, promote: 'always', force: true })
    expect(await decision(model)).toMatchObject({ type: 'promoted', version: 2, reason: 'always' })
    const scheduled = await jobs.retrain(model, { promote: 'always', force: true }, null, { id: uuidv7() })
    expect((await runJob(scheduled.id)).warnings).toMatchObject([
      { code: codes[0] },
      { code: 'not-promoted' },
    ])
    expect(await decision(model)).toMatchObject({ type: 'notPromoted', version: 3, code: 'not-promoted' })
    expect((await models.entry(model, 'production')).version).toBe(2)

    await run({ model, dataset: 'old', recipe, promote: 'ifBetter' })
    expect(await decision(model)).toMatchObject({
      type: 'promoted',
      version: 4,
      reason: expect.stringContaining('worth more than a constant answer, and version 2 was not. '),
    })
  })

  describe('of a version that takes other inputs than production', () => {
    /** A column of numbers, or of the same numbers with a word among them, which makes it a category. */
    const table = (word: string | null) =>
      ['r,label']
        .concat(
          rows(0, 90).map(
            (_, row) => `${word && row % 18 === 0 ? word : row % 6},${row % 6 > 2 ? 'b' : 'a'}`,
          ),
        )
        .join('\n')
    const linear = { ...recipe, layers: [], optimizer: { type: 'adam', learningRate: 0.1 } }

    it('is refused at the door of a retrain with both types and remedies, each of which works', async () => {
      const model = fresh()
      await upload('kinds', table(null))
      await run({ model, dataset: 'kinds', recipe: linear })
      const words = await upload('kinds', table('broken'))
      const fault = await jobs.retrain(model, {}, null).catch((error: unknown) => error)
      expect(fault).toMatchObject({
        code: 'invalid-job',
        problems: [
          {
            path: '/dataset',
            message: expect.stringMatching(
              /column "r" would be read as a category, and version 1 takes a number.*types=r:number.*"promote":"never".*"allowInputChanges":true/,
            ),
          },
        ],
      })
      await expect(
        jobs.retrain(model, { dataset: 'old', recipe: { inputs: ['x'] } }, null),
      ).rejects.toMatchObject({
        problems: [
          {
            path: '/recipe/inputs',
            message: expect.stringMatching(/"r" would no longer be an input.*\(number\)/),
          },
          { path: '/recipe/inputs', message: expect.stringMatching(/"x" would be a new input \(number\)/) },
        ],
      })
      const shown = await runJob((await jobs.retrain(model, { promote: 'never' }, null)).id)
      expect(shown).toMatchObject({ version: 2, warnings: [{ code: 'mixed-values' }] })
      const let_ = { allowInputChanges: true, force: true }
      expect(await runJob((await jobs.retrain(model, let_, null)).id)).toMatchObject({
        warnings: [{ code: 'mixed-values' }],
      })
      expect(await decision(model)).toMatchObject({ type: 'promoted', version: 3, reason: 'always' })
      const retyped = await upload('kinds', table('broken'), { types: 'r:number', onError: 'skip' })
      expect(retyped.dataset).toMatchObject({ rejected: 5 })
      expect(words.dataset).toMatchObject({ rejected: 0 })
      await models.setAlias(model, 'production', 1, null)
      expect(await runJob((await jobs.retrain(model, {}, null)).id)).toMatchObject({
        version: 4,
        warnings: [{ code: 'rejected-lines' }],
      })
    })

    it('is told of where a client orders it, and not promoted by ifBetter or a schedule', async () => {
      const model = fresh()
      const numbers = await upload('numbers', table(null))
      const words = await upload('words', table('word'))
      await run({ model, dataset: numbers.dataset.id, recipe: { ...linear, validation: null } })
      const { id: late } = await jobs.submit({
        body: { model, dataset: words.dataset.id, recipe: linear },
        by: null,
        idempotencyKey: null,
      })
      const told = [{ code: 'mixed-values' }, { code: 'inputs-changed' }]
      expect((await runJob(late)).warnings).toMatchObject(told)
      expect(await decision(model)).toMatchObject({
        type: 'promoted',
        reason: expect.stringMatching(
          /^Promoted because the order says "promote":"always"\. The column "r" would be read as a category, and version 1 takes a number\. Requests with the old inputs are refused from now on\.$/,
        ),
      })
      // The schedule's run begins while version 2 answers, and ends after somebody has gone back to version 1.
      const scheduled = await jobs.retrain(model, { force: true }, null, { id: uuidv7() })
      await models.rollback(model, null)
      expect((await runJob(scheduled.id)).warnings).toMatchObject(told)
      expect(await decision(model)).toMatchObject({
        type: 'notPromoted',
        code: 'inputs-changed',
        reason: expect.stringContaining('"allowInputChanges":true'),
      })
    })
  })

  it('checks a rule of promotion when the job is ordered', async () => {
    const order = (promote: unknown) =>
      jobs.submit({ body: { model: 'm', dataset: 'old', recipe, promote }, by: null, idempotencyKey: null })
    for (const [promote, path] of [
      [{ ifBetter: { metric: 'mape' } }, '/promote/ifBetter/metric'],
      [{ ifBetter: { dataset: 'nowhere' } }, '/promote/ifBetter/dataset'],
      [{ ifBetter: { dataset: 'lacking' } }, '/promote/ifBetter/dataset'],
      [{ ifBetter: { datset: 'test' } }, '/promote'],
      [{ ifbetter: {} }, '/promote'],
      ['better', '/promote'],
    ] as const)
      await expect(order(promote), JSON.stringify(promote)).rejects.toMatchObject({
        code: 'invalid-job',
        problems: [{ path: expect.stringContaining(path) }],
      })
  })
})
