import { Readable } from 'node:stream'
import multipart, { type Multipart } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { FileFormat, ReadOptions } from '../../datasets/contract.ts'
import { formatOfName } from '../../datasets/file-kinds.ts'
import { readOptions } from '../../datasets/read-options.ts'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import { type App, CSV_TYPE, FORM_TYPE, JSON_TYPE, NDJSON_TYPES } from '../route-config.ts'
import { type AppendQuery, delimiterOf } from '../schemas/datasets.ts'

const PARQUET = 'application/vnd.apache.parquet'
const ARROW = 'application/vnd.apache.arrow.file'
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const ZIP = 'application/zip'
const OCTETS = 'application/octet-stream'
const MULTIPART = 'multipart/form-data'
const FILE_FIELD = 'file'

const FORMATS: Readonly<Record<string, FileFormat>> = {
  [CSV_TYPE]: 'csv',
  'application/csv': 'csv',
  'text/tab-separated-values': 'csv',
  // curl's default.
  [FORM_TYPE]: 'csv',
  [PARQUET]: 'parquet',
  'application/x-parquet': 'parquet',
  [XLSX]: 'xlsx',
  [ARROW]: 'arrow',
  'application/vnd.apache.arrow.stream': 'arrow',
  [JSON_TYPE]: 'ndjson',
  ...Object.fromEntries(NDJSON_TYPES.map((type) => [type, 'ndjson' as const])),
}
/** Types that do not say what a file holds: its name says it, or its content. */
const UNTOLD: readonly string[] = [
  ZIP,
  'application/x-zip-compressed',
  'application/zstd',
  'application/gzip',
  'application/x-gzip',
  OCTETS,
  // What browsers and curl say of a file whose name ends in .txt.
  'text/plain',
]
const Bytes = z.string().meta({ format: 'binary' })

/** Media types of the files, as the API tells them. */
export const FILE_TYPES = [CSV_TYPE, NDJSON_TYPES[0], JSON_TYPE, PARQUET, ARROW, XLSX, ZIP, OCTETS, MULTIPART]
/**
 * Those in the OpenAPI document: without JSON and NDJSON, since clients by some generators write every body as JSON once
 * the name of one media type has that word.
 */
export const FILE_BODIES = {
  [CSV_TYPE]: Bytes,
  [PARQUET]: Bytes,
  [ARROW]: Bytes,
  [XLSX]: Bytes,
  [ZIP]: Bytes,
  [OCTETS]: Bytes,
  [MULTIPART]: z.object({ [FILE_FIELD]: Bytes }),
}
/** Errors of a file that is sent. */
export const FILE_ERRORS: readonly ErrorCode[] = [
  'invalid-request',
  'invalid-dataset',
  'payload-too-large',
  'unsupported-media-type',
  'overloaded',
  'store-unavailable',
]

/**
 * Lets the routes of a scope read files: bodies are handed on as streams, never held in memory, and forms are read.
 * @param options.json whether bodies of JSON are files too; else they are read as usual
 */
export async function useFileBodies(app: App, options: { json: boolean }): Promise<void> {
  await app.register(multipart, { throwFileSizeLimit: false, limits: { fileSize: Number.POSITIVE_INFINITY } })
  const types = [...Object.keys(FORMATS), ...UNTOLD].filter((type) => type !== JSON_TYPE)
  app.addContentTypeParser(types, handOn)
  if (options.json) useJsonFiles(app)
}

/** Makes bodies of JSON files too, for the routes that are added to this scope. */
export function useJsonFiles(app: App): void {
  app.removeContentTypeParser(JSON_TYPE)
  app.addContentTypeParser(JSON_TYPE, handOn)
}

function handOn(
  _request: FastifyRequest,
  payload: FastifyRequest['raw'],
  done: (error: Error | null, body: Readable) => void,
): void {
  done(null, payload)
}

/** Reads the options of a query. @throws FitserveError `invalid-query` */
export function optionsOf(
  { header, delimiter, ...words }: z.output<typeof AppendQuery>,
  format: FileFormat | null,
): ReadOptions {
  return readOptions({ ...words, format, header: header !== 'false', delimiter: delimiterOf(delimiter) })
}

/** A file that is being sent. */
export interface UploadedFile {
  body: Readable
  /** Null: neither the type nor the name of the file says it. */
  format: FileFormat | null
  /** True if `Content-Encoding` says gzip. A file that is itself compressed is recognized by its first bytes. */
  gzip: boolean
}

/**
 * Returns the file that a request sends, as its body or as the field of a form.
 * @throws FitserveError `payload-too-large`, `unsupported-media-type`, `invalid-request`
 */
export async function fileOf(request: FastifyRequest, maxBytes: number): Promise<UploadedFile> {
  const gzip = request.headers['content-encoding']?.toLowerCase().includes('gzip') ?? false
  if (!gzip && Number(request.headers['content-length'] ?? 0) > maxBytes + 1_000_000)
    throw new FitserveError('payload-too-large', `The upload exceeds the limit of ${maxBytes} bytes.`)
  if (request.isMultipart()) {
    if (gzip) throw unsupported('A form must not be compressed; the file in it may be.')
    return fieldOf(request)
  }
  const format = formatOfType(request.headers['content-type'])
  if (format === undefined || request.body === undefined) throw unsupported('The body holds no file.')
  return { body: request.body as Readable, format, gzip }
}

async function fieldOf(request: FastifyRequest): Promise<UploadedFile> {
  try {
    return await fileIn(request.parts())
  } catch (cause) {
    if (cause instanceof FitserveError) throw cause
    throw new FitserveError('invalid-request', 'The body is not a valid multipart form.', { cause })
  }
}

async function fileIn(parts: AsyncIterableIterator<Multipart>): Promise<UploadedFile> {
  const { value: part, done } = await parts.next()
  if (done) {
    const message = `The form has no field "${FILE_FIELD}".`
    throw new FitserveError('invalid-request', message, { problems: [{ path: `/${FILE_FIELD}`, message }] })
  }
  if (part.type !== 'file' || part.fieldname !== FILE_FIELD) throw unexpected(part)
  const type = formatOfType(part.mimetype)
  const format = type ?? formatOfName(part.filename ?? '') ?? type
  if (format !== undefined) return { body: Readable.from(onlyFile(part.file, parts)), format, gzip: false }
  throw unsupported('The format of the file is unknown: neither its media type nor its extension names it.')
}

/** Yields the bytes of a form's only file. Fails if a field follows it, since that would be lost. */
async function* onlyFile(file: Readable, rest: AsyncIterableIterator<Multipart>): AsyncGenerator<Buffer> {
  yield* file
  const { value: part, done } = await rest.next()
  if (!done) throw unexpected(part)
}

function unexpected(part: Multipart): FitserveError {
  const again = part.type === 'file' && part.fieldname === FILE_FIELD
  const what = again ? 'A second file.' : 'Unexpected field.'
  const message = `${what} The form has one field, "${FILE_FIELD}"; options belong in the query.`
  const path = `/${part.fieldname.slice(0, 100)}`
  return new FitserveError('invalid-request', message, { problems: [{ path, message }] })
}

/** Returns the format that a media type says; null: it says none, undefined: it is no type of a data file. */
function formatOfType(header: string | undefined): FileFormat | null | undefined {
  const type = typeOf(header)
  return UNTOLD.includes(type) ? null : Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined
}

function typeOf(header: string | undefined): string {
  return header?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function unsupported(sentence: string): FitserveError {
  const types = FILE_TYPES.filter((type) => type !== MULTIPART).join(', ')
  return new FitserveError('unsupported-media-type', `${sentence} Send ${types}, or a form with a file.`)
}
