import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { type Creation, SHA256, type Source } from '../../src/store/s3/creation.ts'
import { createByParts } from '../../src/store/s3/multipart.ts'

const PART_BYTES = 16 * 2 ** 20
const PART = Buffer.alloc(PART_BYTES)

/** Returns the content of several parts, which takes some turns of the event loop to read, as a file does. */
function slowSource(parts: number): { source: Source; creation: Creation } {
  const hash = createHash('sha256')
  for (let part = 0; part < parts; part++) hash.update(PART)
  const read = async () => {
    for (let turns = 0; turns < 5; turns++) await turn()
    return PART
  }
  return {
    source: { bytes: parts * PART_BYTES, read },
    creation: { Bucket: 'b', Key: 'k', Metadata: { [SHA256]: hash.digest('hex') } },
  }
}

/** Answers calls of S3; the upload of one part fails. */
class FailingClient extends S3Client {
  readonly calls: object[] = []
  readonly #failing: number

  constructor(failing: number) {
    super({ region: 'us-east-1' })
    this.#failing = failing
    this.send = async (command: object) => {
      this.calls.push(command)
      if (command instanceof CreateMultipartUploadCommand) return { UploadId: 'u' }
      if (command instanceof UploadPartCommand && command.input.PartNumber === this.#failing)
        throw new Error('the connection was lost')
      await turn()
      return { ETag: 'e' }
    }
  }
}

// The first part fails before any other is on its way, a later one while the source is being read.
it.each([1, 2, 3, 4, 5])('an upload whose part %i fails is aborted and not completed', async (failing) => {
  const client = new FailingClient(failing)
  const { source, creation } = slowSource(5)
  await expect(createByParts(client, creation, source)).rejects.toThrow('the connection was lost')
  const kinds = client.calls.map((call) => call.constructor)
  expect(kinds).not.toContain(CompleteMultipartUploadCommand)
  expect(kinds.at(-1)).toBe(AbortMultipartUploadCommand)
})

it('an upload has all of its parts, in their order', async () => {
  const client = new FailingClient(0)
  const { source, creation } = slowSource(5)
  await createByParts(client, creation, source)
  const last = client.calls.at(-1)
  const parts = last instanceof CompleteMultipartUploadCommand ? last.input.MultipartUpload?.Parts : []
  expect(parts?.map(({ PartNumber }) => PartNumber)).toEqual([1, 2, 3, 4, 5])
})
