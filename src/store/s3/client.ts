import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

export interface S3Options {
  bucket: string
  /** What comes before every key, with a `/` at its end, or nothing. */
  prefix: string
  /** A server other than AWS's; its buckets are asked for by path. */
  endpoint?: string | undefined
  region?: string | undefined
  /** Undefined: whatever the AWS client finds by itself (profile, web identity, instance). */
  credentials?: S3Credentials | undefined
}

export interface S3Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

const ATTEMPTS = 4
const CONNECT_MS = 3_000
/** How long a call with a small body may take, at each attempt and with all of them. */
const ATTEMPT_MS = 5_000
const CALL_MS = 12_000
/** The same for a call that carries up to a part of a large file, or that makes a file of its parts. */
const LARGE_MS = 300_000
/** Bytes of a small body. */
const SMALL = 2 ** 18
/** How long a connection may carry nothing in the middle of a body. */
const IDLE_MS = 60_000

/** Options of a call with a small body. */
export const quick = (ms = CALL_MS) => ({ abortSignal: AbortSignal.timeout(ms), requestTimeout: ATTEMPT_MS })
/** Options of a call whose answer carries much; its head must come as soon as any. */
export const reading = () => ({ requestTimeout: ATTEMPT_MS })
/** Options of a call that sends so many bytes, or that makes a file of its parts. */
export const within = (bytes: number) => (bytes <= SMALL ? quick() : { requestTimeout: LARGE_MS })

/** A client of S3 that tries again by itself, with a growing random wait, what failed for passing reasons. */
export function createClient({ endpoint, region, credentials }: S3Options): S3Client {
  // It warns of versions to come on Node 20; the one that is installed here is one that works.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const config: S3ClientConfig = {
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    // Every object has its own SHA-256, which is checked here whichever way it was uploaded.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ATTEMPT_MS,
      throwOnRequestTimeout: true,
      socketTimeout: IDLE_MS,
    },
  }
  if (endpoint !== undefined) Object.assign(config, { endpoint, forcePathStyle: true })
  if (region !== undefined) config.region = region
  if (credentials !== undefined) {
    const { sessionToken, ...keys } = credentials
    config.credentials = sessionToken === undefined ? keys : { ...keys, sessionToken }
  }
  return new S3Client(config)
}
