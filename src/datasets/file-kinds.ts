import { z } from 'zod'
import { beginningOf } from '../runtime/read-whole.ts'
import type { FileFormat } from './contract.ts'

/** How a file is packed, beside gzip, which is unpacked as it arrives. */
export const Packing = z.enum(['zip', 'zstd'])
export type Packing = z.infer<typeof Packing>

/** Bytes at the beginning of a file that are looked at. */
const HEAD = 4_096

/** Formats of files by the ends of their names. */
const EXTENSIONS: Readonly<Record<string, FileFormat>> = {
  csv: 'csv',
  tsv: 'csv',
  tab: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'ndjson',
  parquet: 'parquet',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
  ipc: 'arrow',
  xlsx: 'xlsx',
  xlsm: 'xlsx',
}

/** Returns the format that the name of a file ends with, also in front of `.gz` or `.zst`; undefined: none. */
export function formatOfName(name: string): FileFormat | undefined {
  const extension = /\.([a-z]+)(\.(gz|zst))?$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined
}

/** Reads the beginning of a file, by which its kind is known. */
export function headOf(path: string): Promise<Buffer> {
  return beginningOf(path, HEAD)
}

/** Returns how a file is packed, by its first bytes. */
export function packingOf(head: Buffer): Packing | undefined {
  // An archive without files has nothing but its end.
  if (beginsWith(head, '504b0304') || beginsWith(head, '504b0506')) return 'zip'
  // A file of several frames may begin with one that is skipped (RFC 8878, 3.1.2).
  if (beginsWith(head, '28b52ffd') || (beginsWith(head.subarray(1), '2a4d18') && (head[0] ?? 0) >> 4 === 5))
    return 'zstd'
  return undefined
}

/** Returns the format that the first bytes of a file show beyond doubt; texts have no such bytes. */
export function markedFormat(head: Buffer): FileFormat | undefined {
  // PAR1 and the first byte of the header behind it, since a column may be called PAR1.
  if (beginsWith(head, '5041523115')) return 'parquet'
  // "ARROW1" and two NUL; or the mark of a message of up to 16 MiB, which a stream begins with.
  const isStream = beginsWith(head, 'ffffffff') && head.length > 8 && head[7] === 0
  return beginsWith(head, '4152524f57310000') || isStream ? 'arrow' : undefined
}

/** Returns the format that a text seems to have. */
export function seemingFormat(head: Buffer): FileFormat {
  return /^\uFEFF?\s*(\{|\[\s*\{)/.test(head.toString('utf8')) ? 'ndjson' : 'csv'
}

function beginsWith(head: Buffer, hex: string): boolean {
  const bytes = Buffer.from(hex, 'hex')
  return head.subarray(0, bytes.length).equals(bytes)
}
