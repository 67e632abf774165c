/*
 * The life of a request, from its first byte to its last:
 *
 *   bytes ── fast-path/ ─────────────────── one plain row: answered here, no hook sees it
 *               │ anything else
 *   Node's HTTP server                      broken HTTP, slow or huge headers: answerBrokenRequest (problems)
 *               │                           requests sent in advance: one after the other (in-turn)
 *   onRequest   request-log (id, route) → tracing → assumed-json (type of an untyped body) → slow-clients (clock of the body)
 *               → security-headers → overload (503) → cors (answers a browser's question)
 *               → auth: identity → rate-limit (429) → not-found (404, 405, OPTIONS) → auth: role (401, 403)
 *               → negotiation (415)
 *   parsing     json-body, or the stream of a route: upload, archives, predict
 *   validation  requests/validation.ts, by the zod schemas of the route; strict-queries adds the empty query
 *   preHandler  json-body (refuses a body where none is read) → model-scope (403) → audit (intent)
 *   handler     routes/
 *   error       problems (every error becomes a problem of problem-table.ts)
 *   onSend      drain (Connection: close) → slow-clients (clock of the answer) → audit (before the client knows)
 *   onResponse  request-log → tracing → slow-clients (reads on after an early answer) → metrics/
 *
 * At the start, onRoute: json-body, not-found and strict-queries look at each route, openapi.ts collects it.
 * At the end, preClose: drain (then the listener closes), streams of predictions and events; onClose: timers of
 * slow-clients and overload.
 */
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'
import Fastify, { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { Signatures } from '../versions/signatures.ts'
import { Trends } from '../versions/trends.ts'
import type { AppDependencies, RouteDependencies } from './dependencies.ts'
import { openFrontDoor } from './fast-path/front-door.ts'
import { type RowAnswers, rowAnswers } from './fast-path/row-answers.ts'
import { useJobMetrics } from './metrics/jobs.ts'
import { useModelMetrics } from './metrics/models.ts'
import { usePartMetrics } from './metrics/parts.ts'
import { MeteredServing, PredictionMetrics } from './metrics/predictions.ts'
import { useRecentTraffic } from './metrics/recent-traffic.ts'
import { newMetrics } from './metrics/registry.ts'
import { useRequestMetrics } from './metrics/requests.ts'
import { useOpenApi } from './openapi/document.ts'
import { useAssumedJson } from './plugins/assumed-json.ts'
import { useAudit } from './plugins/audit.ts'
import { useAuthorization, useIdentity } from './plugins/auth.ts'
import { connectionLimit } from './plugins/connection-limit.ts'
import { useCors } from './plugins/cors.ts'
import { useDrain } from './plugins/drain.ts'
import { useJsonBodies } from './plugins/json-body.ts'
import { useModelScope } from './plugins/model-scope.ts'
import { useNegotiation } from './plugins/negotiation.ts'
import { useNotFound } from './plugins/not-found.ts'
import { useOverloadGuard } from './plugins/overload.ts'
import { answerBrokenRequest, answerError, useProblems } from './plugins/problems.ts'
import { useRateLimit } from './plugins/rate-limit.ts'
import { useRequestLog } from './plugins/request-log.ts'
import { useSecurityHeaders } from './plugins/security-headers.ts'
import { PATIENCE, type Patience, useSlowClientLimits } from './plugins/slow-clients.ts'
import { useStrictQueries } from './plugins/strict-queries.ts'
import { useTracing } from './plugins/tracing.ts'
import { BodyMemory } from './requests/body-memory.ts'
import { inTurn, isHeld } from './requests/in-turn.ts'
import { requestId } from './requests/request-id.ts'
import { RowQuota } from './requests/row-quota.ts'
import { withTrainingJob } from './requests/training-job.ts'
import { validatorCompiler } from './requests/validation.ts'
import type { App } from './route-config.ts'
import { addRoutes } from './routes/index.ts'
import { servedJobs, untilServed } from './served-jobs.ts'

/** Times that tests shorten. */
export interface AppTimes {
  /** Milliseconds of silence after which a stream of events sends a comment. Default: 15 seconds. */
  heartbeatMs?: number
  /** Time limits for slow clients. Default: `PATIENCE`. */
  patience?: Patience
  /** Delay of the event loop beyond which requests are refused, in milliseconds. Default: that of the guard. */
  maxDelayMs?: number
  /** Limit on the wait for a completed job's version, in milliseconds. Default: 5 seconds. */
  servedWaitMs?: number
}

/** Milliseconds of silence after which a stream of events sends a comment, so that no proxy ends it. */
const HEARTBEAT_MS = 15_000

/** Milliseconds between two lines of the log about connections at their limit. */
const LOG_FULL_MS = 60_000

/** Options of Node's HTTP server; times in milliseconds. */
const HTTP = {
  // An upload may take hours. Clients that stop in the middle of one are dropped by useSlowClientLimits.
  requestTimeout: 0,
  // Clients send a head at once. This drops those that hold a connection open with a few bytes of one.
  headersTimeout: 30_000,
  // TCP probes find clients that vanished without closing their connection.
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  // Longer than the 60 s for which load balancers usually keep an idle connection: they close it first, and so send no
  // request on a connection that this side is closing.
  keepAliveTimeout: 72_000,
}

/** Puts the HTTP API together. It opens no port: the caller calls `listen` and `close`. */
export async function buildApp(dependencies: AppDependencies, times: AppTimes = {}): Promise<App> {
  const { config, access, tls, log, version } = dependencies
  const { patience = PATIENCE } = times
  let rows: RowAnswers | undefined
  const servers: Server[] = []
  const limitConnections = limitOf(dependencies)
  const app: App = Fastify({
    loggerInstance: log,
    bodyLimit: config.bodyLimit,
    logController: new LogController({ disableRequestLogging: true }),
    // A name that is too long is an unknown name like any other; Node limits the length of a whole address.
    routerOptions: { maxParamLength: 16_384 },
    genReqId: requestId,
    serverFactory: (handler) => {
      const listener = inTurn(handler)
      const server = tls
        ? createSecureServer({ ...HTTP, ...tls.pair }, listener)
        : createServer(HTTP, listener)
      answerHalfClosed(server)
      servers.push(server)
      if (server instanceof SecureServer) tls?.follow(server)
      else openFrontDoor(server, () => rows, patience.idleMs)
      limitConnections?.(server)
      return server
    },
    return503OnClosing: false,
    clientErrorHandler(error, socket) {
      const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      if (!isLate || !isHeld(socket)) answerBrokenRequest(error, socket, patience.drainMs)
    },
    frameworkErrors: (error, request, reply) => {
      answerError(error, request as unknown as FastifyRequest, reply as unknown as FastifyReply)
    },
  }).withTypeProvider()

  app.setValidatorCompiler(validatorCompiler)
  // Answers are typed and go out whole. A second check of each would cost more than it finds.
  app.setSerializerCompiler(() => JSON.stringify)
  useProblems(app, (error) => withTrainingJob(error, dependencies.jobs))
  const bodyMemory = new BodyMemory(config.bodyLimit)
  useJsonBodies(app, bodyMemory)
  const { logged, ...pressure } = await useHooks(app, servers, dependencies, { ...times, patience })

  useStrictQueries(app)
  await useOpenApi(app, version)
  const { serving } = dependencies
  const registry = dependencies.metrics ?? newMetrics()
  const timer = useRequestMetrics(app, registry)
  const predictions = new PredictionMetrics(registry)
  usePartMetrics(registry, { ...dependencies, dataDir: config.dataDir, overloaded: pressure.overloaded })
  useModelMetrics(registry, dependencies)
  useJobMetrics(app, registry, dependencies)
  if (!logged && (config.rateLimit === 0 || access.required)) {
    rows = rowAnswers({
      serving,
      timer,
      predictions,
      tracesRequests: dependencies.tracing !== undefined,
      access,
      perMinute: config.rateLimit,
      bodyLimit: config.bodyLimit,
      isRefusingForNow: () => pressure.draining() || pressure.overloaded(),
    })
  }
  const served = untilServed(() => serving, times.servedWaitMs)
  await addRoutes(app, {
    ...dependencies,
    jobs: servedJobs(dependencies.jobs, served, times.servedWaitMs),
    ...pressure,
    serving: new MeteredServing(serving, predictions),
    registry,
    bodyMemory,
    rowQuota: new RowQuota(),
    signatures: new Signatures(dependencies.models),
    trends: new Trends(dependencies.models),
    traffic: useRecentTraffic(app, predictions),
    heartbeatMs: times.heartbeatMs ?? HEARTBEAT_MS,
  })
  return app
}

/** Returns what limits the connections of a server; undefined where no limit is set. A full limit is logged now and then. */
function limitOf({ maxConnections, log }: AppDependencies): ((server: Server) => void) | undefined {
  if (maxConnections === undefined) return undefined
  let loggedAt = Number.NEGATIVE_INFINITY
  return connectionLimit(maxConnections, () => {
    if (performance.now() - loggedAt < LOG_FULL_MS) return
    loggedAt = performance.now()
    log.warn({ maxConnections }, 'connections are at their limit, and idle ones are closed: raise ulimit -n')
  })
}

/**
 * Lets a client that has sent its request and closed its side of the connection (`nc -N`) read its response. Node has
 * this setting, but no type for it.
 */
function answerHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true })
}

/**
 * Adds the hooks in the order in which they look at a request. Returns the state that readiness depends on, and what tells
 * the methods of a path.
 */
async function useHooks(
  app: App,
  servers: readonly Server[],
  { config, access, audit, jobs, tracing }: AppDependencies,
  { patience, maxDelayMs }: AppTimes,
): Promise<Pick<RouteDependencies, 'draining' | 'overloaded' | 'methodsAt'> & { logged: boolean }> {
  const logged = useRequestLog(app)
  useTracing(app, tracing)
  useAssumedJson(app)
  const draining = useDrain(app, servers, config.drainSeconds * 1000)
  useSlowClientLimits(app, patience)
  useSecurityHeaders(app)
  const overloaded = useOverloadGuard(app, maxDelayMs)
  useCors(app, config.corsOrigins)
  useIdentity(app, access)
  await useRateLimit(app, access, config.rateLimit)
  const methodsAt = useNotFound(app)
  useAuthorization(app, access, config.corsOrigins)
  useNegotiation(app)
  useModelScope(app, access, jobs)
  useAudit(app, audit, jobs)
  return { draining, overloaded, methodsAt, logged }
}
