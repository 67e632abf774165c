import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Bytes that are copied at once, always through the same memory. */
const CHUNK = 2 ** 20
/** Pieces that are copied at a time. */
const AT_ONCE = 2

/** A part of a file. */
interface Part {
  /** Where it begins and ends, in bytes. */
  start: number
  end: number
  /** The file that it becomes. */
  piece: string
}

/**
 * Copies a file into several beside it, which are removed in the end.
 * @param starts where in the file, in bytes, each of them begins
 * @param work receives their paths, in the order of the file
 */
export async function inPieces<T>(
  path: string,
  starts: readonly number[],
  work: (pieces: string[]) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(dirname(path), 'pieces-'))
  try {
    const parts = starts.map((start, index): Part => {
      return { start, end: starts[index + 1] ?? Number.POSITIVE_INFINITY, piece: join(folder, String(index)) }
    })
    await copyParts(path, parts)
    return await work(parts.map(({ piece }) => piece))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function copyParts(path: string, parts: readonly Part[]): Promise<void> {
  const file = await open(path)
  try {
    const left = parts.values()
    const copyNext = async () => {
      const buffer = Buffer.allocUnsafeSlow(CHUNK)
      for (const part of left) await copyPart(file, part, buffer)
    }
    // All must have ended before the file is closed and the pieces are removed.
    const copied = await Promise.allSettled(Array.from({ length: AT_ONCE }, copyNext))
    for (const each of copied) if (each.status === 'rejected') throw each.reason
  } finally {
    await file.close()
  }
}

async function copyPart(file: FileHandle, { start, end, piece }: Part, buffer: Buffer): Promise<void> {
  const own = await open(piece, 'wx')
  try {
    for (let at = start; at < end; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, end - at), at)
      if (bytesRead === 0) return
      await own.writeFile(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
  } finally {
    await own.close()
  }
}
