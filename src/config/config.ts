/*
 * The entry point of the settings: the only reader of the environment. It turns text into checked values, and a bad
 * value into a message that says what is allowed, never repeating a secret. It opens nothing: that is `compose.ts`.
 *
 * Start with `Config` below and `loadConfig`. front-door.ts, keys.ts, queue.ts, sources.ts, store.ts and webhooks.ts
 * read the variables of those parts.
 */
import os from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { ApiKey, TokenSettings } from '../access.ts'
import { ConfigError } from './config-error.ts'
import { CORS_ORIGINS, type TlsSettings, TOKEN_VARIABLES, tlsSettings, tokenSettings } from './front-door.ts'
import { keysFileOf, readKeys } from './keys.ts'
import { QUEUE_VARIABLES, type QueueSettings, queueSettings } from './queue.ts'
import { DATASET_SOURCES, type SourceSettings, sourceSettings } from './sources.ts'
import { type StoreSettings, storeSettings } from './store.ts'
import { WEBHOOK_HOSTS, WEBHOOK_SECRET, type WebhookSettings } from './webhooks.ts'

export { ConfigError }

/** The service's settings, checked. docs/operating.md describes each variable. */
export interface Config {
  /** HOST: address or name to listen on. Default: 127.0.0.1. */
  host: string
  /** PORT: 0 picks a free one. Default: 3000. */
  port: number
  /** GRPC_PORT: port of the gRPC service; 0 picks a free one; undefined (default): there is none. */
  grpcPort: number | undefined
  /** DATA_DIR: absolute path of the folder for everything that is kept on this machine. Default: ./data. */
  dataDir: string
  /** VECTORS_DIR: absolute path of the folder with the sets of word vectors. Default: ./vectors. */
  vectorsDir: string
  /** REDIS_URL or DATABASE_URL. Default: embedded. */
  queue: QueueSettings
  /** STORE_URL and the keys of its bucket. Default: a folder in `dataDir`. */
  store: StoreSettings
  /** API_KEYS and API_KEYS_FILE. Without keys and tokens every caller may do everything, on loopback only. */
  apiKeys: readonly ApiKey[]
  /** API_KEYS_FILE: absolute path of the file that is read again when it changes. Default: `keys` in `dataDir`, if there. */
  keysFile: string | null
  /** OIDC_ISSUER, OIDC_AUDIENCE, OIDC_ROLES_CLAIM: tokens that are taken beside keys; null (default): none. */
  tokens: TokenSettings | null
  /** TLS_CERT, TLS_KEY: paths of files; null (default): plain HTTP. */
  tls: TlsSettings | null
  /** CORS_ORIGINS: origins of pages elsewhere that may call. Default: none. */
  corsOrigins: readonly string[]
  /** WORKERS: training processes of this machine that may run at once. Default: all processors but one. */
  workers: number
  jobs: {
    /**
     * JOB_SECONDS, JOB_MEMORY: limits on one attempt, in seconds and in MiB of resident memory; null (default): no
     * limit.
     */
    limits: { seconds: number | null; memoryMb: number | null }
    /** JOBS_PER_MODEL: jobs of one model that may run at once, over all workers; null (default): any number. */
    perModel: number | null
    /**
     * JOB_THREADS: threads in which a job's process trains the members of an ensemble. Default: one for each processor.
     */
    threads: number
    /**
     * JOB_NICE: priority of training processes, from 0, that of other programs, to 19, the lowest. Default: below
     * normal.
     */
    nice: number
    /** CHECKPOINT_SECONDS: minimum time between two checkpoints; 0: one at the end of each epoch. Default: 10. */
    checkpointSeconds: number
  }
  /** WEBHOOK_SECRET, WEBHOOK_HOSTS. Default: no webhooks. */
  webhooks: WebhookSettings
  /** DATASET_SOURCES: places from which data sets may be fetched. Default: none. */
  sources: SourceSettings
  /** KEEP_VERSIONS: newest versions of a model that are kept, unless it says otherwise; null (default): all. */
  keepVersions: number | null
  /** PREDICTION_DAYS: days for which the result of a prediction is kept; null (default): until it is deleted. */
  predictionDays: number | null
  /** GC_HOURS: age in hours from which files can be garbage. Default: 24. */
  garbageHours: number
  /** MAX_BATCH: limit on the rows of one predict request. Default: 10,000. */
  maxBatch: number
  /** MAX_WAITING_JOBS: waiting jobs, folds and trials from which orders are refused. Default: 10,000. */
  maxWaitingJobs: number
  /** BODY_LIMIT: limit on a request's body, in bytes. Default: 16 MiB. */
  bodyLimit: number
  /** MAX_UPLOAD: limit on an upload after decompression, in bytes. Default: 4 GiB. */
  maxUpload: number
  /** REQUEST_TIMEOUT_MS: time limit on a prediction whose client sets none, in ms. Default: 60,000. */
  requestTimeoutMs: number
  /**
   * DRAIN_SECONDS: time for which a process that is to end goes on accepting connections. Default: 0 on loopback, else
   * 5.
   */
  drainSeconds: number
  /** MODEL_MEMORY: limit on the models in memory, in bytes; undefined (default): no limit. */
  modelMemory: number | undefined
  /** RATE_LIMIT: requests a minute for each key or address; 0: no limit. Default: 0 on loopback, else 600. */
  rateLimit: number
  /** LOG_LEVEL. Default: info. */
  logLevel: string
  /** LOG_FORMAT: `auto` (default) writes for people on a terminal, and JSON elsewhere. */
  logFormat: LogFormat
  /** Whether OTEL_EXPORTER_OTLP_ENDPOINT is set: traces are sent there. Other OTEL_ variables are OpenTelemetry's own. */
  traces: boolean
}

/** Bytes of each unit of a size. */
const UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 }

/** Reads a size such as 16MiB into bytes. @param max limit in bytes @param most the same limit as messages say it */
const size = (max: number, most: string) =>
  z.string().transform((text, context) => {
    const [, number, unit = ''] = /^(\d{1,15})\s*([kmg]i?)?b?$/i.exec(text.trim()) ?? []
    const bytes = Number(number) * (UNITS[unit.toLowerCase()] ?? 1)
    if (bytes >= 1 && bytes <= max) return bytes
    const message = `a size in bytes, such as 16777216 or 16MiB, from 1 to ${most}`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
/** Reads a whole number. */
const whole = (min: number, max: number) =>
  z.string().transform((text, context) => {
    const number = Number(text)
    if (/^\d{1,10}$/.test(text) && number >= min && number <= max) return number
    context.addIssue({ code: 'custom', message: `a whole number from ${min} to ${max}` })
    return z.NEVER
  })
const REGION = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'a region such as eu-central-1')
  .optional()
/** Access keys: they are sent in a header of each request. */
const KEY = z
  .string()
  .regex(/^[\x21-\x7e]{1,4096}$/, 'printable ASCII characters without spaces')
  .optional()
const LOG_FORMATS = ['auto', 'json', 'pretty'] as const
type LogFormat = (typeof LOG_FORMATS)[number]
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const Environment = z.object({
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'an address or name of this machine, such as 127.0.0.1')
    .default('127.0.0.1'),
  PORT: whole(0, 65_535).default(3000),
  GRPC_PORT: whole(0, 65_535).optional(),
  DATA_DIR: z.string().default('./data'),
  VECTORS_DIR: z.string().default('./vectors'),
  ...QUEUE_VARIABLES,
  STORE_URL: z.string().optional(),
  S3_ENDPOINT: z
    .string()
    .refine((url) => /^https?:\/\/[^\s/?#@]+\/?$/.test(url) && URL.canParse(url), {
      error: 'an address without a path, such as https://storage.example:9000',
    })
    .optional(),
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: KEY,
  AWS_SECRET_ACCESS_KEY: KEY,
  AWS_SESSION_TOKEN: KEY,
  CACHE_LIMIT: size(2 ** 50, '1048576GiB').default(10 * 2 ** 30),
  API_KEYS: z.string().optional(),
  API_KEYS_FILE: z.string().optional(),
  ...TOKEN_VARIABLES,
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  CORS_ORIGINS,
  WORKERS: whole(0, 1024).default(Math.max(1, os.availableParallelism() - 1)),
  JOB_SECONDS: whole(1, 31_536_000).optional(),
  JOB_MEMORY: size(2 ** 44, '16384GiB').optional(),
  JOBS_PER_MODEL: whole(1, 1024).optional(),
  JOB_NICE: whole(0, 19).default(os.constants.priority.PRIORITY_BELOW_NORMAL),
  JOB_THREADS: whole(1, 64).default(Math.min(64, os.availableParallelism())),
  CHECKPOINT_SECONDS: whole(0, 86_400).default(10),
  KEEP_VERSIONS: whole(1, 1_000_000).optional(),
  PREDICTION_DAYS: whole(1, 36_500).optional(),
  GC_HOURS: whole(1, 8_760).default(24),
  WEBHOOK_SECRET,
  WEBHOOK_HOSTS,
  DATASET_SOURCES,
  MAX_BATCH: whole(1, 10_000_000).default(10_000),
  MAX_WAITING_JOBS: whole(1, 1_000_000).default(10_000),
  // A body is read as one string, which Node limits to a little less than 512 MiB.
  BODY_LIMIT: size(256 * 2 ** 20, '256MiB').default(16 * 2 ** 20),
  MAX_UPLOAD: size(2 ** 50, '1048576GiB').default(4 * 2 ** 30),
  REQUEST_TIMEOUT_MS: whole(1, 86_400_000).default(60_000),
  DRAIN_SECONDS: whole(0, 3_600).optional(),
  MODEL_MEMORY: size(2 ** 50, '1048576GiB').optional(),
  RATE_LIMIT: whole(0, 1_000_000_000).optional(),
  LOG_FORMAT: z.enum(LOG_FORMATS, { error: `one of ${LOG_FORMATS.join(', ')}` }).default('auto'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .refine((url) => /^https?:\/\/[^\s]+$/.test(url) && URL.canParse(url), {
      error: 'an address of HTTP, such as http://localhost:4318',
    })
    .optional(),
  OTEL_SDK_DISABLED: z.string().optional(),
  LOG_LEVEL: z.enum(LEVELS, { error: `one of ${LEVELS.join(', ')}` }).default('info'),
})

/** Variables whose values may hold secrets. No message repeats them. */
const SECRET = new Set([
  'API_KEYS',
  ...Object.keys(QUEUE_VARIABLES),
  'STORE_URL',
  'S3_ENDPOINT',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'WEBHOOK_SECRET',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
])

/** Reads the settings. @throws ConfigError that names each bad variable and what is allowed, never a secret */
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
  const keysFile = keysFileOf(values, dataDir)
  const apiKeys = readKeys(values, keysFile)
  const tokens = tokenSettings(values.OIDC_ISSUER, values.OIDC_AUDIENCE, values.OIDC_ROLES_CLAIM)
  const loopback = isLoopback(values.HOST)
  if (!loopback && apiKeys.length === 0 && tokens === null)
    throw new ConfigError(
      `HOST is ${JSON.stringify(values.HOST)}, which other machines can reach, but no API key is set: anybody could train and delete. Set API_KEYS or API_KEYS_FILE, or leave HOST at 127.0.0.1.`,
    )
  return {
    host: values.HOST,
    port: values.PORT,
    grpcPort: values.GRPC_PORT,
    dataDir,
    vectorsDir: resolve(values.VECTORS_DIR),
    apiKeys,
    keysFile,
    tokens,
    tls: tlsSettings(values.TLS_CERT, values.TLS_KEY),
    corsOrigins: values.CORS_ORIGINS,
    workers: values.WORKERS,
    queue: queueSettings(values, dataDir),
    store: storeSettings(values, dataDir),
    jobs: {
      limits: {
        seconds: values.JOB_SECONDS ?? null,
        memoryMb:
          values.JOB_MEMORY === undefined ? null : Math.max(1, Math.floor(values.JOB_MEMORY / 2 ** 20)),
      },
      perModel: values.JOBS_PER_MODEL ?? null,
      threads: values.JOB_THREADS,
      nice: values.JOB_NICE,
      checkpointSeconds: values.CHECKPOINT_SECONDS,
    },
    keepVersions: values.KEEP_VERSIONS ?? null,
    predictionDays: values.PREDICTION_DAYS ?? null,
    garbageHours: values.GC_HOURS,
    webhooks: { key: values.WEBHOOK_SECRET ?? null, hosts: values.WEBHOOK_HOSTS },
    sources: sourceSettings(values.DATASET_SOURCES, values),
    maxBatch: values.MAX_BATCH,
    maxWaitingJobs: values.MAX_WAITING_JOBS,
    bodyLimit: values.BODY_LIMIT,
    maxUpload: values.MAX_UPLOAD,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    drainSeconds: values.DRAIN_SECONDS ?? (loopback ? 0 : 5),
    modelMemory: values.MODEL_MEMORY,
    rateLimit: values.RATE_LIMIT ?? (loopback ? 0 : 600),
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
    traces: values.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined && values.OTEL_SDK_DISABLED !== 'true',
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
