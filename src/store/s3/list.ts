import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import { quick, within } from './client.ts'
import { codeOf } from './errors.ts'

/** Returns the names of keys and folders directly below a prefix, in any order. Names up to `after` may be among them.
 * S3 API: ListObjectsV2 with a delimiter. */
export async function namesBelow(
  client: S3Client,
  Bucket: string,
  Prefix: string,
  after: string,
): Promise<Set<string>> {
  const names = new Set<string>()
  const from = after === '' ? {} : { StartAfter: Prefix + after }
  const pages = paginateListObjectsV2({ client }, { Bucket, Prefix, Delimiter: '/', ...from })
  for await (const { Contents = [], CommonPrefixes = [] } of pages) {
    for (const { Key = '' } of Contents) names.add(Key.slice(Prefix.length))
    for (const { Prefix: folder = '' } of CommonPrefixes) names.add(folder.slice(Prefix.length, -1))
  }
  return names
}

/** Returns a page of the objects below a prefix whose keys come after `after`; `next` is `after` of the next page.
 * S3 API: ListObjectsV2. */
export async function entriesAfter(
  client: S3Client,
  { Bucket, Prefix, after }: { Bucket: string; Prefix: string; after: string },
): Promise<{ entries: { Key: string; bytes: number; ageMs: number }[]; next: string | undefined }> {
  const from = after === '' ? {} : { StartAfter: after }
  const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ...from }), quick())
  // The client knows the difference between the two clocks from earlier answers.
  const now = Date.now() + client.config.systemClockOffset
  const entries = (page.Contents ?? []).flatMap(({ Key, Size = 0, LastModified }) =>
    Key === undefined
      ? []
      : [{ Key, bytes: Size, ageMs: LastModified ? Math.max(0, now - LastModified.getTime()) : 0 }],
  )
  return { entries, next: page.IsTruncated ? entries.at(-1)?.Key : undefined }
}

/**
 * Code of an error that means the object is absent. S3 never answers a deletion with it, but a gateway to a file system
 * does when another request deletes the key, or its folder, at that moment.
 */
const ABSENT = 'NoSuchKey'

/** Deletes an object; no error if it is absent. S3 API: DeleteObject. */
export async function deleteObject(client: S3Client, Bucket: string, Key: string): Promise<void> {
  try {
    await client.send(new DeleteObjectCommand({ Bucket, Key }), quick())
  } catch (error) {
    if (codeOf(error) !== ABSENT) throw error
  }
}

/** Deletes every key below a prefix, up to 1,000 by one request. S3 API: ListObjectsV2 and DeleteObjects. */
export async function deleteObjects(client: S3Client, Bucket: string, Prefix: string): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
    const Objects = Contents.map(({ Key }) => ({ Key }))
    if (Objects.length === 0) continue
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
      within(Number.POSITIVE_INFINITY),
    )
    const failed = Errors.find(({ Code }) => Code !== ABSENT)
    if (failed) throw Object.assign(new Error('Not deleted'), { code: failed.Code ?? 'InternalError' })
  }
}
