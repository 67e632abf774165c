import { AuditEntry } from '../../registry/audit.ts'
import type { AppDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { PageQuery, pageOf } from '../schemas/common.ts'
import { named } from '../schemas/registry.ts'

const AuditView = named('AuditEntry', AuditEntry)

/** `GET /audit`: changes, by whom and when. */
export function auditRoute(app: App, { audit }: AppDependencies): void {
  route(app, {
    endpoint: 'GET /audit',
    summary: 'Who changed what, newest first',
    description: 'Every change that was asked for over HTTP and acknowledged.',
    operation: 'listAudit',
    tag: 'operations',
    role: 'admin',
    query: PageQuery,
    answers: { 200: pageOf(AuditView) },
    errors: ['store-unavailable'],
    handler: (request) => audit.list(request.query),
  })
}
