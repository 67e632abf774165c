import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { quick, within } from './client.ts'
import { type Creation, SHA256, type Source } from './creation.ts'

/** Size of a part, in bytes; larger where the object would have too many parts. */
const PART = 16 * 2 ** 20
/** S3's limit on the parts of one upload. */
const MAX_PARTS = 10_000
/** Parts that are in memory and being sent at once. */
const AT_ONCE = 3
/** Age after which an unfinished upload counts as abandoned, in ms. */
const LEFT_MS = 24 * 3_600_000

/**
 * Uploads a large object in parts and completes it in one step, which is refused with status 412 if the key exists.
 * (The library @aws-sdk/lib-storage cannot complete an upload on that condition.) The source has been read for its hash
 * and is read again here; it must not change in between. S3 API: CreateMultipartUpload, UploadPart,
 * CompleteMultipartUpload with If-None-Match, AbortMultipartUpload.
 */
export async function createByParts(client: S3Client, creation: Creation, source: Source): Promise<void> {
  const { Bucket, Key } = creation
  const begin = new CreateMultipartUploadCommand({ ...creation, ChecksumAlgorithm: 'CRC32' })
  const { UploadId } = await client.send(begin, quick())
  const upload = { Bucket, Key, UploadId }
  try {
    const Parts = await sendParts(client, upload, creation, source)
    const complete = { ...upload, MultipartUpload: { Parts }, IfNoneMatch: '*' }
    await client.send(new CompleteMultipartUploadCommand(complete), within(source.bytes))
  } catch (error) {
    // Dropped: the upload's own error is reported, and an upload that cannot be aborted now is swept later.
    await client.send(new AbortMultipartUploadCommand(upload), quick()).catch(() => {})
    throw error
  }
}

/** Sends all parts, and checks that the source still has the hash of before. S3 API: UploadPart. */
async function sendParts(
  client: S3Client,
  upload: { Bucket: string; Key: string; UploadId: string | undefined },
  { Metadata }: Creation,
  source: Source,
): Promise<CompletedPart[]> {
  const size = Math.max(PART, Math.ceil(source.bytes / MAX_PARTS))
  const parts: CompletedPart[] = []
  const running = new Set<Promise<void>>()
  const hash = createHash('sha256')
  // Kept and not thrown at once: a part may fail while the next one is being read, when nothing waits for it.
  let failure: { error: unknown } | undefined
  const send = async (PartNumber: number, Body: Uint8Array) => {
    try {
      const answer = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }), within(PART))
      parts[PartNumber - 1] = { PartNumber, ETag: answer.ETag, ChecksumCRC32: answer.ChecksumCRC32 }
    } catch (error) {
      failure ??= { error }
    }
  }
  try {
    for (let from = 0; from < source.bytes && !failure; from += size) {
      const bytes = await source.read(from, Math.min(from + size, source.bytes))
      hash.update(bytes)
      const sent = send(1 + from / size, bytes).finally(() => running.delete(sent))
      running.add(sent)
      if (running.size >= AT_ONCE) await Promise.race(running)
    }
  } finally {
    await Promise.all(running)
  }
  if (failure) throw failure.error
  if (hash.digest('hex') !== Metadata[SHA256]) throw new Error('The file changed while it was stored')
  return parts
}

/** Aborts abandoned uploads below a prefix. Returns their keys; with `dryRun` nothing is aborted.
 * S3 API: ListMultipartUploads and AbortMultipartUpload. */
export async function sweepUploads(
  client: S3Client,
  Bucket: string,
  Prefix: string,
  { dryRun }: { dryRun: boolean },
): Promise<string[]> {
  const left: string[] = []
  for (let from: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}; from; ) {
    const page: ListMultipartUploadsCommandOutput = await client.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix, ...from }),
      quick(),
    )
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || Initiated === undefined || Date.now() - Initiated.getTime() < LEFT_MS) continue
      left.push(Key)
      if (!dryRun) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }), quick())
    }
    const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page
    from = IsTruncated && KeyMarker && UploadIdMarker ? { KeyMarker, UploadIdMarker } : undefined
  }
  return left
}
