import { AuditEntry } from '../../registry/audit.ts'
import type { AppDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { PageQuery, pageOf } from '../schemas/common.ts'
import { named } from '../schemas/registry.ts'

const AuditView = named('AuditEntry', AuditEntry)

/** Adds `GET /audit`, the list of changes with their time and API key. */
export function auditRoute(app: App, { audit }: AppDependencies): void {
  route(app, {
    endpoint: 'GET /audit',
    summary: 'List changes, newest first',
    description:
      'Lists every change that was requested over HTTP and acknowledged, with the name of the API key. An entry with ' +
      '`"complete": false` is a request that is being answered, that ended with a status of 500 or above, or whose process ' +
      'died: it may have changed something.',
    operation: 'listAudit',
    tag: 'operations',
    role: 'admin',
    query: PageQuery,
    answers: { 200: pageOf(AuditView) },
    errors: ['store-unavailable'],
    handler: (request) => audit.list(request.query),
  })
}
