import { describe, expect, it, vi } from 'vitest'
import type { Table } from '../../../src/datasets/table.ts'
import { Random } from '../../../src/evaluation/random.ts'
import { completeRecipe, RecipeInput } from '../../../src/recipe/index.ts'
import { RunCheckpoints } from '../../../src/training/checkpoints/checkpoints.ts'
import { FittedNetworks } from '../../../src/training/fitted-networks.ts'
import { MemberTurns } from '../../../src/training/threads/member-turns.ts'
import { train } from '../../../src/training/train.ts'
import type { CheckpointFiles, TrainingProgress } from '../../../src/training-contract.ts'

const ROWS = 400
const INPUTS = 10

function numbers(): Table {
  const random = new Random(5, 'numbers')
  const column = () => ({
    type: 'number' as const,
    values: Float64Array.from({ length: ROWS }, () => random.next()),
  })
  const inputs = Array.from({ length: INPUTS }, (_, index) => [`x${index}`, column()] as const)
  const [first, second] = inputs
  const price = Float64Array.from(
    { length: ROWS },
    (_, row) => 3 * (first?.[1].values[row] ?? 0) - (second?.[1].values[row] ?? 0) ** 2,
  )
  return { rows: ROWS, columns: new Map([...inputs, ['price', { type: 'number' as const, values: price }]]) }
}

const table = numbers()
const columns = [...table.columns.keys()].map((name) => {
  return {
    name,
    type: 'number' as const,
    missing: 0,
    min: 0,
    max: 3,
    mean: 1,
    distinct: ROWS,
    integer: false,
  }
})

/** Long enough for threads to be worth it. */
function recipeOf(engine: 'typed' | 'tensorflow', more: object = {}) {
  const { recipe, problems } = completeRecipe(
    RecipeInput.parse({
      target: 'price',
      engine,
      layers: [{ units: 300, dropout: 0.1 }, { units: 300 }],
      optimizer: 'adam',
      epochs: 32,
      batchSize: 64,
      validation: { split: 0.1 },
      ensemble: 2,
      ...more,
    }),
    { rows: ROWS, columns },
  )
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}

interface Options {
  threads: number
  kept?: CheckpointFiles
  signal?: AbortSignal
  onProgress?: (progress: TrainingProgress) => Promise<void>
  fitted?: FittedNetworks
}

async function trained(recipe: ReturnType<typeof recipeOf>, { threads, kept, fitted, ...options }: Options) {
  const { members, history, evaluation } = await train({
    recipe,
    table,
    threads,
    ...(fitted && { fitted }),
    signal: options.signal ?? new AbortController().signal,
    onProgress: options.onProgress ?? (async () => {}),
    checkpoints: kept && (await RunCheckpoints.open(kept, 0)),
  })
  const bits = members.map(({ layers }) =>
    layers.flatMap(({ kernel, bias }) =>
      [kernel, bias].map((each) => Buffer.from(each.slice().buffer).toString('hex')),
    ),
  )
  return { bits, history, evaluation }
}

function memory() {
  const kept = { done: [] as Uint8Array[], running: [] as Uint8Array[] }
  const files: CheckpointFiles = {
    read: async () => [...kept.done, ...kept.running],
    save: async (kind, bytes) => {
      if (kind === 'done') kept.done.push(bytes)
      else kept.running = [bytes]
    },
  }
  return { kept, files }
}

describe('turns', () => {
  it('are given to as many as there are places, in the order of asking', async () => {
    const turns = new MemberTurns(2)
    const begun: string[] = []
    const take = (name: string) => turns.take().then(() => begun.push(name))
    const asked = ['a', 'b', 'c', 'd'].map(take)
    await Promise.all(asked.slice(0, 2))
    expect(begun).toEqual(['a', 'b'])
    // A network that has had a turn and asks again comes after those that wait.
    turns.end()
    asked.push(take('a'))
    await asked[2]
    expect(begun).toEqual(['a', 'b', 'c'])
    for (let ended = 0; ended < 3; ended++) turns.end()
    await Promise.all(asked)
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'a'])
    // One of the two that had their turn last ends, and one place is free again.
    turns.end()
    await take('e')
    expect(begun.at(-1)).toBe('e')
  })
})

/** Trains, and returns what a fit told beside the result; each report takes a second by the clock of this process. */
async function told(recipe: ReturnType<typeof recipeOf>, threads: number) {
  let now = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
  const fits: TrainingProgress[] = []
  const onProgress = async (progress: TrainingProgress) => {
    if (progress.phase !== 'fit') return
    now += 1_000
    fits.push(progress)
  }
  try {
    return { result: await trained(recipe, { threads, onProgress }), fits }
  } finally {
    clock.mockRestore()
  }
}

/** Returns how many threads a training begins until its first report from a fit, at which it is ended. */
async function threadsOf(recipe: ReturnType<typeof recipeOf>, threads: number): Promise<number> {
  let begun = 0
  const count = () => {
    begun += 1
  }
  process.on('worker', count)
  const onProgress = async ({ phase }: TrainingProgress) => {
    if (phase === 'fit') throw new Error('seen')
  }
  await expect(trained(recipe, { threads, onProgress })).rejects.toThrow('seen')
  process.off('worker', count)
  return begun
}

describe('threads are begun', () => {
  // 400 rows · 10 inputs · 10 units + 400 · 10 · 5 + 400 · 5 · 1 multiplications, in each of so many epochs.
  const epochs = (count: number) =>
    recipeOf('typed', {
      layers: [{ units: 10 }, { units: 5 }],
      epochs: count,
      batchSize: 400,
      validation: null,
    })

  it.each([
    [16_129, 2, 0],
    [16_130, 1, 0],
    [16_130, 8, 2],
  ])('for %i epochs, where %i may be: %i', async (count, threads, begun) => {
    expect(await threadsOf(epochs(count), threads)).toBe(begun)
  })
})

describe('networks that are fitted side by side', () => {
  it.each(['typed', 'tensorflow'] as const)(
    'are those of one after the other, bit for bit, by the engine %s',
    async (engine) => {
      const recipe = recipeOf(engine)
      const side = await told(recipe, 2)
      const alone = await told(recipe, 1)
      expect(side.result).toEqual(alone.result)
      const ended = ({ fits }: typeof side) => fits.filter(({ epochEnded }) => epochEnded)
      expect(ended(side)).toHaveLength(32)
      // What the first network is worth after each epoch.
      expect(ended(side).map(({ values }) => values)).toEqual(ended(alone).map(({ values }) => values))
      expect(side.fits.at(-1)).toMatchObject({ epoch: 64, epochs: 64, etaSeconds: 0 })
      let before = 0
      let newest: TrainingProgress['values'] = null
      for (const [at, { epoch, epochEnded, values, etaSeconds }] of side.fits.entries()) {
        const done = epoch ?? 0
        expect([before, before + 1]).toContain(done)
        before = done
        if (epochEnded) newest = values
        expect(values).toEqual(newest)
        // Each report takes a second by the clock here.
        if (done > 0) expect(etaSeconds).toBeCloseTo((at / done) * (64 - done), 1)
      }
    },
    60_000,
  )

  it('are known to later candidates that have the same ones', async () => {
    const recipe = recipeOf('typed')
    const fitted = new FittedNetworks([recipe, recipe])
    const first = await trained(recipe, { threads: 2, fitted })
    expect(fitted.bytes).toBeGreaterThan(0)
    const seen: TrainingProgress[] = []
    const onProgress = async (progress: TrainingProgress) => void seen.push(progress)
    fitted.begin(1)
    expect(await trained(recipe, { threads: 1, fitted, onProgress })).toEqual(first)
    expect(seen.filter(({ phase }) => phase === 'fit')).toEqual([])
  })

  it('are the same where one is left over and shares the threads with two others', async () => {
    const recipe = recipeOf('typed', { ensemble: 3 })
    const seen: TrainingProgress[] = []
    const onProgress = async (progress: TrainingProgress) => void seen.push(progress)
    const side = await trained(recipe, { threads: 2, onProgress })
    expect(side).toEqual(await trained(recipe, { threads: 1 }))
    expect(seen.filter(({ phase, epochEnded }) => phase === 'fit' && epochEnded)).toHaveLength(32)
  })

  it('go on from a checkpoint of all of them', async () => {
    const recipe = recipeOf('typed')
    const { kept, files } = memory()
    const stop = new AbortController()
    const onProgress = async ({ epoch }: TrainingProgress) => {
      if ((epoch ?? 0) > 20) stop.abort(new Error('killed'))
    }
    const cut = trained(recipe, { threads: 2, kept: files, signal: stop.signal, onProgress })
    await expect(cut).rejects.toThrow('killed')
    expect(kept.running).toHaveLength(1)
    const later = await trained(recipe, { threads: 2, kept: files })
    expect(later).toEqual(await trained(recipe, { threads: 1 }))
    // And one after the other from what threads have kept.
    expect(await trained(recipe, { threads: 1, kept: files })).toEqual(later)
  })

  it('say what went wrong', async () => {
    const recipe = recipeOf('typed', { optimizer: { type: 'sgd', learningRate: 1e9 } })
    await expect(trained(recipe, { threads: 2 })).rejects.toMatchObject({ code: 'loss-not-finite' })
  })

  it('end when they are told to', async () => {
    const recipe = recipeOf('typed', { epochs: 100_000 })
    const running = trained(recipe, { threads: 3, signal: AbortSignal.timeout(1_000) })
    await expect(running).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
