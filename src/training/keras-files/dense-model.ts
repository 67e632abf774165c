import type { DenseLayer, NetworkWeights } from '../../models/network/network.ts'
import type { LayersModelFiles } from './layers-model.ts'

/** The version of tfjs's layers whose format this is. */
const FORMAT = '4.22.0'

/** A layer with its name in the model and, in a model of branches, the layer before it. */
interface NamedLayer {
  name: string
  before: string | null
  layer: DenseLayer
}

/**
 * Writes stacks of dense layers in the tfjs layers format, the same as tfjs itself writes, without loading
 * TensorFlow: a single one as a sequential model, several as branches whose outputs are averaged.
 */
export function writeDenseModel(members: readonly NetworkWeights[]): LayersModelFiles {
  const layers = members.length === 1 ? named('', members[0]?.layers ?? []) : branches(members)
  const config =
    members.length === 1
      ? { class_name: 'Sequential', config: { name: 'fitserve', layers: layers.map(sequentialLayer) } }
      : { class_name: 'Model', config: modelOfBranches(members, layers) }
  const weights = layers.flatMap(({ name, layer: { inputs, units } }) => [
    { name: `${name}/kernel`, shape: [inputs, units], dtype: 'float32' },
    { name: `${name}/bias`, shape: [units], dtype: 'float32' },
  ])
  const model = {
    format: 'layers-model',
    generatedBy: 'fitserve',
    convertedBy: null,
    modelTopology: { ...config, keras_version: `tfjs-layers ${FORMAT}`, backend: 'tensor_flow.js' },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  }
  return {
    'model.json': Buffer.from(JSON.stringify(model)),
    'weights.bin': Buffer.concat(layers.flatMap(({ layer }) => [bytesOf(layer.kernel), bytesOf(layer.bias)])),
  }
}

function named(prefix: string, layers: readonly DenseLayer[]): NamedLayer[] {
  const nameOf = (index: number) => prefix + (index === layers.length - 1 ? 'output' : `dense_${index + 1}`)
  return layers.map((layer, index) => {
    return { name: nameOf(index), before: index === 0 ? null : nameOf(index - 1), layer }
  })
}

/** The first layers of all members, then their second ones, and so on: tfjs's order. */
function branches(members: readonly NetworkWeights[]): NamedLayer[] {
  const stacks = members.map(({ layers }, index) => named(`member_${index + 1}_`, layers))
  const depth = Math.max(...stacks.map(({ length }) => length))
  return Array.from({ length: depth }, (_, level) => stacks.flatMap((stack) => stack[level] ?? [])).flat()
}

function sequentialLayer({ name, before, layer }: NamedLayer) {
  const config = denseConfig(name, layer)
  if (before !== null) return { class_name: 'Dense', config }
  return {
    class_name: 'Dense',
    config: { ...config, batch_input_shape: [null, layer.inputs], dtype: 'float32' },
  }
}

function modelOfBranches(members: readonly NetworkWeights[], layers: readonly NamedLayer[]) {
  const outputs = members.map((_, index) => [`member_${index + 1}_output`, 0, 0, {}])
  const input = {
    batch_input_shape: [null, members[0]?.layers[0]?.inputs ?? 0],
    dtype: 'float32',
    sparse: false,
    name: 'numbers',
  }
  return {
    name: 'fitserve',
    layers: [
      { name: 'numbers', class_name: 'InputLayer', config: input, inbound_nodes: [] },
      ...layers.map(({ name, before, layer }) => ({
        name,
        class_name: 'Dense',
        config: denseConfig(name, layer),
        inbound_nodes: [[[before ?? 'numbers', 0, 0, {}]]],
      })),
      {
        name: 'average',
        class_name: 'Average',
        config: { name: 'average', trainable: true },
        inbound_nodes: [outputs],
      },
    ],
    input_layers: [['numbers', 0, 0]],
    output_layers: [['average', 0, 0]],
  }
}

function denseConfig(name: string, { units, activation }: DenseLayer) {
  const zeros = { class_name: 'Zeros', config: {} }
  return {
    units,
    activation,
    use_bias: true,
    kernel_initializer: zeros,
    bias_initializer: zeros,
    kernel_regularizer: null,
    bias_regularizer: null,
    activity_regularizer: null,
    kernel_constraint: null,
    bias_constraint: null,
    name,
    trainable: true,
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
