import { createHash } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { Random } from '../../src/evaluation/random.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { RunCheckpoints } from '../../src/training/checkpoints/checkpoints.ts'
import { ARITHMETIC } from '../../src/training/engines.ts'
import { execute } from '../../src/training/runs.ts'

/** The revision of the arithmetic that the engines report; null: their own. A number plays a later build. */
const build: { revision: number | null } = vi.hoisted(() => ({ revision: null }))
vi.mock(import('../../src/training/engines.ts'), async (original) => {
  const engines = await original()
  return {
    ...engines,
    get ARITHMETIC() {
      return build.revision ?? engines.ARITHMETIC
    },
  }
})

const ROWS = 60
const random = new Random(8, 'rows')
const values = () => Float64Array.from({ length: ROWS }, () => Math.round(random.next() * 64) / 64)
const a = values()
const b = values()
const table = {
  rows: ROWS,
  columns: new Map([
    ['a', { type: 'number' as const, values: a }],
    ['b', { type: 'number' as const, values: b }],
    ['y', { type: 'number' as const, values: a.map((value, row) => 2 * value - (b[row] ?? 0)) }],
  ]),
}
const range = { type: 'number' as const, missing: 0, distinct: ROWS, min: 0, max: 1 }
const columns = ['a', 'b', 'y'].map((name) => ({ name, ...range }))

function complete(input: object) {
  const { recipe, problems } = completeRecipe(
    RecipeInput.parse({ epochs: 4, validation: { split: 0.2 }, ensemble: 1, engine: 'typed', ...input }),
    { rows: ROWS, columns },
  )
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}

/**
 * Returns a hash of a run's weights, and how often it saved its state. @param ends the epoch at whose end it is killed
 */
async function run(input: object, kept: Uint8Array[], ends = Number.POSITIVE_INFINITY) {
  let saves = 0
  let epochs = 0
  const files = {
    read: async () => kept,
    async save(_kind: string, bytes: Uint8Array) {
      saves += 1
      kept.splice(0, kept.length, bytes)
    },
  }
  const result = await execute({
    recipe: complete(input),
    table,
    run: { kind: 'whole' },
    signal: new AbortController().signal,
    checkpoints: await RunCheckpoints.open(files, 0),
    async onProgress({ epochEnded }) {
      if (epochEnded) epochs += 1
      if (epochs === ends) throw new Error('killed')
    },
  })
  const hash = createHash('sha256')
  for (const { layers } of result.model?.members ?? [])
    for (const { kernel, bias } of layers)
      hash.update(new Uint8Array(kernel.slice().buffer)).update(new Uint8Array(bias.slice().buffer))
  return { weights: hash.digest('hex').slice(0, 16), saves }
}

/**
 * Golden hashes of the weights. A hash that changed without intent is a fault of the change. To give other bits on
 * purpose: raise `ARITHMETIC` in src/training/engines.ts by one, run `npx vitest run test/training/arithmetic.test.ts`,
 * and put the hash that each failure received in place of the expected one, and the new revision into title and test.
 */
describe('the arithmetic of the typed engine', () => {
  it.each([
    [
      {
        optimizer: 'rmsprop',
        layers: [
          { units: 9, activation: 'relu' },
          { units: 5, activation: 'swish' },
        ],
      },
      '2f34d7bd2d35de17',
    ],
    [
      { optimizer: 'adam', layers: [{ units: 6, activation: 'tanh', l2: 0.01, dropout: 0.2 }], batchSize: 7 },
      '1ed55325541a9cb3',
    ],
    [
      { optimizer: 'sgd', layers: [{ units: 4 }], scaling: 'piecewiseLinear', batchSize: 16 },
      'deb5ff78ef245f56',
    ],
    [{ optimizer: 'adam', layers: [] }, '837e37b916e525b8'],
  ])('gives these bits as long as its revision is 2: %j', async (input, bits) => {
    expect(ARITHMETIC).toBe(2)
    expect((await run(input, [])).weights).toBe(bits)
  })
})

describe('a fit that was left half done', () => {
  const input = { layers: [{ units: 4 }] }

  it('is gone on with by a build of the same arithmetic, and begun anew by one of another', async () => {
    const kept: Uint8Array[] = []
    await run(input, kept, 3).catch(() => {})
    expect(kept).toHaveLength(1)
    const copies = [[...kept], [...kept]]
    const straight = await run(input, [])
    const same = await run(input, copies[0] ?? [])
    build.revision = ARITHMETIC + 1
    const other = await run(input, copies[1] ?? [])
    build.revision = null
    expect([straight.saves, same.saves, other.saves]).toEqual([4, 2, 4])
    expect(new Set([straight.weights, same.weights, other.weights]).size).toBe(1)
  })
})
