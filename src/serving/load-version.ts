import { FitserveError } from '../errors.ts'
import type { Predictor } from '../models/predictor.ts'
import type { Preparer } from '../models/preparing/preparing.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { ServedVersion } from './served-version.ts'

export interface LoadDependencies {
  models: Pick<ModelRegistry, 'readArtifact'>
  preparer: Preparer
}

/** Reads a version, checked and warm, without holding others up. @throws FitserveError `corrupt-artifact` */
export async function loadVersion(
  { models, preparer }: LoadDependencies,
  name: string,
  entry: VersionEntry,
): Promise<ServedVersion> {
  const read = async (file: string): Promise<Buffer> => {
    const bytes = await models.readArtifact(name, entry, file)
    if (bytes) return bytes
    throw new FitserveError('corrupt-artifact', `Version ${entry.version} of "${name}" has no ${file}.`)
  }
  const predictor = await preparer.prepare(async () => {
    const [encoder, model, weights] = await Promise.all([
      read('encoder.json'),
      read('model.json'),
      read('weights.bin'),
    ])
    return { encoder, model, weights }
  })
  warm(predictor)
  return new ServedVersion(entry.version, predictor)
}

/** Runs the forward pass a few times before it takes traffic, so that its code is compiled. */
function warm(predictor: Predictor): void {
  const example = { text: 'a warm word', number: 0, category: '', boolean: false }
  const row = Object.fromEntries(predictor.inputs.map(({ name, type }) => [name, example[type]]))
  for (let round = 0; round < 50; round++) predictor.predict(row)
}
