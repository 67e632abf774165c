import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import { inTurns, type Steps } from '../../runtime/steps.ts'
import type { PredictOptions, PredictTarget, Serving } from '../../serving/contract.ts'
import type { Deadline } from '../../serving/deadline.ts'
import { isFiniteAnswer, notFinite } from '../../serving/finite.ts'
import { asksForUncertainty, type UncertaintyOptions } from '../../uncertainty-options.ts'
import type { RouteDependencies } from '../dependencies.ts'
import { answerNow, JSON_ANSWER } from '../fast-path/single-row.ts'
import { deadlineOf, requestTimeout } from '../requests/deadline.ts'
import { checkRowCount } from '../requests/row-count.ts'
import { checkBody } from '../requests/validation.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE, NDJSON_TYPES } from '../route-config.ts'
import { NameParams } from '../schemas/common.ts'
import {
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
import { AnswerBuffer } from '../streams/answer-buffer.ts'
import { countedRows } from '../streams/counted-rows.ts'
import { type LineLimits, splitLines } from '../streams/lines.ts'
import { answerLines, type LineServing } from '../streams/predictions.ts'

const [NDJSON] = NDJSON_TYPES
/** Milliseconds that a stream may go on after the service has begun to stop. */
const GRACE_MS = 4_000
/** Limit on answers buffered for slow readers, in bytes: about 600,000 rows of two classes. */
const MAX_BUFFERED_BYTES = 64 * 2 ** 20
/** Rows of an answer that are written as JSON in one step. */
const STEP_ROWS = 100
const DEADLINE =
  'The header `X-Request-Timeout-Ms` sets the deadline in milliseconds. A stream has no deadline.'
const STREAM =
  'Send a row on each line. The answer begins while rows are still being sent, and a bad row gets an error on its line. `POST /predict` does the same for a body of this media type.'
const MODEL_EXAMPLES = {
  minimal: { summary: 'One text', value: { text: 'A wonderful film' } },
  full: {
    summary: 'Several texts, of which bad ones are answered by errors',
    value: {
      version: 'production',
      texts: ['A wonderful film', 'Two lost hours'],
      onError: 'row',
      notes: true,
      explain: { top: 5 },
    },
  },
}
const EXAMPLES = {
  minimal: { summary: 'One text', value: { model: 'reviews', text: 'A wonderful film' } },
  full: {
    summary: 'Several texts, of which bad ones are answered by errors',
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
  const streams = new Streams(app)
  app.addContentTypeParser([...NDJSON_TYPES], (_request, payload, done) => done(null, payload))

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
    body: PredictBody,
    timeout: number,
    reply: FastifyReply,
  ) => {
    const rows = rowsOf(body, config.maxBatch)
    const taken = rowQuota.takeFor(reply, rows.rows.length)
    const json = await answer(serving, target, body, rows, deadlineOf(reply, timeout)).catch(
      (error: unknown) => {
        taken.giveBack(rows.rows.length)
        throw error
      },
    )
    rowQuota.tell(reply)
    return sendJson(reply, json)
  }
  const answerStream = (
    asked: PredictTarget & UncertaintyOptions,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const { caller } = request
    const source = caller?.rowsPerDay == null ? serving : countedRows(serving, rowQuota, caller)
    rowQuota.tell(reply)
    return streams.answer(source, asked, { maxBytes: config.bodyLimit, memory: bodyMemory }, request, reply)
  }
  /** The answer to one good row, where nothing is counted. */
  const answerAtOnce = ({ body, caller, query }: FastifyRequest, model: string | undefined) =>
    caller?.rowsPerDay == null ? answerNow(serving, model, body, Object(query)) : undefined

  route(app, {
    endpoint: 'POST /predict',
    summary: 'Predict rows',
    description: DEADLINE,
    operation: 'predict',
    query: PredictQuery,
    bodies: { [JSON_TYPE]: PredictBody },
    examples: EXAMPLES,
    answers,
    accepts: [JSON_TYPE, NDJSON],
    ...common,
    handler: (request, reply) => {
      const timeout = requestTimeout(request) ?? config.requestTimeoutMs
      const now = answerAtOnce(request, undefined)
      if (now !== undefined) return sendJson(reply, now)
      if (request.body instanceof Readable) return answerStream(request.query, request, reply)
      refuseQuery(request.query)
      const body = checkBody(PredictBody, request.body)
      return answerRows({ model: body.model, version: body.version }, body, timeout, reply)
    },
  })

  route(app, {
    endpoint: 'POST /models/:name/predict',
    summary: 'Predict rows by one model',
    description: DEADLINE,
    operation: 'predictByModel',
    params: NameParams,
    query: PredictModelQuery,
    bodies: { [JSON_TYPE]: PredictModelBody },
    examples: MODEL_EXAMPLES,
    answers,
    accepts: [JSON_TYPE, NDJSON],
    ...common,
    handler: (request, reply) => {
      const model = request.params.name
      const timeout = requestTimeout(request) ?? config.requestTimeoutMs
      const now = answerAtOnce(request, model)
      if (now !== undefined) return sendJson(reply, now)
      if (request.body instanceof Readable) return answerStream({ model, ...request.query }, request, reply)
      refuseQuery(request.query)
      const body = checkBody(PredictModelBody, request.body)
      return answerRows({ model, version: body.version }, body, timeout, reply)
    },
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

/** Sends JSON text with its media type, which spares Fastify the work of finding it out. */
function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.header('content-type', JSON_ANSWER).send(json)
}

/** Answers the rows of a body, which come in exactly one of the four forms. */
async function answer(
  serving: Pick<Serving, 'predict'>,
  target: PredictTarget,
  body: PredictBody,
  { form, path, rows, single }: ReturnType<typeof rowsOf>,
  deadline: Deadline,
): Promise<string> {
  const options = {
    form,
    path,
    single,
    deadline,
    notes: body.notes,
    explain: explainOptions(body.explain),
    uncertainty: askedFor(body),
  }
  // The type of the predictions depends on `onError`, so each value has its own call.
  const { model, version, predictions } =
    body.onError === 'row'
      ? await serving.predict(target, rows, { ...options, onError: 'row' })
      : await serving.predict(target, rows, { ...options, onError: 'refuse' })
  for (const prediction of predictions)
    if (!('error' in prediction) && !isFiniteAnswer(prediction)) throw notFinite()
  if (single) return JSON.stringify({ model, version, ...predictions[0] })
  const items = await inTurns(jsonOf(predictions))
  return `{"model":${JSON.stringify(model)},"version":${version},"predictions":[${items}]}`
}

function explainOptions(explain: PredictBody['explain']): PredictOptions['explain'] {
  return typeof explain === 'object' ? explain : explain ? {} : undefined
}

/** Writes items of a list as JSON, in steps: a large answer takes long. */
function* jsonOf(items: readonly unknown[]): Steps<string> {
  const parts: string[] = []
  for (let start = 0; start < items.length; start += STEP_ROWS) {
    parts.push(JSON.stringify(items.slice(start, start + STEP_ROWS)).slice(1, -1))
    yield
  }
  return parts.join(',')
}

/** Returns what a body or query asks for beside answers; undefined where it asks for nothing. */
function askedFor({ interval, set, abstain }: UncertaintyOptions): UncertaintyOptions | undefined {
  const options = { interval, set, abstain }
  return asksForUncertainty(options) ? options : undefined
}

const FORMS = ['text', 'texts', 'features', 'rows'] as const

function rowsOf(body: PredictBody, maxBatch: number) {
  const there = FORMS.filter((name) => Object.hasOwn(body, name))
  const [name] = there
  if (name === undefined || there.length > 1) {
    const found = there.length === 0 ? 'none' : there.join(' and ')
    const message = `Send exactly one of ${FORMS.join(', ')}. Found: ${found}.`
    throw new FitserveError('invalid-request', message, { problems: [{ path: '', message }] })
  }
  const form = name === 'text' || name === 'texts' ? ('text' as const) : ('features' as const)
  const single = name === 'text' || name === 'features'
  const rows = (single ? [body[name]] : body[name]) as unknown[]
  const path = `/${name}`
  checkRowCount(rows, { most: maxBatch, path, advice: `For more, send ${NDJSON}.` })
  return { form, path, rows, single }
}

function refuseQuery(query: object): void {
  const [key] = Object.keys(query)
  if (key === undefined) return
  const message = `Send "${key}" in the body of a JSON request, not in the query.`
  throw new FitserveError('invalid-query', message, { problems: [{ path: `/${key}`, message }] })
}

/** Active streams, which are ended when the service stops. */
class Streams {
  readonly #active = new Set<Readable>()
  readonly #buffer = new AnswerBuffer(MAX_BUFFERED_BYTES)

  constructor(app: App) {
    app.addHook('preClose', async () => {
      const timer = setTimeout(() => {
        for (const stream of this.#active) stream.destroy()
      }, GRACE_MS)
      timer.unref()
    })
  }

  /** Answers rows line by line. What the version cannot give is refused before the first line, as an unknown model is. */
  async answer(
    serving: LineServing,
    asked: PredictTarget & UncertaintyOptions,
    limits: LineLimits,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const uncertainty = askedFor(asked)
    const options = { form: 'features', path: '', single: false, onError: 'row', uncertainty } as const
    const target = { model: asked.model, version: asked.version }
    const { model, version } = await serving.predict(target, [], options)
    const lines = answerLines(splitLines(request.body as Readable, limits), {
      serving,
      target: { model, version },
      uncertainty,
      onFailure(err) {
        const isRefused = err instanceof FitserveError && err.code === 'rate-limited'
        if (!isRefused) request.log.error({ err }, 'rows of a stream failed')
      },
    })
    const stream = Readable.from(this.#buffer.of(untilGone(lines, request)), { objectMode: false })
    this.#active.add(stream)
    stream.once('close', () => this.#active.delete(stream))
    return reply.type(NDJSON).send(stream)
  }
}

/** Yields the lines. If the client has disconnected, ends without the error, which no one would read. */
async function* untilGone(lines: AsyncIterable<string>, request: FastifyRequest): AsyncGenerator<string> {
  try {
    yield* lines
  } catch (error) {
    if (!request.raw.errored && !request.raw.destroyed) throw error
    request.log.debug({ err: error }, 'client went away')
  }
}
