import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Readable, Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { FitserveError } from '../../errors.ts'
import { quick, reading } from './client.ts'
import { SHA256 } from './creation.ts'
import { codeOf, statusOf } from './errors.ts'

/** How often a body is fetched that breaks off or is not what was stored, and the wait between, at most. */
const TRIES = 3
const WAIT_MS = 400

type At = { Bucket: string; Key: string }

/** What is known of an object without its bytes. */
export interface ObjectHead {
  bytes: number
  /** In hexadecimal digits; undefined where another program has put the object there. */
  sha256: string | undefined
  etag: string
}

/** What is known of an object, or undefined where it is absent. */
export async function headOf(client: S3Client, at: At): Promise<ObjectHead | undefined> {
  return unlessAbsent(async () => {
    const { ContentLength = 0, Metadata, ETag = '' } = await client.send(new HeadObjectCommand(at), quick())
    return { bytes: ContentLength, sha256: Metadata?.[SHA256], etag: ETag }
  })
}

/** The object's bytes, checked, or undefined where it is absent. */
export function readObject(client: S3Client, at: At): Promise<Buffer | undefined> {
  return again(async () => {
    const body = await openObject(client, at)
    return body && buffer(body)
  })
}

/** Writes the object's bytes, checked, to a new file. False where the object is absent. */
export async function download(client: S3Client, at: At, path: string): Promise<boolean> {
  const done = await again(async () => {
    const body = await openObject(client, at)
    return body && pipeline(body, createWriteStream(path)).then(() => true)
  })
  return done ?? false
}

/**
 * The object's bytes as they come, or undefined where it is absent. The stream fails where they break off, and at
 * its end where they are not what was stored.
 */
export function openObject(client: S3Client, at: At): Promise<Readable | undefined> {
  return unlessAbsent(async () => {
    const { Body, ContentLength, Metadata } = await client.send(new GetObjectCommand(at), reading())
    if (!(Body instanceof Readable)) throw new Error('The client of S3 gives no stream')
    const checked = checking(ContentLength, Metadata?.[SHA256])
    pipeline(Body, checked).catch(() => {})
    return checked
  })
}

/** Lets bytes through and fails at the end where they are not so many or have another hash. */
function checking(bytes: number | undefined, sha256: string | undefined): Transform {
  const hash = createHash('sha256')
  let seen = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      seen += chunk.length
      done(null, chunk)
    },
    flush(done) {
      const short = bytes !== undefined && seen !== bytes
      const other = sha256 !== undefined && hash.digest('hex') !== sha256
      done(short || other ? damaged() : null)
    },
  })
}

function damaged(): FitserveError {
  return new FitserveError('corrupt-artifact', 'A file in the store is not what was stored.')
}

/** Bytes may be damaged on their way, and then are fetched again; or in the store, and then are refused. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const passing = error instanceof FitserveError || BROKEN.includes(codeOf(error))
      if (!passing || tries === TRIES) throw error
      await sleep(WAIT_MS * tries * Math.random())
    }
  }
}

/** How a body breaks off. */
const BROKEN = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'TimeoutError', 'ERR_STREAM_PREMATURE_CLOSE']

async function unlessAbsent<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    // Also the bucket may be what is not there; a HEAD does not tell which.
    if (statusOf(error) === 404 && codeOf(error) !== 'NoSuchBucket') return undefined
    throw error
  }
}
