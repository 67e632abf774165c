import { createHash } from 'node:crypto'
import { Readable, Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { FitserveError } from '../../errors.ts'
import { streamToFile } from '../../runtime/stream-to-file.ts'
import type { ByteRange } from '../contract.ts'
import { quick, reading } from './client.ts'
import { SHA256 } from './creation.ts'
import { codeOf, statusOf } from './errors.ts'

/** Tries at fetching a body that ends early or is damaged. */
const TRIES = 3
/** Limit on the random wait before the second try, in ms; before the third it is twice that. */
const WAIT_MS = 400

type At = { Bucket: string; Key: string }

/** Metadata of an object on S3. */
export interface ObjectHead {
  bytes: number
  /** Hash of the content in hexadecimal digits; undefined if another program has made the object. */
  sha256: string | undefined
  etag: string
}

/** Returns size and hash of an object, or undefined if it is absent. S3 API: HeadObject. */
export async function headOf(client: S3Client, at: At): Promise<ObjectHead | undefined> {
  return unlessAbsent(async () => {
    const { ContentLength = 0, Metadata, ETag = '' } = await client.send(new HeadObjectCommand(at), quick())
    return { bytes: ContentLength, sha256: Metadata?.[SHA256], etag: ETag }
  })
}

/** Returns the object's bytes, checked, or undefined if it is absent. S3 API: GetObject. */
export function readObject(client: S3Client, at: At): Promise<Buffer | undefined> {
  return again(async () => {
    const body = await openObject(client, at)
    return body && buffer(body)
  })
}

/** Writes the object's bytes, checked, to a new file. Returns false if the object is absent. S3 API: GetObject. */
export async function download(client: S3Client, at: At, path: string): Promise<boolean> {
  const done = await again(async () => {
    const body = await openObject(client, at)
    return body && streamToFile(path, body).then(() => true)
  })
  return done ?? false
}

/**
 * Returns the object's bytes as a stream, or undefined if it is absent. The stream fails if the body ends early, and at
 * its end if the body is damaged; of a part of the object only the length is known. S3 API: GetObject.
 */
export function openObject(client: S3Client, at: At, range?: ByteRange): Promise<Readable | undefined> {
  return unlessAbsent(async () => {
    const wanted = range ? { ...at, Range: `bytes=${range.from}-${range.to}` } : at
    const { Body, ContentLength, Metadata } = await client.send(new GetObjectCommand(wanted), reading())
    if (!(Body instanceof Readable)) throw new Error('The client of S3 gives no stream')
    const checked = range
      ? checking(range.to - range.from + 1, undefined)
      : checking(ContentLength, Metadata?.[SHA256])
    // Dropped: a failure destroys `checked` with the same error, which its reader gets.
    pipeline(Body, checked).catch(() => undefined)
    return checked
  })
}

/** Lets bytes through and fails at the end if their number or their hash differs. An undefined one is not checked. */
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

/** Repeats a fetch whose body ended early or was damaged: it may have been damaged on the way. Then gives up. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const transient = error instanceof FitserveError || BROKEN.includes(codeOf(error))
      if (!transient || tries === TRIES) throw error
      await sleep(WAIT_MS * tries * Math.random())
    }
  }
}

/** Codes of errors after which a body has ended early. */
const BROKEN = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'TimeoutError', 'ERR_STREAM_PREMATURE_CLOSE']

async function unlessAbsent<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    // The bucket may be the absent one; the answer to a HEAD does not say which.
    if (statusOf(error) === 404 && codeOf(error) !== 'NoSuchBucket') return undefined
    throw error
  }
}
