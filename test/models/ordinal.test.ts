import { describe, expect, it } from 'vitest'
import { faultOfChoice } from '../../src/models/explain/choice.ts'
import { networkSize } from '../../src/models/network/network.ts'
import { classLogits, classProbabilities, ordinalOutputs } from '../../src/models/ordinal.ts'
import { LEAF } from '../../src/models/trees/forest.ts'

const close = (...values: number[]) => values.map((value) => expect.closeTo(value, 9))

describe('classes in order', () => {
  // Each output is the probability of a higher class, once the class before is reached: ¾, then ¼ of it.
  const PROBABILITIES = [0.25, 0.75 * 0.75, 0.75 * 0.25]

  it('have probabilities that follow from the outputs, and the other way round', () => {
    expect([...classProbabilities(Float64Array.of(0.75, 0.25))]).toEqual(close(...PROBABILITIES))
    expect([...ordinalOutputs(PROBABILITIES)]).toEqual(close(0.75, 0.25))
    // Nothing is known of a class that is never reached.
    expect([...ordinalOutputs([1, 0, 0])]).toEqual([0, 0])
  })

  it('have logits whose softmax is the same, row by row', () => {
    const logits = Float64Array.of(0, 0, Math.log(3), -Math.log(3))
    expect([...classLogits(logits, 2)].map(Math.exp)).toEqual(close(0.5, 0.25, 0.25, ...PROBABILITIES))
  })
})

describe('the size of a model', () => {
  const layer = {
    inputs: 2,
    units: 3,
    activation: 'linear' as const,
    kernel: new Float32Array(6),
    bias: new Float32Array(3),
  }
  const network = { fronts: [], layers: [layer] }
  const forest = {
    features: 4,
    outputs: 1,
    activation: 'linear' as const,
    base: Float64Array.of(0),
    roots: Uint32Array.of(0),
    feature: Int32Array.of(0, LEAF, LEAF),
    left: Uint32Array.of(1, 0, 0),
    split: new Uint32Array(3),
    sets: new Uint32Array(),
    value: new Float64Array(3),
    rows: new Uint32Array(3),
  }

  it('has the weights and biases of all networks, and the leaves of trees', () => {
    expect(networkSize([network, network])).toEqual({ inputs: 2, outputs: 3, parameters: 18 })
    expect(networkSize([forest])).toEqual({ inputs: 4, outputs: 1, parameters: 2 })
    // Behind two inputs of its own a network takes the four bins of trees, and does not heed them.
    const beside = { ...layer, inputs: 6, kernel: new Float32Array(6 * 3) }
    expect(
      networkSize([
        { fronts: [], layers: [beside] },
        { ...forest, first: 2, outputs: 3 },
      ]),
    ).toEqual({
      inputs: 2,
      outputs: 3,
      parameters: 11,
    })
    const front = { base: 0, length: 2, words: 5, dimensions: 1, pooling: 'flatten' as const }
    const fronts = [{ ...front, embedding: new Float32Array(5) }]
    expect(networkSize([{ fronts, layers: [layer] }]).parameters).toBe(14)
    expect(networkSize([])).toEqual({ inputs: 0, outputs: 0, parameters: 0 })
  })
})

describe('the answer that is to be explained', () => {
  const classifier = { classes: ['a', 'caf\u00e9'], targets: [] }
  const numbers = { classes: [], targets: ['x', 'y'] }

  it('is a class or a target of the model', () => {
    for (const label of ['a', 'caf\u00e9', 'cafe\u0301'])
      expect(faultOfChoice(classifier, { label })).toBeUndefined()
    expect(faultOfChoice(classifier, {})).toBeUndefined()
    expect(faultOfChoice(numbers, { target: 'y' })).toBeUndefined()
  })

  it.each([
    [classifier, { label: 'b' }, '/explain/label', /^The model has no such class or label\. .*a/],
    [numbers, { label: 'b' }, '/explain/label', /^The model answers numbers, so leave "label" out\.$/],
    [numbers, { target: 'z' }, '/explain/target', /^The model has no such target\. .*x/],
    [
      classifier,
      { target: 'x' },
      '/explain/target',
      /^The model has one target only, so leave "target" out\.$/,
    ],
  ])('is refused of %j: %j', (model, options, path, message) => {
    expect(faultOfChoice(model, options)).toEqual({ path, message: expect.stringMatching(message) })
  })
})
