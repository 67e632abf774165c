import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { createDatasets } from '../../src/datasets/datasets.ts'
import { keptTables } from '../../src/datasets/kept-tables.ts'
import { Random } from '../../src/evaluation/random.ts'
import { Evaluation } from '../../src/evaluation/schema.ts'
import type { ModelRegistry } from '../../src/registry/registry.ts'
import type { Store } from '../../src/store/contract.ts'
import { createEvaluations, type Evaluations } from '../../src/versions/evaluations.ts'
import { trainingService } from '../helpers/training-service.ts'

function csv(rows: number, seed: number, classes = ['no', 'yes']): string {
  const random = new Random(seed, 'rows')
  const lines = Array.from({ length: rows }, () => {
    const x = random.next()
    return `${x.toFixed(4)},${classes[x + 0.2 * random.next() > 0.6 ? 1 : 0]}`
  })
  return ['x,label', ...lines].join('\n')
}

/** Rows with the numbers below `count` as grades, each often enough that a rarer one is not listed in a description. */
function graded(count: number): string {
  return ['x,y', ...Array.from({ length: 20 * count }, (_, row) => `${row},${row % count}`)].join('\n')
}

describe('evaluating a version', () => {
  let store: Store
  let models: ModelRegistry
  let datasets: ReturnType<typeof createDatasets>
  let evaluations: Evaluations

  const find = (name: string) => datasets.get(name)
  beforeAll(async () => {
    const service = await trainingService('evaluations')
    ;({ store, models, datasets } = service)
    const { jobs, upload, run, tables } = service
    await upload('training', csv(200, 1))
    await upload('held', csv(80, 2))
    await upload('strange', csv(60, 3, ['no', 'perhaps']))
    await upload('amounts', ['x,y', ...Array.from({ length: 1_200 }, (_, x) => `${x},${x + 5}`)].join('\n'))
    await upload('refunds', 'x,y\n1,6\n2,-1\n3,-40')
    await upload('lacking', 'z,label\n1,no\n2,yes\n3,no\n4,yes\n5,no')
    await upload('grades', graded(12))
    await upload('half', `${graded(11)}\n5,5.5`)
    await upload('eleven', graded(11))
    const recipe = {
      epochs: 20,
      // No row chooses the epoch, so that one network answers all of them.
      earlyStopping: null,
      validation: { dataset: 'held' },
      calibration: 'none',
      threshold: 0.7,
      metrics: ['accuracy', 'auc'],
    }
    const orders = [
      { model: 'm', dataset: 'training', recipe },
      { model: 'logs', dataset: 'amounts', recipe: { targetTransform: 'log', epochs: 2 } },
      { model: 'grades', dataset: 'grades', recipe: { task: 'multiclass', epochs: 2, validation: null } },
    ]
    for (const body of orders) {
      const { id } = await jobs.submit({ body, by: null, idempotencyKey: null })
      expect(await run(id)).toBe('completed')
    }
    const program = fileURLToPath(new URL('../../src/programs/evaluate-version.ts', import.meta.url))
    evaluations = createEvaluations({ store, models, dataset: find, table: tables, program })
  })
  afterAll(async () => {
    evaluations.close()
    await datasets.close()
    await store.close()
  })

  it('on the data set that it was validated on gives the same figures as its training did', async () => {
    const entry = await models.entry('m', 'production')
    const trained = Evaluation.parse(
      JSON.parse(String(await models.readArtifact('m', entry, 'evaluation.json'))),
    )
    const evaluation = await evaluations.evaluate('m', 'production', 'held')
    // What these rows have chosen, and what needs the training rows, is told once.
    const { linearBaseline, sets, ...own } = trained
    expect(evaluation).toEqual(own)
    expect(Object.keys(linearBaseline ?? {})).toEqual(Object.keys(own.metrics))
    expect(sets).toHaveLength(3)
  })

  it('measures values that have no logarithm in their own unit, with a finite loss', async () => {
    const { loss, metrics, residuals } = await evaluations.evaluate('logs', 1, 'refunds')
    expect(Number.isFinite(loss)).toBe(true)
    expect(residuals?.truth).toEqual([expect.closeTo(6, 3), -1, -40])
    const errors = (residuals?.predicted ?? []).map((value, row) =>
      Math.abs(value - (residuals?.truth[row] ?? 0)),
    )
    expect(metrics['mae']).toBeCloseTo(
      errors.reduce((sum, error) => sum + error / 3, 0),
      2,
    )
  })

  it('is kept and listed, and answered again without being computed', async () => {
    const first = await evaluations.evaluate('m', 1, 'training')
    const none = join(import.meta.dirname, 'no-such-program.ts')
    const unable = createEvaluations({
      store,
      models,
      dataset: find,
      table: keptTables(store),
      program: none,
    })
    onTestFinished(() => unable.close())
    expect(await unable.evaluate('m', 1, 'training')).toEqual(first)
    const listed = await evaluations.list(await models.entry('m', 1))
    expect(listed.map(({ dataset, rows }) => [dataset.name, rows])).toEqual(
      expect.arrayContaining([['training', 200]]),
    )
    const { loss, metrics } = first
    expect(listed[0]).toMatchObject({ loss, metrics })
  })

  it('is refused where it cannot be, and where a file is not what it was', async () => {
    for (const [name, message] of [
      ['nobody', /no data set/],
      ['lacking', /no column "x"/],
      ['strange', /"perhaps"/],
    ] as const)
      await expect(evaluations.evaluate('m', 1, name)).rejects.toMatchObject({
        code: 'invalid-job',
        problems: [{ path: '/dataset', message: expect.stringMatching(message) }],
      })
    expect((await evaluations.evaluate('grades', 1, 'eleven')).rows).toBe(220)
    await expect(evaluations.evaluate('grades', 1, 'half')).rejects.toMatchObject({
      code: 'invalid-job',
      message: expect.stringContaining('the value 5.5 in its target column "y"'),
    })
    await expect(evaluations.evaluate('m', 7, 'held')).rejects.toMatchObject({ code: 'unknown-version' })
    const { artifacts } = await models.entry('m', 1)
    const bytes = await store.read(`${artifacts}weights.bin`)
    await store.delete(`${artifacts}weights.bin`)
    await store.create(`${artifacts}weights.bin`, Buffer.alloc(bytes?.byteLength ?? 4))
    await store.deleteBelow(`${artifacts}evaluations/`)
    await expect(evaluations.evaluate('m', 1, 'held')).rejects.toMatchObject({ code: 'corrupt-artifact' })
  })
})
