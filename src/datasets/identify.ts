import { join } from 'node:path'
import { FitserveError } from '../errors.ts'
import type { Warning } from '../warnings.ts'
import type { FileFormat, FileReadOptions, ReadOptions } from './contract.ts'
import { formatOfName, headOf, markedFormat, packingOf, seemingFormat } from './file-kinds.ts'
import type { UnpackResult, UnpackTask } from './messages.ts'
import { refuseOptionsWithoutMeaning } from './option-meanings.ts'
import { withFormat } from './read-options.ts'
import type { Readers } from './readers.ts'
import type { Received } from './receive.ts'

/** What messages call a format, and the media type that says it. */
const FORMATS: Readonly<Record<FileFormat, [name: string, type: string]>> = {
  csv: ['CSV', 'text/csv'],
  ndjson: ['NDJSON', 'application/x-ndjson'],
  parquet: ['Parquet', 'application/vnd.apache.parquet'],
  arrow: ['Arrow', 'application/vnd.apache.arrow.file'],
  xlsx: ['a spreadsheet (.xlsx)', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
}

/** The file of an upload that holds the table, and how to read it. */
export interface Identified {
  file: string
  /** Size and hash of that file: a packed file is the same data set as the file inside. */
  received: Received
  options: FileReadOptions
  /** What to tell of the upload, beside what its data set tells. */
  warnings: Warning[]
}

/** An upload that has arrived, and its scratch folder. */
interface Arrived {
  file: string
  folder: string
  received: Received
  options: ReadOptions
  /** Limit on the unpacked file, in bytes. */
  maxBytes: number
}

/**
 * Finds the table in an upload: unpacks zip and zstd, and finds the format where the request does not say it. First bytes
 * that leave no doubt count more than what the request says, because clients often send a file as another type.
 * @throws FitserveError `invalid-dataset`, `payload-too-large`
 */
export async function identify(
  readers: Pick<Readers, 'unpack'>,
  arrived: Arrived,
  signal?: AbortSignal,
): Promise<Identified> {
  const identified = await findTable(readers, arrived, signal)
  refuseOptionsWithoutMeaning(identified.options)
  return identified
}

async function findTable(
  readers: Pick<Readers, 'unpack'>,
  { file, folder, received, options, maxBytes }: Arrived,
  signal?: AbortSignal,
): Promise<Identified> {
  const head = await headOf(file)
  const packing = packingOf(head)
  const isWhole = packing === undefined || (packing === 'zip' && options.format === 'xlsx')
  if (isWhole) {
    if (options.entry !== null) throw noArchive()
    return { file, received, ...formatOf(head, options, undefined) }
  }
  const { entry } = options
  const task: UnpackTask = { kind: 'unpack', file, folder, packing, entry, maxBytes }
  const unpacked: UnpackResult = await readers.unpack(task, signal)
  if (unpacked.kind === 'spreadsheet') return { file, received, ...found('xlsx', options) }
  const { name, ...content } = unpacked
  if (content.bytes === 0) throw new FitserveError('invalid-dataset', 'The file is empty')
  const path = join(folder, 'unpacked')
  const named = name === null ? undefined : formatOfName(name)
  return { file: path, received: content, ...formatOf(await headOf(path), options, named) }
}

/** Finds the format of a file. @param named the one that the name of a file in an archive says */
function formatOf(
  head: Buffer,
  options: ReadOptions,
  named: FileFormat | undefined,
): Pick<Identified, 'options' | 'warnings'> {
  const marked = markedFormat(head)
  if (marked !== undefined && marked !== (named ?? options.format)) return found(marked, options)
  const said = named ?? options.format
  if (said === null) return found(seemingFormat(head), options)
  return { options: withFormat(options, said), warnings: [] }
}

function found(format: FileFormat, options: ReadOptions): Pick<Identified, 'options' | 'warnings'> {
  const [name, type] = FORMATS[format]
  const message = `The file was read as ${name}, as its content shows. To say so yourself, upload it with Content-Type: ${type}.`
  return { options: withFormat(options, format), warnings: [{ code: 'format-found', message }] }
}

function noArchive(): FitserveError {
  const message = 'The file is not a zip archive. Leave out the parameter entry.'
  return new FitserveError('invalid-dataset', message, { problems: [{ path: '/entry', message }] })
}
