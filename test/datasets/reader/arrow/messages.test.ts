import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Float64, Table, tableToIPC, vectorFromArray } from 'apache-arrow'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkBatches, isArrowFile, messagesOf } from '../../../../src/datasets/reader/arrow/messages.ts'
import { temporaryFolder } from '../../../helpers/temporary.ts'

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder('messages')
})

async function withFile<T>(bytes: Uint8Array, work: (file: Awaited<ReturnType<typeof open>>) => Promise<T>) {
  const path = join(folder, 'table.arrow')
  await writeFile(path, bytes)
  const file = await open(path)
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}
const table = (rows: number) =>
  new Table({
    v: vectorFromArray(
      Array.from({ length: rows }, (_, at) => at),
      new Float64(),
    ),
  })
const fileOf = (rows: number) => Buffer.from(tableToIPC(table(rows), 'file'))
const streamOf = (rows: number) => Buffer.from(tableToIPC(table(rows), 'stream'))
const damaged = (message: string) => ({ name: 'ArrowDamaged', message })
const tooLarge = { name: 'BatchTooLarge' }

it('a file of Arrow begins with its name, and a stream does not', async () => {
  expect(await withFile(fileOf(1), isArrowFile)).toBe(true)
  expect(await withFile(streamOf(1), isArrowFile)).toBe(false)
  for (const text of ['', 'ARROW', 'xARROW1'])
    expect(await withFile(Buffer.from(text), isArrowFile)).toBe(false)
  expect(await withFile(Buffer.from('ARROW1'), isArrowFile)).toBe(true)
})

describe('the batches of a file', () => {
  const check = (bytes: Uint8Array, most = 1e6) => withFile(bytes, (file) => checkBatches(file, most))
  /** Returns the file with another length of its footer. */
  const withFooter = (length: number) => {
    const bytes = fileOf(1)
    bytes.writeInt32LE(length, bytes.length - 10)
    return bytes
  }

  it('are as large as memory may hold', async () => {
    await check(fileOf(100), 800)
    await expect(check(fileOf(100), 799)).rejects.toMatchObject(tooLarge)
  })

  it('need a footer', async () => {
    const size = fileOf(1).length
    for (const bytes of [
      Buffer.from('ARROW1\0\0ARROW1'),
      withFooter(0),
      withFooter(-1),
      withFooter(size),
      withFooter(size - 17),
      Buffer.concat([fileOf(1).subarray(0, -1), Buffer.from('2')]),
      fileOf(1).subarray(0, 17),
    ])
      await expect(check(bytes)).rejects.toMatchObject(damaged('no footer'))
  })
})

describe('the messages of a stream', () => {
  const read = (bytes: Uint8Array, most = 1e9) =>
    withFile(bytes, async (file) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of messagesOf(file, most)) chunks.push(chunk)
      return chunks
    })

  it('are all bytes up to the mark of the end, in pieces of a megabyte at most', async () => {
    const stream = streamOf(3)
    expect(stream.readUInt32LE(stream.length - 8)).toBe(0xffff_ffff)
    expect(Buffer.concat(await read(stream))).toEqual(stream.subarray(0, -8))
    // What follows the end is not read, and the end may be missing.
    expect(Buffer.concat(await read(Buffer.concat([stream, Buffer.from('more')])))).toEqual(
      stream.subarray(0, -8),
    )
    expect(Buffer.concat(await read(stream.subarray(0, -8)))).toEqual(stream.subarray(0, -8))
    const large = await read(streamOf(200_000))
    expect(Math.max(...large.map(({ length }) => length))).toBe(1024 * 1024)
    expect(Buffer.concat(large).equals(streamOf(200_000).subarray(0, -8))).toBe(true)
  })

  it('may lack the mark of newer releases', async () => {
    const stream = streamOf(3)
    const schema = 8 + stream.readInt32LE(4)
    const old = Buffer.concat([stream.subarray(4, schema), Buffer.alloc(4)])
    expect(Buffer.concat(await read(old))).toEqual(stream.subarray(4, schema))
  })

  it('are as large as memory may hold, and as the file', async () => {
    expect(await read(streamOf(100), 800)).toHaveLength(2)
    await expect(read(streamOf(100), 799)).rejects.toMatchObject(tooLarge)
    const cut = streamOf(100).subarray(0, -9)
    await expect(read(cut)).rejects.toMatchObject(damaged('body'))
    const metadata = (length: number) => {
      const bytes = streamOf(1)
      bytes.writeInt32LE(length, 4)
      return bytes
    }
    for (const length of [-1, 64 * 1024 * 1024 + 1, streamOf(1).length - 7])
      await expect(read(metadata(length)), String(length)).rejects.toMatchObject(damaged('metadata'))
  })
})
