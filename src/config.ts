import { readFileSync } from 'node:fs'
import os from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type ApiKey, ROLES } from './api/access.ts'

/** The settings, from the environment; this file is its only reader. */
export interface Config {
  host: string
  port: number
  dataDir: string
  queue: { type: 'redis'; url: string } | { type: 'embedded'; folder: string }
  storeFolder: string
  apiKeys: readonly ApiKey[]
  workers: number
  /** Rows in one predict request. */
  maxBatch: number
  /** Bytes. */
  bodyLimit: number
  /** Bytes of an upload after decompression. */
  maxUpload: number
  /** Requests a minute for each key or address; 0: no limit. */
  rateLimit: number
  logLevel: string
}

/** Settings that cannot be used; the message names each with what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 }

const size = z.string().transform((text, context) => {
  const [, number, unit = ''] = /^(\d{1,15})\s*([kmg]i?)?b?$/i.exec(text.trim()) ?? []
  if (number !== undefined) return Number(number) * (UNITS[unit.toLowerCase()] ?? 1)
  context.addIssue({ code: 'custom', message: 'a size in bytes, such as 16777216 or 16MiB' })
  return z.NEVER
})
const whole = (min: number, max: number) =>
  z.string().transform((text, context) => {
    const number = Number(text)
    if (/^\d{1,10}$/.test(text) && number >= min && number <= max) return number
    context.addIssue({ code: 'custom', message: `a whole number from ${min} to ${max}` })
    return z.NEVER
  })
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65_535).default(3000),
  DATA_DIR: z.string().default('./data'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/\S+$/, 'an address such as redis://127.0.0.1:6379')
    .optional(),
  DATABASE_URL: z.string().optional(),
  STORE_URL: z.string().optional(),
  API_KEYS: z.string().optional(),
  API_KEYS_FILE: z.string().optional(),
  WORKERS: whole(0, 1024).default(Math.max(1, os.availableParallelism() - 1)),
  MAX_BATCH: whole(1, 10_000_000).default(10_000),
  BODY_LIMIT: size.default(16 * 2 ** 20),
  MAX_UPLOAD: size.default(4 * 2 ** 30),
  RATE_LIMIT: whole(0, 1_000_000_000).optional(),
  LOG_LEVEL: z.enum(LEVELS, { error: `one of ${LEVELS.join(', ')}` }).default('info'),
})

/** Settings whose values may be secrets, and are never repeated. */
const SECRET = new Set(['API_KEYS', 'REDIS_URL', 'DATABASE_URL', 'STORE_URL'])

/** Reads the settings. @throws ConfigError naming every wrong one */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = Environment.safeParse(given)
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => {
      const name = String(path[0])
      const shown = SECRET.has(name) ? '' : ` is ${JSON.stringify(given[name])}, and`
      return `${name}${shown} must be ${message}`
    })
    throw new ConfigError(lines.join('\n'))
  }
  const values = parsed.data
  const dataDir = resolve(values.DATA_DIR)
  const apiKeys = readKeys(values)
  const loopback = isLoopback(values.HOST)
  if (!loopback && apiKeys.length === 0)
    throw new ConfigError(
      `HOST is ${JSON.stringify(values.HOST)}, which others can reach, and there is no API key: anybody could train and delete. Set API_KEYS or API_KEYS_FILE, or leave HOST at 127.0.0.1.`,
    )
  if (values.DATABASE_URL)
    throw new ConfigError('DATABASE_URL: a queue on PostgreSQL is not supported yet. Use REDIS_URL.')
  return {
    ...{ host: values.HOST, port: values.PORT, dataDir, apiKeys, workers: values.WORKERS },
    queue: values.REDIS_URL
      ? { type: 'redis', url: values.REDIS_URL }
      : { type: 'embedded', folder: resolve(dataDir, 'queue') },
    storeFolder: storeFolder(values.STORE_URL, dataDir),
    ...{ maxBatch: values.MAX_BATCH, bodyLimit: values.BODY_LIMIT, maxUpload: values.MAX_UPLOAD },
    rateLimit: values.RATE_LIMIT ?? (loopback ? 0 : 600),
    logLevel: values.LOG_LEVEL,
  }
}

function storeFolder(url: string | undefined, dataDir: string): string {
  if (url === undefined) return resolve(dataDir, 'store')
  if (url.startsWith('s3://'))
    throw new ConfigError('STORE_URL: a store on S3 is not supported yet. Use file:/….')
  if (!url.startsWith('file:/'))
    throw new ConfigError('STORE_URL must be a folder such as file:/srv/fitserve')
  try {
    return fileURLToPath(url.startsWith('file://') ? url : `file://${url.slice(5)}`)
  } catch (cause) {
    throw new ConfigError('STORE_URL must be a folder such as file:/srv/fitserve', { cause })
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function readKeys({ API_KEYS, API_KEYS_FILE }: z.output<typeof Environment>): ApiKey[] {
  const items = (API_KEYS ?? '').split(',')
  if (API_KEYS_FILE !== undefined) {
    try {
      items.push(...readFileSync(API_KEYS_FILE, 'utf8').split(/\r?\n/))
    } catch (cause) {
      throw new ConfigError('API_KEYS_FILE names a file that cannot be read', { cause })
    }
  }
  const keys = items
    .map((item) => item.trim())
    .filter((item) => item !== '' && !item.startsWith('#'))
    .map(parseKey)
  for (const [index, { name }] of keys.entries())
    if (keys.findIndex((key) => key.name === name) < index)
      throw new ConfigError(`API_KEYS has two keys named ${JSON.stringify(name)}`)
  return keys
}

function parseKey(item: string, index: number): ApiKey {
  const match = /^([A-Za-z0-9._-]{1,64}):([a-z]+):([0-9a-fA-F]{64})$/.exec(item)
  const role = ROLES.find((each) => each === match?.[2])
  if (!match?.[1] || !match[3] || !role)
    throw new ConfigError(
      `API_KEYS: entry ${index + 1} must be name:role:sha256 with a role of ${ROLES.join(', ')} and 64 hex digits`,
    )
  return { name: match[1], role, sha256: match[3].toLowerCase() }
}
