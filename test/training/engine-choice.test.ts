import { describe, expect, it } from 'vitest'
import type { Examples, LayerPlan } from '../../src/training/engine.ts'
import { chooseEngine } from '../../src/training/engines.ts'
import { besideBins, onlyBins, withoutBins } from '../../src/training/mixed.ts'

const plan = (...units: number[]): LayerPlan[] =>
  units.map((each) => ({ units: each, activation: 'relu', l1: 0, l2: 0, dropout: 0 }))

/** Examples of a shape, with so many filled cells in all. */
const examples = (
  rows: number,
  width: number,
  filled = rows * width,
  inputs: Partial<Examples['inputs']> = {},
): Examples => ({
  rows: {
    rows,
    width,
    offsets: new Uint32Array(),
    indices: { length: filled } as Uint32Array,
    values: new Float32Array(),
  },
  inputs: { numbers: width, sequences: [], ...inputs },
  targets: new Float32Array(),
})

describe('the engine that auto chooses', () => {
  const auto = (batchSize: number, layers: LayerPlan[], given: Examples) =>
    chooseEngine({ engine: 'auto', batchSize }, layers, given)

  it('is the one that the recipe names', () => {
    const sequences = [{}] as unknown as Examples['inputs']['sequences']
    const small = examples(10, 10, 100, { sequences })
    for (const engine of ['typed', 'tensorflow'] as const)
      expect(chooseEngine({ engine, batchSize: 1 }, plan(1), small)).toBe(engine)
    expect(auto(1, plan(1), small), 'only TensorFlow has embeddings').toBe('tensorflow')
  })

  it.each([
    // Twenty million multiplications: batch × inputs × units of the first layer, and so on.
    [100, plan(200), 1_000, 1_000, 'tensorflow'],
    [100, plan(199), 1_000, 1_000, 'typed'],
    [100, plan(100, 1_000), 1_000, 1_000, 'tensorflow'],
    [100, plan(100, 999), 1_000, 1_000, 'typed'],
    [100, plan(100, 500, 100), 1_000, 1_000, 'tensorflow'],
    [100, plan(100, 500, 99), 1_000, 1_000, 'typed'],
    // No more rows than there are.
    [1_000, plan(200), 99, 1_000, 'typed'],
  ] as const)(
    'with batches of %i over %o, %i rows and %i inputs is %s',
    (batch, layers, rows, width, engine) => {
      expect(auto(batch, [...layers], examples(rows, width))).toBe(engine)
    },
  )

  it('counts two inputs of a curve', () => {
    const curves = [
      { base: 0, length: 300 },
      { base: 300, length: 202 },
    ] as unknown as NonNullable<Examples['inputs']['curves']>
    // Of 1,000 inputs 502 are of curves, which leaves 498 and four.
    expect(auto(100, plan(398), examples(1_000, 1_000, 1e6, { curves }))).toBe('typed')
    expect(auto(100, plan(399), examples(1_000, 1_000, 1e6, { curves }))).toBe('tensorflow')
  })

  it('does not count a mostly empty first layer, and lets later ones be larger by it', () => {
    // 100 rows of 10 filled inputs for 100 units: 100,000 multiplications more.
    const sparse = examples(1_000, 10_000, 10_000)
    expect(auto(100, plan(100, 2_000), sparse)).toBe('typed')
    expect(auto(100, plan(100, 2_009), sparse)).toBe('typed')
    expect(auto(100, plan(100, 2_010), sparse)).toBe('tensorflow')
  })

  it('is TensorFlow where the memory of the kernels is too small', () => {
    // Six numbers for each weight: 4 GiB are 178,956,970 weights.
    expect(auto(1, plan(17_800), examples(100_000, 10_000, 1_000_000))).toBe('typed')
    expect(auto(1, plan(17_900), examples(100_000, 10_000, 1_000_000))).toBe('tensorflow')
  })
})

describe('rows of networks beside trees', () => {
  const both: Examples = {
    rows: {
      rows: 2,
      width: 5,
      offsets: Uint32Array.of(0, 3, 5),
      indices: Uint32Array.of(0, 2, 4, 1, 3),
      values: Float32Array.of(10, 12, 14, 11, 13),
    },
    inputs: { numbers: 5, firstFeature: 2, features: [], sequences: [] },
    targets: Float32Array.of(1, 2),
  }

  it('are divided at the first bin', () => {
    const networks = withoutBins(both)
    expect(networks.inputs).toEqual({ numbers: 2, sequences: [] })
    expect(networks.rows).toEqual({
      rows: 2,
      width: 2,
      offsets: Uint32Array.of(0, 1, 2),
      indices: Uint32Array.of(0, 1),
      values: Float32Array.of(10, 11),
    })
    expect(networks.targets).toBe(both.targets)
    const trees = onlyBins(both)
    expect(trees.inputs).toEqual({ numbers: 3, sequences: [], features: [] })
    expect(trees.rows).toEqual({
      rows: 2,
      width: 3,
      offsets: Uint32Array.of(0, 2, 3),
      indices: Uint32Array.of(0, 2, 1),
      values: Float32Array.of(12, 14, 13),
    })
    const plain = { ...both, inputs: { numbers: 5, sequences: [] } }
    expect([withoutBins(plain), onlyBins(plain)]).toEqual([plain, plain])
  })

  it('are taken whole by a network that does not heed the bins', () => {
    const layer = (inputs: number, units: number) => ({
      inputs,
      units,
      activation: 'relu' as const,
      kernel: Float32Array.from({ length: inputs * units }, (_, at) => at + 1),
      bias: new Float32Array(units),
    })
    const network = { fronts: [], layers: [layer(2, 3), layer(3, 1)] }
    const wide = besideBins(network, 4)
    expect(wide.layers[0]).toMatchObject({ inputs: 4, units: 3 })
    expect([...(wide.layers[0]?.kernel ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0])
    expect(wide.layers[1]).toBe(network.layers[1])
    expect(besideBins(network, 2)).toEqual(network)
    expect(besideBins({ fronts: [], layers: [] }, 2)).toEqual({ fronts: [], layers: [] })
  })
})
