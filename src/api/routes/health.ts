import type { Registry } from 'prom-client'
import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import type { AppDependencies } from '../dependencies.ts'
import { sendProblem } from '../plugins/problems.ts'
import type { App } from '../route-config.ts'
import { NoQuery } from '../schemas/common.ts'
import { named } from '../schemas/registry.ts'

const tags = ['operations']
const PING_MS = 2_000

const PartView = z.object({
  state: z.enum(['ok', 'unreachable']),
  detail: z.string().optional().describe('Why it cannot be used, where that is known.'),
})
type PartView = z.output<typeof PartView>
const ModelsHealthView = z.object({
  state: z.enum(['ok', 'failing']),
  served: z.int(),
  failed: z.array(z.string()).describe('Models whose production version cannot be loaded.'),
})
const ReadyView = named(
  'Ready',
  z.object({ ready: z.boolean(), queue: PartView, store: PartView, models: ModelsHealthView }),
)

/** Health and metrics. */
export function healthRoutes(app: App, dependencies: AppDependencies, registry: Registry): void {
  app.get(
    '/health/live',
    {
      config: { role: 'anyone', vital: true },
      schema: {
        ...{ summary: 'Whether the process answers', operationId: 'live', tags },
        ...{
          querystring: NoQuery,
          response: { 200: z.object({ live: z.literal(true), version: z.string() }) },
        },
      },
    },
    () => ({ live: true, version: dependencies.version }),
  )
  app.get(
    '/health/ready',
    {
      config: { role: 'anyone', vital: true, errors: ['not-ready'] },
      schema: {
        ...{ summary: 'Whether work can be taken: queue, store, models', operationId: 'ready', tags },
        ...{ querystring: NoQuery, response: { 200: ReadyView } },
      },
    },
    async (_request, reply) => {
      const { ready, ...parts } = await stateOf(dependencies)
      if (ready) return { ready, ...parts }
      const failing = Object.entries(parts).filter(([, part]) => part.state !== 'ok')
      const sentence = `Not ready: ${failing.map(([name]) => name).join(', ') || 'starting'}.`
      return sendProblem(reply, new FitserveError('not-ready', sentence), { ready, ...parts })
    },
  )
  app.get(
    '/metrics',
    {
      config: { role: 'predict', vital: true, produces: ['text/plain', 'application/openmetrics-text'] },
      schema: {
        ...{ summary: 'Metrics for Prometheus', operationId: 'metrics', tags, querystring: NoQuery },
        response: {
          200: { description: 'Metrics as text.', content: { 'text/plain': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  )
}

async function stateOf({ queue, store, serving }: AppDependencies) {
  const [queueView, storeView] = await Promise.all([viewOf(queue), viewOf(store)])
  const { ready, models, failed } = serving.health()
  return {
    ready: ready && queueView.state === 'ok' && storeView.state === 'ok',
    queue: queueView,
    store: storeView,
    models: { state: failed.length === 0 ? ('ok' as const) : ('failing' as const), served: models, failed },
  }
}

async function viewOf(part: { ping(): Promise<void> }): Promise<PartView> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<PartView>((resolve) => {
    timer = setTimeout(resolve, PING_MS, { state: 'unreachable', detail: 'There is no answer in time.' })
  })
  const pinged = part.ping().then(
    (): PartView => ({ state: 'ok' }),
    (error: unknown): PartView => {
      // Of an error that is not ours nothing may be said.
      return { state: 'unreachable', ...(error instanceof FitserveError && { detail: error.message }) }
    },
  )
  try {
    return await Promise.race([pinged, late])
  } finally {
    clearTimeout(timer)
  }
}
