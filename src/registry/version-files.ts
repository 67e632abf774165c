import { z } from 'zod'
import { FitserveError, unlessDamaged } from '../errors.ts'
import { CompleteRecipe, InputColumn, NAME_PATTERN } from '../recipe/index.ts'
import { tablesFileName } from '../tables-file-name.ts'
import { Manifest } from './artifacts.ts'
import type { VersionEntry } from './model-log.ts'
import type { ModelRegistry } from './registry.ts'

/**
 * The members of a version's manifest that this project reads again; all others are kept as they are. A user that needs
 * a part of them picks it, so that it also accepts manifests that lack the rest.
 */
export const VersionManifest = Manifest.extend({
  /** Id of the job that made the version. */
  job: z.string().max(100),
  createdAt: z.iso.datetime(),
  /** The data set that it was trained on, and the name under which that was ordered. */
  dataset: z.looseObject({ id: z.string().max(100), name: z.string().regex(NAME_PATTERN) }),
  recipe: CompleteRecipe,
  /** Classes in the order of the network's outputs; null for a regression. */
  classes: z.array(z.string()).nullable(),
  /** Columns that clients have to send. Absent in manifests of earlier releases. */
  inputs: z.array(InputColumn).optional(),
  /** The largest levels of intervals and sets; null: none. Absent in manifests of earlier releases. */
  levels: z.object({ interval: z.number().nullable(), set: z.number().nullable() }).optional(),
})

/** Names of the files that a version answers from. */
export const VERSION_FILES = { encoder: 'encoder.json', model: 'model.json', weights: 'weights.bin' } as const

/** Contents of the files that a version answers from. */
export interface VersionFiles {
  encoder: Buffer
  model: Buffer
  weights: Buffer
}

/**
 * Reads the files that a version answers from, each checked against the manifest.
 * @throws FitserveError `corrupt-artifact` where one is missing or damaged
 */
export async function readVersionFiles(
  models: Pick<ModelRegistry, 'readArtifact'>,
  name: string,
  entry: VersionEntry,
): Promise<VersionFiles> {
  const read = async (file: string): Promise<Buffer> => {
    const bytes = await models.readArtifact(name, entry, file)
    if (bytes) return bytes
    throw new FitserveError('corrupt-artifact', `Version ${entry.version} of "${name}" has no ${file}.`)
  }
  const [encoder, model, weights] = await Promise.all([
    read(VERSION_FILES.encoder),
    read(VERSION_FILES.model),
    read(VERSION_FILES.weights),
  ])
  return { encoder, model, weights }
}

/** Contents of the files from which a version is loaded to answer: the tables of its vocabularies in place of the encoder. */
export type LoadedFiles = VersionFiles | (Omit<VersionFiles, 'encoder'> & { tables: Buffer })

/**
 * Reads the files from which a version is loaded, each checked against the manifest: the file of tables, where there is one
 * of this encoder, else the encoder.
 * @throws FitserveError `corrupt-artifact` where one is missing or damaged
 */
export async function readLoadedFiles(
  models: Pick<ModelRegistry, 'readArtifacts'>,
  name: string,
  entry: VersionEntry,
): Promise<LoadedFiles> {
  let tablesName = ''
  const { encoder: encoderName, model: modelName, weights: weightsName } = VERSION_FILES
  const files = await models.readArtifacts(name, entry, (known) => {
    tablesName = tablesFileName(known[encoderName]?.sha256 ?? '')
    return [Object.hasOwn(known, tablesName) ? tablesName : encoderName, modelName, weightsName]
  })
  const pick = (file: string): Buffer => {
    const bytes = files.get(file)
    if (bytes) return bytes
    throw new FitserveError('corrupt-artifact', `Version ${entry.version} of "${name}" has no ${file}.`)
  }
  const members = { model: pick(modelName), weights: pick(weightsName) }
  const tables = files.get(tablesName)
  return tables ? { ...members, tables } : { ...members, encoder: pick(encoderName) }
}

/**
 * Reads the manifest of a version and all files that it lists, each checked against it.
 * @throws FitserveError `corrupt-artifact` where one is missing or damaged
 */
export async function readAllFiles(
  models: Pick<ModelRegistry, 'manifest' | 'readArtifact'>,
  model: string,
  entry: VersionEntry,
): Promise<{ manifest: Manifest; files: Map<string, Buffer> }> {
  const manifest = await models.manifest(model, entry)
  const files = new Map<string, Buffer>()
  for (const name of Object.keys(manifest.files)) {
    const bytes = await models.readArtifact(model, entry, name)
    if (bytes) files.set(name, bytes)
  }
  return { manifest, files }
}

/** Returns the files that a version answers from, out of all of its files. @throws FitserveError `corrupt-artifact` */
export function versionFilesIn(files: ReadonlyMap<string, Uint8Array | string>): VersionFiles {
  const pick = (file: string): Buffer => {
    const content = files.get(file)
    if (content === undefined) throw new FitserveError('corrupt-artifact', `There is no ${file}.`)
    if (typeof content === 'string') return Buffer.from(content)
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  }
  return {
    encoder: pick(VERSION_FILES.encoder),
    model: pick(VERSION_FILES.model),
    weights: pick(VERSION_FILES.weights),
  }
}

/** The part of a version's encoder that says what clients have to send. */
const EncoderInputs = z.object({ inputs: z.array(InputColumn) })

/** Returns what clients have to send to a version; undefined if its files are damaged. */
export function takenInputs(
  models: Pick<ModelRegistry, 'manifest' | 'readArtifact'>,
  model: string,
  entry: VersionEntry,
): Promise<InputColumn[] | undefined> {
  return unlessDamaged(async () => {
    const { inputs } = VersionManifest.pick({ inputs: true }).parse(await models.manifest(model, entry))
    if (inputs) return inputs
    const encoder = await models.readArtifact(model, entry, VERSION_FILES.encoder)
    return encoder && EncoderInputs.parse(JSON.parse(String(encoder))).inputs
  })
}
