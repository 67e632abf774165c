import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { History } from '../../src/evaluation/history.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { createTrainer } from '../../src/training/trainer.ts'
import { linearTable } from '../helpers/linear-table.ts'
import { trainingService } from '../helpers/training-service.ts'

let service: Awaited<ReturnType<typeof trainingService>>
beforeAll(async () => {
  service = await trainingService('budget')
})
afterAll(() => service.close())
// The clock stands still but for what a test lets pass.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const About = z.looseObject({
  lastFit: z.object({ epochs: z.int(), rows: z.int() }).nullable(),
  network: z.looseObject({ engine: z.string() }),
  choice: z.looseObject({ chosen: z.int(), candidates: z.array(z.looseObject({})) }).optional(),
})

/** Trains while each epoch of a network or a forest takes a second. */
async function train(
  rows: number,
  order: object,
  options: { threads?: number; kept?: Uint8Array[]; encodeSeconds?: number; evaluateSeconds?: number } = {},
) {
  const { threads = 1, kept = [], encodeSeconds = 0, evaluateSeconds = 0 } = options
  const { dataset } = await service.upload('line', linearTable(rows))
  const { recipe, problems } = completeRecipe(RecipeInput.parse({ target: 'y', ...order }), dataset)
  if (!recipe) throw new Error(JSON.stringify(problems))
  let last: number | null = null
  let etaSeconds: number | null = null
  let epochs = 0
  const { about, ...trained } = await createTrainer(service.tables, { threads, checkpointSeconds: 0 })({
    recipe,
    dataset: dataset.id,
    run: { kind: 'whole' },
    signal: new AbortController().signal,
    checkpoints: {
      read: async () => [...kept],
      save: async (kind, bytes) => {
        if (kind === 'done') kept.push(bytes)
      },
    },
    onProgress: async (progress) => {
      if (progress.phase === 'evaluate') vi.advanceTimersByTime(evaluateSeconds * 1_000)
      if (progress.phase === 'encode') vi.advanceTimersByTime(encodeSeconds * 1_000)
      if (progress.epoch !== null && progress.epoch !== last && progress.epoch > 0) {
        epochs += 1
        vi.advanceTimersByTime(1_000)
      }
      last = progress.epoch
      etaSeconds = progress.etaSeconds ?? etaSeconds
    },
  })
  const history = History.parse(JSON.parse(String(trained.files.get('history.json'))))
  const told = trained.warnings.filter(({ code }) => code === 'budget-ended').map(({ message }) => message)
  return { ...trained, history, about: About.parse(about), told, epochs, etaSeconds }
}

const network = { layers: [{ units: 4 }], batchSize: 16, optimizer: { type: 'adam', learningRate: 0.01 } }
const split = { validation: { split: 0.2 }, finalEpochs: null, candidates: null, ensemble: 1 }

describe('a budget', () => {
  it.each([
    ['typed', network],
    ['tensorflow', { ...network, engine: 'tensorflow' }],
    ['typed', { network: { type: 'trees', leaves: 4, minRows: 5 } }],
  ])('ends the epochs of the engine %s: %j', async (engine, model) => {
    const { history, told, about, evaluation } = await train(200, {
      ...split,
      ...model,
      epochs: 50,
      budget: { seconds: 12 },
    })
    expect(about.network.engine).toBe(engine)
    expect(history.epochs).toHaveLength(12)
    expect(evaluation?.metrics['mae']).toBeGreaterThan(0)
    expect(told).toEqual([expect.stringContaining('12 of 50 epochs')])
    expect(told[0]).toContain('budget.seconds')
    expect(evaluation?.linearBaseline).toBeUndefined()
  })

  it('keeps the network of the epochs that were done, as if no more had been ordered', async () => {
    const cut = await train(200, { ...split, ...network, epochs: 50, budget: { seconds: 5 } })
    const short = await train(200, { ...split, ...network, epochs: 5 })
    expect(cut.files.get('weights.bin')).toEqual(short.files.get('weights.bin'))
    expect(cut.evaluation?.loss).toBe(short.evaluation?.loss)
    expect(short.told).toEqual([])
  })

  it('that is not reached changes and says nothing', async () => {
    const order = { ...split, ...network, epochs: 8, finalEpochs: 'best', ensemble: 2 }
    const within = await train(200, { ...order, budget: { seconds: 1_000 } })
    const without = await train(200, order)
    expect(within.told).toEqual([])
    expect(within.evaluation).toEqual(without.evaluation)
    expect(within.evaluation?.linearBaseline).toBeDefined()
    expect(within.files.get('weights.bin')).toEqual(without.files.get('weights.bin'))
  })

  it('lets early stopping end a training without a word', async () => {
    const { history, told } = await train(200, {
      ...split,
      ...network,
      optimizer: { type: 'sgd', learningRate: 1e-9 },
      earlyStopping: { monitor: 'valMae', patience: 2 },
      epochs: 50,
      budget: { seconds: 49 },
    })
    expect(history.epochs.length).toBeLessThan(50)
    expect(told).toEqual([])
  })

  it('leaves an epoch to each fit that begins when the time is over', async () => {
    const { history, about, told } = await train(200, {
      ...split,
      ...network,
      epochs: 50,
      finalEpochs: 30,
      ensemble: 3,
      budget: { seconds: 1 },
    })
    expect(history.epochs).toHaveLength(1)
    expect(about.lastFit?.epochs).toBe(1)
    expect(told).toEqual([expect.stringMatching(/1 of 50 epochs.* 1 of 30 epochs/)])
  })

  it('leaves the last fit the time for as many epochs as the first one did', async () => {
    const { history, about, told, epochs } = await train(200, {
      ...split,
      ...network,
      epochs: 100,
      finalEpochs: 'best',
      budget: { seconds: 45 },
    })
    // 160 rows, then 200 rows: 45 · 160 / 360.
    expect(history.epochs).toHaveLength(20)
    expect(history.bestEpoch).toBe(20)
    expect(about.lastFit).toEqual({ epochs: 20, rows: 200 })
    expect(epochs).toBe(40)
    expect(told).toEqual([expect.stringMatching(/20 of 100 epochs(?!.*last fit)/)])
  })

  it('takes no time from the last fit for measuring', async () => {
    const order = { ...split, ...network, epochs: 100, finalEpochs: 'best', budget: { seconds: 45 } }
    const { about, told } = await train(200, order, { evaluateSeconds: 20 })
    expect(about.lastFit?.epochs).toBe(20)
    expect(told).toEqual([expect.stringMatching(/20 of 100 epochs(?!.*last fit)/)])
  })

  it('tells how far several networks came', async () => {
    const { told } = await train(200, {
      ...split,
      ...network,
      ensemble: 2,
      epochs: 50,
      budget: { seconds: 31 },
    })
    expect(told).toEqual([expect.stringContaining('15 to 16 of 50 epochs')])
  })

  it('is shared by the networks of an ensemble', async () => {
    const { history, told } = await train(200, {
      ...split,
      ...network,
      ensemble: 3,
      epochs: 50,
      budget: { seconds: 30 },
    })
    expect(history.epochs).toHaveLength(10)
    expect(told).toEqual([expect.stringContaining('10 of 50 epochs')])
  })

  it('is shared by folds, which choose and measure, and the last fit', async () => {
    const { history, about, evaluation, told, epochs } = await train(200, {
      ...network,
      validation: { kFold: 4 },
      epochs: 100,
      budget: { seconds: 280 / 3 },
    })
    // 4 folds, then 4 folds and a fit of 4 / 3 as many rows, each of so many epochs: 280 / 3 / (4 + 4 + 4 / 3).
    expect(history.epochs).toHaveLength(10)
    expect(evaluation?.folds?.map((fold) => fold.epochs)).toEqual([10, 10, 10, 10])
    expect(about.lastFit).toEqual({ epochs: 10, rows: 200 })
    expect(epochs).toBe(90)
    expect(told).toEqual([expect.stringMatching(/10 of 100 epochs(?!.*(measured|last fit))/)])
  })

  it('begins no further candidate, and publishes the best of those that were measured', async () => {
    const { about, told, warnings, recipe } = await train(200, {
      ...split,
      ...network,
      optimizer: { type: 'sgd', learningRate: 1e-6 },
      candidates: [{ optimizer: { type: 'adam', learningRate: 0.1 } }, { epochs: 9 }, { epochs: 8 }],
      epochs: 10,
      budget: { seconds: 20 },
    })
    expect(about.choice?.candidates).toHaveLength(2)
    expect(about.choice?.chosen).toBe(1)
    expect(recipe?.optimizer.type).toBe('adam')
    expect(told).toEqual([expect.stringMatching(/2 of 4 candidates were measured(?!.*all epochs)/)])
    expect(warnings.find(({ code }) => code === 'candidate-chosen')?.message).toContain('2 ways to train')
  })

  it('always measures the first candidate, and tells those that were cut', async () => {
    const order = { ...split, ...network, candidates: [{ layers: [] }, { epochs: 9 }], epochs: 10 }
    const first = await train(200, { ...order, budget: { seconds: 4 } })
    expect(first.about.choice).toMatchObject({ chosen: 0, candidates: [{}] })
    expect(first.warnings.map(({ code }) => code)).not.toContain('candidate-chosen')
    expect(first.told).toEqual([expect.stringMatching(/4 of 10 epochs, 1 of 3 candidates/)])
    const second = await train(200, { ...order, budget: { seconds: 14 } })
    expect(second.told).toEqual([expect.stringMatching(/2 of 3 candidates.*only 1 had done all/)])
  })

  it('lets a comparison on a sample take a part of the time', async () => {
    const { about, told, history } = await train(4_500, {
      ...split,
      ...network,
      batchSize: 512,
      candidates: [{ layers: [] }, { epochs: 39 }, { epochs: 38 }],
      epochs: 40,
      budget: { seconds: 60 },
    })
    // Of 18 seconds the first candidate took all.
    expect(about.choice?.candidates).toHaveLength(1)
    expect(history.epochs).toHaveLength(40)
    expect(told).toEqual([expect.stringContaining('1 of 4 candidates were measured')])
  })

  it.each([2, 5])('is known to the threads that fit %i networks', async (ensemble) => {
    const order = { ...split, ...network, epochs: 1_000_000, ensemble, budget: { seconds: 1 } }
    const { history, told } = await train(200, order, { threads: 2, encodeSeconds: 1 })
    expect(history.epochs).toHaveLength(1)
    expect(told).toEqual([expect.stringContaining('1 of 1,000,000 epochs')])
  })

  it('tells of a fit that an earlier attempt ended', async () => {
    const kept: Uint8Array[] = []
    const order = { ...split, ...network, epochs: 50, finalEpochs: 30, budget: { seconds: 9 } }
    const first = await train(200, order, { kept })
    const second = await train(200, order, { kept })
    expect(kept.length).toBeGreaterThan(0)
    expect(second.told).toEqual(first.told)
    expect(second.files.get('weights.bin')).toEqual(first.files.get('weights.bin'))
  })

  it('bounds the estimate of the time left', async () => {
    const { etaSeconds } = await train(200, { ...split, ...network, epochs: 50, budget: { seconds: 12 } })
    // Eleven epochs were done when the last estimate was made, of which 38 more would take 35 seconds.
    expect(etaSeconds).toBe(1)
  })
})

describe('an order with a budget', () => {
  const dryRun = async (recipe: object) => {
    const { dataset } = await service.upload('line', linearTable(200))
    return service.jobs.dryRun({ model: 'm', dataset: dataset.id, recipe: { target: 'y', ...recipe } })
  }

  it.each([
    ['/recipe/budget', { budget: { seconds: 60 }, search: { type: 'grid', over: { epochs: [1, 2] } } }],
    ['/recipe/budget', { budget: { seconds: 60 }, learningCurve: true }],
    ['/recipe/budget/seconds', { budget: { seconds: 0.5 } }],
    ['/recipe/budget/seconds', { budget: { seconds: 86_401 } }],
    ['/recipe/budget/minutes', { budget: { seconds: 60, minutes: 1 } }],
    ['/recipe/search/over/budget.seconds', { search: { type: 'grid', over: { 'budget.seconds': [1, 2] } } }],
  ])('is refused at %s: %j', async (path, recipe) => {
    await expect(dryRun(recipe)).rejects.toMatchObject({
      code: 'invalid-job',
      problems: expect.arrayContaining([expect.objectContaining({ path })]),
    })
  })

  it('bounds the estimate of the time', async () => {
    const order = { validation: { kFold: 4 }, epochs: 100_000, layers: [{ units: 256 }, { units: 256 }] }
    const free = await dryRun(order)
    const bound = await dryRun({ ...order, budget: { seconds: 3 } })
    expect(bound.recipe.budget).toEqual({ seconds: 3 })
    expect(free.estimated.seconds).toBeGreaterThan(100)
    expect(bound.estimated.seconds).toBeGreaterThan(3)
    expect(bound.estimated.seconds).toBeLessThan(6)
  })

  it('trains its folds in one job', async () => {
    const { dataset } = await service.upload('line', linearTable(200))
    const recipe = { target: 'y', ...network, epochs: 4, validation: { kFold: 4 }, budget: { seconds: 60 } }
    const body = { model: 'm', dataset: dataset.id, recipe }
    const { id } = await service.jobs.submit({ body, by: null, idempotencyKey: null })
    expect((await service.records.find(id))?.children).toEqual([])
    expect(await service.run(id)).toBe('completed')
    const manifest = await service.models.manifest('m', await service.models.entry('m', 1))
    expect(manifest).toMatchObject({ recipe: { budget: { seconds: 60 } }, lastFit: { rows: 200 } })
  })
})
