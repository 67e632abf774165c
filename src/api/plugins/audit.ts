import type { Audit } from '../../registry/audit.ts'
import { callerName } from '../requests/caller.ts'
import { isReading } from '../requests/methods.ts'
import type { App } from '../route-config.ts'

/**
 * Writes every change to the audit log before it is acknowledged: successful requests that need more than the role
 * `predict`. A failed write does not undo the change, so it is only logged.
 */
export function useAudit(app: App, audit: Pick<Audit, 'append'>): void {
  app.addHook('onSend', async (request, reply) => {
    const { config, schema } = request.routeOptions
    if (isReading(request.method) || reply.statusCode >= 400 || request.is404) return
    if (config.role !== 'train' && config.role !== 'admin') return
    const [target = '', query = ''] = request.url.split('?', 2)
    if (new URLSearchParams(query).get('dryRun') === 'true') return
    const made = reply.getHeader('location')
    const entry = {
      by: callerName(request),
      action: String(schema?.operationId ?? request.method),
      target,
      made: typeof made === 'string' ? made : null,
      request: request.id,
    }
    await audit.append(entry).catch((err: unknown) => request.log.error({ err, entry }, 'not audited'))
  })
}
