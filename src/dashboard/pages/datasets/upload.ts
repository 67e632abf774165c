import { remember } from '../../api/calls.ts'
import { keyHeader, type Schemas, SERVICE } from '../../api/client.ts'
import type { paths } from '../../api/openapi.ts'
import { ProblemError, UnreachableError } from '../../api/problem.ts'

/** How a file is to be read: what the query of an upload can say. */
export interface ReadOptions {
  delimiter?: string | undefined
  /** How texts of a table are quoted. */
  quotes?: Quotes | undefined
  encoding?: Encoding | undefined
  /** Decimal sign of numbers such as 1,234. */
  decimal?: Decimal | undefined
  /** Whether the first line is a row. Default: it names the columns. */
  noHeader?: boolean
  /** Lines above the table that are left out, as digits. */
  skip?: string
  /** Name of the sheet of a workbook, or its number. */
  sheet?: string
  /** Texts that count as missing, separated by commas. */
  missing?: string
  /** Whether lines that cannot be read are left out. Default: they are an error. */
  skips?: boolean
  /** Types by column, where they are not the service's own choice. */
  types?: Readonly<Record<string, string>>
}

type Query = NonNullable<paths['/datasets']['post']['parameters']['query']>
export type Quotes = NonNullable<Query['quotes']>
export type Encoding = NonNullable<Query['encoding']>
export type Decimal = NonNullable<Query['decimal']>

/** Ways of quoting that can be chosen. */
export const QUOTES: readonly Quotes[] = ['double', 'single', 'none', 'backslash']
/** Encodings that can be chosen. */
export const ENCODINGS: readonly Encoding[] = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'iso-8859-1',
  'cp949',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
  'windows-1250',
  'windows-1251',
  'windows-1253',
  'windows-1254',
  'windows-1257',
  'koi8-r',
]
/** Decimal signs that can be chosen. */
export const DECIMALS: readonly Decimal[] = ['.', ',']

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  json: 'application/json',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
  feather: 'application/vnd.apache.arrow.file',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  zip: 'application/zip',
}

/** Kinds of files that can be chosen. */
export const FILE_KINDS = ['csv', 'tsv', 'txt', 'gz', ...Object.keys(MEDIA_TYPES)].map((kind) => `.${kind}`)

/** Delimiters that can be chosen. */
export const DELIMITERS = [',', ';', 'tab', '|'] as const

/** The files behind data sets that were uploaded in this tab, so that they can be read again in another way. */
const files = new Map<string, Pick<Upload, 'file' | 'options'>>()

interface Upload {
  name: string
  file: File
  options: ReadOptions
  signal?: AbortSignal
  /** Called with the bytes that were sent so far. */
  onProgress?: (bytes: number) => void
}

/**
 * Uploads a file, and remembers it until the tab is closed.
 * @throws {ProblemError} where the service refuses the file
 */
export async function upload(order: Upload): Promise<Schemas['Dataset']> {
  const dataset = await send(order)
  files.set(dataset.id, { file: order.file, options: order.options })
  return dataset
}

/** Returns the file of a data set, if it was uploaded in this tab. */
export function fileOf(id: string): Pick<Upload, 'file' | 'options'> | undefined {
  return files.get(id)
}

/** Sends a file. `fetch` does not say how much of a body was sent, so this uses the older interface. */
function send({ name, file, options, signal, onProgress }: Upload): Promise<Schemas['Dataset']> {
  return new Promise((resolve, reject) => {
    const url = `${SERVICE}/datasets?${queryOf(name, options)}`
    const answered = remember({
      method: 'POST',
      url,
      accept: undefined,
      body: undefined,
      file: mediaTypeOf(file.name),
    })
    const request = new XMLHttpRequest()
    request.open('POST', url)
    request.responseType = 'json'
    request.setRequestHeader('content-type', mediaTypeOf(file.name))
    for (const [header, value] of Object.entries(keyHeader())) request.setRequestHeader(header, value)
    request.upload.onprogress = ({ loaded }) => onProgress?.(loaded)
    request.onload = () => {
      answered(request.status)
      const body: unknown = request.response
      if (request.status < 300 && isDataset(body)) resolve(body)
      else reject(ProblemError.of(request.status, body))
    }
    request.onerror = () => reject(new UnreachableError('upload'))
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'))
    signal?.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

function isDataset(body: unknown): body is Schemas['Dataset'] {
  return typeof body === 'object' && body !== null && 'id' in body && 'columns' in body
}

/** Returns the query of an upload. */
function queryOf(name: string, { skips, noHeader, types = {}, ...words }: ReadOptions): URLSearchParams {
  const query = new URLSearchParams({ name })
  for (const [key, value] of Object.entries(words)) if (value) query.set(key, value)
  if (noHeader) query.set('header', 'false')
  if (skips) query.set('onError', 'skip')
  const chosen = Object.entries(types).map(([column, type]) => `${column}:${type}`)
  if (chosen.length > 0) query.set('types', chosen.join(','))
  return query
}

/** Returns the media type of a file by the end of its name; a table of text without a known one. */
function mediaTypeOf(name: string): string {
  const kind = /\.([a-z]+)(\.gz)?$/i.exec(name)?.[1]?.toLowerCase()
  return MEDIA_TYPES[kind ?? ''] ?? 'text/csv'
}

/** Makes the name of a data set from that of a file. */
export function nameOf(file: string): string {
  const stem = file.replace(/(\.[a-z]+)(\.gz)?$/i, '').normalize('NFKD')
  const name = stem.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z]+|-+$/g, '')
  return name.slice(0, 64) || 'data'
}
