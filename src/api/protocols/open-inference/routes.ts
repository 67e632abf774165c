import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { FitserveError } from '../../../errors.ts'
import type { RouteDependencies } from '../../dependencies.ts'
import { notAllowed } from '../../plugins/not-found.ts'
import { deadlineOf } from '../../requests/deadline.ts'
import { parseJson, ROW_LIMITS } from '../../requests/large-json.ts'
import { bodyReader } from '../../requests/whole-body.ts'
import { type App, JSON_TYPE } from '../../route-config.ts'
import type { Named } from '../predictions.ts'
import { FOREIGN, FOREIGN_OPEN, FOREIGN_ROWS, refusal, useErrorForm, wholeMessage } from '../scope.ts'
import { inferAnswer } from './answers.ts'
import { BINARY_TYPE, JSON_LENGTH_HEADER, splitBody } from './binary-body.ts'
import { readInferRequest } from './json-request.ts'
import { OpenInference } from './service.ts'

const ModelParams = z.object({ name: z.string() })
const VersionParams = z.object({ name: z.string(), version: z.string() })
const IndexBody = z.looseObject({ ready: z.boolean().optional() }).optional()

/** The body of a request to infer that has bytes of tensors behind its JSON. */
class BinaryBody {
  readonly json: unknown
  readonly raw: Buffer

  constructor(json: unknown, raw: Buffer) {
    this.json = json
    this.raw = raw
  }
}

/** Adds the REST API of the Open Inference Protocol, version 2. */
export function openInferenceRoutes(app: App, dependencies: RouteDependencies): void {
  const { config, methodsAt } = dependencies
  const service = new OpenInference(dependencies)
  useErrorForm(app, { body: (error) => ({ error: wholeMessage(error) }) })
  useBinaryBodies(app, dependencies)
  useGrpc(app, service, dependencies)

  for (const path of ['/v2', '/v2/']) app.get(path, FOREIGN_OPEN, () => service.server())
  app.get('/v2/health/live', FOREIGN_OPEN, () => ({ live: true }))
  app.get('/v2/health/ready', FOREIGN_OPEN, () => {
    if (service.isReady()) return { live: true, ready: true }
    throw new FitserveError('not-ready', 'The server is not ready.')
  })

  const deadline = (reply: FastifyReply) => deadlineOf(reply, config.requestTimeoutMs)
  const ofModel = { ...FOREIGN, schema: { ...FOREIGN.schema, params: ModelParams } }
  const ofVersion = { ...FOREIGN, schema: { ...FOREIGN.schema, params: VersionParams } }
  /** Adds a route of a model and the same of one of its versions. */
  const get = (path: string, handler: (target: Named, reply: FastifyReply) => unknown) => {
    app.get<{ Params: z.output<typeof ModelParams> }>(
      `/v2/models/:name${path}`,
      ofModel,
      ({ params }, reply) => handler({ model: params.name }, reply),
    )
    app.get<{ Params: z.output<typeof VersionParams> }>(
      `/v2/models/:name/versions/:version${path}`,
      ofVersion,
      ({ params }, reply) => handler({ model: params.name, version: params.version }, reply),
    )
  }
  get('', (target, reply) => service.metadata(target, deadline(reply)))
  get('/ready', async (target, reply) => {
    await service.load(target, deadline(reply))
    return { name: target.model, ready: true }
  })
  get('/stats', (target) => service.statistics(target))
  app.get('/v2/models/stats', FOREIGN, () => service.statistics())

  const infer = async (target: Named, request: FastifyRequest, reply: FastifyReply) => {
    const { body } = request
    const asked = body instanceof BinaryBody ? readInferRequest(body.json, body.raw) : readInferRequest(body)
    const { signature, outputs } = await service.infer(target, asked, deadline(reply))
    const answer = inferAnswer(signature, asked.id ?? request.id, outputs)
    if (!outputs.some(({ isBinary }) => isBinary)) return reply.type(JSON_TYPE).send(answer.json)
    const text = Buffer.from(answer.json)
    return reply
      .header(JSON_LENGTH_HEADER, text.length)
      .type(BINARY_TYPE)
      .send(Buffer.concat([text, answer.raw]))
  }
  const tensors = { ...FOREIGN_ROWS.config, readAs: typeOfTensors }
  const rowsOfModel = { config: tensors, schema: { ...FOREIGN_ROWS.schema, params: ModelParams } }
  const rowsOfVersion = { config: tensors, schema: { ...FOREIGN_ROWS.schema, params: VersionParams } }
  app.post<{ Params: z.output<typeof ModelParams> }>(
    '/v2/models/:name/infer',
    rowsOfModel,
    (request, reply) => infer({ model: request.params.name }, request, reply),
  )
  app.post<{ Params: z.output<typeof VersionParams> }>(
    '/v2/models/:name/versions/:version/infer',
    rowsOfVersion,
    (request, reply) =>
      infer({ model: request.params.name, version: request.params.version }, request, reply),
  )

  app.post('/v2/repository/index', FOREIGN_ROWS, ({ body }) => {
    const read = IndexBody.safeParse(body)
    if (!read.success) throw refusal('Expected {"ready": true}, {"ready": false} or nothing.')
    return service.index(read.data?.ready ?? false)
  })
  const repository = { ...FOREIGN_ROWS, schema: { ...FOREIGN_ROWS.schema, params: ModelParams } }
  app.post<{ Params: z.output<typeof ModelParams> }>(
    '/v2/repository/models/:name/load',
    repository,
    async (request, reply) => {
      await service.load({ model: request.params.name }, deadline(reply))
      return { name: request.params.name, load: true }
    },
  )
  app.post<{ Params: z.output<typeof ModelParams> }>('/v2/repository/models/:name/unload', repository, () => {
    throw refusal(
      'Models leave memory by themselves where MODEL_MEMORY says so. To take one out of service, remove its alias: DELETE /models/{name}/aliases/production.',
    )
  })
  app.all('/v2/*', FOREIGN, (request, reply) => {
    const methods = methodsAt(request)
    if (methods.length === 0) throw new FitserveError('not-found', 'The protocol has no such address.')
    reply.header('allow', methods.join(', '))
    if (request.method === 'OPTIONS') return reply.code(204).send()
    throw notAllowed(request.method, methods)
  })
}

/** Returns the type of bodies of which bytes are JSON, whatever they name: tritonclient names none, or JSON. */
function typeOfTensors(headers: IncomingHttpHeaders): string | undefined {
  return headers[JSON_LENGTH_HEADER] === undefined ? undefined : BINARY_TYPE
}

/** Reads bodies of JSON with bytes of tensors behind it, as tritonclient sends them. */
function useBinaryBodies(app: App, { bodyMemory }: Pick<RouteDependencies, 'bodyMemory'>): void {
  const read = bodyReader(app, bodyMemory, BINARY_TYPE)
  app.addContentTypeParser(BINARY_TYPE, async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
    const bytes = await read(request, payload)
    const { json, raw } = splitBody(bytes, request.headers[JSON_LENGTH_HEADER])
    return new BinaryBody(await parseJson(json.toString('utf8'), ROW_LIMITS), raw)
  })
}

/** Time for calls under way once the service stops, in ms. */
const GRACE_MS = 4_000

/** Opens the gRPC service with the API, and closes it with the API, where its port is set. */
function useGrpc(app: App, service: OpenInference, dependencies: RouteDependencies): void {
  const { config, access, tls, log } = dependencies
  const { grpcPort, host = '127.0.0.1', bodyLimit, requestTimeoutMs } = config
  if (grpcPort === undefined) return
  app.addHook('onReady', async () => {
    // Loaded here, so that a service without it starts no later and needs no more memory.
    const { startGrpc } = await import('./grpc/server.ts')
    const own = { service, access, tls, bodyLimit, requestTimeoutMs, log }
    const server = await startGrpc(host, grpcPort, own)
    app.addHook('onClose', () => server.close(GRACE_MS))
    log.info({ host, port: server.port }, 'gRPC is ready')
  })
}
