import type { FastifyRequest } from 'fastify'
import type { Jobs } from '../../jobs/contract.ts'
import type { Audit, OpenEntry } from '../../registry/audit.ts'
import { callerName } from '../requests/caller.ts'
import { isReading } from '../requests/methods.ts'
import { pathOf } from '../requests/path-of.ts'
import type { App } from '../route-config.ts'
import { isName } from '../schemas/common.ts'
import { modelOf } from './model-scope.ts'

/**
 * Records every change in the audit log: requests that need more than the role `predict`. The intent is written before
 * the change is made, so that a change is known whose process died in the middle, and the entry before it is
 * acknowledged. A request that is refused leaves nothing; one that the service failed to answer leaves its intent, since
 * the change may have been made. A failed write does not hinder the change, so it is only logged.
 */
export function useAudit(app: App, audit: Pick<Audit, 'open'>, jobs: Pick<Jobs, 'get'>): void {
  const open = new WeakMap<FastifyRequest, OpenEntry>()

  app.addHook('preHandler', async (request) => {
    const { config, schema } = request.routeOptions
    if (isReading(request.method) || request.is404 || isDryRun(request.query)) return
    if (config.readOnly) return
    if (config.role !== 'train' && config.role !== 'admin') return
    const entry = audit.open({
      by: callerName(request),
      action: String(schema?.operationId ?? request.method),
      // As it was sent: what follows a `#` is a query to the router, and is worth keeping.
      target: request.url.split('?', 1)[0] ?? '',
      request: request.id,
      model: await auditedModel(request, jobs),
    })
    open.set(request, entry)
    await entry.begin().catch((err: unknown) => request.log.error({ err }, 'intent not audited'))
  })

  app.addHook('onSend', async (request, reply) => {
    const entry = open.get(request)
    if (!entry) return
    open.delete(request)
    // The store may have taken the change although its answer was lost.
    if (reply.statusCode >= 500) return
    const made = reply.getHeader('location')
    const kept = reply.statusCode >= 400 ? entry.drop() : entry.end(typeof made === 'string' ? made : null)
    await kept.catch((err: unknown) => request.log.error({ err, url: pathOf(request.url) }, 'not audited'))
  })
}

/** Returns the model that a request changes; null if it changes none, or the model cannot be found out. */
async function auditedModel(request: FastifyRequest, jobs: Pick<Jobs, 'get'>): Promise<string | null> {
  const model = await modelOf(request, jobs).catch(() => null)
  return model != null && isName(model) ? model : null
}

/** The query as the route has read it, since the text of the address may look different to the router. */
function isDryRun(query: unknown): boolean {
  return typeof query === 'object' && query !== null && 'dryRun' in query && query.dryRun === 'true'
}
