import { describe, expect, it } from 'vitest'
import { type KeptTensor, LayersModelFile, membersOf } from '../../../src/models/files/layers-file.ts'

/** A layer as tfjs writes it. @param from names of the layers that it takes its inputs from */
const layer = (class_name: string, name: string, config: object = {}, from: readonly string[] = []) => ({
  class_name,
  config: { name, ...config },
  inbound_nodes: from.length === 0 ? [] : [from.map((parent) => [parent, 0, 0, {}])],
})
const input = (name: string, width: number) =>
  layer('InputLayer', name, { batch_input_shape: [null, width], dtype: 'float32' })
const dense = (name: string, units: number, from: readonly string[] = [], activation = 'relu') =>
  layer('Dense', name, { units, activation }, from)
const embedding = (name: string, input_dim: number, output_dim: number, from: readonly string[]) =>
  layer('Embedding', name, { input_dim, output_dim, mask_zero: false }, from)

const tensor = (...shape: number[]): KeptTensor => {
  const size = shape.reduce((product, length) => product * length, 1)
  return { shape, values: Float32Array.from({ length: size }, (_, at) => at + shape.length / 10) }
}
const denseTensors = (name: string, inputs: number, units: number): [string, KeptTensor][] => [
  [`${name}/kernel`, tensor(inputs, units)],
  [`${name}/bias`, tensor(units)],
]
const MANIFEST = [{ weights: [] }]

function sequential(layers: object[], tensors: [string, KeptTensor][]) {
  const modelTopology = { class_name: 'Sequential', config: { layers } }
  return membersOf(LayersModelFile.parse({ modelTopology, weightsManifest: MANIFEST }), new Map(tensors))
}
function graph(layers: object[], output: string, tensors: [string, KeptTensor][]) {
  const config = { layers, output_layers: [[output, 0, 0]] }
  const modelTopology = { class_name: 'Functional', config }
  return membersOf(LayersModelFile.parse({ modelTopology, weightsManifest: MANIFEST }), new Map(tensors))
}

describe('a chain of layers', () => {
  const tensors = [...denseTensors('one', 3, 2), ...denseTensors('two', 2, 1)]
  const layers = [
    input('rows', 3),
    dense('one', 2),
    layer('Dropout', 'drop', { rate: 0.5 }),
    dense('two', 1, [], 'sigmoid'),
  ]

  it('is the dense layers with their weights', () => {
    expect(sequential(layers, tensors)).toEqual([
      {
        fronts: [],
        layers: [
          {
            inputs: 3,
            units: 2,
            activation: 'relu',
            kernel: tensor(3, 2).values,
            bias: tensor(2).values,
          },
          {
            inputs: 2,
            units: 1,
            activation: 'sigmoid',
            kernel: tensor(2, 1).values,
            bias: tensor(1).values,
          },
        ],
      },
    ])
  })

  it.each<[fault: string, layers: object[], tensors: [string, KeptTensor][]]>([
    ['no dense layer', [input('rows', 3)], []],
    ['a layer in a wrong place', [layer('Flatten', 'flat'), ...layers], tensors],
    ['a layer in a wrong place', [embedding('words', 4, 3, []), ...layers], tensors],
    ['layers do not fit', layers, [...denseTensors('one', 3, 2), ...denseTensors('two', 3, 1)]],
    ['a kernel of another shape', layers, tensors.slice(1)],
    ['a kernel of another shape', layers, [...tensors, ['one/kernel', tensor(3, 3)]]],
    ['a kernel of another shape', layers, [...tensors, ['one/kernel', tensor(3, 2, 1)]]],
    ['a kernel of another shape', layers, [...tensors, ['one/kernel', tensor(0, 2)]]],
    ['a kernel of another shape', layers, tensors.filter(([name]) => name !== 'two/bias')],
    ['a bias of another shape', layers, [...tensors, ['one/bias', tensor(3)]]],
  ])('is refused: %s', (fault, all, weights) => {
    expect(() => sequential(all, weights)).toThrow(new RangeError(fault))
  })
})

describe('a graph of layers', () => {
  const FRONT = [
    input('ids', 5),
    embedding('words', 7, 2, ['ids']),
    layer('GlobalMaxPooling1D', 'pool', {}, ['words']),
  ]
  const words: [string, KeptTensor] = ['words/embeddings', tensor(7, 2)]

  it('may begin with an embedding that is pooled', () => {
    for (const [kind, pooling, width] of [
      ['GlobalAveragePooling1D', 'average', 2],
      ['GlobalMaxPooling1D', 'max', 2],
      ['Flatten', 'flatten', 10],
    ] as const) {
      const layers = [
        ...FRONT.slice(0, 2),
        layer(kind, 'pool', {}, ['words']),
        dense('out', 1, ['pool'], 'sigmoid'),
      ]
      const [member] = graph(layers, 'out', [words, ...denseTensors('out', width, 1)])
      expect(member?.fronts).toEqual([
        { base: 0, length: 5, words: 7, dimensions: 2, pooling, embedding: tensor(7, 2).values },
      ])
      expect(member?.layers).toMatchObject([{ inputs: width, units: 1, activation: 'sigmoid' }])
    }
  })

  const MIXED = [
    input('numbers', 3),
    ...FRONT,
    input('more ids', 4),
    embedding('more words', 6, 3, ['more ids']),
    layer('Flatten', 'more pool', {}, ['more words']),
    layer('Concatenate', 'all', {}, ['numbers', 'pool', 'more pool']),
    dense('hidden', 4, ['all']),
    layer('Dropout', 'drop', {}, ['hidden']),
    dense('out', 1, ['drop'], 'linear'),
  ]
  const MIXED_TENSORS: [string, KeptTensor][] = [
    words,
    ['more words/embeddings', tensor(6, 3)],
    // 3 numbers, 2 of the first sequence, 4 × 3 of the second.
    ...denseTensors('hidden', 17, 4),
    ...denseTensors('out', 4, 1),
  ]

  it('may take numbers, and several sequences behind them', () => {
    const [member, ...others] = graph(MIXED, 'out', MIXED_TENSORS)
    expect(others).toEqual([])
    expect(member?.fronts).toMatchObject([
      { base: 3, length: 5, words: 7, dimensions: 2, pooling: 'max' },
      { base: 8, length: 4, words: 6, dimensions: 3, pooling: 'flatten' },
    ])
    expect(member?.layers).toMatchObject([
      { inputs: 17, units: 4, activation: 'relu' },
      { inputs: 4, units: 1, activation: 'linear' },
    ])
  })

  it('may average several members that read and answer alike', () => {
    const ensemble = (second: { units?: number; inputs?: number; activation?: string } = {}) => {
      const { units = 1, inputs = 3, activation = 'sigmoid' } = second
      return graph(
        [
          input('rows', 3),
          input('others', inputs),
          dense('a', 1, ['rows'], 'sigmoid'),
          dense('hidden', 5, [inputs === 3 ? 'rows' : 'others']),
          dense('b', units, ['hidden'], activation),
          layer('Average', 'mean', {}, ['a', 'b']),
        ],
        'mean',
        [...denseTensors('a', 3, 1), ...denseTensors('hidden', inputs, 5), ...denseTensors('b', 5, units)],
      )
    }
    expect(ensemble().map(({ layers }) => layers.map(({ units }) => units))).toEqual([[1], [5, 1]])
    for (const other of [{ units: 2 }, { inputs: 4 }, { activation: 'tanh' }])
      expect(() => ensemble(other), JSON.stringify(other)).toThrow(new RangeError('unlike members'))
  })

  it('may average members with embeddings of their own, of one shape', () => {
    const ensemble = (dimensions: number) =>
      graph(
        [
          ...FRONT,
          embedding('own', 7, dimensions, ['ids']),
          layer('GlobalMaxPooling1D', 'own pool', {}, ['own']),
          dense('a', 1, ['pool']),
          dense('b', 1, ['own pool']),
          layer('Average', 'mean', {}, ['a', 'b']),
        ],
        'mean',
        [
          words,
          ['own/embeddings', tensor(7, dimensions)],
          ...denseTensors('a', 2, 1),
          ...denseTensors('b', dimensions, 1),
        ],
      )
    expect(ensemble(2)).toHaveLength(2)
    expect(() => ensemble(3)).toThrow(new RangeError('unlike members'))
  })

  const without = (name: string) => MIXED.filter(({ config }) => config.name !== name)
  const instead = (name: string, other: object) =>
    MIXED.map((each) => (each.config.name === name ? other : each))
  const withTensor = (name: string, value: KeptTensor): [string, KeptTensor][] => [
    ...MIXED_TENSORS,
    [name, value],
  ]
  it.each<[fault: string, layers: object[], output: string, tensors?: [string, KeptTensor][]]>([
    ['a layer that is not there', MIXED, 'nothing'],
    ['a layer that is not there', without('numbers'), 'out'],
    ['a layer that is not there', without('ids'), 'out'],
    ['a layer without input', instead('hidden', dense('hidden', 4)), 'out'],
    [
      'a layer without input',
      instead('hidden', {
        ...dense('hidden', 4),
        inbound_nodes: [[['all']], [['all']]],
      }),
      'out',
    ],
    ['a layer with several inputs', instead('hidden', dense('hidden', 4, ['all', 'numbers'])), 'out'],
    ['no dense layer', MIXED, 'all'],
    ['no dense layer', MIXED, 'numbers'],
    ['layers in a circle', instead('drop', layer('Dropout', 'drop', {}, ['out'])), 'out'],
    [
      'inputs that the first layer does not take',
      MIXED,
      'out',
      [...MIXED_TENSORS, ...denseTensors('hidden', 16, 4)],
    ],
    ['layers do not fit', MIXED, 'out', [...MIXED_TENSORS, ...denseTensors('out', 5, 1)]],
    ['a layer in a wrong place', instead('pool', layer('Concatenate', 'pool', {}, ['words'])), 'out'],
    ['a layer in a wrong place', instead('words', layer('Flatten', 'words', {}, ['ids'])), 'out'],
    ['a layer in a wrong place', instead('ids', layer('Flatten', 'ids', {}, ['numbers'])), 'out'],
    [
      'a layer in a wrong place',
      instead('all', layer('Concatenate', 'all', {}, ['numbers', 'numbers'])),
      'out',
    ],
    // Numbers stand before the sequences, as in an encoded row.
    [
      'a layer in a wrong place',
      instead('all', layer('Concatenate', 'all', {}, ['pool', 'numbers', 'more pool'])),
      'out',
    ],
    ['an embedding of another shape', MIXED, 'out', withTensor('words/embeddings', tensor(6, 2))],
    ['an embedding of another shape', MIXED, 'out', withTensor('words/embeddings', tensor(7, 3))],
    ['an embedding of another shape', MIXED, 'out', withTensor('words/embeddings', tensor(7, 2, 1))],
    [
      'an embedding of another shape',
      MIXED,
      'out',
      MIXED_TENSORS.filter(([name]) => name !== 'words/embeddings'),
    ],
  ])('is refused: %s', (fault, layers, output, tensors = MIXED_TENSORS) => {
    expect(() => graph(layers, output, tensors)).toThrow(new RangeError(fault))
  })
})

describe('the file of a layers model', () => {
  const fileOf = (layers: object[], more: object = {}) => ({
    modelTopology: { class_name: 'Sequential', config: { layers } },
    weightsManifest: [{ weights: [{ name: 'a', shape: [2], dtype: 'float32' }] }],
    ...more,
  })
  const accepts = (file: object) => LayersModelFile.safeParse(file).success

  it('has layers and weights of known forms', () => {
    expect(accepts(fileOf([input('rows', 1), dense('out', 1, [], 'softmax')]))).toBe(true)
    const graphOf = (class_name: string, output_layers: unknown) => ({
      modelTopology: { class_name, config: { layers: [], output_layers } },
      weightsManifest: MANIFEST,
    })
    for (const name of ['Model', 'Functional']) expect(accepts(graphOf(name, [['out', 0, 0]]))).toBe(true)
    expect(accepts(graphOf('Graph', [['out', 0, 0]]))).toBe(false)
    for (const outputs of [
      [],
      [
        ['a', 0, 0],
        ['b', 0, 0],
      ],
    ])
      expect(accepts(graphOf('Model', outputs))).toBe(false)
    for (const wrong of [
      input('rows', 0),
      input('rows', 1.5),
      layer('InputLayer', 'rows', { batch_input_shape: [2, 3] }),
      dense('out', 0),
      dense('out', 1, [], 'exotic'),
      embedding('words', 0, 2, []),
      embedding('words', 2, 0, []),
      layer('Embedding', 'words', { input_dim: 2, output_dim: 2, mask_zero: true }),
      layer('LSTM', 'other'),
    ])
      expect(accepts(fileOf([wrong])), JSON.stringify(wrong)).toBe(false)
    const weights = (weight: object) => fileOf([], { weightsManifest: [{ weights: [weight] }] })
    expect(accepts(weights({ name: 'a', shape: [0, 2], dtype: 'float32' }))).toBe(true)
    expect(accepts(weights({ name: 'a', shape: [-1], dtype: 'float32' }))).toBe(false)
    expect(accepts(weights({ name: 'a', shape: [1], dtype: 'int32' }))).toBe(false)
    expect(accepts(fileOf([], { weightsManifest: [] }))).toBe(false)
    expect(accepts(fileOf([], { weightsManifest: [...MANIFEST, ...MANIFEST] }))).toBe(false)
  })
})
