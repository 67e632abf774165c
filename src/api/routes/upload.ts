import { Readable } from 'node:stream'
import multipart, { type Multipart } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { FileFormat, ReadOptions } from '../../datasets/contract.ts'
import { formatOfName } from '../../datasets/file-kinds.ts'
import { readOptions } from '../../datasets/read-options.ts'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import type { AppDependencies } from '../dependencies.ts'
import { fetchDataset, orderOrTable } from '../requests/fetch-dataset.ts'
import { sendDataset } from '../requests/send-dataset.ts'
import { checkBody } from '../requests/validation.ts'
import { whileConnected } from '../requests/while-connected.ts'
import { route } from '../route.ts'
import { type App, FORM_TYPE, JSON_TYPE, NDJSON_TYPES } from '../route-config.ts'
import {
  AppendQuery,
  DatasetImport,
  DatasetParams,
  DatasetView,
  delimiterOf,
  knownDataset,
  UploadQuery,
} from '../schemas/datasets.ts'

const CSV = 'text/csv'
const PARQUET = 'application/vnd.apache.parquet'
const ARROW = 'application/vnd.apache.arrow.file'
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const ZIP = 'application/zip'
const OCTETS = 'application/octet-stream'
const MULTIPART = 'multipart/form-data'
const FILE_FIELD = 'file'

const FORMATS: Readonly<Record<string, FileFormat>> = {
  [CSV]: 'csv',
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
]
/** A table as an example, on which a model can be trained. */
const REVIEWS = `text,label
A wonderful film,pos
Great acting and a moving story,pos
I loved every minute,pos
Two lost hours,neg
Dull and far too long,neg
The worst film of the year,neg
`
const Bytes = z.string().meta({ format: 'binary' })

/** Media types of the files, as the API tells them. */
const ACCEPTED = [CSV, NDJSON_TYPES[0], JSON_TYPE, PARQUET, ARROW, XLSX, ZIP, OCTETS, MULTIPART]
/**
 * Those in the OpenAPI document: without JSON and NDJSON, since clients by some generators write every body as JSON once
 * the name of one media type has that word.
 */
const BODIES = {
  [CSV]: Bytes,
  [PARQUET]: Bytes,
  [ARROW]: Bytes,
  [XLSX]: Bytes,
  [ZIP]: Bytes,
  [OCTETS]: Bytes,
  [MULTIPART]: z.object({ [FILE_FIELD]: Bytes }),
}
/** Errors of a file that is sent. */
const ERRORS: readonly ErrorCode[] = [
  'invalid-request',
  'invalid-dataset',
  'payload-too-large',
  'unsupported-media-type',
  'overloaded',
  'store-unavailable',
]

/**
 * Adds `POST /datasets`, which takes the file as the body or as a field of a form. Files are streamed, never held in
 * memory.
 */
export async function uploadRoute(app: App, { datasets, config }: AppDependencies): Promise<void> {
  await app.register(multipart, { throwFileSizeLimit: false, limits: { fileSize: Number.POSITIVE_INFINITY } })
  // An array of objects is streamed, like any other file.
  app.removeContentTypeParser(JSON_TYPE)
  app.addContentTypeParser([...Object.keys(FORMATS), ...UNTOLD], (_request, payload, done) =>
    done(null, payload),
  )

  route(app, {
    endpoint: 'POST /datasets',
    summary: 'Upload a data set',
    description:
      "Send the file as the body, with its media type, or in the field `file` of a form. Bodies may be compressed by gzip. The answer describes each column and warns of what was guessed. The same file under the same name is answered with 200 and the same id. NDJSON is sent as `application/x-ndjson`. A JSON object with a `url` is an order to fetch the file, as in `POST /datasets/import`. A body without a media type, and one of curl's default type, is read as CSV.",
    operation: 'uploadDataset',
    tag: 'data sets',
    role: 'train',
    query: UploadQuery,
    gzip: true,
    streamed: true,
    accepts: ACCEPTED,
    examples: { minimal: { summary: 'A few reviews', value: REVIEWS } },
    bodies: BODIES,
    answers: { 200: DatasetView, 201: DatasetView },
    errors: [...ERRORS, 'source-unavailable'],
    handler: async (request, reply) => {
      const { name, ...words } = request.query
      const { format, gzip, ...file } = await fileOf(request, config.maxUpload)
      const sent = await orderOrTable(request, file.body)
      if (sent.order) {
        const order = checkBody(DatasetImport, { name, ...sent.order })
        return fetchDataset(datasets, order, reply)
      }
      const { body } = sent
      const signal = whileConnected(reply)
      const options = optionsOf(words, format)
      return sendDataset(reply, await datasets.upload({ name, body, gzip, options, signal }))
    },
  })
  route(app, {
    endpoint: 'POST /datasets/:dataset/rows',
    summary: 'Append rows to a data set',
    description:
      'Makes the next data set of the name out of the newest one and the rows of the file, whose columns and types must fit. Of several appends to a name at once, all are kept, one after the other. With the id of the newest data set instead of its name, the rows are appended to that very data set or refused with 412, and a repetition changes nothing.',
    operation: 'appendRows',
    tag: 'data sets',
    role: 'train',
    params: DatasetParams,
    query: AppendQuery,
    gzip: true,
    streamed: true,
    accepts: ACCEPTED,
    bodies: BODIES,
    answers: { 200: DatasetView, 201: DatasetView },
    errors: [...ERRORS, 'unknown-dataset', 'precondition-failed'],
    handler: async (request, reply) => {
      const { body, format, gzip } = await fileOf(request, config.maxUpload)
      const signal = whileConnected(reply)
      const options = optionsOf(request.query, format)
      const to = knownDataset(request.params.dataset)
      return sendDataset(reply, await datasets.append({ to, body, gzip, options, signal }))
    },
  })
}

/** Reads the options of a query. @throws FitserveError `invalid-query` */
function optionsOf(
  { header, delimiter, ...words }: z.output<typeof AppendQuery>,
  format: FileFormat | null,
): ReadOptions {
  return readOptions({ ...words, format, header: header !== 'false', delimiter: delimiterOf(delimiter) })
}

interface UploadedFile {
  body: Readable
  /** Null: neither the type nor the name of the file says it. */
  format: FileFormat | null
  /** True if `Content-Encoding` says gzip. A file that is itself compressed is recognized by its first bytes. */
  gzip: boolean
}

async function fileOf(request: FastifyRequest, maxBytes: number): Promise<UploadedFile> {
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
  const types = ACCEPTED.filter((type) => type !== MULTIPART).join(', ')
  return new FitserveError('unsupported-media-type', `${sentence} Send ${types}, or a form with a file.`)
}
