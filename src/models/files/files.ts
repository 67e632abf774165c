import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import type { Steps } from '../../runtime/steps.ts'
import { LONG_KEYS } from '../encoders/kinds.ts'
import { type LongTexts, parseInSteps } from '../encoders/long-texts.ts'
import { InputStates } from '../encoders/row-encoder.ts'
import {
  inputsOfMember,
  lastActivation,
  type Member,
  type NetworkWeights,
  outputsOfMember,
} from '../network/network.ts'
import { TargetState } from '../target.ts'
import { ForestFile, readForests } from '../trees/forest-file.ts'
import { type KeptTensor, LayersModelFile, membersOf } from './layers-file.ts'
import { MixedFile, partsOfMixed } from './mixed-file.ts'

/** `encoder.json`: how a row becomes numbers, and the meaning of the network's outputs. */
export const EncoderFile = z.object({
  format: z.literal(1),
  inputs: InputStates,
  target: TargetState,
  /**
   * Names of the other columns of the training data: rows may have them, and they are not read. Earlier releases did not keep
   * them (absent), or not the target's.
   */
  ignored: z.array(z.string()).optional(),
})
export type EncoderFile = z.infer<typeof EncoderFile>

/** Reads `encoder.json`. @throws FitserveError `corrupt-artifact` */
export function readEncoderFile(bytes: Uint8Array): EncoderFile {
  return parsed(EncoderFile, bytes, 'encoder.json')
}

/** Reads `encoder.json` in steps, and leaves its long texts as bytes. @throws FitserveError `corrupt-artifact` */
export function* encoderFileSteps(bytes: Uint8Array): Steps<{ file: EncoderFile; texts: LongTexts }> {
  try {
    const { value, texts } = yield* parseInSteps(bytes, LONG_KEYS)
    return { file: EncoderFile.parse(value), texts }
  } catch (cause) {
    throw corrupt('encoder.json', cause)
  }
}

/** `model.json`: trees, networks and trees, or a tfjs layers model. */
const ModelFile = z.union([ForestFile, MixedFile, LayersModelFile])

/**
 * Reads a model: the networks of a tfjs layers model, trees, or both; one, or the members of an ensemble.
 * @param weights the bytes of `weights.bin`: of networks little-endian 32-bit floats in the manifest's order. If they
 *   are aligned, the model uses them in place and does not copy them
 * @throws FitserveError `corrupt-artifact`
 */
export function readModel(model: Uint8Array, weights: Uint8Array): Member[] {
  const file = parsed(ModelFile, model, 'model.json')
  if (!('format' in file)) return readNetworks(file, weights)
  if (file.format === 'trees') return readTrees(file, weights)
  const parts = readPart(() => partsOfMixed(file, weights))
  const members = [...readNetworks(file.networks, parts.networks), ...readTrees(file.trees, parts.trees)]
  return readPart(() => fittingMembers(members))
}

function readTrees(file: ForestFile, weights: Uint8Array): Member[] {
  return readPart(() => readForests(file, weights))
}

/** @throws RangeError if the members read rows, or answer, in different ways */
function fittingMembers(members: Member[]): Member[] {
  const shapes = members.map((member) =>
    JSON.stringify([inputsOfMember(member), outputsOfMember(member), lastActivation(member)]),
  )
  if (new Set(shapes).size > 1) throw new RangeError('members that differ')
  return members
}

function readPart<Part>(read: () => Part): Part {
  try {
    return read()
  } catch (cause) {
    throw corrupt('weights.bin', cause)
  }
}

function readNetworks(file: LayersModelFile, weights: Uint8Array): NetworkWeights[] {
  const tensors = new Map<string, KeptTensor>()
  let offset = 0
  for (const { name, shape } of file.weightsManifest[0]?.weights ?? []) {
    const size = shape.reduce((product, length) => product * length, 1)
    if (offset + size * 4 > weights.byteLength) throw corrupt('weights.bin')
    tensors.set(name, { shape, values: floats(weights.subarray(offset, offset + size * 4)) })
    offset += size * 4
  }
  if (offset !== weights.byteLength) throw corrupt('weights.bin')
  try {
    return membersOf(file, tensors)
  } catch (cause) {
    throw corrupt('model.json', cause)
  }
}

function floats(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4)
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
    `The model's file ${name} is damaged or has an unknown format.`,
    { cause },
  )
}
