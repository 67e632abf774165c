import type { ErrorCode } from '../../errors.ts'
import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { NameParams } from '../schemas/common.ts'
import { DescriptionBody, DescriptionView, VersionParams } from '../schemas/models.ts'

const ERRORS: readonly ErrorCode[] = [
  'unknown-model',
  'store-unavailable',
  'invalid-json',
  'invalid-request',
  'payload-too-large',
  'unsupported-media-type',
]

/** What the body of both routes means. */
const MEANING =
  'What the body leaves out stays as it is; `tags` replaces all tags. The descriptions and tags of a model and all its versions may take up 256 KiB.'

/** Adds the routes that say what a model or a version is for. */
export function descriptionRoutes(app: App, { models }: AppDependencies): void {
  route(app, {
    endpoint: 'PUT /models/:name/description',
    summary: 'Set the description and tags of a model',
    description: `${MEANING} Find models by a tag with \`GET /models?tag=\`.`,
    operation: 'describeModel',
    tag: 'models',
    role: 'train',
    params: NameParams,
    body: DescriptionBody,
    accepts: [JSON_TYPE],
    answers: { 200: DescriptionView },
    errors: ERRORS,
    handler: (request) => models.describe(request.params.name, undefined, request.body, callerName(request)),
  })
  route(app, {
    endpoint: 'PUT /models/:name/versions/:version/description',
    summary: 'Set the description and tags of a version',
    description: `${MEANING} Find versions by a tag with \`GET /models/{name}/versions?tag=\`.`,
    operation: 'describeVersion',
    tag: 'models',
    role: 'train',
    params: VersionParams,
    body: DescriptionBody,
    accepts: [JSON_TYPE],
    answers: { 200: DescriptionView },
    errors: [...ERRORS, 'unknown-version', 'unknown-alias'],
    handler: (request) => {
      const { name, version } = request.params
      return models.describe(name, version, request.body, callerName(request))
    },
  })
}
