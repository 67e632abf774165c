import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Bytes that are written at once. A request's body comes in pieces of 64 KiB, and to write each of them by itself takes a third
 * of the processor time of an upload.
 */
const BATCH = 2 ** 20
/** Pieces that are written at once: a piece takes memory beside its bytes, and a client may send a byte in each. */
const MOST_PIECES = 1024

/**
 * Writes bytes to a file as they come. The file is there before the first byte is asked for, so that nothing appears in its
 * folder any more once this has failed: Node's `createWriteStream` may still make it then, while the folder is being deleted.
 * @param source its stream is destroyed when this fails
 * @param options.flags as of `open`. Default: `w`, which begins the file anew
 * @param options.signal ends the writing
 */
export async function streamToFile(
  path: string,
  source: AsyncIterable<Uint8Array | string>,
  { flags = 'w', signal }: { flags?: string; signal?: AbortSignal } = {},
): Promise<void> {
  const file = await open(path, flags).catch((error: unknown) => {
    if (source instanceof Readable) source.destroy()
    throw error
  })
  try {
    await pipeline(source, (pieces) => writeAll(file, pieces), { signal })
  } finally {
    await file.close()
  }
}

/** Writes pieces in batches, each while the next one is gathered. */
async function writeAll(file: FileHandle, pieces: AsyncIterable<Uint8Array | string>): Promise<void> {
  let batch: Uint8Array[] = []
  let bytes = 0
  let isWritten: Promise<void> = Promise.resolve()
  try {
    for await (const piece of pieces) {
      const own = typeof piece === 'string' ? Buffer.from(piece) : piece
      batch.push(own)
      bytes += own.length
      if (bytes < BATCH && batch.length < MOST_PIECES) continue
      await isWritten
      isWritten = writeBatch(file, batch)
      // Awaited when the next batch is there, or below.
      isWritten.catch(() => {})
      batch = []
      bytes = 0
    }
  } finally {
    // The file is closed only after its last write.
    await isWritten
  }
  await writeBatch(file, batch)
}

async function writeBatch(file: FileHandle, batch: readonly Uint8Array[]): Promise<void> {
  const bytes = batch.reduce((sum, { length }) => sum + length, 0)
  if (bytes === 0) return
  let { bytesWritten: done } = await file.writev(batch)
  if (done === bytes) return
  // A nearly full disk, or some network file systems, take a part.
  const all = Buffer.concat(batch)
  while (done < bytes) done += (await file.write(all, done)).bytesWritten
}
