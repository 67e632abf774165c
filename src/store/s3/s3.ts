import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { FitserveError } from '../../errors.ts'
import type { Store } from '../contract.ts'
import { createDiskCache } from '../disk-cache.ts'
import { sha256OfFile } from '../file-hash.ts'
import { checkKey, checkPrefix, isSegment } from '../keys.ts'
import { openWorkspace } from '../workspace.ts'
import { createClient, quick, type S3Options } from './client.ts'
import { createAbsent, sourceOf, withFile } from './create.ts'
import { reachingS3, statusOf } from './errors.ts'
import { deleteObject, deleteObjects, entriesAfter, namesBelow } from './list.ts'
import { sweepUploads } from './multipart.ts'
import { download, headOf, openObject, readObject } from './read.ts'

/** Options of a store on S3. */
export interface S3StoreOptions extends S3Options {
  /** Local folder for copies of objects that are needed as files, and for work in progress. */
  cacheFolder: string
  /** Limit on the copies together, in bytes. */
  cacheLimit: number
  /** Tries at the start whether the bucket can be used. Default: false, for processes whose parent has done so. */
  check?: boolean
}

/** Beginning of this module's own names. No key can begin with it, so they never collide with one. */
const OWN = '+'
/** S3's limit for a whole key, in bytes. */
const MAX_KEY = 1024
/** Time limit on a ping, in ms. */
const PING_MS = 1_800
/**
 * Tries at creating the mark. The second must be refused already; the rest are for other processes that do the same.
 */
const MARKS = 4
/** From this size on, in bytes, an object is looked up before it is sent. */
const LARGE = 16 * 2 ** 20

/**
 * Opens a store on S3, or on any server that speaks its protocol and knows `If-None-Match: *`, which creates a key only
 * if it is absent.
 * @throws FitserveError `store-unavailable` if `check` finds that the bucket cannot be used
 */
export async function createS3Store(options: S3StoreOptions): Promise<Store> {
  const { bucket: Bucket, prefix } = options
  const folder = resolve(options.cacheFolder)
  const temporary = join(folder, `${OWN}tmp`)
  const workspace = await reachingS3(async () => {
    await mkdir(temporary, { recursive: true })
    return openWorkspace(temporary)
  })
  const cache = createDiskCache(folder, workspace, options.cacheLimit)
  const client = createClient(options)
  const at = (key: string) => ({ Bucket, Key: whole(prefix, checkKey(key)) })
  const below = (part: string, root: boolean) => prefix + checkPrefix(part, { root })
  let swept = false
  /** Sweeps before the first large upload: only processes that upload in parts look for parts that others have left. */
  const sweepOnce = (bytes: number) => {
    if (swept || bytes < LARGE) return
    swept = true
    // Dropped: the sweep is not part of the upload, and the next process or a garbage collection sweeps again.
    sweepUploads(client, Bucket, prefix, { dryRun: false }).catch(() => undefined)
  }
  const close = async () => {
    client.destroy()
    await workspace.close()
  }

  const store: Store = {
    create: (key, bytes) =>
      reachingS3(() =>
        createAbsent(client, at(key), sourceOf(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)),
      ),
    createFromFile: (key, path) =>
      reachingS3(async () => {
        const object = at(key)
        return withFile(path, async (source) => {
          if (source.bytes >= LARGE && (await headOf(client, object))) return false
          sweepOnce(source.bytes)
          return createAbsent(client, object, source)
        })
      }),
    read: (key) => reachingS3(async () => readObject(client, at(key))),
    stream: (key, range) => reachingS3(async () => openObject(client, at(key), range)),
    localFile: (key) => reachingS3(() => copyOf(at(key))),
    has: (key) => reachingS3(async () => (await headOf(client, at(key))) !== undefined),
    children: (part, { after = '' } = {}) =>
      reachingS3(async () => {
        const names = await namesBelow(client, Bucket, below(part, true), after)
        return [...names].filter((name) => isSegment(name) && name > after).sort()
      }),
    async *entries(part) {
      const Prefix = below(part, true)
      for (let after: string | undefined = ''; after !== undefined; ) {
        const from: string = after
        const page = await reachingS3(() => entriesAfter(client, { Bucket, Prefix, after: from }))
        for (const { Key, ...entry } of page.entries) {
          const key = Key.slice(prefix.length)
          if (key.split('/').every(isSegment)) yield { key, ...entry }
        }
        after = page.next
      }
    },
    sweep: (options) =>
      reachingS3(async () => [
        ...(await sweepUploads(client, Bucket, prefix, options)).map((key) => key.slice(prefix.length)),
        ...(await workspace.sweep(options)),
      ]),
    delete: (key) =>
      reachingS3(async () => {
        const { Key } = at(key)
        await deleteObject(client, Bucket, Key)
      }),
    deleteBelow: (part) => reachingS3(async () => deleteObjects(client, Bucket, below(part, false))),
    scratchFolder: () => reachingS3(() => workspace.folder()),
    freeBytes: async () => undefined,
    ping: () => reachingS3(() => list(client, Bucket, prefix, PING_MS)),
    close: () => reachingS3(close),
  }

  /** Returns the path of a local copy. It is named by its content, so that a key that was made again gets a new one. */
  async function copyOf(object: { Bucket: string; Key: string }): Promise<string | undefined> {
    const head = await headOf(client, object)
    if (head === undefined) return undefined
    const { bytes, sha256, etag } = head
    const name = sha256 ?? createHash('sha256').update(`${object.Key} ${etag}`).digest('hex')
    try {
      return await cache.file({
        name,
        bytes,
        fill: async (path) => {
          if (!(await download(client, object, path))) throw new Absent()
        },
        check: async (path) => sha256 === undefined || (await sha256OfFile(path)) === sha256,
      })
    } catch (error) {
      if (error instanceof Absent) return undefined
      throw error
    }
  }

  if (options.check) {
    await reachingS3(() => tryOut(client, Bucket, prefix)).catch(async (error: unknown) => {
      await close()
      throw error
    })
  }
  return store
}

/** The object was deleted between two requests. */
class Absent extends Error {}

function whole(prefix: string, key: string): string {
  const Key = prefix + key
  if (Key.length > MAX_KEY) throw new TypeError('A store key is too long for S3 with its prefix')
  return Key
}

/** Tries whether the bucket can be listed. S3 API: ListObjectsV2. */
async function list(client: S3Client, Bucket: string, Prefix: string, ms?: number): Promise<void> {
  await client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }), quick(ms))
}

/** Checks that the bucket can be listed and written to, and refuses a key that exists.
 * S3 API: ListObjectsV2, PutObject with If-None-Match. */
async function tryOut(client: S3Client, Bucket: string, prefix: string): Promise<void> {
  await list(client, Bucket, prefix)
  const mark = {
    Bucket,
    Key: `${prefix}${OWN}fitserve`,
    Body: 'fitserve keeps its store here.\n',
    IfNoneMatch: '*',
  }
  for (let tries = 1; tries <= MARKS; tries += 1) {
    try {
      await client.send(new PutObjectCommand(mark), quick())
    } catch (error) {
      if (statusOf(error) === 412) return
      // Another process is creating it.
      if (statusOf(error) !== 409) throw error
    }
  }
  const sentence =
    'The S3 server overwrites existing objects: it does not support If-None-Match, which fitserve needs.'
  throw new FitserveError('store-unavailable', sentence)
}
