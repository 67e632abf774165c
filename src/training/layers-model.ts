import { FitserveError } from '../errors.ts'
import type { DenseLayer } from '../models/network.ts'
import { tf } from './tensorflow/tf.ts'

/** The two files of a tfjs layers model. */
export interface LayersModelFiles {
  'model.json': Buffer
  'weights.bin': Buffer
}

/**
 * Writes a stack of dense layers in the tfjs layers format, by tfjs itself, so that `tf.loadLayersModel` reads
 * it anywhere.
 */
export async function writeLayersModel(layers: readonly DenseLayer[]): Promise<LayersModelFiles> {
  const model = tf.sequential({ name: 'fitserve' })
  try {
    for (const [index, { units, activation, inputs }] of layers.entries())
      model.add(
        tf.layers.dense({
          name: index === layers.length - 1 ? 'output' : `dense_${index + 1}`,
          units,
          activation,
          ...(index === 0 ? { inputShape: [inputs] } : {}),
          kernelInitializer: 'zeros',
        }),
      )
    tf.tidy(() =>
      model.setWeights(
        layers.flatMap(({ kernel, bias, inputs, units }) => [
          tf.tensor2d(kernel, [inputs, units]),
          tf.tensor1d(bias),
        ]),
      ),
    )
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
  } finally {
    model.dispose()
  }
}
