import { readSync } from 'node:fs'
import { open } from 'node:fs/promises'

/*
 * One call that reads a file may return fewer bytes than there are, as on some network file systems, and whoever takes that for
 * the end of the file loses the rest of it.
 */

/** The part of a file handle that is needed here. */
interface Source {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>
}

/** Which bytes of a file are read, and where they are put. */
interface Part {
  /** Place of the first byte in the buffer. */
  offset: number
  length: number
  /** Place of the first byte in the file. */
  position: number
}

/**
 * Reads bytes of a file.
 * @param buffer receives the bytes from `offset` on
 * @param position of the first byte in the file; null: behind those that were read last
 * @returns the number of bytes, which is less than `length` at the end of the file only
 */
export async function readWhole(
  file: Source,
  buffer: Buffer,
  { offset, length, position }: Omit<Part, 'position'> & { position: number | null },
): Promise<number> {
  let bytes = 0
  while (bytes < length) {
    const from = position === null ? null : position + bytes
    const { bytesRead } = await file.read(buffer, offset + bytes, length - bytes, from)
    if (bytesRead === 0) break
    bytes += bytesRead
  }
  return bytes
}

/** Reads bytes of a file as `readWhole` does, without letting others run. @param file its descriptor */
export function readWholeSync(file: number, buffer: Uint8Array, { offset, length, position }: Part): number {
  let bytes = 0
  while (bytes < length) {
    const bytesRead = readSync(file, buffer, offset + bytes, length - bytes, position + bytes)
    if (bytesRead === 0) break
    bytes += bytesRead
  }
  return bytes
}

/** Returns the beginning of a file. @param length bytes of it, or as many as the file has */
export async function beginningOf(path: string, length: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(length)
    return buffer.subarray(0, await readWhole(file, buffer, { offset: 0, length, position: 0 }))
  } finally {
    await file.close()
  }
}
