import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ApiKey } from '../access.ts'
import { keyLines, parseKey } from '../keys/key-file.ts'
import { ConfigError } from './config-error.ts'

/** Name of the file of keys in DATA_DIR, which is read where it is there and API_KEYS_FILE is not set. */
const KEYS_NAME = 'keys'

/** The variables that hold keys. */
export interface KeyVariables {
  API_KEYS?: string | undefined
  API_KEYS_FILE?: string | undefined
}

/** Reads the keys at the start. @param file null: none @throws ConfigError, which repeats no key */
export function readKeys(variables: KeyVariables, file: string | null): ApiKey[] {
  if (file === null) return different(keysOfVariable(variables))
  const text = readText(file)
  const keys = different([...keysOfVariable(variables), ...keysOfFile(text)])
  // An empty file is a mistake, and taking it for "no keys" would open the service to everybody.
  if (keyLines(text).length === 0)
    throw new ConfigError(
      `API_KEYS_FILE is ${JSON.stringify(file)}, but that file has no keys. Add one: npm run key -- add NAME --role predict|train|admin`,
    )
  return keys
}

/**
 * Reads the keys again while the service runs. A file that is empty is one that is being written; one that has a comment
 * and no key means that all keys were revoked. @throws ConfigError
 */
export function readKeysAgain(variables: KeyVariables, file: string): ApiKey[] {
  const text = readText(file)
  if (text.trim() === '')
    throw new ConfigError(`API_KEYS_FILE is ${JSON.stringify(file)}, and that file is empty`)
  return different([...keysOfVariable(variables), ...keysOfFile(text)])
}

/** Returns the path of the file of keys that the settings mean; null where there is none. */
export function keysFileOf({ API_KEYS_FILE }: KeyVariables, dataDir: string): string | null {
  if (API_KEYS_FILE !== undefined) return resolve(API_KEYS_FILE)
  const own = join(dataDir, KEYS_NAME)
  return existsSync(own) ? own : null
}

/** Returns the path of the file of keys that the environment means, whether it is there or not. */
export function keysFileToChange(env: Readonly<Record<string, string | undefined>>): string {
  const { API_KEYS_FILE, DATA_DIR } = env
  return API_KEYS_FILE ? resolve(API_KEYS_FILE) : resolve(DATA_DIR || './data', KEYS_NAME)
}

function keysOfVariable({ API_KEYS = '' }: KeyVariables): ApiKey[] {
  return API_KEYS.split(',').flatMap((item, index) => {
    const text = item.trim()
    return text === '' || text.startsWith('#') ? [] : [keyOf(text, `API_KEYS: entry ${index + 1}`)]
  })
}

function keysOfFile(text: string): ApiKey[] {
  return keyLines(text).map((each) => keyOf(each.text, `API_KEYS_FILE: line ${each.line}`))
}

function different(keys: ApiKey[]): ApiKey[] {
  const names = new Set<string>()
  const nameByHash = new Map<string, string>()
  for (const { name, sha256 } of keys) {
    if (names.has(name))
      throw new ConfigError(`API_KEYS has two keys named ${JSON.stringify(name)}: each needs its own name`)
    const same = nameByHash.get(sha256)
    if (same !== undefined)
      throw new ConfigError(
        `API_KEYS has the same key under the names ${JSON.stringify(same)} and ${JSON.stringify(name)}`,
      )
    names.add(name)
    nameByHash.set(sha256, name)
  }
  return keys
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(
      `API_KEYS_FILE is ${JSON.stringify(path)}, and must be a readable file (${errnoOf(cause)})`,
      { cause },
    )
  }
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}

/** @param place where the entry was found. The entry is not repeated, since it may be a key by mistake. */
function keyOf(text: string, place: string): ApiKey {
  const key = parseKey(text)
  if ('fault' in key) throw new ConfigError(`${place} ${key.fault}`)
  return key
}
