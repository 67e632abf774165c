import { FitserveError } from '../errors.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import { VERSION_FILES } from '../registry/version-files.ts'
import { HelperPool } from '../runtime/helper-pool.ts'
import type { Store } from '../store/contract.ts'

/** Size of the child's JavaScript heap, in MB. */
const HEAP_MB = 2_048
/** Requests that may wait for the one that is worked on; further ones are refused. */
const MAX_WAITING = 15
/** Limit on one request, in ms; after it its process is killed. */
const LIMIT_MS = 10 * 60_000

/**
 * Returns a pool whose work on versions is done one at a time, each in a child process of its own, since a data set may be
 * large. @param overloadedMessage what is said where too many wait
 */
export function versionHelper(program: string, overloadedMessage: string): HelperPool {
  return new HelperPool({
    program,
    heapMb: HEAP_MB,
    maxHelpers: 1,
    idleMs: 0,
    timeLimitMs: LIMIT_MS,
    maxWaiting: MAX_WAITING,
    overloadedMessage,
  })
}

/** The files of one version, by its manifest. */
export interface StoredVersion {
  store: Pick<Store, 'localFile'>
  model: string
  entry: VersionEntry
  files: Readonly<Record<string, { sha256: string }>>
}

/** A file on this machine, and the hash that it must have. */
interface LocalFile {
  path: string
  sha256: string
}

/** Copies a file of a version to this machine. @throws FitserveError `corrupt-artifact` where it is missing */
export async function localFile(
  { store, model, entry, files }: StoredVersion,
  file: string,
): Promise<LocalFile> {
  const path = await store.localFile(`${entry.artifacts}${file}`)
  const summary = files[file]
  if (path !== undefined && summary) return { path, sha256: summary.sha256 }
  throw new FitserveError('corrupt-artifact', `${file} of version ${entry.version} of "${model}" is missing.`)
}

/** Copies the files that a version predicts with to this machine. @throws FitserveError `corrupt-artifact` */
export async function answeringFiles(version: StoredVersion) {
  return {
    encoder: await localFile(version, VERSION_FILES.encoder),
    model: await localFile(version, VERSION_FILES.model),
    weights: await localFile(version, VERSION_FILES.weights),
  }
}
