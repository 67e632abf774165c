import { fileURLToPath } from 'node:url'
import {
  experimental,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type StatusObject,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import type { FastifyBaseLogger } from 'fastify'
import { z } from 'zod'
import { type Access, mayAct } from '../../../../access.ts'
import { FitserveError } from '../../../../errors.ts'
import type { TlsFiles } from '../../../../runtime/tls-files.ts'
import type { Deadline } from '../../../../serving/deadline.ts'
import { checkModel, uncounted } from '../../../plugins/model-scope.ts'
import { PROBLEMS } from '../../../problem-table.ts'
import type { Named } from '../../predictions.ts'
import { refusal, wholeMessage } from '../../scope.ts'
import type { OpenInference } from '../service.ts'
import { inferResponse } from './answers.ts'
import { IndexMessage, InferMessage, LoadMessage, ModelMessage, requestOf } from './messages.ts'

/** The service's definition, which the build copies beside the programs. */
const PROTO = fileURLToPath(new URL('../../../../../dist/open-inference.proto', import.meta.url))
const SERVICE = 'inference.GRPCInferenceService'

/** Dependencies of the gRPC server. */
export interface GrpcDependencies {
  service: OpenInference
  access: Access
  /** Certificate and private key, which new connections get as they are now. Absent: calls are not encrypted. */
  tls: Pick<TlsFiles, 'pair' | 'follow'> | undefined
  /** Limit on a message, in bytes. */
  bodyLimit: number
  /** Time limit of a request that has no deadline, in ms. */
  requestTimeoutMs: number
  log: FastifyBaseLogger
}

type Call = ServerUnaryCall<unknown, unknown>
/** Answers one kind of call. */
type Answer = (message: unknown, deadline: Deadline) => unknown

/** A server that listens. */
export interface GrpcServer {
  port: number
  /** Ends once the calls under way are answered, or after the time in ms. */
  close(graceMs: number): Promise<void>
}

/**
 * Starts the gRPC service of the Open Inference Protocol.
 * @param host address or name to listen on
 * @param asked port; 0 picks a free one
 * @throws FitserveError `internal` where the port cannot be used
 */
export async function startGrpc(
  host: string,
  asked: number,
  dependencies: GrpcDependencies,
): Promise<GrpcServer> {
  const server = new Server({
    'grpc.max_receive_message_length': dependencies.bodyLimit,
    'grpc.max_concurrent_streams': 1_000,
  })
  server.addService(definition(), implementation(dependencies))
  const port = await new Promise<number>((resolve, reject) => {
    const address = `${host.includes(':') ? `[${host}]` : host}:${asked}`
    server.bindAsync(address, credentialsOf(dependencies), (cause, bound) => {
      if (!cause) return resolve(bound)
      const message = `GRPC_PORT ${asked} on HOST ${host} cannot be used. Set another GRPC_PORT (0 picks a free one).`
      reject(new FitserveError('internal', message, { cause }))
    })
  })
  return {
    port,
    close: async (graceMs) => {
      const stopped = new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
      const late = setTimeout(() => server.forceShutdown(), graceMs)
      await stopped
      clearTimeout(late)
    },
  }
}

function credentialsOf({ tls }: GrpcDependencies): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure()
  // No certificates of callers are asked for, who send keys.
  return experimental.createCertificateProviderServerCredentials(certificatesOf(tls), null, false)
}

/** Tells gRPC the certificate, and each one that takes its place. `ServerCredentials.createSsl` would keep the first. */
function certificatesOf(tls: NonNullable<GrpcDependencies['tls']>): experimental.CertificateProvider {
  const listeners = new Set<experimental.IdentityCertificateUpdateListener>()
  const tell = (listener: experimental.IdentityCertificateUpdateListener) => {
    const { cert: certificate, key: privateKey } = tls.pair
    listener({ certificate, privateKey })
  }
  tls.follow({
    setSecureContext() {
      for (const listener of listeners) tell(listener)
    },
  })
  return {
    addIdentityCertificateListener(listener) {
      listeners.add(listener)
      // Later, since the server that is being made does not listen to its credentials yet.
      queueMicrotask(() => tell(listener))
    },
    removeIdentityCertificateListener: (listener) => void listeners.delete(listener),
    addCaCertificateListener() {},
    removeCaCertificateListener() {},
  }
}

function definition(): ServiceDefinition {
  const definitions = loadSync(PROTO, { keepCase: true, longs: Number, defaults: true, oneofs: true })
  const found = definitions[SERVICE]
  if (found === undefined || 'format' in found) throw new RangeError(`${PROTO} has no ${SERVICE}`)
  return found
}

function implementation(dependencies: GrpcDependencies): UntypedServiceImplementation {
  const { service } = dependencies
  const open = (answer: Answer) => unary(answer, dependencies, false)
  const guarded = (answer: Answer) => unary(answer, dependencies, true)
  return {
    ServerLive: open(() => ({ live: true })),
    ServerReady: open(() => ({ ready: service.isReady() })),
    ServerMetadata: open(() => service.server()),
    ModelReady: guarded(async (message, deadline) => {
      await service.load(namedModel(message), deadline)
      return { ready: true }
    }),
    ModelMetadata: guarded((message, deadline) => service.metadata(namedModel(message), deadline)),
    ModelInfer: guarded(async (message, deadline) => {
      const asked = read(InferMessage, message)
      const request = requestOf(asked)
      const { signature, outputs } = await service.infer(
        named(asked.model_name, asked.model_version),
        request,
        deadline,
      )
      return inferResponse(signature, asked.id, outputs)
    }),
    ModelStatistics: guarded((message) => {
      const { name, version } = read(ModelMessage, message)
      return service.statistics(name === '' ? undefined : named(name, version))
    }),
    RepositoryIndex: guarded(async (message) => ({
      models: await service.index(read(IndexMessage, message).ready),
    })),
    RepositoryModelLoad: guarded(async (message, deadline) => {
      await service.load({ model: read(LoadMessage, message).model_name }, deadline)
      return {}
    }),
  }
}

/** Returns the handler of a call: it checks the API key, answers, and turns errors into statuses. */
function unary(
  answer: Answer,
  { access, requestTimeoutMs, log }: GrpcDependencies,
  needsKey: boolean,
): handleUnaryCall<unknown, unknown> {
  return (call, respond) => {
    const work = async () => {
      if (needsKey && access.required) await checkCaller(call, access)
      return answer(call.request, deadlineOf(call, requestTimeoutMs))
    }
    work().then(
      (message) => respond(null, message),
      (error: unknown) => respond(statusOf(error, log)),
    )
  }
}

/** The places in which messages name a model. */
const ModelIn = z.object({ model_name: z.string().optional(), name: z.string().optional() })

async function checkCaller(call: Call, access: Access): Promise<void> {
  const sent = call.metadata.get('authorization')[0]
  const caller = await access.find(sent === undefined ? undefined : String(sent))
  if (!caller)
    throw new FitserveError(
      'unauthorized',
      'Send a known API key as the metadata authorization: Bearer <key>.',
    )
  if (!mayAct(caller.role, 'predict'))
    throw new FitserveError('forbidden', `This call needs the role predict, and the key has ${caller.role}.`)
  // Neither requests nor rows are counted here.
  if (caller.rowsPerDay !== null || caller.requestsPerMinute) throw uncounted(caller)
  checkModel(caller, modelIn(call.request))
}

/** Returns the model that a message names; undefined where it names none. */
function modelIn(message: unknown): string | undefined {
  const { model_name: modelName, name } = ModelIn.safeParse(message).data ?? {}
  return modelName || name || undefined
}

/** Returns when a call must have its answer: at its own deadline, else after the service's time limit. */
function deadlineOf(call: Call, timeoutMs: number): Deadline {
  const own = call.getDeadline()
  const latest = Date.now() + timeoutMs
  const end = Math.min(latest, own instanceof Date ? own.getTime() : own)
  return { leftMs: () => end - Date.now(), gone: () => call.cancelled }
}

function namedModel(message: unknown): Named {
  const { name, version } = read(ModelMessage, message)
  return named(name, version)
}

function named(model: string, version: string): Named {
  return version === '' ? { model } : { model, version }
}

function read<Schema extends z.ZodType>(schema: Schema, message: unknown): z.output<Schema> {
  const parsed = schema.safeParse(message)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw refusal(`${issue?.message ?? 'The message is malformed'}.`, `/${issue?.path.join('/') ?? ''}`)
}

/** The statuses of gRPC by those of HTTP; all others are internal. */
const STATUSES: Readonly<Record<number, number>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  409: status.FAILED_PRECONDITION,
  413: status.RESOURCE_EXHAUSTED,
  422: status.INVALID_ARGUMENT,
  429: status.RESOURCE_EXHAUSTED,
  503: status.UNAVAILABLE,
}

function statusOf(error: unknown, log: FastifyBaseLogger): StatusObject {
  const metadata = new Metadata()
  if (error instanceof FitserveError) {
    const { status: httpStatus } = PROBLEMS[error.code]
    const code =
      error.code === 'deadline-exceeded'
        ? status.DEADLINE_EXCEEDED
        : (STATUSES[httpStatus] ?? status.INTERNAL)
    if (code === status.INTERNAL) log.error({ err: error }, 'call failed')
    return { code, details: wholeMessage(error), metadata }
  }
  log.error({ err: error }, 'call failed')
  return { code: status.INTERNAL, details: 'An internal error occurred. The log has details.', metadata }
}
