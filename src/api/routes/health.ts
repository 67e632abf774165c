import { z } from 'zod'
import { type Caller, mayUse } from '../../access.ts'
import { FitserveError } from '../../errors.ts'
import { withTimeout } from '../../runtime/with-timeout.ts'
import type { ModelHealth } from '../../serving/contract.ts'
import type { RouteDependencies } from '../dependencies.ts'
import { sendProblem } from '../plugins/problems.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { named } from '../schemas/registry.ts'

/** Time limit of a ping, in milliseconds: probes usually wait for a second. */
const PING_MS = 900

/** Bytes that an ordinary job needs in the store, for its checkpoints and the files of its version. */
const JOB_BYTES = 16 * 2 ** 20

const PartView = z.object({
  state: z.enum(['ok', 'unreachable']),
  detail: z.string().optional().describe('Why the part cannot be used, if known.'),
})
type PartView = z.output<typeof PartView>
const StoreView = PartView.extend({
  state: z
    .enum(['ok', 'full', 'unreachable'])
    .describe('`full`: its disk has less room than an ordinary job needs.'),
})
type StoreView = z.output<typeof StoreView>
const ModelsHealthView = z.object({
  state: z.enum(['ok', 'failing']),
  served: z.int().describe('Number of models with a version that answers by default.'),
  failed: z
    .array(z.string())
    .describe(
      'Names of the models that are `failing`. A service with API keys names no model to callers without one.',
    ),
  items: z
    .array(
      z.object({
        name: z.string(),
        state: z.enum(['ok', 'failing']),
        version: z.int().nullable().describe('Version that answers by default; null: none.'),
        detail: z.string().optional().describe('Why the newest state of the model cannot be served.'),
      }),
    )
    .describe(
      'At most 200 models, the failing ones first. None for callers without a key, where the service has keys.',
    ),
})
const ReadyView = named(
  'Ready',
  z.object({
    ready: z.boolean(),
    status: z
      .enum(['ready', 'degraded'])
      .describe('`degraded`: queue, store or a model is unreachable or damaged, or the store is full.'),
    queue: PartView,
    store: StoreView,
    models: ModelsHealthView,
  }),
)
type Parts = Pick<z.output<typeof ReadyView>, 'queue' | 'store' | 'models'>

/** Reasons why a process is not ready, as the answer words them. */
const NOT_READY_REASONS = {
  starting: 'The models have not been read from the store yet.',
  unavailable: 'No model is in memory, and the store cannot be reached.',
  overloaded: 'The process is too busy.',
  draining: 'The process is ending.',
}
type NotReadyReason = keyof typeof NOT_READY_REASONS

/** Limit on the models that `items` lists. */
const MAX_ITEMS = 200

/** Adds the routes of health and metrics. */
export function healthRoutes(app: App, dependencies: RouteDependencies): void {
  const { registry, access } = dependencies
  route(app, {
    endpoint: 'GET /health/live',
    summary: 'Check that the process answers',
    description: 'Answers as long as the process runs, also under overload.',
    operation: 'live',
    tag: 'operations',
    role: 'anyone',
    vital: true,
    answers: { 200: z.object({ live: z.literal(true), version: z.string() }) },
    handler: () => ({ live: true, version: dependencies.version }),
  })
  route(app, {
    endpoint: 'GET /health/ready',
    summary: 'Check queue, store and models of this process',
    description:
      'If a part is unreachable or damaged, the process is `degraded`: it predicts with the versions in memory. A process that is shutting down returns 503 with the reason `draining`, and still answers requests for `DRAIN_SECONDS`, until load balancers stop sending them.',
    operation: 'ready',
    tag: 'operations',
    role: 'anyone',
    vital: true,
    answers: { 200: ReadyView },
    errors: ['not-ready'],
    handler: async ({ caller }, reply) => {
      const isShown = (model: string) => (caller === null ? !access.required : mayUse(caller, model))
      const { reason, whole, parts } = await stateOf(dependencies, isShown)
      if (!reason) return { ready: true, status: whole ? 'ready' : 'degraded', ...parts }
      const error = new FitserveError('not-ready', NOT_READY_REASONS[reason])
      return sendProblem(reply, error, { ready: false, reason, ...parts })
    },
  })
  route(app, {
    endpoint: 'GET /metrics',
    summary: 'Read metrics for Prometheus',
    description:
      'Returns counters, gauges and histograms in the text format of Prometheus. They are of all models, so a key for some models is refused.',
    operation: 'metrics',
    tag: 'operations',
    role: 'predict',
    vital: true,
    answers: {
      200: { description: 'Metrics as text.', content: { 'text/plain': { schema: z.string() } } },
    },
    handler: async ({ caller }, reply) => {
      if (caller?.models) throw ofAllModels(caller)
      return reply.type(registry.contentType).send(await registry.metrics())
    },
  })
}

function ofAllModels({ name }: Caller): FitserveError {
  const detail = `The metrics are of all models, and the key "${name}" is for some. Use a key for all models.`
  return new FitserveError('forbidden', detail)
}

/** The store answers a ping, but reading the models failed. */
const UNREADABLE: PartView = { state: 'unreachable', detail: 'The models in the store cannot be read.' }

/** @param isShown whether the caller may know the name of a model */
async function stateOf(
  { queue, store, serving, draining, overloaded }: RouteDependencies,
  isShown: (model: string) => boolean,
) {
  const [queueView, pinged] = await Promise.all([viewOf(queue), storeViewOf(store)])
  const { looked, reachable, models } = serving.health()
  const storeView = reachable || pinged.state === 'unreachable' ? pinged : UNREADABLE
  const parts: Parts = { queue: queueView, store: storeView, models: modelsView(models, isShown) }
  const whole = Object.values(parts).every(({ state }) => state === 'ok')
  return { reason: notReadyReason(), whole, parts }

  function notReadyReason(): NotReadyReason | undefined {
    if (draining()) return 'draining'
    if (overloaded()) return 'overloaded'
    if (!looked) return 'starting'
    return parts.models.served === 0 && storeView.state === 'unreachable' ? 'unavailable' : undefined
  }
}

function modelsView(models: readonly ModelHealth[], isShown: (model: string) => boolean): Parts['models'] {
  const failed = models.filter(({ fault }) => fault !== null)
  const items = [...failed, ...models.filter(({ fault }) => fault === null)]
    .filter(({ name }) => isShown(name))
    .slice(0, MAX_ITEMS)
  return {
    state: failed.length === 0 ? 'ok' : 'failing',
    served: models.filter(({ version }) => version !== null).length,
    failed: failed.map(({ name }) => name).filter(isShown),
    items: items.map(({ name, version, fault }) =>
      fault === null ? { name, state: 'ok', version } : { name, state: 'failing', version, detail: fault },
    ),
  }
}

async function storeViewOf(store: RouteDependencies['store']): Promise<StoreView> {
  // Side by side: a probe waits for little longer than one of the two may take.
  const freeBytes = store.freeBytes().catch(() => undefined)
  const [view, free] = await Promise.all([viewOf(store), withTimeout(freeBytes, PING_MS, () => undefined)])
  if (view.state !== 'ok') return view
  if (free === undefined || free >= JOB_BYTES) return view
  const mib = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`
  const left =
    free === 0
      ? `no space left, or no inodes (see df -h and df -i), and a job needs ${mib(JOB_BYTES)}`
      : `${mib(free)} left, less than the ${mib(JOB_BYTES)} that a job needs`
  const detail = `The disk of the store has ${left}. Free space on it, or delete versions and collect garbage.`
  return { state: 'full', detail }
}

async function viewOf(part: { ping(): Promise<void> }): Promise<PartView> {
  const pinged = part.ping().then(
    (): PartView => ({ state: 'ok' }),
    (error: unknown): PartView => {
      // The message of a dependency's error must not reach the client.
      return { state: 'unreachable', ...(error instanceof FitserveError && { detail: error.message }) }
    },
  )
  return withTimeout(pinged, PING_MS, () => ({
    state: 'unreachable',
    detail: `No answer within ${PING_MS} ms.`,
  }))
}
