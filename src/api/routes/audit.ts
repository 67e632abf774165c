import { AuditEntry } from '../../registry/audit.ts'
import type { AppDependencies } from '../dependencies.ts'
import type { App } from '../route-config.ts'
import { PageQuery, pageOf } from '../schemas/common.ts'
import { named } from '../schemas/registry.ts'

const AuditView = named('AuditEntry', AuditEntry)

/** `GET /audit`: changes, by whom and when. */
export function auditRoute(app: App, { audit }: AppDependencies): void {
  app.get(
    '/audit',
    {
      config: { role: 'admin', errors: ['store-unavailable'] },
      schema: {
        summary: 'Who changed what, newest first',
        description: 'Every change that was asked for over HTTP and acknowledged.',
        operationId: 'listAudit',
        tags: ['operations'],
        querystring: PageQuery,
        response: { 200: pageOf(AuditView) },
      },
    },
    (request) => audit.list(request.query),
  )
}
