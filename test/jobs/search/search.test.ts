import { describe, expect, it } from 'vitest'
import { historyOf } from '../../../src/evaluation/history.ts'
import { checkOrder } from '../../../src/jobs/orders/order.ts'
import { progressOf, type Trainer } from '../../../src/training-contract.ts'
import { checks, dataset, fixture, goodTrainer, order } from '../fixture.ts'

const searching = (search: object, recipe: object = {}) => ({
  ...order,
  recipe: { ...order.recipe, ...recipe, search },
})
const paramsOf = async (search: object, recipe: object = {}) => {
  const { submit, jobs } = await fixture()
  const job = await submit(searching(search, recipe))
  const trials = (await jobs.list({ limit: 500 }, { parent: job.id })).items.reverse()
  return { job, params: trials.map(({ part }) => (part?.kind === 'trial' ? part.params : null)), trials }
}

describe('a search', () => {
  it('over a grid has every combination, the last path changing fastest', async () => {
    const { params, trials, job } = await paramsOf({
      type: 'grid',
      over: { 'layers.0.units': [4, 8], optimizer: ['adam', { type: 'sgd', momentum: 0.9 }] },
    })
    expect(params).toEqual([
      { 'layers.0.units': 4, optimizer: 'adam' },
      { 'layers.0.units': 4, optimizer: { type: 'sgd', momentum: 0.9 } },
      { 'layers.0.units': 8, optimizer: 'adam' },
      { 'layers.0.units': 8, optimizer: { type: 'sgd', momentum: 0.9 } },
    ])
    // The second hidden layer is that of the default recipe.
    expect(trials[3]).toMatchObject({
      recipe: {
        layers: [{ units: 8 }, { units: 16 }],
        optimizer: { type: 'sgd', momentum: 0.9, learningRate: 0.01 },
        search: null,
      },
    })
    expect(job.recipe.search).toMatchObject({ trials: 4, metric: 'valLoss' })
  })

  it('at random draws different points of the space, the same ones for a seed', async () => {
    const search = { type: 'random', over: { epochs: [1, 2, 3, 4, 5, 6], batchSize: [16, 32] }, trials: 5 }
    const drawn = (await paramsOf(search)).params.map((each) => JSON.stringify(each))
    expect(new Set(drawn).size).toBe(5)
    expect((await paramsOf(search)).params.map((each) => JSON.stringify(each))).toEqual(drawn)
    expect((await paramsOf(search, { seed: 2 })).params.map((each) => JSON.stringify(each))).not.toEqual(
      drawn,
    )
    expect((await paramsOf({ ...search, trials: 100 })).params).toHaveLength(12)
  })

  it('of a type brings the options of that type', async () => {
    const over = { 'optimizer.type': ['adam', 'sgd'], 'optimizer.learningRate': [0.5] }
    const { trials } = await paramsOf({ type: 'grid', over })
    expect(trials).toMatchObject([
      { recipe: { optimizer: { type: 'adam', learningRate: 0.5, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } } },
      { recipe: { optimizer: { type: 'sgd', learningRate: 0.5, momentum: 0, nesterov: false } } },
    ])
  })

  it('may be over options of a column in any normal form of its name', async () => {
    const composed = 'caf\u00e9'
    const decomposed = 'cafe\u0301'
    const number = { type: 'number' as const, missing: 0, min: 0, max: 1, mean: 0.5, std: 0.1 }
    const table = { ...dataset, columns: [{ name: composed, ...number }, ...dataset.columns] }
    for (const [named, searched] of [
      [composed, decomposed],
      [decomposed, composed],
      [undefined, decomposed],
    ] as const) {
      const { parts } = await checkOrder(
        { ...checks, dataset: async () => table },
        searching(
          { type: 'grid', over: { [`columns.${searched}.scaling`]: ['standard', 'minMax'] } },
          { inputs: [composed], columns: named ? { [named]: { missing: 'mean' } } : {} },
        ),
      )
      expect(parts.map(({ recipe }) => recipe.columns[composed]?.scaling)).toEqual(['standard', 'minMax'])
    }
  })

  it('may be over options of a column that the recipe does not name', async () => {
    const { params, trials } = await paramsOf({
      type: 'grid',
      over: { 'columns.text.missing': ['refuse', 'mean'] },
    })
    expect(params).toEqual([{ 'columns.text.missing': 'refuse' }, { 'columns.text.missing': 'mean' }])
    expect(trials).toMatchObject([
      { recipe: { columns: { text: { missing: 'refuse' } } } },
      { recipe: { columns: { text: { missing: 'mean' } } } },
    ])
    const { submit } = await fixture()
    await expect(
      submit(searching({ type: 'grid', over: { 'columns.txt.missing': ['refuse'] } })),
    ).rejects.toMatchObject({
      problems: [{ path: '/recipe/search/over/columns.txt.missing' }],
    })
  })

  it('has a bound on the fits of all its trials', async () => {
    const { submit } = await fixture()
    const over = { seed: Array.from({ length: 100 }, (_, seed) => seed) }
    const body = (repeats: number) =>
      searching({ type: 'grid', over }, { validation: { kFold: 10, repeats } })
    await expect(submit(body(6))).rejects.toMatchObject({
      code: 'invalid-job',
      problems: [{ path: '/recipe/search/trials', message: expect.stringContaining('6,000') }],
    })
    expect((await submit(body(5))).recipe.search?.trials).toBe(100)
  })

  it('has a bound on its paths and on their values', async () => {
    const { submit } = await fixture()
    const values = (paths: number, each: number) =>
      Object.fromEntries(Array.from({ length: paths }, (_, index) => [`z${index}`, Array(each).fill(1)]))
    const problemOf = async (over: object) => {
      const { problems } = await submit(searching({ type: 'random', over })).catch((error) => error)
      return problems
    }
    expect(await problemOf(values(101, 1))).toEqual([
      { path: '/recipe/search/over', message: expect.stringContaining('at most 100 paths') },
    ])
    expect(await problemOf(values(11, 100))).toEqual([
      { path: '/recipe/search/over', message: expect.stringContaining('at most 1,000 values') },
    ])
    // A path that no recipe has is told once, whatever its values.
    expect(await problemOf(values(100, 10))).toHaveLength(100)
  })

  it('names every path and value that cannot be', async () => {
    const { submit, records } = await fixture()
    const over = {
      'layers.7.units': [1],
      'optimiser.learningRate': [1],
      'layers.0.unitz': [1],
      'validation.split': [0.1],
      __proto__x: [1],
      epochs: [3, 0, 'many'],
    }
    const { problems } = await submit(searching({ type: 'grid', over, metric: 'valR2' })).catch(
      (error) => error,
    )
    expect(problems.map(({ path }: { path: string }) => path).toSorted()).toEqual(
      [
        '/recipe/search/metric',
        '/recipe/search/over/layers.7.units',
        '/recipe/search/over/optimiser.learningRate',
        '/recipe/search/over/layers.0.unitz/0',
        '/recipe/search/over/validation.split',
        '/recipe/search/over/__proto__x/0',
        '/recipe/search/over/epochs/1',
        '/recipe/search/over/epochs/2',
      ].toSorted(),
    )
    const hostile = JSON.parse('{"type":"grid","over":{"__proto__.x":[1]}}')
    await expect(submit(searching(hostile))).rejects.toMatchObject({
      problems: [{ path: '/recipe/search/over/__proto__.x' }],
    })
    await expect(
      submit(searching({ type: 'grid', over: { epochs: [1] } }, { validation: null })),
    ).rejects.toMatchObject({
      problems: [{ path: '/recipe/validation' }],
    })
    const large = {
      epochs: Array.from({ length: 60 }, (_, index) => index + 1),
      batchSize: Array.from({ length: 60 }, (_, index) => index + 1),
    }
    await expect(submit(searching({ type: 'grid', over: large }))).rejects.toMatchObject({
      problems: [{ path: '/recipe/search/over', message: expect.stringContaining('3,600') }],
    })
    expect(await records.ids()).toEqual([])
  })

  it('trains the recipe of the best trial, and tells the ranking', async () => {
    const { submit, jobs, attempt, models } = await fixture()
    const { id } = await submit(
      searching({ type: 'grid', over: { epochs: [1, 2, 3] }, metric: 'valAccuracy' }),
    )
    const trials = (await jobs.list({ limit: 9 }, { parent: id })).items.reverse()
    const accuracies = [0.7, 0.9, 0.8]
    for (const [index, trial] of trials.entries()) {
      if (index === 1)
        expect((await jobs.trials(id, { limit: 9 })).items[0]).toMatchObject({ number: 1, score: 0.7 })
      await attempt(trial.id, scoring([accuracies[index] ?? 0]))
    }
    const ranked = await jobs.trials(id, { limit: 2 })
    expect(ranked.items).toMatchObject([
      { number: 2, params: { epochs: 2 }, score: 0.9, state: 'completed', stopped: false, epochs: 1 },
      { number: 3, score: 0.8 },
    ])
    expect((await jobs.trials(id, { limit: 2, cursor: ranked.next ?? '' })).items).toMatchObject([
      { number: 1 },
    ])
    expect(await jobs.history(id)).toMatchObject({ valAccuracy: [0.9] })
    await attempt(id, async (input) => {
      expect(input).toMatchObject({ run: { kind: 'whole' }, recipe: { epochs: 2, search: null } })
      return goodTrainer(input)
    })
    const manifest = await models.manifest('m', await models.entry('m', 1))
    expect(manifest).toMatchObject({
      recipe: { epochs: 2, search: null },
      search: { winner: 2, params: { epochs: 2 }, score: 0.9, metric: 'valAccuracy', trials: 3 },
    })
    expect(await jobs.get(id)).toMatchObject({ recipe: { search: { trials: 3 } } })
  })

  it('has pages of trials, whose cursors are places, and another job has none', async () => {
    const { submit, jobs } = await fixture()
    const { id } = await submit(searching({ type: 'grid', over: { epochs: [1, 2, 3] } }))
    const numbers = async (cursor: string) =>
      (await jobs.trials(id, { limit: 2, cursor })).items.map(({ number }) => number)
    expect(await numbers('0')).toEqual([1, 2])
    expect(await numbers('2')).toEqual([3])
    for (const cursor of ['1x', 'x', '-1', '1234567'])
      await expect(jobs.trials(id, { limit: 2, cursor })).rejects.toMatchObject({ code: 'invalid-query' })
    const plain = await submit({ ...order, force: true })
    expect(await jobs.trials(plain.id, { limit: 2 })).toEqual({ items: [], next: null })
  })

  it('goes on without a trial that failed, and fails where all did', async () => {
    const { submit, jobs, attempt } = await fixture()
    const body = searching({ type: 'grid', over: { epochs: [1, 2] } })
    const failing: Trainer = async () => {
      const { FitserveError } = await import('../../../src/errors.ts')
      throw new FitserveError('loss-not-finite', 'It diverged.')
    }
    const { id } = await submit(body)
    const [second, first] = (await jobs.list({ limit: 9 }, { parent: id })).items
    await attempt(first?.id ?? '', failing)
    await attempt(second?.id ?? '', scoring([0.5]))
    expect(await attempt(id)).toBe('completed')
    expect((await jobs.trials(id, { limit: 9 })).items.map(({ number, error }) => [number, error])).toEqual([
      [2, null],
      [1, expect.objectContaining({ type: 'urn:fitserve:loss-not-finite', detail: 'It diverged.' })],
    ])
    const other = await submit({ ...body, force: true })
    for (const { id: trial } of (await jobs.list({ limit: 9 }, { parent: other.id })).items)
      await attempt(trial, failing)
    expect(await attempt(other.id)).toBe('failed')
    expect((await jobs.get(other.id)).error?.detail).toContain('It diverged.')
  })

  it('stops a trial that falls behind the first five', async () => {
    const { submit, jobs, attempt } = await fixture()
    const over = { batchSize: [1, 2, 3, 4, 5, 6, 7] }
    const { id } = await submit(searching({ type: 'grid', over }, { epochs: 9 }))
    const trials = (await jobs.list({ limit: 9 }, { parent: id })).items.reverse()
    const falling = (from: number) => Array.from({ length: 9 }, (_, epoch) => from / (epoch + 1))
    for (const [index, trial] of trials.entries())
      await attempt(trial.id, scoring(falling(index === 5 ? 50 : 1), 'valLoss'))
    const { items } = await jobs.trials(id, { limit: 9 })
    expect(
      items.map(({ number, stopped, epochs, state }) => [number, stopped, epochs, state]).at(-1),
    ).toEqual([6, true, 3, 'completed'])
    expect(items.slice(0, 6).every(({ stopped, epochs }) => !stopped && epochs === 9)).toBe(true)
  })

  it('is not what folds are: one that is far worse than the first five ends by itself', async () => {
    const { submit, jobs, attempt } = await fixture()
    const { id } = await submit({ ...order, recipe: { epochs: 9, validation: { kFold: 6 } } })
    const folds = (await jobs.list({ limit: 9 }, { parent: id })).items.reverse()
    const falling = (from: number) => Array.from({ length: 9 }, (_, epoch) => from / (epoch + 1))
    for (const [index, fold] of folds.entries())
      await attempt(fold.id, scoring(falling(index === 5 ? 50 : 1), 'valLoss'))
    const last = folds.at(-1)?.id ?? ''
    expect(await jobs.get(last)).toMatchObject({ state: 'completed' })
    expect((await jobs.history(last)).epochs).toHaveLength(9)
  })
})

/** A trainer whose trial reports one value after the other. */
function scoring(values: readonly number[], column = 'valAccuracy'): Trainer {
  return async ({ onProgress }) => {
    const epochs = values.map((value) => ({ loss: 1, valLoss: 1, [column]: value }))
    for (const [index, each] of epochs.entries())
      await onProgress(
        progressOf('fit', {
          epoch: index + 1,
          epochs: values.length,
          values: each,
          epochEnded: true,
          etaSeconds: 0,
        }),
      )
    const evaluation = { rows: dataset.rows, loss: 1, metrics: {} }
    return { files: new Map(), history: historyOf(epochs, column), evaluation, warnings: [], about: {} }
  }
}
