import { mayUse } from '../../access.ts'
import type { RouteDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { pageOf } from '../schemas/common.ts'
import { TrendsQuery, TrendView } from '../schemas/operations.ts'

/** Adds `GET /trends`, the metrics of the newest versions of several models. */
export function trendsRoute(app: App, { trends }: RouteDependencies): void {
  route(app, {
    endpoint: 'GET /trends',
    summary: 'Show the metrics of the newest versions of several models',
    description:
      'For lists of models, which would need a request for each version otherwise. The metrics are those of the rows that measured a version when it was trained. Models that do not exist, or that the key is not for, are left out.',
    operation: 'listTrends',
    tag: 'models',
    role: 'predict',
    query: TrendsQuery,
    answers: { 200: pageOf(TrendView) },
    errors: ['store-unavailable'],
    handler: async ({ caller, query }) => {
      const names = query.models.filter((name) => mayUse(caller, name))
      return { items: await trends.of([...new Set(names)], query.versions), next: null }
    },
  })
}
