import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { atOnce, inTurns, type Steps } from '../runtime/steps.ts'
import type { Store } from '../store/contract.ts'
import type { VersionEntry } from './model-log.ts'

/** Size in bytes and SHA-256 (lower-case hex) that a file must have to be used. */
export const FileSummary = z.object({ bytes: z.int().nonnegative(), sha256: z.string() })
export type FileSummary = z.infer<typeof FileSummary>

/** The registry's own part of a manifest: size and hash of each file. All else is opaque here and kept as it is. */
export const Manifest = z.looseObject({ files: z.record(z.string(), FileSummary) })
export type Manifest = z.infer<typeof Manifest>

/** Name of the file that lists the others. */
export const MANIFEST = 'manifest.json'

/** Returns the key prefix of the files that an attempt of a job writes. */
export function artifactsOf(job: string, attempt: number): string {
  return `artifacts/${job}-${attempt}/`
}

/** Returns size and hash of some content. */
export function summarize(bytes: Uint8Array | string): FileSummary {
  return atOnce(summarySteps(bytes))
}

/** Bytes that are hashed in one step, about a millisecond. */
const STEP_BYTES = 256 * 1024

/** Runs `summarize` in steps: a hundred megabytes take a third of a second. */
function* summarySteps(content: Uint8Array | string): Steps<FileSummary> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.byteLength; at += STEP_BYTES) {
    hash.update(bytes.subarray(at, at + STEP_BYTES))
    yield
  }
  return { bytes: bytes.byteLength, sha256: hash.digest('hex') }
}

/**
 * Writes the files of one attempt and, last, the manifest that lists them with size and hash.
 * @param artifacts key prefix of the attempt's files, with a `/` at its end
 * @param about further members of the manifest
 * @returns the manifest's own size and hash, which go into the model's log
 */
export async function writeArtifacts(
  store: Store,
  artifacts: string,
  files: ReadonlyMap<string, Uint8Array | string>,
  about: Record<string, unknown>,
): Promise<FileSummary> {
  const summaries: [string, FileSummary][] = []
  for (const [name, bytes] of files) {
    await createOnce(store, `${artifacts}${name}`, bytes)
    summaries.push([name, await inTurns(summarySteps(bytes))])
  }
  const manifest = JSON.stringify({ ...about, files: Object.fromEntries(summaries) })
  await createOnce(store, `${artifacts}${MANIFEST}`, manifest)
  return summarize(manifest)
}

/** Reads the manifest of a version, checked against the hash in the model's log. */
export async function readManifest(store: Store, model: string, entry: VersionEntry): Promise<Manifest> {
  const bytes = await readChecked(store, model, entry, MANIFEST, entry.manifest)
  const manifest = Manifest.safeParse(parseJson(bytes))
  if (!manifest.success) throw corrupt(model, entry, MANIFEST, 'cannot be read')
  return manifest.data
}

/**
 * Reads one file of a version, checked against its manifest; undefined where the manifest names no such file.
 * @throws FitserveError `corrupt-artifact` where the manifest or the file is missing or damaged
 */
export async function readArtifact(
  store: Store,
  model: string,
  entry: VersionEntry,
  file: string,
): Promise<Buffer | undefined> {
  const { files } = await readManifest(store, model, entry)
  const summary = Object.hasOwn(files, file) ? files[file] : undefined
  return summary && readChecked(store, model, entry, file, summary)
}

/**
 * Reads several files of a version, each checked against its manifest, which is read once.
 * @param choose names the files, out of all that there are
 * @returns the files by name, without those that the manifest does not name
 * @throws FitserveError `corrupt-artifact` where the manifest or a file is missing or damaged
 */
export async function readArtifacts(
  store: Store,
  model: string,
  entry: VersionEntry,
  choose: (files: Manifest['files']) => readonly string[],
): Promise<Map<string, Buffer>> {
  const { files } = await readManifest(store, model, entry)
  const read = async (file: string) => {
    const summary = Object.hasOwn(files, file) ? files[file] : undefined
    return summary && ([file, await readChecked(store, model, entry, file, summary)] as const)
  }
  const found = await Promise.all(choose(files).map(read))
  return new Map(found.filter((each) => each !== undefined))
}

async function readChecked(
  store: Store,
  model: string,
  entry: VersionEntry,
  file: string,
  expected: FileSummary,
): Promise<Buffer> {
  const bytes = await store.read(`${entry.artifacts}${file}`).catch((error: unknown) => {
    // A store that checks its bytes by itself does not know which version they belong to.
    if (error instanceof FitserveError && error.code === 'corrupt-artifact')
      throw corrupt(model, entry, file, 'is not what was stored')
    throw error
  })
  if (bytes === undefined) throw corrupt(model, entry, file, 'is missing')
  const found = await inTurns(summarySteps(bytes))
  if (found.bytes !== expected.bytes || found.sha256 !== expected.sha256) {
    throw corrupt(model, entry, file, 'is not what was stored')
  }
  return bytes
}

/** Creates a key. Files of an attempt belong to it alone, so a key that exists already must hold the same bytes. */
async function createOnce(store: Store, key: string, bytes: Uint8Array | string): Promise<void> {
  if (await store.create(key, bytes)) return
  const found = await store.read(key)
  if (found === undefined || summarize(found).sha256 !== summarize(bytes).sha256) {
    throw new Error(`Another attempt has written ${key}`)
  }
}

function corrupt(model: string, entry: VersionEntry, file: string, what: string): FitserveError {
  return new FitserveError('corrupt-artifact', `${file} of version ${entry.version} of "${model}" ${what}.`)
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
