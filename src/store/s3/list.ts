import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import { quick, within } from './client.ts'

/** The names of keys and of folders directly below a prefix, in any order; those up to `after` may be among them. */
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

export async function deleteObject(client: S3Client, Bucket: string, Key: string): Promise<void> {
  await client.send(new DeleteObjectCommand({ Bucket, Key }), quick())
}

/** Deletes every key below a prefix, up to a thousand by one request. */
export async function deleteObjects(client: S3Client, Bucket: string, Prefix: string): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
    const Objects = Contents.map(({ Key }) => ({ Key }))
    if (Objects.length === 0) continue
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
      within(Number.POSITIVE_INFINITY),
    )
    const [failed] = Errors
    if (failed) throw Object.assign(new Error('Not deleted'), { code: failed.Code ?? 'InternalError' })
  }
}
