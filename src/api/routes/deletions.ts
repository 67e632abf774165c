import type { ErrorCode } from '../../errors.ts'
import type { AppDependencies } from '../dependencies.ts'
import type { App } from '../route-config.ts'
import { Deleted, NameParams, NoQuery } from '../schemas/common.ts'
import { AliasParams, VersionParams } from '../schemas/models.ts'

const tags = ['models']
const response = { 204: Deleted }
const GONE: ErrorCode[] = ['unknown-model', 'store-unavailable']

/** Taking away models, versions and aliases. */
export function deletionRoutes(app: App, { models, serving }: AppDependencies): void {
  app.delete(
    '/models/:name',
    {
      config: { role: 'admin', errors: [...GONE, 'version-in-use'] },
      schema: {
        summary: 'Delete a model with all its versions',
        description: 'While an alias points at one of them: 409. Numbers of versions are never used again.',
        operationId: 'deleteModel',
        tags,
        params: NameParams,
        querystring: NoQuery,
        response,
      },
    },
    async (request, reply) => {
      const { name } = request.params
      await models.deleteModel(name, request.caller?.name ?? null)
      await follow(name)
      return reply.code(204).send()
    },
  )
  app.delete(
    '/models/:name/versions/:version',
    {
      config: {
        role: 'admin',
        errors: [...GONE, 'unknown-version', 'unknown-alias', 'version-in-use'],
      },
      schema: {
        summary: 'Delete a version',
        description: 'While an alias points at it: 409. Its number is never used again.',
        operationId: 'deleteVersion',
        tags,
        params: VersionParams,
        querystring: NoQuery,
        response,
      },
    },
    async (request, reply) => {
      const { name, version } = request.params
      await models.deleteVersion(name, version, request.caller?.name ?? null)
      await follow(name)
      return reply.code(204).send()
    },
  )
  app.delete(
    '/models/:name/aliases/:alias',
    {
      config: { role: 'train', errors: [...GONE, 'unknown-alias'] },
      schema: {
        summary: 'Delete an alias',
        description: 'Without `production` a model answers by a version number or another alias only.',
        operationId: 'deleteAlias',
        tags,
        params: AliasParams,
        querystring: NoQuery,
        response,
      },
    },
    async (request, reply) => {
      const { name, alias } = request.params
      await models.removeAlias(name, alias, request.caller?.name ?? null)
      await follow(name)
      return reply.code(204).send()
    },
  )

  /** What was changed here is followed at once; a failure here is met again by serving itself. */
  const follow = (name: string) =>
    serving.refresh(name).catch((err: unknown) => app.log.warn({ err }, 'not followed yet'))
}
