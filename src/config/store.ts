import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from './config-error.ts'

/** Where the store is. */
export type StoreSettings = { type: 'folder'; folder: string } | S3Settings

/** How S3 is reached. */
export interface S3Access {
  /** URL of a server other than AWS's. */
  endpoint: string | undefined
  /** Default: us-east-1, which other servers than AWS's take. */
  region: string
  /** Undefined: those that the AWS client finds by itself (profile, web identity, instance). */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string | undefined } | undefined
}

/** Where a store on S3 is, and how to reach it. */
export interface S3Settings extends S3Access {
  type: 's3'
  bucket: string
  /** Text before every key, with a `/` at its end; may be empty. */
  prefix: string
  /** Local folder for copies of objects that are needed as files. */
  cacheFolder: string
  /** CACHE_LIMIT: limit on these copies together, in bytes. Default: 10 GiB. */
  cacheLimit: number
}

/** The environment variables of the store. */
export interface StoreVariables {
  STORE_URL?: string | undefined
  S3_ENDPOINT?: string | undefined
  AWS_REGION?: string | undefined
  AWS_DEFAULT_REGION?: string | undefined
  AWS_ACCESS_KEY_ID?: string | undefined
  AWS_SECRET_ACCESS_KEY?: string | undefined
  AWS_SESSION_TOKEN?: string | undefined
  CACHE_LIMIT: number
}

const WANTED = 'a folder such as file:/srv/fitserve, or a bucket such as s3://bucket/prefix'
/** Limit on the prefix, in characters: of S3's 1,024 bytes for a key it leaves more than any key needs. */
const MAX_PREFIX = 200

/**
 * Chooses the store: the one of STORE_URL, or the folder `store` in `dataDir`. @throws ConfigError without address or
 * key
 */
export function storeSettings(variables: StoreVariables, dataDir: string): StoreSettings {
  const { STORE_URL: url } = variables
  if (url === undefined) return { type: 'folder', folder: resolve(dataDir, 'store') }
  if (url.startsWith('s3:')) return s3Settings(url, variables, dataDir)
  const folder = /^file:\/[^?#]*$/.test(url) && URL.canParse(url) ? new URL(url) : undefined
  if (folder?.host !== '' || /%(00|2f)/i.test(folder.pathname))
    throw new ConfigError(`STORE_URL must be ${WANTED}`)
  return { type: 'folder', folder: fileURLToPath(folder) }
}

function s3Settings(url: string, variables: StoreVariables, dataDir: string): S3Settings {
  const [, bucket, path = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[A-Za-z0-9._-]+)*)\/?$/.exec(url) ?? []
  if (bucket === undefined || path.length > MAX_PREFIX || /\/\.{1,2}(\/|$)/.test(path))
    throw new ConfigError(`STORE_URL must be ${WANTED}`)
  const access = s3Access(variables)
  if (access === undefined)
    throw new ConfigError('STORE_URL is on S3, so AWS_REGION must be set, or S3_ENDPOINT for another server')
  return {
    type: 's3',
    bucket,
    prefix: path === '' ? '' : `${path.slice(1)}/`,
    ...access,
    cacheFolder: resolve(dataDir, 'cache'),
    cacheLimit: variables.CACHE_LIMIT,
  }
}

/** Returns how S3 is reached; undefined if neither region nor server is set. @throws ConfigError for half a pair of keys */
export function s3Access(variables: StoreVariables): S3Access | undefined {
  const { S3_ENDPOINT: endpoint } = variables
  const region = variables.AWS_REGION ?? variables.AWS_DEFAULT_REGION
  if (region === undefined && endpoint === undefined) return undefined
  return { endpoint, region: region ?? 'us-east-1', credentials: credentials(variables) }
}

/** Returns the access keys. Half of a pair is a mistake; if none is set, the S3 client looks elsewhere. */
function credentials(variables: StoreVariables): S3Access['credentials'] {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = variables
  const { AWS_SESSION_TOKEN: sessionToken } = variables
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey, sessionToken }
  if (accessKeyId !== undefined || secretAccessKey !== undefined || sessionToken !== undefined)
    throw new ConfigError(
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together; AWS_SESSION_TOKEN needs both',
    )
  return undefined
}
