import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FitserveError } from '../../errors.ts'
import type { PredictTarget } from '../../serving/contract.ts'
import type { UncertaintyOptions } from '../../uncertainty-options.ts'
import { askedFor } from '../requests/answer-rows.ts'
import { type App, NDJSON_TYPES } from '../route-config.ts'
import { AnswerBuffer } from './answer-buffer.ts'
import { type LineLimits, splitLines } from './lines.ts'
import { answerLines, type LineServing } from './predictions.ts'

const [NDJSON] = NDJSON_TYPES
/** Milliseconds that a stream may go on after the service has begun to stop. */
const GRACE_MS = 4_000
/** Limit on answers buffered for slow readers, in bytes: about 600,000 rows of two classes. */
const MAX_BUFFERED_BYTES = 64 * 2 ** 20

/** Streams of predictions, which are ended when the service stops. */
export class PredictionStreams {
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

  /**
   * Answers the rows of a request's body line by line. An unknown model, and what its version does not offer, are
   * refused before the first line.
   */
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

/** Yields the lines. Ends without an error if the client has disconnected. */
async function* untilGone(lines: AsyncIterable<string>, request: FastifyRequest): AsyncGenerator<string> {
  try {
    yield* lines
  } catch (error) {
    if (!request.raw.errored && !request.raw.destroyed) throw error
    request.log.debug({ err: error }, 'client went away')
  }
}
