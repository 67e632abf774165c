import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import { MEDIA_TYPES } from '../../jobs/predictions/media-types.ts'
import { PRODUCTION } from '../../registry/alias-moves.ts'
import type { RouteDependencies } from '../dependencies.ts'
import { byteRange } from '../requests/byte-range.ts'
import { callerName } from '../requests/caller.ts'
import { logOrder, originOf } from '../requests/order.ts'
import {
  FILE_BODIES,
  FILE_ERRORS,
  FILE_TYPES,
  fileOf,
  optionsOf,
  useFileBodies,
  useJsonFiles,
} from '../requests/uploaded-file.ts'
import { checkQuery, missingBody, refuseQuery } from '../requests/validation.ts'
import { whileConnected } from '../requests/while-connected.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { Deleted } from '../schemas/common.ts'
import { JobParams, SubmitHeaders } from '../schemas/jobs.ts'
import {
  BatchPredictionView,
  HiddenQuery,
  inputName,
  orderOfFile,
  PredictionFileQuery,
  PredictionRequest,
  ResultHeaders,
} from '../schemas/predictions.ts'

const UNAVAILABLE: readonly ErrorCode[] = ['queue-unavailable', 'store-unavailable']
const ORDER_ERRORS: readonly ErrorCode[] = [
  'invalid-json',
  'invalid-request',
  'invalid-job',
  'idempotency-key-reused',
  'payload-too-large',
  'unsupported-media-type',
  'corrupt-artifact',
  ...UNAVAILABLE,
]
/** Fields of an order that choose its rows. */
const OrderedDataset = z.object({ dataset: z.string() })
const Bytes = z.string().meta({ format: 'binary' })
const FILES = Object.fromEntries(Object.values(MEDIA_TYPES).map((type) => [type, { schema: Bytes }]))

/** Adds the routes of predictions: jobs that answer the rows of a data set and keep the answers in a file. */
export async function predictionRoutes(
  app: App,
  { jobs, datasets, models, rowQuota, config }: RouteDependencies,
): Promise<void> {
  await useFileBodies(app, { json: false })
  /** Returns the rows of the data set of an order; 0 where the order is to be refused for it. */
  const rowsOfOrder = async (body: unknown): Promise<number> => {
    const { success, data } = OrderedDataset.safeParse(body)
    if (!success) return 0
    return (await datasets.get(data.dataset).catch(() => undefined))?.rows ?? 0
  }
  const order = async (
    request: FastifyRequest<{ Headers: z.output<typeof SubmitHeaders> }>,
    body: unknown,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const { caller, headers } = request
    const rows = caller?.rowsPerDay == null ? 0 : await rowsOfOrder(body)
    const taken = rowQuota.takeFor(reply, rows)
    const idempotencyKey = headers['idempotency-key'] ?? null
    const prediction = await jobs
      .predict({ body, by: callerName(request), idempotencyKey, origin: originOf(request) })
      .catch((error: unknown) => {
        taken.giveBack(rows)
        throw error
      })
    if (prediction.reused) taken.giveBack(rows)
    rowQuota.addHeaders(reply)
    logOrder(request, prediction)
    return reply.code(202).header('location', `/predictions/${prediction.id}`).send(prediction)
  }
  const orderFile = async (
    request: FastifyRequest<{ Headers: z.output<typeof SubmitHeaders> }>,
    query: z.output<typeof PredictionFileQuery>,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const { name: given, order: words, reading } = orderOfFile(query)
    // Before the upload, which may take long.
    await checkModel(models, words.model)
    const name = given ?? inputName(words.model)
    const { body, format, gzip } = await fileOf(request, config.maxUpload)
    const options = optionsOf(reading, format)
    const { dataset } = await datasets.upload({ name, body, gzip, options, signal: whileConnected(reply) })
    return order(request, { ...words, dataset: dataset.id }, reply)
  }
  route(app, {
    endpoint: 'POST /predictions',
    summary: 'Predict the rows of a data set',
    description:
      'Starts a job that predicts all rows of a data set with one version and stores the predictions in a file. It is listed, followed, cancelled and retried like other jobs. If the body is a file, see `POST /predictions/file`.',
    operation: 'orderPrediction',
    tag: 'batch prediction',
    role: 'train',
    query: HiddenQuery,
    headers: SubmitHeaders,
    gzip: true,
    streamed: true,
    accepts: [JSON_TYPE, ...FILE_TYPES.filter((type) => type !== JSON_TYPE)],
    bodies: { [JSON_TYPE]: PredictionRequest },
    examples: {
      minimal: { summary: 'All rows of a data set', value: { model: 'reviews', dataset: 'reviews' } },
      full: {
        summary: 'A file for a spreadsheet, with the texts next to the predictions',
        value: { model: 'reviews@production', dataset: 'reviews', columns: ['text'], format: 'csv' },
      },
    },
    answers: { 202: BatchPredictionView },
    errors: [...ORDER_ERRORS, ...FILE_ERRORS],
    handler: async (request, reply) => {
      if (hasFile(request)) return orderFile(request, checkQuery(PredictionFileQuery, request.query), reply)
      refuseQuery(request.query)
      if (request.body === undefined) throw missingBody()
      return order(request, request.body, reply)
    },
  })
  // A scope of its own, where a body of JSON is no order.
  await app.register(async (files: App) => {
    useJsonFiles(files)
    route(files, {
      endpoint: 'POST /predictions/file',
      reserved: true,
      summary: 'Predict the rows of a file',
      description:
        'Uploads the file as `POST /datasets` does, and orders a prediction of its rows as `POST /predictions` does, which takes such files too. The data set is kept under `name` until it is deleted.',
      operation: 'orderPredictionOfFile',
      tag: 'batch prediction',
      role: 'train',
      query: PredictionFileQuery,
      headers: SubmitHeaders,
      gzip: true,
      streamed: true,
      accepts: FILE_TYPES,
      bodies: FILE_BODIES,
      answers: { 202: BatchPredictionView },
      errors: [...ORDER_ERRORS, ...FILE_ERRORS],
      handler: (request, reply) => orderFile(request, request.query, reply),
    })
  })
  route(app, {
    endpoint: 'GET /predictions/:id',
    summary: 'Show a prediction',
    description: 'Returns the state and, once it is `completed`, the address of the file with the answers.',
    operation: 'getPrediction',
    tag: 'batch prediction',
    role: 'train',
    params: JobParams,
    answers: { 200: BatchPredictionView },
    errors: ['unknown-prediction', ...UNAVAILABLE],
    handler: (request) => jobs.prediction(request.params.id),
  })
  const sendResult = async (
    request: FastifyRequest<{ Params: z.output<typeof JobParams>; Headers: z.output<typeof ResultHeaders> }>,
    reply: FastifyReply,
  ) => {
    const { mediaType, bytes, sha256, fileName, open } = await jobs.result(request.params.id)
    const etag = `"${sha256}"`
    const { range: asked, 'if-range': condition = etag } = request.headers
    const range = condition === etag ? byteRange(asked, bytes) : undefined
    reply.type(mediaType).headers({
      etag,
      'accept-ranges': 'bytes',
      'content-disposition': `attachment; filename="${fileName}"`,
      'content-length': range ? range.to - range.from + 1 : bytes,
    })
    if (range) reply.code(206).header('content-range', `bytes ${range.from}-${range.to}/${bytes}`)
    return reply.send(request.method === 'HEAD' ? Readable.from([]) : await open(range))
  }
  route(app, {
    endpoint: 'GET /predictions/:id/result',
    summary: 'Download the answers of a prediction',
    description: 'The header `Range` resumes a download that was cut off.',
    operation: 'getPredictionResult',
    tag: 'batch prediction',
    role: 'train',
    params: JobParams,
    headers: ResultHeaders,
    answers: {
      200: { description: 'The file with all answers.', content: FILES },
      206: { description: 'The bytes of the file that `Range` requests.', content: FILES },
    },
    errors: [
      'unknown-prediction',
      'no-result',
      'range-not-satisfiable',
      'corrupt-artifact',
      'store-unavailable',
    ],
    handler: sendResult,
  })
  // The address of the first draft of the contract.
  app.get<{ Params: z.output<typeof JobParams>; Headers: z.output<typeof ResultHeaders> }>(
    '/predictions/:id/file',
    { config: { role: 'train' }, schema: { hide: true, params: JobParams, headers: ResultHeaders } },
    sendResult,
  )
  route(app, {
    endpoint: 'DELETE /predictions/:id',
    summary: 'Delete the answers of a prediction',
    description:
      'The prediction itself stays in the list of jobs. `DELETE /jobs/{id}` cancels one that has not ended.',
    operation: 'deletePrediction',
    tag: 'batch prediction',
    role: 'train',
    params: JobParams,
    answers: { 204: Deleted },
    errors: ['unknown-prediction', 'no-result', 'store-unavailable'],
    handler: async (request, reply) => {
      await jobs.deleteResult(request.params.id, callerName(request))
      return reply.code(204).send()
    },
  })
}

/** Tells whether the body of a request is a file, which is read as a stream, or a form. */
function hasFile(request: FastifyRequest): boolean {
  return request.body instanceof Readable || request.isMultipart()
}

/** Codes of errors about a model that an order names. */
const UNKNOWN: ReadonlySet<string> = new Set(['unknown-model', 'unknown-version', 'unknown-alias'])

/** Checks that there is the version that an order means, `NAME` or `NAME@VERSION`. @throws FitserveError `invalid-job` */
async function checkModel(models: RouteDependencies['models'], wanted: string): Promise<void> {
  const [model = '', ...version] = wanted.split('@')
  try {
    await models.entry(model, version.length > 0 ? version.join('@') : PRODUCTION)
  } catch (error) {
    if (!(error instanceof FitserveError) || !UNKNOWN.has(error.code)) throw error
    const { message } = error
    throw new FitserveError('invalid-job', message, { problems: [{ path: '/model', message }] })
  }
}
