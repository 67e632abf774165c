/** The part of a file handle that is needed here. */
interface Source {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>
}

/**
 * Reads bytes of a file. One call of `read` may return fewer than there are, as on some network file systems, and whoever takes
 * that for the end of the file loses the rest of it.
 * @param buffer receives the bytes from `offset` on
 * @param position of the first byte in the file; null: behind those that were read last
 * @returns the number of bytes, which is less than `length` at the end of the file only
 */
export async function readWhole(
  file: Source,
  buffer: Buffer,
  { offset, length, position }: { offset: number; length: number; position: number | null },
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
