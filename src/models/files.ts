import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import type { Activation } from './activations.ts'
import { InputStates } from './encoders/row-encoder.ts'
import type { DenseLayer } from './network.ts'
import { TargetState } from './target.ts'

/** `encoder.json`: how a row becomes numbers, and what the network's outputs mean. */
export const EncoderFile = z.object({ format: z.literal(1), inputs: InputStates, target: TargetState })
export type EncoderFile = z.infer<typeof EncoderFile>

const ACTIVATIONS = [
  'relu',
  'tanh',
  'sigmoid',
  'linear',
  'elu',
  'selu',
  'softplus',
  'softsign',
  'swish',
  'relu6',
  'softmax',
] as const satisfies readonly Activation[]

const LayerConfig = z.discriminatedUnion('class_name', [
  z.object({
    class_name: z.literal('Dense'),
    config: z.object({ name: z.string(), units: z.int().positive(), activation: z.enum(ACTIVATIONS) }),
  }),
  // Does nothing once trained.
  z.object({ class_name: z.literal('Dropout') }),
])

/** `model.json` of a tfjs layers model (https://www.tensorflow.org/js/guide/save_load), as far as it is read. */
const LayersModelFile = z.object({
  modelTopology: z.object({ config: z.object({ layers: z.array(LayerConfig) }) }),
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

/** Reads `encoder.json`. @throws FitserveError `corrupt-artifact` */
export function readEncoderFile(bytes: Uint8Array): EncoderFile {
  return parsed(EncoderFile, bytes, 'encoder.json')
}

/**
 * Reads a stack of dense layers from a tfjs layers model.
 * @param weights the bytes of `weights.bin`: little-endian 32-bit floats in the manifest's order
 * @throws FitserveError `corrupt-artifact`
 */
export function readLayersModel(model: Uint8Array, weights: Uint8Array): DenseLayer[] {
  const file = parsed(LayersModelFile, model, 'model.json')
  const tensors = new Map<string, { shape: number[]; values: Float32Array }>()
  let offset = 0
  for (const { name, shape } of file.weightsManifest[0]?.weights ?? []) {
    const size = shape.reduce((product, length) => product * length, 1)
    if (offset + size * 4 > weights.byteLength) throw corrupt('weights.bin')
    // A copy of its own: aligned, and free of the buffer that was read.
    const values = new Float32Array(size)
    new Uint8Array(values.buffer).set(weights.subarray(offset, offset + size * 4))
    tensors.set(name, { shape, values })
    offset += size * 4
  }
  if (offset !== weights.byteLength) throw corrupt('weights.bin')
  const layers: DenseLayer[] = []
  for (const layer of file.modelTopology.config.layers) {
    if (layer.class_name !== 'Dense') continue
    const { name, units, activation } = layer.config
    const kernel = tensors.get(`${name}/kernel`)
    const bias = tensors.get(`${name}/bias`)
    const inputs = kernel?.shape[0] ?? 0
    const before = layers.at(-1)
    const fits =
      kernel?.shape[1] === units && bias?.values.length === units && (!before || before.units === inputs)
    if (!kernel || !bias || !fits) throw corrupt('model.json')
    layers.push({ inputs, units, activation, kernel: kernel.values, bias: bias.values })
  }
  if (layers.length === 0) throw corrupt('model.json')
  return layers
}

function parsed<Schema extends z.ZodType>(schema: Schema, bytes: Uint8Array, name: string): z.output<Schema> {
  try {
    return schema.parse(
      JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')),
    )
  } catch (cause) {
    throw corrupt(name, cause)
  }
}

function corrupt(name: string, cause?: unknown): FitserveError {
  return new FitserveError(
    'corrupt-artifact',
    `The model's file ${name} is damaged or of an unknown format.`,
    { cause },
  )
}
