import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { followSoon } from '../requests/follow.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { NameParams } from '../schemas/common.ts'
import { SettingsBody, SettingsView } from '../schemas/models.ts'

/** Adds the route of a model's settings. */
export function settingsRoutes(app: App, { models, serving }: AppDependencies): void {
  route(app, {
    endpoint: 'PUT /models/:name/settings',
    summary: 'Set how many versions of a model are kept',
    description:
      'Older versions are retired now and after each publication: never one that an alias points at. Retired versions are deleted.',
    operation: 'setSettings',
    tag: 'models',
    role: 'admin',
    params: NameParams,
    body: SettingsBody,
    accepts: [JSON_TYPE],
    answers: { 200: SettingsView },
    errors: [
      'unknown-model',
      'store-unavailable',
      'invalid-json',
      'invalid-request',
      'payload-too-large',
      'unsupported-media-type',
    ],
    handler: async (request) => {
      const { name } = request.params
      const { keepVersions } = request.body
      const settings = await models.setKeepVersions(name, keepVersions, callerName(request), request.id)
      await followSoon(serving, name, app.log)
      return settings
    },
  })
}
