import type { App } from '../route-config.ts'
import { NoQuery } from '../schemas/common.ts'

/** Refuses every query at documented routes that declare none. Call it before the routes are added. */
export function useStrictQueries(app: App): void {
  app.addHook('onRoute', (route) => {
    if (route.schema && !route.schema.hide) route.schema.querystring ??= NoQuery
  })
}
