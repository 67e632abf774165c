import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

/** Which bucket a store is in, and how to reach it. */
export interface S3Options {
  bucket: string
  /** Text before every key, with a `/` at its end; may be empty. */
  prefix: string
  /** URL of a server other than AWS's. Buckets are then addressed by path. */
  endpoint?: string | undefined
  region?: string | undefined
  /** Undefined: those that the AWS client finds by itself (profile, web identity, instance). */
  credentials?: S3Credentials | undefined
}

/** Access keys of the bucket. */
export interface S3Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

/** Attempts of the client at one call, of which all but the first follow a transient error. */
const ATTEMPTS = 4
/** Time limit on opening a connection, in ms. */
const CONNECT_MS = 3_000
/** Time limit on one attempt at a call with a small body, in ms. */
const ATTEMPT_MS = 5_000
/** Time limit on all attempts at such a call together, in ms. */
const CALL_MS = 12_000
/**
 * Time limit on one attempt at a call that sends up to one part of a large file or completes a multipart upload, in ms.
 */
const LARGE_MS = 300_000
/** Limit on a small body, in bytes. */
const SMALL = 2 ** 18
/** Time for which a connection may be silent in the middle of a body, in ms. */
const IDLE_MS = 60_000

/** Returns the options of a call with a small body. @param ms time limit on all attempts together */
export const quick = (ms = CALL_MS) => ({ abortSignal: AbortSignal.timeout(ms), requestTimeout: ATTEMPT_MS })
/** Returns the options of a call with a long answer. Its head must arrive as soon as any other's. */
export const reading = () => ({ requestTimeout: ATTEMPT_MS })
/** Returns the options of a call that sends `bytes` bytes. For completing an upload pass the size of the whole file. */
export const within = (bytes: number) => (bytes <= SMALL ? quick() : { requestTimeout: LARGE_MS })

/** Creates a client of S3. It retries calls that failed for transient reasons, after a random wait that grows. */
export function createClient({ endpoint, region, credentials }: S3Options): S3Client {
  // The client warns on Node 20 of its future versions; the installed one works there.
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
