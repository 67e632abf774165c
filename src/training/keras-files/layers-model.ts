import { FitserveError } from '../../errors.ts'
import {
  createNetwork,
  type DenseLayer,
  type NetworkWeights,
  type SequenceFront,
} from '../../models/network/network.ts'
import { tf } from '../tensorflow/tf.ts'

/** The two files of a tfjs layers model. */
export interface LayersModelFiles {
  'model.json': Buffer
  'weights.bin': Buffer
}

type LayersModel = import('@tensorflow/tfjs-node').LayersModel
type SymbolicTensor = import('@tensorflow/tfjs-node').SymbolicTensor

/**
 * Writes a network, or several whose outputs are averaged, in the tfjs layers format, by tfjs itself, so that
 * `tf.loadLayersModel` reads it anywhere. A single stack of dense layers is a sequential model. Otherwise the
 * model has the input `numbers` (where there are any) and `words_1`, `words_2`, … for the sequences, and its
 * members are branches `member_1_…`.
 */
export async function writeLayersModel(members: readonly NetworkWeights[]): Promise<LayersModelFiles> {
  const [first] = members
  if (!first) throw new RangeError('a model needs a network')
  const sequential = members.length === 1 && first.fronts.length === 0
  const model = sequential ? sequentialModel(first.layers) : functionalModel(members)
  try {
    for (const [index, { fronts, layers }] of members.entries()) {
      const names = layerNames(sequential ? '' : `member_${index + 1}_`, layers)
      tf.tidy(() => {
        for (const [at, { embedding, words, dimensions }] of fronts.entries())
          model
            .getLayer(`member_${index + 1}_embedding_${at + 1}`)
            .setWeights([tf.tensor2d(embedding, [words, dimensions])])
        for (const [at, { kernel, bias, inputs, units }] of layers.entries())
          model
            .getLayer(names[at] ?? '')
            .setWeights([tf.tensor2d(kernel, [inputs, units]), tf.tensor1d(bias)])
      })
    }
    return await filesOf(model)
  } finally {
    model.dispose()
  }
}

function layerNames(prefix: string, layers: readonly DenseLayer[]): string[] {
  return layers.map((_, index) => `${prefix}${index === layers.length - 1 ? 'output' : `dense_${index + 1}`}`)
}

function sequentialModel(layers: readonly DenseLayer[]): LayersModel {
  const model = tf.sequential({ name: 'fitserve' })
  const names = layerNames('', layers)
  for (const [index, { units, activation, inputs }] of layers.entries())
    model.add(
      tf.layers.dense({
        name: names[index] ?? '',
        units,
        activation,
        ...(index === 0 ? { inputShape: [inputs] } : {}),
        kernelInitializer: 'zeros',
      }),
    )
  return model
}

function functionalModel(members: readonly NetworkWeights[]): LayersModel {
  const [first] = members
  const sequences = first?.fronts ?? []
  const { numbers } = createNetwork(members).inputs
  const words = sequences.map(({ length }, index) =>
    tf.input({ name: `words_${index + 1}`, shape: [length], dtype: 'int32' }),
  )
  const numbersInput = numbers > 0 ? [tf.input({ name: 'numbers', shape: [numbers] })] : []
  const outputs = members.map(({ fronts, layers }, index) => {
    const prefix = `member_${index + 1}_`
    const pooled = fronts.map((front, at) => pooledFront(prefix, at + 1, front, words[at]))
    const names = layerNames(prefix, layers)
    let values = joined(`${prefix}concatenate`, [...numbersInput, ...pooled])
    for (const [at, { units, activation }] of layers.entries())
      values = applied(
        tf.layers.dense({ name: names[at] ?? '', units, activation, kernelInitializer: 'zeros' }),
        values,
      )
    return values
  })
  const [output] = outputs
  if (!output) throw new RangeError('a model needs a network')
  return tf.model({
    name: 'fitserve',
    inputs: [...numbersInput, ...words],
    outputs: outputs.length === 1 ? output : applied(tf.layers.average({ name: 'average' }), outputs),
  })
}

function pooledFront(
  prefix: string,
  number: number,
  { words, dimensions, pooling }: SequenceFront,
  input: SymbolicTensor | undefined,
): SymbolicTensor {
  if (!input) throw new RangeError('members with unlike inputs')
  const name = `${prefix}pooling_${number}`
  const vectors = applied(
    tf.layers.embedding({
      name: `${prefix}embedding_${number}`,
      inputDim: words,
      outputDim: dimensions,
      embeddingsInitializer: 'zeros',
    }),
    input,
  )
  if (pooling === 'flatten') return applied(tf.layers.flatten({ name }), vectors)
  if (pooling === 'max') return applied(tf.layers.globalMaxPooling1d({ name }), vectors)
  return applied(tf.layers.globalAveragePooling1d({ name }), vectors)
}

function joined(name: string, parts: readonly SymbolicTensor[]): SymbolicTensor {
  const [part, ...others] = parts
  if (!part) throw new RangeError('a network needs an input')
  return others.length === 0 ? part : applied(tf.layers.concatenate({ name }), [...parts])
}

function applied(
  layer: { apply(inputs: SymbolicTensor | SymbolicTensor[]): unknown },
  inputs: SymbolicTensor | SymbolicTensor[],
): SymbolicTensor {
  const output = layer.apply(inputs)
  if (output instanceof tf.SymbolicTensor) return output
  throw new RangeError('a layer that gives no single output')
}

async function filesOf(model: LayersModel): Promise<LayersModelFiles> {
  let files: LayersModelFiles | undefined
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const { modelTopology, weightSpecs, weightData, format, generatedBy, convertedBy = null } = artifacts
      if (!weightData || !weightSpecs)
        throw new FitserveError('training-failed', 'The network has no weights.')
      const manifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
      files = {
        'model.json': Buffer.from(
          JSON.stringify({ format, generatedBy, convertedBy, modelTopology, weightsManifest: manifest }),
        ),
        'weights.bin': Buffer.concat(
          (Array.isArray(weightData) ? weightData : [weightData]).map((part) => Buffer.from(part)),
        ),
      }
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    }),
  )
  if (!files) throw new FitserveError('training-failed', 'The network could not be written.')
  return files
}
