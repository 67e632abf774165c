import { randomUUID } from 'node:crypto'
import { open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FitserveError } from '../../errors.ts'
import { freeBytes } from '../../runtime/free-bytes.ts'

/** Sentences for what a disk or the system refuses, by the code of the system's error. */
const SENTENCES: Record<string, string> = {
  ENOSPC: 'The embedded queue has no space left on its disk, or no inodes (see df -h and df -i).',
  EDQUOT: 'The embedded queue has used up its disk quota.',
  EACCES: "The embedded queue's folder does not let this process in.",
  EPERM: "The embedded queue's folder does not let this process in.",
  EROFS: 'The embedded queue is on a file system that is read-only.',
  EIO: "The embedded queue's disk reports an error.",
  EMFILE: 'Too many files are open in this process.',
  ENFILE: 'Too many files are open on this machine.',
}
/** The SQLSTATE that PostgreSQL gives to an error of the system. It has one for both limits on open files. */
const BY_SQLSTATE: Record<string, string> = {
  '53100': 'ENOSPC',
  '53000': 'EMFILE',
  '42501': 'EACCES',
  '58030': 'EIO',
}
/** Bytes that a try writes: less room than that is soon used up by the database's log. */
const TRY_BYTES = 2 ** 20

/** Returns the error for a transient failure, such as a full disk; undefined for any other error, such as damage. */
export function troubleOf(error: unknown): FitserveError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  const sentence = SENTENCES[BY_SQLSTATE[error.code] ?? error.code]
  return sentence === undefined
    ? undefined
    : new FitserveError('queue-unavailable', sentence, { cause: error })
}

/**
 * Writes a file into the folder and opens every file below `database`, as the database would. PGlite does not say why
 * it cannot start.
 * @returns what the system refuses; undefined if nothing
 */
export async function findTrouble(folder: string, database: string): Promise<FitserveError | undefined> {
  return (await troubleIn(() => tryToWrite(folder))) ?? troubleIn(() => openAll(database))
}

/**
 * Returns the error for a full disk if the folder has less room than a try needs, or no inodes; undefined otherwise. It writes
 * nothing, since every request for the service's health asks it.
 */
export function findLackOfRoom(folder: string): Promise<FitserveError | undefined> {
  return troubleIn(async () => {
    if ((await freeBytes(folder)) < TRY_BYTES) throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
  })
}

async function troubleIn(work: () => Promise<void>): Promise<FitserveError | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return troubleOf(error)
  }
}

async function tryToWrite(folder: string): Promise<void> {
  // A process that dies here leaves a file that the next start sweeps away with half-made databases.
  const file = join(folder, `new-try-${randomUUID()}`)
  try {
    await writeFile(file, Buffer.alloc(TRY_BYTES))
  } finally {
    await rm(file, { force: true })
  }
}

async function openAll(database: string): Promise<void> {
  const entries = await readdir(database, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((it) => it.isFile())) {
    const file = await open(join(entry.parentPath, entry.name), 'r+')
    await file.close()
  }
}
