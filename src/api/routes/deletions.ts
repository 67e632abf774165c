import type { ErrorCode } from '../../errors.ts'
import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { followSoon } from '../requests/follow.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { Deleted, NameParams } from '../schemas/common.ts'
import { AliasParams, VersionParams } from '../schemas/models.ts'

const response = { 204: Deleted }
const GONE: ErrorCode[] = ['unknown-model', 'store-unavailable']

/** Adds the routes that delete models, versions and aliases. */
export function deletionRoutes(app: App, { models, serving }: AppDependencies): void {
  route(app, {
    endpoint: 'DELETE /models/:name',
    summary: 'Delete a model with all its versions',
    description:
      'Answers 409 while an alias points at one of the versions. Their numbers are never used again.',
    operation: 'deleteModel',
    tag: 'models',
    role: 'admin',
    params: NameParams,
    answers: response,
    errors: [...GONE, 'version-in-use'],
    handler: async (request, reply) => {
      const { name } = request.params
      await models.deleteModel(name, callerName(request))
      await followSoon(serving, name, app.log)
      return reply.code(204).send()
    },
  })
  route(app, {
    endpoint: 'DELETE /models/:name/versions/:version',
    summary: 'Delete a version',
    description: 'Answers 409 while an alias points at the version. Its number is never used again.',
    operation: 'deleteVersion',
    tag: 'models',
    role: 'admin',
    params: VersionParams,
    answers: response,
    errors: [...GONE, 'unknown-version', 'unknown-alias', 'version-in-use'],
    handler: async (request, reply) => {
      const { name, version } = request.params
      await models.deleteVersion(name, version, callerName(request))
      await followSoon(serving, name, app.log)
      return reply.code(204).send()
    },
  })
  route(app, {
    endpoint: 'DELETE /models/:name/aliases/:alias',
    summary: 'Delete an alias',
    description:
      'A model without the alias `production` answers only requests that name a version or another alias.',
    operation: 'deleteAlias',
    tag: 'models',
    role: 'train',
    params: AliasParams,
    answers: response,
    errors: [...GONE, 'unknown-alias'],
    handler: async (request, reply) => {
      const { name, alias } = request.params
      await models.removeAlias(name, alias, callerName(request))
      await followSoon(serving, name, app.log)
      return reply.code(204).send()
    },
  })
}
