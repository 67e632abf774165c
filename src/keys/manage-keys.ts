import { createHash, randomBytes } from 'node:crypto'
import { open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { type ApiKey, isCurrent } from '../access.ts'
import { formatKey, keyLines, parseKey } from './key-file.ts'

/** Bytes of a key: as many as of its hash. */
const KEY_BYTES = 32
/** Beginning of every key that is made here, by which scanners find one that was published by mistake. */
const PREFIX = 'fitserve_'
/** Pause between two tries to lock the file, in ms, and the limit on the wait. */
const LOCK_PAUSE_MS = 50
const LOCK_MS = 5_000
/** Mode of a new file: hashes of keys are nobody else's business. */
const MODE = 0o600

/** An error in the file of API keys that the user can correct. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
}

/**
 * Creates a key and adds its hash to the file, which is created if it is missing.
 * @returns the key, which is stored nowhere
 * @throws KeyFileError where the name is taken
 */
export async function addKey(file: string, key: Omit<ApiKey, 'sha256'>): Promise<string> {
  const secret = PREFIX + randomBytes(KEY_BYTES).toString('base64url')
  const line = formatKey({ ...key, sha256: createHash('sha256').update(secret).digest('hex') })
  const parsed = parseKey(line)
  if ('fault' in parsed) throw new KeyFileError(`The key ${parsed.fault}`)
  await change(file, (text) => {
    if (keysIn(text).some(({ name }) => name === key.name))
      throw new KeyFileError(`There is a key "${key.name}" already. Revoke it first, or take another name.`)
    return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${line}\n`
  })
  return secret
}

/** Removes a key from the file; its line becomes a comment that says so. @throws KeyFileError for an unknown name */
export async function revokeKey(file: string, name: string): Promise<void> {
  await change(file, (text) => {
    if (!keysIn(text).some((key) => key.name === name)) throw new KeyFileError(`There is no key "${name}".`)
    const lines = text.split('\n').map((line) => {
      const isKey = line.trim().startsWith(`${name}:`)
      // A comment stays, since a file without anything in it is taken for one that is being written.
      return isKey ? `# ${name} was revoked at ${new Date().toISOString()}` : line
    })
    return lines.join('\n')
  })
}

/** Returns the keys of a file. @throws KeyFileError where a line is none */
export async function listKeys(file: string): Promise<ApiKey[]> {
  return keysIn(await readText(file))
}

/** Returns lines that show keys, in columns. @param now in milliseconds since 1970 */
export function showKeys(keys: readonly ApiKey[], now: number): string[] {
  const rows = keys.map((key) => [
    key.name,
    key.role,
    key.models?.join(',') ?? 'all models',
    key.expiresAt === null
      ? 'never expires'
      : `${isCurrent(key, now) ? 'expires' : 'EXPIRED'} ${new Date(key.expiresAt).toISOString()}`,
    key.requestsPerMinute === null ? '' : `${key.requestsPerMinute} requests a minute`,
    key.rowsPerDay === null ? '' : `${key.rowsPerDay} rows a day`,
  ])
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function keysIn(text: string): ApiKey[] {
  return keyLines(text).map(({ line, text: entry }) => {
    const key = parseKey(entry)
    if ('fault' in key) throw new KeyFileError(`Line ${line} of the file ${key.fault}.`)
    return key
  })
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new KeyFileError(`${file} cannot be read (${error.code}).`, { cause: error })
  })
}

/** Replaces a file by what a function makes of it, so that its readers see it before or after, and never in between. */
async function change(file: string, edit: (text: string) => string): Promise<void> {
  // Behind a link the file itself is replaced, and not the link.
  const path = await realpath(file).catch(() => file)
  const release = await lock(`${path}.lock`)
  const draft = `${path}.${process.pid}.new`
  try {
    const text = edit(await readText(path))
    const mode = await stat(path).then(
      (found) => found.mode & 0o777,
      () => MODE,
    )
    await writeFile(draft, text, { mode })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    if (error instanceof KeyFileError) throw error
    throw new KeyFileError(`${file} cannot be written (${error instanceof Error ? error.message : error}).`, {
      cause: error,
    })
  } finally {
    await release()
  }
}

/** Waits for other programs that change the file. Returns a function that lets the next one go on. */
async function lock(path: string): Promise<() => Promise<void>> {
  const until = performance.now() + LOCK_MS
  for (;;) {
    try {
      await (await open(path, 'wx')).close()
      return () => rm(path, { force: true })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code !== 'EEXIST') throw new KeyFileError(`${path} cannot be made (${code}).`, { cause: error })
      if (performance.now() > until)
        throw new KeyFileError(`Another program changes the keys. If none does, remove ${path}.`)
      await wait(LOCK_PAUSE_MS)
    }
  }
}
