import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ErrorCode } from '../../errors.ts'
import { MEDIA_TYPES } from '../../jobs/predictions/media-types.ts'
import type { RouteDependencies } from '../dependencies.ts'
import { byteRange } from '../requests/byte-range.ts'
import { callerName } from '../requests/caller.ts'
import { missingBody } from '../requests/validation.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { Deleted } from '../schemas/common.ts'
import { JobParams, SubmitHeaders } from '../schemas/jobs.ts'
import { BatchPredictionView, PredictionRequest, ResultHeaders } from '../schemas/predictions.ts'

const UNAVAILABLE: readonly ErrorCode[] = ['queue-unavailable', 'store-unavailable']
/** What an order says of the rows that it asks for. */
const OrderedDataset = z.object({ dataset: z.string() })
const Bytes = z.string().meta({ format: 'binary' })
const FILES = Object.fromEntries(Object.values(MEDIA_TYPES).map((type) => [type, { schema: Bytes }]))

/** Adds the routes of predictions: jobs that answer the rows of a data set and keep the answers in a file. */
export function predictionRoutes(app: App, { jobs, datasets, rowQuota }: RouteDependencies): void {
  /** Returns the rows of the data set of an order; 0 where the order is to be refused for it. */
  const rowsOfOrder = async (body: unknown): Promise<number> => {
    const { success, data } = OrderedDataset.safeParse(body)
    if (!success) return 0
    return (await datasets.get(data.dataset).catch(() => undefined))?.rows ?? 0
  }
  route(app, {
    endpoint: 'POST /predictions',
    summary: 'Predict the rows of a data set',
    description:
      'Orders a job that answers all rows of a data set by one version and keeps the answers in a file. It is listed, followed, cancelled and retried like other jobs.',
    operation: 'orderPrediction',
    tag: 'batch prediction',
    role: 'train',
    headers: SubmitHeaders,
    accepts: [JSON_TYPE],
    bodies: { [JSON_TYPE]: PredictionRequest },
    examples: {
      minimal: { summary: 'All rows of a data set', value: { model: 'reviews', dataset: 'reviews' } },
      full: {
        summary: 'A file for a spreadsheet, with the texts beside the answers',
        value: { model: 'reviews@production', dataset: 'reviews', columns: ['text'], format: 'csv' },
      },
    },
    answers: { 202: BatchPredictionView },
    errors: [
      'invalid-json',
      'invalid-request',
      'invalid-job',
      'idempotency-key-reused',
      'payload-too-large',
      'unsupported-media-type',
      'corrupt-artifact',
      ...UNAVAILABLE,
    ],
    handler: async (request, reply) => {
      const { body, headers } = request
      if (body === undefined) throw missingBody()
      const idempotencyKey = headers['idempotency-key'] ?? null
      const { caller } = request
      const rows = caller?.rowsPerDay == null ? 0 : await rowsOfOrder(body)
      const taken = rowQuota.takeFor(reply, rows)
      const prediction = await jobs
        .predict({ body, by: callerName(request), idempotencyKey })
        .catch((error: unknown) => {
          taken.giveBack(rows)
          throw error
        })
      if (prediction.reused) taken.giveBack(rows)
      rowQuota.tell(reply)
      return reply.code(202).header('location', `/predictions/${prediction.id}`).send(prediction)
    },
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
      206: { description: 'The bytes of the file that `Range` asks for.', content: FILES },
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
