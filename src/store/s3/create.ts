import { createHash, randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { quick, within } from './client.ts'
import { type Creation, SHA256, type Source } from './creation.ts'
import { codeOf, statusOf, wasRepeated } from './errors.ts'
import { createByParts } from './multipart.ts'

/** Name, in an object's metadata, of the id of the creation that made it. */
const WRITER = 'writer'

/** Limit on an object that is created by one request, in bytes. Larger ones are uploaded in parts. */
const ONE_REQUEST = 16 * 2 ** 20
/** Tries at a creation. */
const TRIES = 6
/** Limit on the first random wait between two tries, in ms; it doubles with each. */
const WAIT_MS = 100

/** Returns bytes in memory as a source. */
export function sourceOf(bytes: Uint8Array): Source {
  return { bytes: bytes.byteLength, read: async (from, to) => bytes.subarray(from, to) }
}

/** Runs `work` with the content of a local file as its source. The file is open until the work ends. */
export async function withFile<T>(path: string, work: (source: Source) => Promise<T>): Promise<T> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    return await work({
      bytes: size,
      async read(from, to) {
        const buffer = Buffer.allocUnsafe(to - from)
        for (let at = 0; at < buffer.length; ) {
          const { bytesRead } = await file.read(buffer, at, buffer.length - at, from + at)
          if (bytesRead === 0) throw new Error('The file became shorter while it was read')
          at += bytesRead
        }
        return buffer
      },
    })
  } finally {
    await file.close()
  }
}

/**
 * Creates an object if it is absent. Returns false, and changes nothing, if it exists. A request whose answer was lost
 * may have created it, and its repetition is then refused, so each creation marks the object with an id of its own. S3
 * API: PutObject or a multipart upload, with If-None-Match.
 */
export async function createAbsent(
  client: S3Client,
  at: { Bucket: string; Key: string },
  source: Source,
): Promise<boolean> {
  const writer = randomUUID()
  const creation = { ...at, Metadata: { [SHA256]: await sha256Of(source), [WRITER]: writer } }
  for (let tries = 1; ; tries += 1) {
    try {
      await send(client, creation, source)
      return true
    } catch (error) {
      const lost = codeOf(error) === 'NoSuchUpload'
      if (statusOf(error) === 412 || lost) {
        if (!lost && tries === 1 && !wasRepeated(error)) return false
        const metadata = await metadataOf(client, at)
        if (metadata) return metadata[WRITER] === writer
      } else if (statusOf(error) !== 409 && codeOf(error) !== 'NoSuchKey') throw error
      // Another request on the key was under way, or the object has been deleted since. A gateway to a file system says
      // NoSuchKey where the folder of the key became empty, and went, at that moment.
      if (tries === TRIES) throw error
      await sleep(WAIT_MS * 2 ** tries * Math.random())
    }
  }
}

/** S3 API: PutObject with If-None-Match; for large objects a multipart upload. */
async function send(client: S3Client, creation: Creation, source: Source): Promise<void> {
  if (source.bytes > ONE_REQUEST) return createByParts(client, creation, source)
  const Body = await source.read(0, source.bytes)
  await client.send(new PutObjectCommand({ ...creation, Body, IfNoneMatch: '*' }), within(source.bytes))
}

/** Returns the object's metadata, or undefined if it is absent. S3 API: HeadObject. */
async function metadataOf(client: S3Client, at: { Bucket: string; Key: string }) {
  try {
    return (await client.send(new HeadObjectCommand(at), quick())).Metadata ?? {}
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

/** Bytes that are hashed at once. */
const CHUNK = 2 ** 20

async function sha256Of(source: Source): Promise<string> {
  const hash = createHash('sha256')
  for (let from = 0; from < source.bytes; from += CHUNK)
    hash.update(await source.read(from, Math.min(from + CHUNK, source.bytes)))
  return hash.digest('hex')
}
