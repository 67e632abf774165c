import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import type { PredictTarget } from '../../serving/contract.ts'
import type { UncertaintyOptions } from '../../uncertainty-options.ts'
import type { RouteDependencies } from '../dependencies.ts'
import { answerNow, JSON_ANSWER } from '../fast-path/single-row.ts'
import { type Asked, type AskedRows, answerText, rowsOf, rowsOfCsv } from '../requests/answer-rows.ts'
import { prefersCsv, prefersJsonAnswer } from '../requests/csv-answer.ts'
import { readCsvRows } from '../requests/csv-rows.ts'
import { deadlineOf, requestTimeout } from '../requests/deadline.ts'
import { checkBody, refuseQuery } from '../requests/validation.ts'
import { bodyReader } from '../requests/whole-body.ts'
import { route } from '../route.ts'
import { type App, CSV_TYPE, JSON_TYPE, NDJSON_TYPES } from '../route-config.ts'
import { NameParams } from '../schemas/common.ts'
import { delimiterOf } from '../schemas/datasets.ts'
import {
  CsvLines,
  CsvModelQuery,
  CsvQuery,
  PredictAnswer,
  PredictBody,
  PredictionLines,
  PredictModelBody,
  PredictModelQuery,
  PredictQuery,
  RowLines,
  StreamModelQuery,
  StreamQuery,
} from '../schemas/predict.ts'
import { countedRows } from '../streams/counted-rows.ts'
import { PredictionStreams } from '../streams/prediction-streams.ts'

const [NDJSON] = NDJSON_TYPES
const CSV_ANSWER = `${CSV_TYPE}; charset=utf-8`
const ROWS =
  'Answers one row (`text` or `features`), or each of several in their order (`texts` or `rows`). The header `X-Request-Timeout-Ms` sets the milliseconds in which the answer must be ready, from 1 to 86,400,000; otherwise the status is 503 with `deadline-exceeded`. A stream has no deadline. A `text/csv` body is accepted too, and `Accept: text/csv` returns CSV: see `POST /predict/csv`.'
const CSV =
  'The first line has the column names, and each further line is a row, as in the file that the model was trained on; the target and other columns of that file are ignored. The response has one line for each row, with the columns of a file of `POST /predictions`, or is JSON if `Accept` prefers that. `POST /predict` does the same for a body of this media type, and answers JSON unless `Accept` says `text/csv`.'
const STREAM =
  'Send a row on each line. The answer begins while rows are still being sent, and a bad row gets an error on its line. `POST /predict` does the same for a body of this media type.'
const MODEL_EXAMPLES = {
  minimal: { summary: 'One text', value: { text: 'A wonderful film' } },
  full: {
    summary: 'Several texts; bad ones get an error instead of a prediction',
    value: {
      version: 'production',
      texts: ['A wonderful film', 'Two lost hours'],
      onError: 'row',
      notes: true,
      explain: { top: 5 },
    },
  },
}
const CSV_EXAMPLE = 'text\nA wonderful film\n"Two lost hours, and dull"\n'
const EXAMPLES = {
  minimal: { summary: 'One text', value: { model: 'reviews', text: 'A wonderful film' } },
  full: {
    summary: 'Several texts; bad ones get an error instead of a prediction',
    value: { model: 'reviews', ...MODEL_EXAMPLES.full.value },
  },
}
const ERRORS: ErrorCode[] = [
  'invalid-json',
  'invalid-request',
  'invalid-rows',
  'unknown-model',
  'unknown-version',
  'unknown-alias',
  'payload-too-large',
  'unsupported-media-type',
  'not-ready',
  'corrupt-artifact',
  'deadline-exceeded',
  'overloaded',
]

/** Adds `POST /predict` and `POST /models/{name}/predict`, which answer predictions for rows. */
export function predictRoutes(app: App, parts: RouteDependencies): void {
  const { serving, config, bodyMemory, rowQuota } = parts
  const streams = new PredictionStreams(app)
  app.addContentTypeParser([...NDJSON_TYPES], (_request, payload, done) => done(null, payload))
  app.addContentTypeParser(CSV_TYPE, bodyReader(app, bodyMemory, CSV_TYPE))

  const common = {
    tag: 'prediction',
    role: 'predict',
    streamed: true,
    plain: true,
    errors: ERRORS,
  } as const
  const answers = { 200: PredictAnswer }
  const streamAnswers = {
    200: {
      description: 'One line of JSON for each line that is not blank, in order.',
      content: { [NDJSON]: { schema: PredictionLines } },
    },
  }
  const answerRows = async (
    target: PredictTarget,
    asked: Asked,
    rows: AskedRows,
    { timeout, csv, reply }: { timeout: number; csv: boolean; reply: FastifyReply },
  ) => {
    const taken = rowQuota.takeFor(reply, rows.rows.length)
    const deadline = deadlineOf(reply, timeout)
    const text = await answerText(serving, target, asked, rows, { deadline, csv }).catch((error: unknown) => {
      taken.giveBack(rows.rows.length)
      throw error
    })
    rowQuota.addHeaders(reply)
    return csv ? send(reply, text, CSV_ANSWER) : send(reply, text)
  }
  /** Answers a body of CSV. */
  const answerCsv = async (
    body: Buffer,
    { model, version, delimiter, quotes, notes, ...asked }: z.output<typeof CsvQuery>,
    how: { timeout: number; csv: boolean; reply: FastifyReply },
  ) => {
    const options = { delimiter: delimiterOf(delimiter), quotes, maxRows: config.maxBatch }
    const rows = rowsOfCsv(await readCsvRows(body, options), config.maxBatch)
    return answerRows({ model, version }, { ...asked, notes: notes === 'true' }, rows, how)
  }
  const answerStream = (
    asked: PredictTarget & UncertaintyOptions,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const { caller } = request
    const source = caller?.rowsPerDay == null ? serving : countedRows(serving, rowQuota, caller)
    rowQuota.addHeaders(reply)
    return streams.answer(source, asked, { maxBytes: config.bodyLimit, memory: bodyMemory }, request, reply)
  }
  /** The answer to one good row, where nothing is counted. */
  const answerAtOnce = ({ body, caller, query }: FastifyRequest, model: string | undefined) =>
    caller?.rowsPerDay == null ? answerNow(serving, model, body, Object(query)) : undefined
  /** Answers a body that is no lines of JSON. @param asked model and version where the address names them */
  const answerBody = async <Body extends z.ZodType<PredictBody>>(
    schema: Body,
    request: FastifyRequest<{ Querystring: z.output<typeof PredictQuery> }>,
    reply: FastifyReply,
    ofPath?: { model: string },
  ) => {
    const timeout = requestTimeout(request) ?? config.requestTimeoutMs
    const csv = prefersCsv(request.headers)
    const { query } = request
    if (request.body instanceof Readable)
      return answerStream({ ...streamQuery(query), ...ofPath }, request, reply)
    const how = { timeout, csv, reply }
    if (Buffer.isBuffer(request.body)) return answerCsv(request.body, { ...query, ...ofPath }, how)
    // Not ahead of these: to look for keys in 16 MiB of bytes takes seconds and a gigabyte.
    const now = csv ? undefined : answerAtOnce(request, ofPath?.model)
    if (now !== undefined) return send(reply, now)
    refuseQuery(query)
    const body = checkBody(schema, request.body)
    const target = { model: ofPath?.model ?? body.model, version: body.version }
    return answerRows(target, body, rowsOf(body, config.maxBatch), how)
  }

  route(app, {
    endpoint: 'POST /predict',
    summary: 'Predict rows',
    description: ROWS,
    operation: 'predict',
    query: PredictQuery,
    bodies: { [JSON_TYPE]: PredictBody },
    examples: EXAMPLES,
    answers,
    accepts: [JSON_TYPE, NDJSON, CSV_TYPE],
    ...common,
    handler: (request, reply) => answerBody(PredictBody, request, reply),
  })

  route(app, {
    endpoint: 'POST /models/:name/predict',
    summary: 'Predict rows by one model',
    description: ROWS,
    operation: 'predictByModel',
    params: NameParams,
    query: PredictModelQuery,
    bodies: { [JSON_TYPE]: PredictModelBody },
    examples: MODEL_EXAMPLES,
    answers,
    accepts: [JSON_TYPE, NDJSON, CSV_TYPE],
    ...common,
    handler: (request, reply) => answerBody(PredictModelBody, request, reply, { model: request.params.name }),
  })

  const csvOnly = async (
    request: FastifyRequest,
    query: z.output<typeof CsvQuery>,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const timeout = requestTimeout(request) ?? config.requestTimeoutMs
    if (!Buffer.isBuffer(request.body))
      throw new FitserveError('unsupported-media-type', `Send a row on each line, as ${CSV_TYPE}.`)
    return answerCsv(request.body, query, { timeout, csv: !prefersJsonAnswer(request.headers), reply })
  }
  const csv = {
    ...common,
    description: CSV,
    bodies: { [CSV_TYPE]: CsvLines },
    examples: { minimal: { summary: 'Two rows', value: CSV_EXAMPLE } },
    accepts: [CSV_TYPE],
    streamed: false,
    answers: {
      200: {
        description: 'A line for each row, in order, below a line with the names of the columns.',
        content: { [CSV_TYPE]: { schema: CsvLines } },
      },
    },
  }

  route(app, {
    endpoint: 'POST /predict/csv',
    summary: 'Predict rows of CSV',
    operation: 'predictCsv',
    query: CsvQuery,
    ...csv,
    handler: (request, reply) => csvOnly(request, request.query, reply),
  })

  route(app, {
    endpoint: 'POST /models/:name/predict/csv',
    summary: 'Predict rows of CSV by one model',
    operation: 'predictCsvByModel',
    params: NameParams,
    query: CsvModelQuery,
    ...csv,
    handler: (request, reply) => csvOnly(request, { model: request.params.name, ...request.query }, reply),
  })

  const answerLinesOnly = (
    asked: PredictTarget & UncertaintyOptions,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    if (request.body instanceof Readable) return answerStream(asked, request, reply)
    throw new FitserveError('unsupported-media-type', `Send one row on each line, as ${NDJSON}.`)
  }
  const stream = {
    description: STREAM,
    bodies: { [NDJSON]: RowLines },
    accepts: [NDJSON],
    answers: streamAnswers,
  }

  route(app, {
    endpoint: 'POST /predict/stream',
    summary: 'Predict any number of rows, line by line',
    operation: 'predictStream',
    query: StreamQuery,
    ...stream,
    ...common,
    handler: (request, reply) => answerLinesOnly(request.query, request, reply),
  })

  route(app, {
    endpoint: 'POST /models/:name/predict/stream',
    summary: 'Predict any number of rows by one model, line by line',
    operation: 'predictStreamByModel',
    params: NameParams,
    query: StreamModelQuery,
    ...stream,
    ...common,
    handler: (request, reply) =>
      answerLinesOnly({ model: request.params.name, ...request.query }, request, reply),
  })
}

/** Sends text with its media type, which spares Fastify the work of finding it out. */
function send(reply: FastifyReply, text: string, type = JSON_ANSWER): FastifyReply {
  return reply.header('content-type', type).send(text)
}

/** Parameters of bodies of CSV that a stream has no use for. */
const NOT_OF_STREAMS = ['delimiter', 'quotes', 'onError', 'notes'] as const

/** Returns the query of a stream. @throws FitserveError `invalid-query` for parameters that only CSV has */
function streamQuery(query: z.output<typeof PredictQuery>): z.output<typeof StreamQuery> {
  for (const name of NOT_OF_STREAMS)
    if (query[name] !== undefined) throw invalidQuery(name, `"${name}" belongs to a body of ${CSV_TYPE}.`)
  return query
}

function invalidQuery(key: string, message: string): FitserveError {
  return new FitserveError('invalid-query', message, { problems: [{ path: `/${key}`, message }] })
}
