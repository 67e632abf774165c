import { exampleRow } from '../models/example-row.ts'
import type { Predictor } from '../models/predictor.ts'
import type { Preparer } from '../models/preparing/preparing.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { readLoadedFiles } from '../registry/version-files.ts'
import { ServedVersion } from './served-version.ts'

/** Dependencies of `loadVersion`. */
export interface LoadDependencies {
  models: Pick<ModelRegistry, 'readArtifacts'>
  /** Turns files into a predictor, large ones in a thread. */
  preparer: Preparer
}

/** Predictions before a version takes traffic, so that V8 has compiled the forward pass. */
const WARM_ROUNDS = 50

/** Loads a version, checked and warm, without holding up requests. @throws FitserveError `corrupt-artifact` */
export async function loadVersion(
  { models, preparer }: LoadDependencies,
  name: string,
  entry: VersionEntry,
): Promise<ServedVersion> {
  const predictor = await preparer.prepare(() => readLoadedFiles(models, name, entry))
  warmUp(predictor)
  return new ServedVersion(entry.version, predictor)
}

function warmUp(predictor: Predictor): void {
  const row = exampleRow(predictor)
  for (let round = 0; round < WARM_ROUNDS; round++) predictor.predict(row)
}
