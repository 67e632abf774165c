import { open } from 'node:fs/promises'
import type { ReadTask } from '../messages.ts'

/** Bytes of a file that are searched for the end of its first line. */
const HEAD = 64 * 1024
/** Columns up to which a table counts as narrow. */
const NARROW = 64
/** DuckDB's memory for a narrow table, in MB (D-51). */
const NARROW_MB = 512
/** DuckDB's memory for any other table, in MB. */
const WIDE_MB = 2_048

/**
 * Returns the memory that DuckDB may take to read a file, in MB; beyond it DuckDB spills to disk. DuckDB holds a block
 * of 256 KiB for each column, of which a table may have 4,000. A narrow table needs little memory, however many rows it
 * has. The width is estimated from the first line, and is too high if that has delimiters within quotes.
 */
export async function readerMemoryMb({ file, format, delimiter }: ReadTask): Promise<number> {
  // Any line of an NDJSON file may add columns, and Parquet does not show its width here.
  if (format !== 'csv') return WIDE_MB
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    const end = buffer.subarray(0, bytesRead).indexOf('\n')
    // The first line does not end here, so the table may be wide.
    if (end === -1 && bytesRead === HEAD) return WIDE_MB
    const line = buffer.toString('latin1', 0, end === -1 ? bytesRead : end)
    return line.split(Buffer.from(delimiter).toString('latin1')).length <= NARROW ? NARROW_MB : WIDE_MB
  } finally {
    await handle.close()
  }
}
