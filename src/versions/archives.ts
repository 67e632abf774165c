/*
 * What clients do with a finished version beside predicting: here its export and import as one tar file, in
 * evaluations.ts its evaluation on another data set. This room publishes through `registry/` and serves nothing.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { boundedHistoryFile } from '../evaluation/history.ts'
import { EVALUATION_FILE } from '../evaluation/schema.ts'
import { PRODUCTION } from '../registry/alias-moves.ts'
import {
  artifactsOf,
  FileSummary,
  MANIFEST,
  type Manifest,
  summarize,
  writeArtifacts,
} from '../registry/artifacts.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import type { ModelRegistry, Promotion } from '../registry/registry.ts'
import { VERSION_FILES, VersionManifest } from '../registry/version-files.ts'
import { HelperPool, HelperTimedOut } from '../runtime/helper-pool.ts'
import { HelperStopped } from '../runtime/helper-process.ts'
import { serial } from '../runtime/serial.ts'
import { streamToFile } from '../runtime/stream-to-file.ts'
import type { Store } from '../store/contract.ts'
import { isTablesFile } from '../tables-file-name.ts'
import { HELD_OUT_FILE } from '../training-contract.ts'
import { CheckReply, type CheckTask } from './check-archive.ts'
import { archiveBytes, invalidArchive, readArchive, writeArchive } from './tar.ts'

const LABEL = 'export.json'
const HISTORY = 'history.json'
const NEEDED = ['encoder.json', 'model.json', 'weights.bin', HISTORY]
const NAMES = [LABEL, MANIFEST, ...NEEDED, EVALUATION_FILE, HELD_OUT_FILE]
/** Limits on files that are parsed as a whole, in bytes; the largest real ones have a tenth of it. */
const MAX_FILE_BYTES: Readonly<Record<string, number>> = {
  [LABEL]: 2 ** 16,
  [MANIFEST]: 16 * 2 ** 20,
  [VERSION_FILES.model]: 2 ** 20,
  [VERSION_FILES.encoder]: 512 * 2 ** 20,
  [HISTORY]: 16 * 2 ** 20,
  [EVALUATION_FILE]: 16 * 2 ** 20,
  [HELD_OUT_FILE]: 256 * 2 ** 20,
}
/** Limit on an archive, in bytes: a served version is held in memory. */
const MAX_BYTES = 2 * 2 ** 30
/** Heap of the checking process, in MB. */
const CHECK_HEAP_MB = 2_048
/** Milliseconds that an import may be checked; the largest models take some seconds. */
const CHECK_MS = 60_000
/** Milliseconds that the checking process stays without work. */
const CHECK_IDLE_MS = 10_000
/** Imports that may wait for the one that is being checked; further ones are refused. */
const MAX_WAITING = 15

/** Content of `export.json`: the version that the archive holds, and size and hash of its manifest. */
const Label = z.strictObject({
  format: z.literal(1),
  model: z.string(),
  version: z.int().positive(),
  exportedAt: z.iso.datetime(),
  manifest: FileSummary,
})

/** Options of an import. */
export interface ImportOptions {
  /** Default: promoted if the model has no version in production. */
  promote: 'always' | 'never' | undefined
  /** Name of the API key; null without one. */
  by: string | null
}

/** Exports versions as tar archives and imports them, in this service or another one. */
export interface Archives {
  /**
   * Returns a version with all its files as a stream. Every file is checked before the first byte.
   * @throws FitserveError `unknown-model`, `unknown-version`, `unknown-alias`, `corrupt-artifact`
   */
  export(model: string, version: string): Promise<{ name: string; bytes: number; content: Readable }>
  /**
   * Publishes the version in an archive under a model's name, with the model's next number.
   * @throws FitserveError `invalid-archive`, `payload-too-large`, `store-unavailable`, `overloaded`, `not-ready`
   */
  import(model: string, body: Readable, options: ImportOptions): Promise<VersionEntry>
  /** Ends the running check of an import and refuses further ones. */
  close(): void
}

/** Creates the archives. */
export function createArchives(dependencies: {
  store: Store
  models: Pick<ModelRegistry, 'entry' | 'manifest' | 'readArtifact' | 'publish'>
  /** Limit on an imported archive, in bytes. */
  maxBytes: number
  /** Path of the program that checks imports; `.ts` is run by tsx. */
  program: string
  /** Milliseconds that the check of an import may take. Default: one minute. */
  checkMs?: number
}): Archives {
  const { store, models } = dependencies
  const maxBytes = Math.min(MAX_BYTES, dependencies.maxBytes)
  /** Imports run one after the other, since each is read into memory. */
  const oneAtATime = serial()
  const pool = new HelperPool({
    program: dependencies.program,
    heapMb: CHECK_HEAP_MB,
    maxHelpers: 1,
    idleMs: CHECK_IDLE_MS,
    timeLimitMs: dependencies.checkMs ?? CHECK_MS,
    maxWaiting: MAX_WAITING,
    overloadedMessage: 'Too many imports are waiting for their turn.',
  })

  return {
    async export(model, version) {
      const entry = await models.entry(model, version)
      const { manifest, history } = await withBoundedHistory(models, model, entry)
      const about = Buffer.from(JSON.stringify(manifest))
      const label = { format: 1, model, version: entry.version, exportedAt: new Date().toISOString() }
      const head = Buffer.from(JSON.stringify({ ...label, manifest: summarize(about) }))
      const names = Object.keys(manifest.files).filter((name) => NAMES.includes(name))
      const read = async (name: string) =>
        (name === HISTORY ? history : undefined) ??
        (await models.readArtifact(model, entry, name)) ??
        Buffer.alloc(0)
      const sizes = [head.length, about.length]
      // All files are read first: a response that has begun cannot become an error.
      for (const name of names) sizes.push((await read(name)).length)
      async function* files() {
        yield { name: LABEL, bytes: head }
        yield { name: MANIFEST, bytes: about }
        for (const name of names) yield { name, bytes: await read(name) }
      }
      const content = Readable.from(writeArchive(files(), new Date(entry.createdAt)), { objectMode: false })
      return { name: `${model}-${entry.version}.tar`, bytes: archiveBytes(sizes), content }
    },
    async import(model, body, options) {
      const folder = await store.scratchFolder()
      try {
        const received = await receive(body, folder, maxBytes)
        for (const name of [LABEL, MANIFEST, ...NEEDED])
          if (!received.has(name)) throw invalidArchive(`It has no ${name}.`)
        await checkInChild(pool, { folder, part: 'about' })
        return await oneAtATime(() =>
          publishArchive({ store, models, pool }, { model, folder, received, options }),
        )
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
    close: () => pool.close(),
  }
}

/**
 * Reads the manifest and the history of a version as they are exported: a history of an earlier release with too many
 * folds for an import is bounded, and the manifest says so.
 */
async function withBoundedHistory(
  models: Pick<ModelRegistry, 'manifest' | 'readArtifact'>,
  model: string,
  entry: VersionEntry,
): Promise<{ manifest: Manifest; history: Buffer | undefined }> {
  const [manifest, kept] = await Promise.all([
    models.manifest(model, entry),
    models.readArtifact(model, entry, HISTORY),
  ])
  const exported = withoutTables(manifest)
  const history = kept && boundedHistoryFile(kept)
  if (history === undefined || history === kept) return { manifest: exported, history }
  return { manifest: { ...exported, files: { ...exported.files, [HISTORY]: summarize(history) } }, history }
}

/** An import makes the tables of its vocabularies anew. */
function withoutTables(manifest: Manifest): Manifest {
  const files = Object.entries(manifest.files).filter(([name]) => !isTablesFile(name))
  return { ...manifest, files: Object.fromEntries(files) }
}

/** Writes an archive's files into a folder. Returns size and hash of each. */
async function receive(body: Readable, folder: string, maxBytes: number): Promise<Map<string, FileSummary>> {
  const received = new Map<string, FileSummary>()
  // After a refusal the client is still answered, so its stream must not be destroyed.
  const source: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: () => whole(body) }
  for await (const { name, bytes, content } of readArchive(source, NAMES, maxBytes)) {
    const limit = MAX_FILE_BYTES[name] ?? maxBytes
    if (bytes > limit) throw invalidArchive(`${name} exceeds the limit of ${limit} bytes.`)
    const hash = createHash('sha256')
    async function* hashed() {
      for await (const piece of content) {
        hash.update(piece)
        yield piece
      }
    }
    await streamToFile(join(folder, name), hashed())
    received.set(name, { bytes, sha256: hash.digest('hex') })
  }
  return received
}

async function* whole(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body.iterator({ destroyOnReturn: false })
  } catch (cause) {
    throw new FitserveError('invalid-request', 'The request ended before the whole archive had arrived.', {
      cause,
    })
  }
}

async function publishArchive(
  { store, models, pool }: { store: Store; models: Pick<ModelRegistry, 'publish'>; pool: HelperPool },
  archive: {
    model: string
    folder: string
    received: ReadonlyMap<string, FileSummary>
    options: ImportOptions
  },
): Promise<VersionEntry> {
  const { model, folder, received, options } = archive
  const { label, manifest, files } = await checkedFiles(folder, received)
  await checkInChild(pool, { folder, part: 'model' })
  // The child has made them of the encoder.
  for (const name of await readdir(folder))
    if (isTablesFile(name)) files.set(name, await readFile(join(folder, name)))
  const { files: _files, ...about } = manifest
  const id = uuidv7()
  const now = new Date().toISOString()
  const { job, attempt, createdAt } = about
  const artifacts = artifactsOf(id, 1)
  const kept = await writeArtifacts(store, artifacts, files, {
    ...about,
    model,
    job: id,
    attempt: 1,
    createdAt: now,
    origin: {
      model: label.model,
      version: label.version,
      job,
      attempt,
      createdAt,
      exportedAt: label.exportedAt,
      importedAt: now,
      manifest: label.manifest,
      ...('origin' in about ? { origin: about['origin'] } : {}),
    },
  })
  const publication = { job: id, attempt: 1, artifacts, manifest: kept, promote: promotion(options.promote) }
  return models.publish(model, publication, options.by)
}

function promotion(wanted: ImportOptions['promote']): Promotion {
  if (wanted === 'never') return 'never'
  if (wanted === 'always') return () => ({ promote: true, reason: 'Imported.' })
  return ({ aliases }) => {
    const promote = aliases[PRODUCTION] === undefined
    const state = promote ? 'no' : 'another'
    return { promote, reason: `Imported while ${state} version was in production.` }
  }
}

/** Reads the files of an archive, and checks them against its description, which has been checked. */
async function checkedFiles(folder: string, received: ReadonlyMap<string, FileSummary>) {
  const bytes = (name: string) => readFile(join(folder, name))
  const label = parsed(Label, await bytes(LABEL), LABEL)
  if (!same(label.manifest, received.get(MANIFEST))) throw invalidArchive(notWhat(MANIFEST))
  const manifest = parsed(VersionManifest, await bytes(MANIFEST), MANIFEST)
  const content = [...received.keys()].filter((name) => name !== LABEL && name !== MANIFEST)
  for (const name of new Set([...content, ...Object.keys(manifest.files)]))
    if (!Object.hasOwn(manifest.files, name) || !same(manifest.files[name], received.get(name)))
      throw invalidArchive(notWhat(name.slice(0, 100)))
  const files = new Map<string, Buffer>()
  for (const name of content) files.set(name, await bytes(name))
  return { label, manifest, files }
}

/** Checks an archive's files in a child process. @throws FitserveError `invalid-archive`, `overloaded`, `not-ready` */
async function checkInChild(pool: HelperPool, task: CheckTask): Promise<void> {
  try {
    const reply = CheckReply.parse(await pool.ask(task))
    if (reply.kind === 'refused') throw new FitserveError('invalid-archive', reply.message)
  } catch (error) {
    // Other work on the machine may have slowed the check, so this says nothing of the archive.
    if (error instanceof HelperTimedOut)
      throw new FitserveError('overloaded', 'The check of the archive took too long. Try again later.', {
        cause: error,
      })
    if (!(error instanceof HelperStopped)) throw error
    throw invalidArchive('Its files take too much memory to read.', error)
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, bytes: Buffer, name: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw invalidArchive(`${name} is not what such a file is.`, cause)
  }
}

function same(a: FileSummary | undefined, b: FileSummary | undefined): boolean {
  return a !== undefined && b !== undefined && a.bytes === b.bytes && a.sha256 === b.sha256
}

function notWhat(name: string): string {
  return `${name} is not what the archive says of it.`
}
