import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { FitserveError, listQuoted, quoted } from '../../errors.ts'
import { streamToFile } from '../../runtime/stream-to-file.ts'
import type { UnpackResult, UnpackTask } from '../messages.ts'
import { openZip, type Zip } from './zip.ts'
import { fromZstd } from './zstd.ts'

/** Name of the unpacked file in the task's folder. */
const UNPACKED = 'unpacked'

/** Other archives that are no packing of a table: a file in them, and what to say. */
const NO_TABLES: readonly [file: RegExp, message: string][] = [
  [
    /^xl\/workbook\.bin$/,
    'The file is a binary Excel workbook (.xlsb). Save it as .xlsx, or save the sheet as CSV (UTF-8), and upload that.',
  ],
  [
    /^content\.xml$/,
    'The file is an OpenDocument file. Save the sheet as .xlsx or as CSV (UTF-8), and upload that.',
  ],
  [/^(word|ppt)\//, 'The file is a document. Upload its table as CSV, or as a spreadsheet (.xlsx).'],
]

/**
 * Unpacks a zstd file, or one file of a zip archive. A spreadsheet (.xlsx), which is a zip archive itself, is left as it is.
 * @throws FitserveError `invalid-dataset` if the archive is damaged, or has several files and the task names none,
 *   `payload-too-large`
 */
export async function unpack(task: UnpackTask): Promise<UnpackResult> {
  if (task.packing === 'zstd') return keep(task, fromZstd(task.file, task.maxBytes), null)
  const zip = await openZip(task.file)
  try {
    if (task.entry === null && isWorkbook(zip)) return { kind: 'spreadsheet' }
    const name = nameIn(zip, task.entry)
    return await keep(task, zip.read(name, task.maxBytes), name)
  } finally {
    zip.close()
  }
}

async function keep(
  { folder }: UnpackTask,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  name: string | null,
): Promise<UnpackResult> {
  const hash = createHash('sha256')
  let bytes = 0
  async function* measured() {
    for await (const chunk of chunks) {
      bytes += chunk.length
      hash.update(chunk)
      yield chunk
    }
  }
  await streamToFile(join(folder, UNPACKED), measured())
  return { kind: 'file', sha256: hash.digest('hex'), bytes, name }
}

function isWorkbook({ names }: Zip): boolean {
  const other = NO_TABLES.find(([file]) => names.some((name) => file.test(name)))
  const isOffice = names.includes('[Content_Types].xml') || names.includes('mimetype')
  if (isOffice && other) throw new FitserveError('invalid-dataset', other[1])
  return isOffice && names.some((name) => name.startsWith('xl/'))
}

function nameIn({ names }: Zip, wanted: string | null): string {
  if (wanted !== null) {
    if (names.includes(wanted)) return wanted
    throw badEntry(`The zip archive has no file ${quoted(wanted)}. Its files are ${listQuoted(names)}.`)
  }
  const files = names.filter((name) => !/^__MACOSX\//.test(name) && !basename(name).startsWith('.'))
  const [first] = files
  if (first === undefined)
    throw new FitserveError(
      'invalid-dataset',
      'The zip archive has no file. Pack the file with the table in it.',
    )
  if (files.length === 1) return first
  throw badEntry(
    `The zip archive has ${files.length.toLocaleString('en')} files: ${listQuoted(files)}. Say which of them to read, such as entry=${encodeURIComponent(first)}.`,
  )
}

function badEntry(message: string): FitserveError {
  return new FitserveError('invalid-dataset', message, { problems: [{ path: '/entry', message }] })
}
