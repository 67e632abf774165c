import { z } from 'zod'
import { HIDDEN_ACTIVATIONS } from '../network/activations.ts'
import type { DenseLayer, NetworkWeights, Pooling, SequenceFront } from '../network/network.ts'

const POOLINGS: Record<'GlobalAveragePooling1D' | 'GlobalMaxPooling1D' | 'Flatten', Pooling> = {
  GlobalAveragePooling1D: 'average',
  GlobalMaxPooling1D: 'max',
  Flatten: 'flatten',
}

const Named = z.object({ name: z.string() })
const plain = <const Name extends string>(name: Name) =>
  z.object({ class_name: z.literal(name), config: Named, inbound_nodes: Inbound })
/** The layers from which a layer takes its inputs: one call, in which each input begins with the layer's name. */
const Inbound = z.array(z.array(z.tuple([z.string()], z.unknown()))).default([])
const LayerFile = z.discriminatedUnion('class_name', [
  z.object({
    class_name: z.literal('InputLayer'),
    config: z.object({ name: z.string(), batch_input_shape: z.tuple([z.null(), z.int().positive()]) }),
    inbound_nodes: Inbound,
  }),
  z.object({
    class_name: z.literal('Embedding'),
    config: z.object({
      name: z.string(),
      input_dim: z.int().positive(),
      output_dim: z.int().positive(),
      mask_zero: z.literal([null, false]).optional(),
    }),
    inbound_nodes: Inbound,
  }),
  z.object({
    class_name: z.literal('Dense'),
    config: z.object({
      name: z.string(),
      units: z.int().positive(),
      activation: z.enum([...HIDDEN_ACTIVATIONS, 'softmax']),
    }),
    inbound_nodes: Inbound,
  }),
  plain('GlobalAveragePooling1D'),
  plain('GlobalMaxPooling1D'),
  plain('Flatten'),
  plain('Concatenate'),
  plain('Average'),
  // Has no effect once the model is trained.
  plain('Dropout'),
])
type LayerFile = z.infer<typeof LayerFile>

/**
 * `model.json` of a tfjs layers model (https://www.tensorflow.org/js/guide/save_load), reduced to the parts that are
 * read.
 */
export const LayersModelFile = z.object({
  modelTopology: z.discriminatedUnion('class_name', [
    z.object({ class_name: z.literal('Sequential'), config: z.object({ layers: z.array(LayerFile) }) }),
    z.object({
      class_name: z.literal(['Model', 'Functional']),
      config: z.object({
        layers: z.array(LayerFile),
        output_layers: z.array(z.tuple([z.string()], z.unknown())).length(1),
      }),
    }),
  ]),
  weightsManifest: z
    .array(
      z.object({
        weights: z.array(
          z.object({ name: z.string(), shape: z.array(z.int().nonnegative()), dtype: z.literal('float32') }),
        ),
      }),
    )
    .length(1),
})
export type LayersModelFile = z.infer<typeof LayersModelFile>

/** A weight tensor of a model's files; `values` is row-major. */
export interface KeptTensor {
  shape: readonly number[]
  values: Float32Array
}

/**
 * Finds the networks in a layers model. Each has dense layers one after the other, and before them perhaps a
 * concatenation of numbers and pooled embeddings. An ensemble averages several such members at its end.
 * @param tensors the weights by their names
 * @throws RangeError if there are other layers, or layers that do not fit together
 */
export function membersOf(
  { modelTopology }: LayersModelFile,
  tensors: ReadonlyMap<string, KeptTensor>,
): NetworkWeights[] {
  const { config } = modelTopology
  if (!('output_layers' in config)) return [sequential(config.layers, tensors)]
  const graph: Graph = { layers: new Map(config.layers.map((layer) => [layer.config.name, layer])), tensors }
  const output = layerNamed(graph, config.output_layers[0]?.[0])
  const ends = output.class_name === 'Average' ? parents(graph, output) : [output]
  const members = ends.map((end) => member(graph, end))
  const [first, ...others] = members.map(signature)
  if (first === undefined || others.some((other) => other !== first)) throw new RangeError('unlike members')
  return members
}

interface Graph {
  layers: ReadonlyMap<string, LayerFile>
  tensors: ReadonlyMap<string, KeptTensor>
}

function sequential(layers: readonly LayerFile[], tensors: ReadonlyMap<string, KeptTensor>): NetworkWeights {
  const dense = layers.flatMap((layer) => {
    if (layer.class_name === 'Dropout' || layer.class_name === 'InputLayer') return []
    return [denseLayer(layer, tensors)]
  })
  checkChain(dense)
  return { fronts: [], layers: dense }
}

function member(graph: Graph, end: LayerFile): NetworkWeights {
  const dense: DenseLayer[] = []
  let layer = end
  while (layer.class_name === 'Dense' || layer.class_name === 'Dropout') {
    if (layer.class_name === 'Dense') dense.unshift(denseLayer(layer, graph.tensors))
    if (dense.length > graph.layers.size) throw new RangeError('layers in a circle')
    layer = only(graph, layer)
  }
  checkChain(dense)
  const sources = layer.class_name === 'Concatenate' ? parents(graph, layer) : [layer]
  const fronts: SequenceFront[] = []
  let numbers = 0
  let base = 0
  let inputs = 0
  for (const source of sources) {
    if (source.class_name === 'InputLayer' && fronts.length === 0 && numbers === 0) {
      numbers = source.config.batch_input_shape[1]
      base = numbers
      inputs = numbers
    } else {
      const front = frontOf(graph, source, base)
      fronts.push(front)
      base += front.length
      inputs += front.pooling === 'flatten' ? front.length * front.dimensions : front.dimensions
    }
  }
  if (inputs !== dense[0]?.inputs) throw new RangeError('inputs that the first layer does not take')
  return { fronts, layers: dense }
}

function frontOf(graph: Graph, pool: LayerFile, base: number): SequenceFront {
  if (!Object.hasOwn(POOLINGS, pool.class_name)) throw new RangeError('a layer in a wrong place')
  const pooling = POOLINGS[pool.class_name as keyof typeof POOLINGS]
  const layer = only(graph, pool)
  if (layer.class_name !== 'Embedding') throw new RangeError('a layer in a wrong place')
  const input = only(graph, layer)
  if (input.class_name !== 'InputLayer') throw new RangeError('a layer in a wrong place')
  const { name, input_dim: words, output_dim: dimensions } = layer.config
  const kept = graph.tensors.get(`${name}/embeddings`)
  if (kept?.shape[0] !== words || kept.shape[1] !== dimensions || kept.shape.length !== 2)
    throw new RangeError('an embedding of another shape')
  const length = input.config.batch_input_shape[1]
  return { base, length, words, dimensions, pooling, embedding: kept.values }
}

function denseLayer(layer: LayerFile, tensors: ReadonlyMap<string, KeptTensor>): DenseLayer {
  if (layer.class_name !== 'Dense') throw new RangeError('a layer in a wrong place')
  const { name, units, activation } = layer.config
  const kernel = tensors.get(`${name}/kernel`)
  const bias = tensors.get(`${name}/bias`)
  const inputs = kernel?.shape[0] ?? 0
  if (!kernel || !bias || kernel.shape[1] !== units || kernel.shape.length !== 2 || inputs === 0)
    throw new RangeError('a kernel of another shape')
  if (bias.values.length !== units) throw new RangeError('a bias of another shape')
  return { inputs, units, activation, kernel: kernel.values, bias: bias.values }
}

function checkChain(layers: readonly DenseLayer[]): void {
  if (layers.length === 0) throw new RangeError('no dense layer')
  for (const [index, layer] of layers.entries())
    if (index > 0 && layers[index - 1]?.units !== layer.inputs) throw new RangeError('layers do not fit')
}

/** Members must read the same inputs and give the same outputs. */
function signature({ fronts, layers }: NetworkWeights): string {
  const last = layers.at(-1)
  const sequences = fronts.map(({ embedding: _, ...shape }) => shape)
  return JSON.stringify([layers[0]?.inputs, sequences, last?.units, last?.activation])
}

function parents(graph: Graph, layer: LayerFile): LayerFile[] {
  const found = (layer.inbound_nodes[0] ?? []).map(([name]) => layerNamed(graph, name))
  if (found.length === 0 || layer.inbound_nodes.length !== 1) throw new RangeError('a layer without input')
  return found
}

function only(graph: Graph, layer: LayerFile): LayerFile {
  const [parent, ...others] = parents(graph, layer)
  if (!parent || others.length > 0) throw new RangeError('a layer with several inputs')
  return parent
}

function layerNamed({ layers }: Graph, name: string | undefined): LayerFile {
  const layer = name === undefined ? undefined : layers.get(name)
  if (!layer) throw new RangeError('a layer that is not there')
  return layer
}
