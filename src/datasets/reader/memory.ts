import { open } from 'node:fs/promises'
import type { ReadTask } from '../messages.ts'

/** How much of a file is looked at. */
const HEAD = 64 * 1024
/** Columns up to which a table counts as narrow. */
const NARROW = 64
const NARROW_MB = 512
const WIDE_MB = 2_048

/**
 * Memory that DuckDB may take to read a file, in MB; beyond it spills to disk. Of a table's every column a block of
 * 256 KiB is in memory at once, and there may be 4,000. A narrow table needs none of that, however many rows it has.
 * How wide a file is, is guessed from the first line: too high where it has delimiters within quotes.
 */
export async function readerMemoryMb({ file, format, delimiter }: ReadTask): Promise<number> {
  // Lines of NDJSON bring columns at any time.
  if (format !== 'csv') return WIDE_MB
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    const end = buffer.subarray(0, bytesRead).indexOf('\n')
    // A first line without an end may go on for long.
    if (end === -1 && bytesRead === HEAD) return WIDE_MB
    const line = buffer.toString('latin1', 0, end === -1 ? bytesRead : end)
    return line.split(Buffer.from(delimiter).toString('latin1')).length <= NARROW ? NARROW_MB : WIDE_MB
  } finally {
    await handle.close()
  }
}
