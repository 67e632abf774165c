import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { InputStates } from './encoders/row-encoder.ts'
import { type KeptTensor, LayersModelFile, membersOf } from './layers-file.ts'
import type { NetworkWeights } from './network.ts'
import { TargetState } from './target.ts'

/** `encoder.json`: how a row becomes numbers, and what the network's outputs mean. */
export const EncoderFile = z.object({ format: z.literal(1), inputs: InputStates, target: TargetState })
export type EncoderFile = z.infer<typeof EncoderFile>

/** Reads `encoder.json`. @throws FitserveError `corrupt-artifact` */
export function readEncoderFile(bytes: Uint8Array): EncoderFile {
  return parsed(EncoderFile, bytes, 'encoder.json')
}

/**
 * Reads the networks of a tfjs layers model: one, or the members of an ensemble.
 * @param weights the bytes of `weights.bin`: little-endian 32-bit floats in the manifest's order
 * @throws FitserveError `corrupt-artifact`
 */
export function readLayersModel(model: Uint8Array, weights: Uint8Array): NetworkWeights[] {
  const file = parsed(LayersModelFile, model, 'model.json')
  const tensors = new Map<string, KeptTensor>()
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
  try {
    return membersOf(file, tensors)
  } catch (cause) {
    throw corrupt('model.json', cause)
  }
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
