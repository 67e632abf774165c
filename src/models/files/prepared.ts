import { FitserveError } from '../../errors.ts'
import type { Steps } from '../../runtime/steps.ts'
import type { LongTexts } from '../encoders/long-texts.ts'
import { type InputTables, inputTables, openedTables } from '../encoders/row-encoder.ts'
import { linearUnitOf } from '../network/linear-unit.ts'
import type { Member } from '../network/weights.ts'
import { buffersOf, freeSteps } from './buffers.ts'
import { type EncoderFile, encoderFileSteps, readModel } from './files.ts'
import { tablesFileSteps } from './tables-file.ts'

/** Contents of the files of a version's networks and trees. */
interface MemberFiles {
  /** `model.json` */
  model: Uint8Array
  /** `weights.bin`. The networks may use it in place, so it must not be changed afterwards. */
  weights: Uint8Array
}

/** Contents of the files from which a version answers. */
export interface PredictorFiles extends MemberFiles {
  /** `encoder.json` */
  encoder: Uint8Array
}

/** The same with the file of tables that was made of `encoder.json` (see tables-file.ts). */
export interface TabledFiles extends MemberFiles {
  /** Becomes the model's own: its memory is used in place, or given back once the tables are elsewhere. */
  tables: Uint8Array
}

/** A model that has been read, in plain values that one thread can hand to another. */
export interface PreparedModel {
  /** The encoder without its long texts, which are in the tables. */
  readonly file: EncoderFile
  readonly tables: InputTables
  readonly members: readonly Member[]
}

/** Reads a model's files, in steps. @throws FitserveError `corrupt-artifact` */
export function* preparedSteps(files: PredictorFiles | TabledFiles): Steps<PreparedModel> {
  if ('tables' in files)
    return { ...(yield* tablesFileSteps(files.tables)), members: readModel(files.model, files.weights) }
  const { file, texts } = yield* encoderFileSteps(files.encoder)
  const tables = yield* tablesOf(file, texts)
  return { file, tables, members: readModel(files.model, files.weights) }
}

/**
 * Brings a model's tables to where they are used fastest, in steps, and gives back the memory in which they were. One
 * thread cannot hand the result to another.
 */
export function* openedSteps(prepared: PreparedModel): Steps<PreparedModel> {
  const weights = linearUnitOf(prepared.members)?.weights
  const tables = yield* openedTables(prepared.file.inputs, prepared.tables, weights)
  const used = new Set(buffersOf([tables, prepared.members]))
  yield* freeSteps(buffersOf(prepared.tables).filter((buffer) => !used.has(buffer)))
  return { ...prepared, tables }
}

function* tablesOf({ inputs }: EncoderFile, texts: LongTexts): Steps<InputTables> {
  try {
    return yield* inputTables(inputs, texts)
  } catch (cause) {
    throw new FitserveError('corrupt-artifact', "The model's file encoder.json is damaged.", { cause })
  }
}
