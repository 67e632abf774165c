import type { Readable } from 'node:stream'
import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import { NAME_RULE } from '../../recipe/index.ts'
import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { followSoon } from '../requests/follow.ts'
import { summaryOf } from '../requests/version-summary.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { isName, NameParams } from '../schemas/common.ts'
import { VersionParams, VersionView } from '../schemas/models.ts'

const TAR = 'application/x-tar'
const OCTETS = 'application/octet-stream'
const TYPES = [TAR, 'application/tar', OCTETS]
const Bytes = z.string().meta({ format: 'binary' })

const ImportQuery = z.strictObject({
  promote: z
    .enum(['always', 'never'])
    .describe('Whether to promote the version. Absent: it is promoted if the model has none in production.')
    .optional(),
})

/** Adds the routes that export a version as an archive and import it into another service. */
export function archiveRoutes(app: App, { archives, models, serving }: AppDependencies): void {
  // JSON is refused unread, like any other type that is no archive.
  app.removeContentTypeParser(JSON_TYPE)
  app.addContentTypeParser(TYPES, (_request, payload, done) => done(null, payload))

  route(app, {
    endpoint: 'GET /models/:name/versions/:version/export',
    summary: 'Export a version as an archive',
    description: 'A tar file with export.json, manifest.json and the files that the manifest names.',
    operation: 'exportVersion',
    tag: 'models',
    role: 'predict',
    params: VersionParams,
    answers: { 200: { description: 'The archive.', content: { [TAR]: { schema: Bytes } } } },
    errors: ['unknown-model', 'unknown-version', 'unknown-alias', 'corrupt-artifact', 'store-unavailable'],
    handler: async (request, reply) => {
      const { name, version } = request.params
      const archive = await archives.export(name, version)
      return reply
        .type(TAR)
        .header('content-length', archive.bytes)
        .header('content-disposition', `attachment; filename="${archive.name}"`)
        .send(archive.content)
    },
  })
  route(app, {
    endpoint: 'POST /models/:name/versions',
    summary: 'Publish a version from an archive',
    description: 'Takes an archive from `/export` and publishes it under the next number of this model.',
    operation: 'importVersion',
    tag: 'models',
    role: 'train',
    params: NameParams,
    query: ImportQuery,
    streamed: true,
    accepts: [TAR, OCTETS],
    bodies: { [TAR]: Bytes, [OCTETS]: Bytes },
    answers: { 201: VersionView },
    errors: [
      'invalid-request',
      'invalid-archive',
      'overloaded',
      'not-ready',
      'payload-too-large',
      'unsupported-media-type',
      'store-unavailable',
    ],
    handler: async (request, reply) => {
      const { name } = request.params
      if (!isName(name))
        throw new FitserveError('invalid-request', `${NAME_RULE}.`, {
          problems: [{ path: '/name', message: `${NAME_RULE}.` }],
        })
      if (request.body === undefined)
        throw new FitserveError('unsupported-media-type', `The body holds no archive. Send ${TAR}.`)
      const by = callerName(request)
      const entry = await archives.import(name, request.body as Readable, {
        promote: request.query.promote,
        by,
      })
      await followSoon(serving, name, app.log)
      const head = await models.head(name)
      return reply
        .code(201)
        .header('location', `/models/${name}/versions/${entry.version}`)
        .send(summaryOf(entry, head?.state ?? { aliases: {} }))
    },
  })
}
