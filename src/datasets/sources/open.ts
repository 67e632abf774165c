import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { join, sep } from 'node:path'
import type { Readable } from 'node:stream'
import type { DatasetSource } from '../../dataset-source.ts'
import { FitserveError } from '../../errors.ts'
import { guardedLookup, PrivateAddress } from '../../runtime/addresses.ts'
import { VERSION } from '../../version.ts'
import { type Allowed, allowedAddress, allowedUrl } from './allowed.ts'

/** Redirects that are followed; each must lead to an allowed address. */
const MAX_REDIRECTS = 5
/** Milliseconds until the head of an answer, and for which a body may be silent. */
const IDLE_MS = 60_000

/** How S3 is reached. */
export interface S3Access {
  endpoint: string | undefined
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string | undefined } | undefined
}

/** From where data sets may be fetched. */
export interface Sources {
  allowed: readonly DatasetSource[]
  /** Undefined: no bucket is allowed. */
  s3: S3Access | undefined
}

/** A file of a source, as it comes. */
export interface Opened {
  body: Readable
  /** The end of its address, which may say its format. */
  name: string
  /** Whether the body is compressed on its way by gzip. */
  gzip: boolean
}

/**
 * Opens the file of an address. No message repeats what a source answers, nor an address that it names.
 * @throws FitserveError `invalid-request` if the address is not allowed, `source-unavailable` if it cannot be read
 */
export async function openSource(
  url: string,
  { allowed, s3 }: Sources,
  signal: AbortSignal,
): Promise<Opened> {
  const address = allowedAddress(url, allowed)
  switch (address.type) {
    case 'web':
      return openUrl(address, allowed, signal)
    case 's3':
      return openObject(address, s3)
    case 'file':
      return openFile(address)
  }
}

async function openUrl(
  first: Extract<Allowed, { type: 'web' }>,
  sources: readonly DatasetSource[],
  signal: AbortSignal,
): Promise<Opened> {
  let address = first
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await get(address, signal)
    const { statusCode = 0, headers } = answer
    if (statusCode === 200) {
      const coding = headers['content-encoding'] ?? 'identity'
      if (!/^(identity|x-gzip|gzip)$/i.test(coding)) {
        answer.destroy()
        throw unavailable('The source answers in a coding other than gzip')
      }
      return { body: answer, name: address.url.pathname, gzip: coding.toLowerCase() !== 'identity' }
    }
    answer.destroy()
    const { location } = headers
    if (statusCode < 300 || statusCode > 399 || location === undefined)
      throw unavailable(`The source answered ${statusCode}`)
    const next = URL.canParse(location, address.url.href)
      ? allowedUrl(new URL(location, address.url), sources)
      : undefined
    if (next === undefined)
      throw unavailable(
        'The source redirects to an address that DATASET_SOURCES of the service does not name',
      )
    address = next
  }
  throw unavailable(`The source redirects more than ${MAX_REDIRECTS} times`)
}

function get(
  { url, mayBePrivate }: Extract<Allowed, { type: 'web' }>,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const { request } = url.protocol === 'https:' ? https : http
  const lookup = guardedLookup(mayBePrivate ? [url.hostname] : [])
  const headers = { 'user-agent': `fitserve/${VERSION}`, 'accept-encoding': 'gzip', accept: '*/*' }
  return new Promise((resolve, reject) => {
    const sent = request(url.href, { headers, lookup, signal, agent: false, timeout: IDLE_MS }, resolve)
    sent.on('timeout', () =>
      sent.destroy(unavailable(`The source did not answer within ${IDLE_MS / 1000} s`)),
    )
    sent.on('error', (error) => reject(signal.aborted ? signal.reason : understood(error)))
    sent.end()
  })
}

function understood(error: Error): Error {
  if (error instanceof FitserveError) return error
  if (error instanceof PrivateAddress)
    return unavailable('The host of the source has a private address, and DATASET_SOURCES names no such host')
  const code = 'code' in error && /^[A-Z_]{3,40}$/.test(String(error.code)) ? ` (${error.code})` : ''
  return unavailable(`The source cannot be reached${code}`, error)
}

async function openObject(
  { bucket, key }: Extract<Allowed, { type: 's3' }>,
  access: S3Access | undefined,
): Promise<Opened> {
  // Loaded only where it is used.
  const [{ createClient }, { openObject: get }] = await Promise.all([
    import('../../store/s3/client.ts'),
    import('../../store/s3/read.ts'),
  ])
  const client = createClient({ bucket, prefix: '', ...access })
  let body: Readable | undefined
  try {
    body = await get(client, { Bucket: bucket, Key: key })
  } catch (error) {
    client.destroy()
    const code = error instanceof Error && /^[A-Za-z]{3,40}$/.test(error.name) ? ` (${error.name})` : ''
    throw unavailable(`The bucket cannot be read${code}`, error)
  }
  body?.once('close', () => client.destroy())
  if (body) return { body, name: key, gzip: false }
  client.destroy()
  throw unavailable('The bucket has no object of this key')
}

async function openFile({ path, folder }: Extract<Allowed, { type: 'file' }>): Promise<Opened> {
  const absent = (cause?: unknown) => unavailable('There is no file at this address that may be read', cause)
  try {
    const real = await realpath(path)
    if (!real.startsWith(join(await realpath(folder), sep))) throw absent()
    // Without waiting for the writer of a pipe, and not through a link that has just been put there.
    const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if ((await file.stat()).isFile()) return { body: file.createReadStream(), name: path, gzip: false }
    await file.close()
    throw absent()
  } catch (error) {
    throw error instanceof FitserveError ? error : absent(error)
  }
}

function unavailable(message: string, cause?: unknown): FitserveError {
  return new FitserveError('source-unavailable', message, { cause })
}
