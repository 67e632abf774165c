import { Field, Float64, Schema, Struct, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow'
import { Footer } from 'apache-arrow/ipc/metadata/file'
import { Message } from 'apache-arrow/ipc/metadata/message'
import { describe, expect, it } from 'vitest'
import { checkFooter, checkMessage } from '../../../../src/datasets/reader/arrow/metadata.ts'

const table = new Table({
  number: vectorFromArray([1, 2, 3], new Float64()),
  text: vectorFromArray(['a', 'b', 'a'], new Utf8()),
  kind: vectorFromArray(['x', 'y', 'x']),
})
const stream = Buffer.from(tableToIPC(table, 'stream'))
const file = Buffer.from(tableToIPC(table, 'file'))

/** The metadata of each message of a stream, in their order. */
function messagesOf(bytes: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readInt32LE(at + 4)
    if (length === 0) break
    const metadata = bytes.subarray(at + 8, at + 8 + length)
    found.push(metadata)
    at += 8 + length + Number(Message.decode(metadata).bodyLength)
  }
  return found
}

const footer = file.subarray(file.length - 10 - file.readInt32LE(file.length - 10), file.length - 10)

/** Places of numbers of 32 bits that, if they are a huge number, are told to be the length of a list. */
function listsOf(bytes: Buffer, check: (bytes: Buffer) => void): number[] {
  const found: number[] = []
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const damaged = Buffer.from(bytes)
    damaged.writeUInt32LE(2 ** 28, at)
    try {
      check(damaged)
    } catch (error) {
      if (error instanceof Error && error.message === 'list') found.push(at)
    }
  }
  return found
}

describe('the lists in metadata of Arrow', () => {
  it('are taken where they lie in the bytes', () => {
    for (const message of messagesOf(stream)) checkMessage(message)
    checkFooter(footer)
  })

  it('are told where they claim hundreds of millions of entries: those of batches, of dictionaries and of schemas', () => {
    const [schema, dictionary, batch] = messagesOf(stream)
    // Its columns, and the metadata and the children of some of them.
    expect(listsOf(schema ?? Buffer.alloc(0), checkMessage).length).toBeGreaterThanOrEqual(1)
    // Nodes and buffers.
    expect(listsOf(dictionary ?? Buffer.alloc(0), checkMessage)).toHaveLength(2)
    expect(listsOf(batch ?? Buffer.alloc(0), checkMessage)).toHaveLength(2)
    // Batches of dictionaries, batches of rows, columns.
    expect(listsOf(footer, checkFooter).length).toBeGreaterThanOrEqual(3)
  })

  it('have few entries, whatever one number of the metadata is changed to', () => {
    for (const message of messagesOf(stream))
      for (let at = 0; at + 4 <= message.length; at += 4) {
        const damaged = Buffer.from(message)
        damaged.writeUInt32LE(2 ** 28, at)
        if (isTaken(() => checkMessage(damaged))) isTaken(() => Message.decode(damaged))
      }
    for (let at = 0; at + 4 <= footer.length; at += 4) {
      const damaged = Buffer.from(footer)
      damaged.writeUInt32LE(2 ** 28, at)
      if (isTaken(() => checkFooter(damaged))) isTaken(() => Footer.decode(damaged))
    }
  })

  it('of structures within structures are followed', () => {
    const inner = new Field('inner', new Struct([new Field('value', new Float64())]))
    const nested = new Table(new Schema([new Field('outer', new Struct([inner]))]))
    const [schema] = messagesOf(Buffer.from(tableToIPC(nested, 'stream')))
    checkMessage(schema ?? Buffer.alloc(0))
    expect(listsOf(schema ?? Buffer.alloc(0), checkMessage).length).toBeGreaterThanOrEqual(3)
  })
})

function isTaken(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
