import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { streamToFile } from '../../runtime/stream-to-file.ts'

/** Bytes that are copied at once. */
const CHUNK = 2 ** 20

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
    const pieces = starts.map((_, index) => join(folder, String(index)))
    for (const [index, piece] of pieces.entries()) {
      const end = (starts[index + 1] ?? Number.POSITIVE_INFINITY) - 1
      await streamToFile(piece, createReadStream(path, { start: starts[index], end, highWaterMark: CHUNK }))
    }
    return await work(pieces)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
