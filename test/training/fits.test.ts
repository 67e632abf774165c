import { describe, expect, it, vi } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { Random } from '../../src/evaluation/random.ts'
import { type Forest, LEAF } from '../../src/models/trees/forest.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { TableDescription } from '../../src/recipe/table.ts'
import { RunCheckpoints } from '../../src/training/checkpoints/checkpoints.ts'
import { type TrainingInput, train } from '../../src/training/train.ts'
import type { CheckpointFiles, TrainingProgress } from '../../src/training-contract.ts'

const ROWS = 80

/** Two numbers of which the first says a little about y, a weight for each row, and a class by the sign of y. */
function noisy(more: Table['columns'] = new Map()): { table: Table; description: TableDescription } {
  const random = new Random(21, 'noisy')
  const draw = () => Float64Array.from({ length: ROWS }, () => random.next())
  const a = draw()
  const y = a.map((value) => value - 0.5 + 2 * (random.next() - 0.5))
  const columns: Table['columns'] = new Map([
    ['a', { type: 'number', values: a }],
    ['b', { type: 'number', values: draw() }],
    ['w', { type: 'number', values: a.map((_, row) => 1 + (row % 3)) }],
    ['y', { type: 'number', values: y }],
    ['label', { type: 'category', values: Array.from(y, (value) => (value > 0 ? 'yes' : 'no')) }],
    ...more,
  ])
  const described = [...columns].map(([name, { type, values }]): TableDescription['columns'][number] =>
    type === 'number'
      ? { name, type, missing: 0, distinct: ROWS, min: Math.min(...values), max: Math.max(...values) }
      : { name, type: 'category', missing: 0, classes: { no: ROWS / 2, yes: ROWS / 2 } },
  )
  return { table: { rows: ROWS, columns }, description: { rows: ROWS, columns: described } }
}

const data = noisy()
const plain = { target: 'y', inputs: ['a', 'b'], layers: [{ units: 4 }], epochs: 6, ensemble: 1, seed: 3 }

async function run(
  recipe: object,
  { own = data, ...more }: Partial<TrainingInput> & { own?: typeof data } = {},
) {
  const { recipe: complete, problems } = completeRecipe(
    RecipeInput.parse({ ...plain, validation: { split: 0.25 }, ...recipe }),
    own.description,
  )
  if (!complete) throw new Error(JSON.stringify(problems))
  const progress: TrainingProgress[] = []
  const signal = new AbortController().signal
  const onProgress = async (each: TrainingProgress) => void progress.push(each)
  const result = await train({ recipe: complete, table: own.table, onProgress, signal, ...more })
  return { ...result, progress, recipe: complete }
}

const column = (values: unknown) => values as number[]

describe('the values of an epoch', () => {
  // The last 20 rows measure, so that another seed divides nothing else.
  const aside = { validationFrom: ROWS - 20 }
  const optimizer = { type: 'sgd', learningRate: 0.3 }
  const seedOfSecond = new Random(plain.seed, 'network 2').uint32()

  it('of an ensemble are the means of those of its networks', async () => {
    const [first, second, both] = await Promise.all([
      run({ optimizer }, aside),
      run({ optimizer, seed: seedOfSecond }, aside),
      run({ optimizer, ensemble: 2 }, aside),
    ])
    expect(both.history.epochs).toEqual([1, 2, 3, 4, 5, 6])
    for (const name of ['loss', 'valLoss', 'mae', 'valMae'])
      for (const [at, value] of column(both.history[name]).entries()) {
        const own = [first, second].map(({ history }) => column(history[name])[at] ?? Number.NaN)
        expect(value).toBeCloseTo(((own[0] ?? 0) + (own[1] ?? 0)) / 2, 12)
        expect(own[0]).not.toBe(own[1])
      }
  })

  it('are the means over the networks that had the epoch, where some stop earlier', async () => {
    const stopping = {
      optimizer: { type: 'sgd', learningRate: 0.6 },
      epochs: 40,
      earlyStopping: { patience: 1 },
    }
    const [first, second, both] = await Promise.all([
      run(stopping, aside),
      run({ ...stopping, seed: seedOfSecond }, aside),
      run({ ...stopping, ensemble: 2 }, aside),
    ])
    const lengths = [first, second].map(({ history }) => history.epochs.length)
    expect(lengths[0]).not.toBe(lengths[1])
    expect(both.history.epochs).toHaveLength(Math.max(...lengths))
    const longer = (lengths[0] ?? 0) > (lengths[1] ?? 0) ? first : second
    for (let at = Math.min(...lengths); at < Math.max(...lengths); at++)
      expect(column(both.history['valLoss'])[at]).toBe(column(longer.history['valLoss'])[at])
  })

  it('of the training rows count each row by its weight', async () => {
    // Weights of zero answer the second class at once, and one step of all rows shows the answers before it.
    const still = { target: 'label', layers: [], epochs: 1, batchSize: ROWS, metrics: ['accuracy'] }
    const share = (weight: (row: number) => number) => {
      const labels = data.table.columns.get('label')?.values ?? []
      const rows = Array.from({ length: ROWS }, (_, row) => row)
      const sum = (of: number[]) => of.reduce((total, row) => total + weight(row), 0)
      return sum(rows.filter((row) => labels[row] === 'yes')) / sum(rows)
    }
    const plainly = await run({ ...still, validation: null })
    const weighed = await run({ ...still, validation: null, weights: 'w' })
    const byRows = share(() => 1)
    const byWeights = share((row) => 1 + (row % 3))
    expect(byRows).not.toBeCloseTo(byWeights, 3)
    expect(column(plainly.history['accuracy'])[0]).toBeCloseTo(byRows, 12)
    expect(column(weighed.history['accuracy'])[0]).toBeCloseTo(byWeights, 12)
  })
})

it('of the training rows are those of each row by its own answers', async () => {
  // Each row of the first half is in the second one too, and steps are too small to change an answer.
  const half = ROWS / 2
  const own = noisy()
  for (const column of own.table.columns.values())
    for (let row = 0; row < half; row++) column.values[row + half] = column.values[row] ?? 0
  const labels = Array.from({ length: ROWS }, (_, row) => ['u', 'v', 'w'][(row % half) % 3] ?? '')
  own.table.columns.set('three', { type: 'category', values: labels })
  const three = { name: 'three', type: 'category' as const, missing: 0, classes: { u: 28, v: 26, w: 26 } }
  own.description = { ...own.description, columns: [...own.description.columns, three] }
  const still = { epochs: 1, batchSize: 7, optimizer: { type: 'sgd', learningRate: 1e-9 } }
  for (const more of [
    { target: 'three', metrics: ['accuracy'] },
    { target: ['y', 'w'], metrics: ['mae'] },
  ])
    for (const engine of ['typed', 'tensorflow']) {
      const { history } = await run({ ...still, ...more, engine }, { own, validationFrom: half })
      for (const [name, measured] of [
        ['loss', 'valLoss'],
        ['accuracy', 'valAccuracy'],
        ['mae', 'valMae'],
      ] as const)
        if (history[name]) expect(column(history[name])[0]).toBeCloseTo(column(history[measured])[0] ?? 0, 5)
    }
})

it('other members have layers of their own, and starting weights that no other network has', async () => {
  const aside = { validationFrom: ROWS - 20 }
  const layers = [{ units: 7, activation: 'tanh' }]
  const { members } = await run({ ensemble: 2, otherMembers: [{ layers }] }, aside)
  expect(members.map((member) => member.layers[0]?.units)).toEqual([4, 4, 7, 7])
  for (const [at, own] of [{}, {}, { layers }, { layers }].entries()) {
    const seed = at === 0 ? plain.seed : new Random(plain.seed, `network ${at + 1}`).uint32()
    expect(members[at]).toEqual((await run({ ...own, seed }, aside)).members[0])
  }
})

describe('progress', () => {
  it('is told within an epoch that takes long, of which none has ended then', async () => {
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 1_000
      return now
    })
    const { progress, cuts, history } = await run({ epochs: 2, batchSize: 20, validation: null })
    clock.mockRestore()
    const fits = progress.filter(({ phase }) => phase === 'fit')
    expect(
      fits.map(({ epoch, epochEnded, values }) => [epoch, epochEnded, values?.['loss'] ?? null]),
    ).toEqual([
      ...Array.from({ length: 4 }, () => [0, false, null]),
      [1, true, column(history['loss'])[0]],
      ...Array.from({ length: 4 }, () => [1, false, column(history['loss'])[0]]),
      [2, true, column(history['loss'])[1]],
    ])
    for (const { epochs } of fits) expect(epochs).toBe(2)
    expect(cuts, 'no time was limited').toEqual([])
    // The clock is read when the fit begins and twice more, four times at each step, and twice at the end of an epoch.
    const left = (seconds: number, done: number) => Math.round((seconds / done) * (2 - done) * 10) / 10
    expect(fits.map(({ etaSeconds }) => etaSeconds)).toEqual([
      left(5, 0.25),
      left(9, 0.5),
      left(13, 0.75),
      left(17, 1),
      left(19, 1),
      left(23, 1.25),
      left(27, 1.5),
      left(31, 1.75),
      0,
      0,
    ])
  })

  it('of several networks counts the epochs of all, and the time that those to come will take', async () => {
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
    const fits: TrainingProgress[] = []
    const onProgress = async (each: TrainingProgress) => {
      if (each.phase !== 'fit') return
      fits.push(each)
      now += 1_000
    }
    await run({ ensemble: 3, epochs: 4, batchSize: ROWS, validation: null }, { onProgress })
    clock.mockRestore()
    const rounded = (seconds: number) => Math.round(seconds * 10) / 10
    // Of each network: its first epoch, then the only step of an epoch, and its end.
    const steps = [1, 2, 2, 3, 3, 4, 4]
    const expected = [0, 1, 2].flatMap((network) =>
      steps.map((done, at) => {
        const own = rounded((at / done) * (4 - done))
        const rest = rounded(((network * steps.length + at + own) / (network + 1)) * (2 - network))
        const isEnd = at % 2 === 0
        return [network * 4 + (isEnd ? done : done - 1), isEnd && network === 0, own + rest]
      }),
    )
    expect(fits.map(({ epoch, epochEnded, etaSeconds }) => [epoch, epochEnded, etaSeconds])).toEqual(expected)
    expect(fits.map(({ epochs }) => epochs)).toEqual(fits.map(() => 12))
  })

  it('is told after each tree of an epoch that takes long', async () => {
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 1_000
      return now
    })
    const trees = { network: { type: 'trees', leaves: 4, minRows: 2 }, layers: undefined, epochs: 2 }
    const { progress } = await run({ ...trees, target: ['y', 'a'], inputs: ['b', 'w'], validation: null })
    clock.mockRestore()
    const fits = progress.filter(({ phase }) => phase === 'fit')
    expect(fits.map(({ epoch, epochEnded }) => [epoch, epochEnded])).toEqual([
      [0, false],
      [0, false],
      [1, true],
      [1, false],
      [1, false],
      [2, true],
    ])
  })
})

describe('weights of classes', () => {
  const rows = Array.from({ length: ROWS }, (_, row) => row)
  const labels = data.table.columns.get('label')?.values ?? []
  const plainly = { target: 'label', task: 'binary', validation: null, metrics: ['accuracy'] }
  const learnt = async (more: object) => (await run({ ...plainly, ...more })).members
  /** Returns the weights that make both classes count alike. */
  const balanced = (weight: (row: number) => number) => {
    const mean = rows.reduce((sum, row) => sum + weight(row), 0) / ROWS
    const of = (name: string) => {
      const sum = rows.reduce((total, row) => total + (labels[row] === name ? weight(row) : 0), 0)
      return (ROWS * mean) / (2 * sum)
    }
    return { no: of('no'), yes: of('yes') }
  }

  it('that are balanced are those by which both count alike, by rows or by their weights', async () => {
    for (const weighed of [{}, { weights: 'w' }]) {
      const own = balanced((row) => ('weights' in weighed ? 1 + (row % 3) : 1))
      expect(own.no).not.toBeCloseTo(own.yes, 2)
      const [expected, found, without] = await Promise.all(
        [own, 'balanced', null].map((classWeights) => learnt({ ...weighed, classWeights })),
      )
      const kernels = (members: typeof expected) =>
        (members ?? []).flatMap(({ layers }) => layers.flatMap(({ kernel }) => Array.from(kernel)))
      for (const [at, value] of kernels(found).entries())
        expect(value).toBeCloseTo(kernels(expected)[at] ?? 0, 5)
      expect(kernels(found)).not.toEqual(kernels(without))
    }
  })

  it('are 1 where they are not given', async () => {
    expect(await learnt({ classWeights: { yes: 3 } })).toEqual(
      await learnt({ classWeights: { yes: 3, no: 1 } }),
    )
    expect(await learnt({ classWeights: { yes: 3 } })).not.toEqual(
      await learnt({ classWeights: { yes: 1, no: 3 } }),
    )
  })
})

describe('trees', () => {
  const grown = {
    network: { type: 'trees', leaves: 8, minRows: 2, learningRate: 0.5, rowShare: 0.7 },
    epochs: 12,
  }
  const beside = { otherMembers: [grown], earlyStopping: { patience: null, restoreBest: true }, epochs: 3 }
  const sizes = ({ forests }: { forests: readonly Forest[] }) => forests.map(({ roots }) => roots.length)

  it('are grown each on its share of the columns, drawn anew, of which any may be', async () => {
    const random = new Random(4, 'columns')
    const names = Array.from({ length: 12 }, (_, at) => `c${at}`)
    const draw = () => Float64Array.from({ length: ROWS }, () => random.next())
    const own = noisy(new Map(names.map((name) => [name, { type: 'number', values: draw() }])))
    const grow = async (featureShare: number) => {
      const network = { type: 'trees', leaves: 6, minRows: 2, featureShare }
      const { forests } = await run(
        { network, layers: undefined, inputs: names, epochs: 60, validation: null },
        { own },
      )
      const [forest] = forests
      if (!forest) throw new Error('no trees')
      return Array.from(forest.roots, (root, tree) => {
        const nodes = forest.feature.subarray(root, forest.roots[tree + 1] ?? forest.feature.length)
        return new Set(nodes.filter((feature) => feature !== LEAF))
      })
    }
    for (const [share, columns] of [
      [1 / 12, 1],
      [0.25, 3],
    ] as const) {
      const trees = await grow(share)
      expect(trees).toHaveLength(60)
      for (const used of trees) {
        expect(used.size).toBeGreaterThan(0)
        expect(used.size).toBeLessThanOrEqual(columns)
      }
      expect([...new Set(trees.flatMap((used) => [...used]))].sort((a, b) => a - b)).toEqual(
        names.map((_, at) => at),
      )
    }
    expect(Math.max(...(await grow(1)).map((used) => used.size))).toBeGreaterThan(3)
  })

  it('of which there are only trees stand at the first position, and beside networks behind their inputs', async () => {
    const [alone] = (await run({ ...grown, layers: undefined })).forests
    expect(alone).not.toHaveProperty('first')
    const { forests, members } = await run({ ...beside, scaling: 'piecewiseLinear' })
    const [own] = forests
    const inputs = members[0]?.layers[0]?.inputs ?? 0
    expect(own?.first).toBeGreaterThan(0)
    expect(own?.first).toBeLessThan(inputs)
    // Networks have weights for the bins too, all of them 0.
    const { kernel = new Float32Array(), units = 0 } = members[0]?.layers[0] ?? {}
    const behind = kernel.subarray((own?.first ?? 0) * units)
    expect(behind.length).toBeGreaterThan(0)
    expect(behind.every((weight) => weight === 0)).toBe(true)
    expect(kernel.subarray(0, (own?.first ?? 0) * units).every((weight) => weight === 0)).toBe(false)
  })

  it('beside networks are as many in the last fit as were best in the first one', async () => {
    const first = await run({ ...beside, finalEpochs: null })
    const [best = 0] = sizes(first)
    expect(best).toBeGreaterThan(0)
    expect(best).toBeLessThan(12)
    expect(sizes(await run({ ...beside, finalEpochs: 'best' }))).toEqual([best])
  })

  it('beside several networks are all as many as were best by the mean of all of them', async () => {
    // The last 20 rows measure, so that another seed divides nothing else. Two networks come before the trees.
    const aside = { validationFrom: ROWS - 20 }
    const alone = await Promise.all(
      [3, 4].map((number) => {
        const seed = new Random(plain.seed, `network ${number}`).uint32()
        return run({ ...grown, layers: undefined, seed, earlyStopping: null, finalEpochs: null }, aside)
      }),
    )
    const losses = alone.map(({ history }) => column(history['valLoss']))
    const means = Array.from({ length: 12 }, (_, at) =>
      losses.reduce((sum, own) => sum + (own[at] ?? 0) / 2, 0),
    )
    const best = 1 + means.indexOf(Math.min(...means))
    expect(best).toBeLessThan(12)
    const both = await run({ ...beside, ensemble: 2, finalEpochs: 'best' }, aside)
    expect(sizes(both)).toEqual([best, best])
  })

  it('beside networks are all there in both fits where no epoch is restored', async () => {
    const all = { ...beside, earlyStopping: null }
    expect(sizes(await run({ ...all, finalEpochs: null }))).toEqual([12])
    expect(sizes(await run({ ...all, finalEpochs: 2 }))).toEqual([12])
  })
})

describe('what a training tells', () => {
  const leaking = noisy(
    new Map([['copy', { type: 'number', values: noisy().table.columns.get('y')?.values as Float64Array }]]),
  )

  it('are the same warnings with a last fit as without', async () => {
    const codes = async (recipe: object) =>
      (await run({ inputs: ['a', 'copy'], ...recipe }, { own: leaking })).warnings.map(({ code }) => code)
    const without = await codes({ finalEpochs: null })
    expect(without).toContain('target-leak')
    expect(await codes({ finalEpochs: 6 })).toEqual(without)
    expect(await codes({ validation: null, finalEpochs: null })).toContain('target-leak')
  })

  it('are rows that are twice in the table, or in both tables', async () => {
    const twice = (values: ArrayLike<number>) =>
      Float64Array.from({ length: ROWS }, (_, row) => values[row % (ROWS / 2)] ?? 0)
    const columns = [...data.table.columns].map(
      ([name, each]): [string, Table['columns'] extends Map<string, infer C> ? C : never] =>
        each.type === 'number' ? [name, { type: 'number', values: twice(each.values) }] : [name, each],
    )
    const own = { ...data, table: { rows: ROWS, columns: new Map(columns) } }
    const seen = async (recipe: object, more: Partial<TrainingInput> = {}) =>
      (await run(recipe, { own, ...more })).warnings
        .filter(({ code }) => code === 'equal-rows')
        .map(({ message }) => message)
    expect(await seen({})).toEqual([expect.stringMatching(/^40 of the 80 rows repeat/)])
    expect(await seen({}, { validationFrom: ROWS / 2 })).toEqual([
      expect.stringMatching(/^40 of the 40 validation rows/),
    ])
    expect(await seen({ validation: null })).toEqual([])
  })

  it('names the columns that are ignored only where there are some', async () => {
    expect((await run({})).encoder).not.toHaveProperty('ignored')
    const constant = noisy(new Map([['c', { type: 'number', values: new Float64Array(ROWS) }]]))
    const { encoder } = await run({ inputs: ['a', 'b'] }, { own: constant })
    expect(encoder.ignored).toBeUndefined()
  })

  it('are the epochs that an earlier attempt has done, as they were told then', async () => {
    const kept: { done: Uint8Array[]; running: Uint8Array[] } = { done: [], running: [] }
    const files: CheckpointFiles = {
      read: async () => [...kept.done, ...kept.running],
      save: async (kind, bytes) => {
        if (kind === 'done') kept.done.push(bytes)
        else kept.running = [bytes]
      },
    }
    const told = (progress: TrainingProgress[]) =>
      progress
        .filter(({ epochEnded }) => epochEnded)
        .map(({ epoch, epochs, values }) => ({ epoch, epochs, values }))
    const whole = told((await run({})).progress)
    expect(whole.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6])
    let reports = 0
    const stopping = async () => {
      reports += 1
      if (reports === 5) throw new Error('killed')
    }
    const checkpoints = await RunCheckpoints.open(files, 0)
    await expect(run({}, { checkpoints, onProgress: stopping })).rejects.toThrow('killed')
    expect(kept.running).toHaveLength(1)
    const again = await run({}, { checkpoints: await RunCheckpoints.open(files, 0) })
    expect(told(again.progress)).toEqual(whole)
    // A fit that had ended is told anew as well.
    const third = await run({}, { checkpoints: await RunCheckpoints.open(files, 0) })
    expect(told(third.progress)).toEqual(whole)
  })
})

it.each([
  [['yes'], 'The rows with a target have 1 classes; binary needs 2.'],
  [['yes', 'no', 'maybe'], 'The rows with a target have 3 classes; binary needs 2.'],
])('two classes are not learnt from rows of %j', async (classes, message) => {
  const values = Array.from({ length: ROWS }, (_, row) => classes[row % classes.length] ?? '')
  const own = noisy(new Map([['label', { type: 'category', values }]]))
  await expect(run({ target: 'label', task: 'binary' }, { own })).rejects.toMatchObject({
    code: 'training-failed',
    message,
  })
})
