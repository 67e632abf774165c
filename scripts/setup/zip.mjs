import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

/**
 * @typedef {{ name: string, method: number, packed: number, size: number, offset: number }} Entry
 */

const END = 0x06054b50
const CENTRAL = 0x02014b50
const STORED = 0
const DEFLATED = 8

/**
 * Lists the files in a zip archive from the directory at its end. Enough for wheels and .npz files: no
 * encryption, no zip64. Python's zipfile would make Python a requirement of the Boston data set too.
 * @param {string} archive
 * @returns {Promise<Entry[]>}
 */
export async function listZip(archive) {
  const file = await open(archive)
  try {
    const { size } = await file.stat()
    const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
    const end = tail.lastIndexOf(le32(END))
    if (end < 0) throw new Error(`${archive} is not a zip archive, or its end is missing`)
    const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
    const entries = []
    for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === CENTRAL; ) {
      const nameLength = directory.readUInt16LE(at + 28)
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength)
      const entry = {
        name,
        method: directory.readUInt16LE(at + 10),
        packed: directory.readUInt32LE(at + 20),
        size: directory.readUInt32LE(at + 24),
        offset: directory.readUInt32LE(at + 42),
      }
      if (!name.endsWith('/')) entries.push(entry)
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    }
    return entries
  } finally {
    await file.close()
  }
}

/**
 * @param {string} archive
 * @param {Entry} entry
 * @param {string} target
 * @param {(bytes: number) => void} [onBytes] told how much was written, chunk by chunk
 */
export async function extractEntry(archive, entry, target, onBytes) {
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    throw new Error(`${entry.name} is compressed in a way that is not supported`)
  }
  await mkdir(dirname(target), { recursive: true })
  if (entry.size === 0) return writeFile(target, '')
  const start = await dataStart(archive, entry)
  let written = 0
  const count = async function* (chunks) {
    for await (const chunk of chunks) {
      written += chunk.length
      onBytes?.(chunk.length)
      yield chunk
    }
  }
  const packed = createReadStream(archive, { start, end: start + entry.packed - 1, highWaterMark: 1 << 18 })
  const output = createWriteStream(target)
  if (entry.method === STORED) await pipeline(packed, count, output)
  else await pipeline(packed, createInflateRaw({ chunkSize: 1 << 18 }), count, output)
  if (written !== entry.size) throw new Error(`${entry.name} is damaged in ${archive}`)
}

/** Returns where an entry's data begin: after its own header, whose name and extra field may differ from the directory's. */
async function dataStart(archive, { offset }) {
  const file = await open(archive)
  try {
    const header = await readAt(file, offset, 30)
    return offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  } finally {
    await file.close()
  }
}

async function readAt(file, position, length) {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

function le32(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
