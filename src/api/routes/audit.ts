import { z } from 'zod'
import { mayUse } from '../../access.ts'
import { AuditEntry } from '../../registry/audit.ts'
import type { AppDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { PageQuery, pageOf, Timestamp } from '../schemas/common.ts'
import { named } from '../schemas/registry.ts'

const AuditView = named('AuditEntry', AuditEntry)

const AuditQuery = PageQuery.extend({
  by: z.string().max(300).describe('Name of the API key that made the change.').optional(),
  action: z.string().max(100).describe('What was done, as the entries name it: `setAlias`.').optional(),
  model: z.string().max(100).describe('The model that the change was about.').optional(),
  since: Timestamp.describe('Changes from this time on.').optional(),
  until: Timestamp.describe('Changes before this time.').optional(),
})

/** Adds `GET /audit`, the list of changes with their time and API key. */
export function auditRoute(app: App, { audit }: AppDependencies): void {
  route(app, {
    endpoint: 'GET /audit',
    summary: 'List changes, newest first',
    description:
      'Lists every successful change that was requested over HTTP, with the name of the API key, and the API keys that ' +
      'were added to the file of keys, changed or removed (`addKey`, `changeKey`, `removeKey`). An entry with ' +
      '`"complete": false` belongs to a request that is still running, that ended with a status of 500 or above, or whose ' +
      'process crashed: it may have changed something. A filtered page may have fewer items than `limit`, even none, and ' +
      'still have a `next`: about 1,000 entries are read for each page.',
    operation: 'listAudit',
    tag: 'operations',
    role: 'admin',
    query: AuditQuery,
    answers: { 200: pageOf(AuditView) },
    errors: ['store-unavailable'],
    handler: ({ caller, query }) => {
      const { limit, cursor, ...filter } = query
      const ofModel = caller?.models ? (model: string) => mayUse(caller, model) : undefined
      return audit.list({ limit, cursor }, { ...filter, ofModel })
    },
  })
}
