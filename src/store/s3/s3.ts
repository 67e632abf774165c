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

export interface S3StoreOptions extends S3Options {
  /** A local folder for copies of what is asked for as a file, and for work in progress. */
  cacheFolder: string
  /** Bytes that the copies may have together. */
  cacheLimit: number
  /** Whether to try at the start what the bucket allows; a process whose parent has done so need not. */
  check?: boolean
}

/** No key can begin with it, so what is this module's own and keys never meet. */
const OWN = '+'
/** S3's limit for a whole key, in bytes. */
const MAX_KEY = 1024
const PING_MS = 1_800
/** How often the mark is created at the most: the second time it must be refused. */
const MARKS = 4
const LARGE = 16 * 2 ** 20

/**
 * A store on S3 or any server that speaks its protocol and knows `If-None-Match: *`, which creates a key only
 * where it is absent.
 * @throws FitserveError `store-unavailable` where `check` finds that the bucket cannot be used
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
  /** Only who leaves parts behind looks for those of others. */
  const sweepOnce = (bytes: number) => {
    if (swept || bytes < LARGE) return
    swept = true
    sweepUploads(client, Bucket, prefix, { dryRun: false }).catch(() => {})
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
    stream: (key) => reachingS3(async () => openObject(client, at(key))),
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
    ping: () => reachingS3(() => list(client, Bucket, prefix, PING_MS)),
    close: () => reachingS3(close),
  }

  /** A copy is named by its content, so that a key that was deleted and made again has no old one. */
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

/** Deleted between two requests. */
class Absent extends Error {}

function whole(prefix: string, key: string): string {
  const Key = prefix + key
  if (Key.length > MAX_KEY) throw new TypeError('A store key is too long for S3 with its prefix')
  return Key
}

async function list(client: S3Client, Bucket: string, Prefix: string, ms?: number): Promise<void> {
  await client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }), quick(ms))
}

/** Whether the bucket can be listed and written to, and refuses a key that is there. */
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
      // Another process is at it.
      if (statusOf(error) !== 409) throw error
    }
  }
  const sentence =
    'The store creates keys that are there already: it does not know If-None-Match, which is needed.'
  throw new FitserveError('store-unavailable', sentence)
}
