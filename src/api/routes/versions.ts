import { type ErrorCode, FitserveError, unknown } from '../../errors.ts'
import { boundedHistoryFile } from '../../evaluation/history.ts'
import { rowSchema } from '../../models/row-schema.ts'
import { badCursor, type Page, type PageRequest } from '../../page.ts'
import type { Generation, ModelState } from '../../registry/model-log.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import { findVersions } from '../../versions/find-versions.ts'
import type { RouteDependencies } from '../dependencies.ts'
import { isTagged } from '../requests/tagged.ts'
import { summaryOf } from '../requests/version-summary.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { NameParams, pageOf } from '../schemas/common.ts'
import { HistoryView } from '../schemas/jobs.ts'
import {
  EvaluateBody,
  EvaluationView,
  ManifestView,
  RowSchemaView,
  SignatureQuery,
  SignatureView,
  VersionParams,
  VersionsQuery,
  VersionView,
} from '../schemas/models.ts'

/** Errors of every route of one version. */
const ONE: readonly ErrorCode[] = [
  'unknown-model',
  'unknown-version',
  'unknown-alias',
  'corrupt-artifact',
  'store-unavailable',
]

/** Adds the routes of a model's versions: manifest, history, evaluation, and evaluations on further data sets. */
export function versionRoutes(app: App, { models, evaluations, signatures }: RouteDependencies): void {
  route(app, {
    endpoint: 'GET /models/:name/versions',
    summary: 'List versions',
    description:
      'Lists the newest versions first; `tag` and `where` filter them. A page with `where` may have fewer items than `limit`, even none, and still have a `next`: at most about 100 versions are searched for each page.',
    operation: 'listVersions',
    tag: 'models',
    role: 'predict',
    params: NameParams,
    query: VersionsQuery,
    answers: { 200: pageOf(VersionView) },
    errors: ['unknown-model', 'store-unavailable'],
    handler: async (request) => {
      const { state } = await knownModel(models, request.params.name)
      const { tag, where: conditions = [], ...page } = request.query
      const entries = state.versions.filter((entry) => isTagged(entry, tag)).reverse()
      const rest = after(entries, page.cursor)
      const { items, next } =
        conditions.length === 0
          ? pageOfVersions(rest, page)
          : await findVersions(models, request.params.name, rest, { conditions, limit: page.limit })
      return { items: items.map((entry) => summaryOf(entry, state)), next }
    },
  })
  route(app, {
    endpoint: 'GET /models/:name/versions/:version',
    summary: 'Show a version with its manifest',
    description: 'Returns the recipe, data set, metrics, files and evaluations of a version.',
    operation: 'getVersion',
    tag: 'models',
    role: 'predict',
    params: VersionParams,
    answers: { 200: ManifestView },
    errors: ONE,
    handler: async (request) => {
      const { name, version } = request.params
      const entry = await models.entry(name, version)
      const { state } = await knownModel(models, name)
      const manifest = await models.manifest(name, entry)
      const own = { model: name, ...summaryOf(entry, state), attempt: entry.attempt }
      return { ...manifest, ...own, evaluations: await evaluations.list(entry) }
    },
  })
  route(app, {
    endpoint: 'POST /models/:name/versions/:version/evaluate',
    summary: 'Evaluate a version on another data set',
    description: 'Each data set is evaluated once; later requests return the same evaluation.',
    operation: 'evaluateVersion',
    tag: 'models',
    role: 'train',
    params: VersionParams,
    body: EvaluateBody,
    accepts: [JSON_TYPE],
    answers: { 200: EvaluationView },
    errors: [
      ...ONE,
      'invalid-json',
      'invalid-request',
      'invalid-job',
      'unsupported-media-type',
      'overloaded',
      'not-ready',
    ],
    handler: (request) => {
      const { name, version } = request.params
      return evaluations.evaluate(name, version, request.body.dataset)
    },
  })
  route(app, {
    endpoint: 'GET /models/:name/versions/:version/signature',
    summary: 'Show what a version takes and answers',
    description: 'With an example row, and a request that can be sent to `/predict` as it is.',
    operation: 'getSignature',
    tag: 'models',
    role: 'predict',
    params: VersionParams,
    query: SignatureQuery,
    answers: { 200: SignatureView },
    errors: ONE,
    handler: async (request) => {
      const { name, version } = request.params
      const entry = await models.entry(name, version)
      const signature = await signatures.of(name, entry)
      if (request.query.format === 'jsonschema')
        return rowSchema(signature, `${name}, version ${entry.version}`)
      const own = { model: name, version: entry.version }
      return {
        ...own,
        ...signature,
        output: { ...signature.output, target: signature.target.name },
        request: { ...own, features: signature.example },
      }
    },
  })
  route(app, {
    endpoint: 'GET /models/:name/versions/:version/schema',
    summary: 'Show the JSON Schema of a row',
    description:
      'The schema (draft 2020-12) of `features`, for forms, validators and generators of types. `/predict` also reads values from the texts that the training file has.',
    operation: 'getRowSchema',
    tag: 'models',
    role: 'predict',
    params: VersionParams,
    answers: { 200: { description: 'A JSON Schema.', content: { [JSON_TYPE]: { schema: RowSchemaView } } } },
    errors: ONE,
    handler: async (request) => {
      const { name, version } = request.params
      const entry = await models.entry(name, version)
      const signature = await signatures.of(name, entry)
      return rowSchema(signature, `${name}, version ${entry.version}`)
    },
  })
  for (const { file, view, operationId, summary, description } of FILES)
    route(app, {
      endpoint: `GET /models/:name/versions/:version/${file}`,
      summary,
      description,
      operation: operationId,
      tag: 'models',
      role: 'predict',
      params: VersionParams,
      answers: { 200: view },
      errors: [...ONE, 'not-found'],
      handler: async (request, reply) => {
        const { name, version } = request.params
        const entry = await models.entry(name, version)
        const bytes = await models.readArtifact(name, entry, `${file}.json`)
        if (bytes) return reply.type(JSON_TYPE).send(file === 'history' ? boundedHistoryFile(bytes) : bytes)
        throw new FitserveError('not-found', `Version ${entry.version} of "${name}" has no ${file}.`)
      },
    })
}

const FILES = [
  {
    file: 'history',
    view: HistoryView,
    operationId: 'getHistory',
    summary: 'Show the metrics by epoch',
    description: 'Returns loss and metrics of each epoch of the training.',
  },
  {
    file: 'evaluation',
    view: EvaluationView,
    operationId: 'getEvaluation',
    summary: 'Show the evaluation on the validation rows',
    description: 'Returns metrics, baseline, curves, and the confusion matrix or residuals.',
  },
] as const

/** Returns the newest generation of a model. @throws FitserveError `unknown-model`, which lists the known models */
export async function knownModel(models: ModelRegistry, name: string): Promise<Generation> {
  const head = await models.head(name)
  if (head) return head
  // Throws an error that lists the known models.
  await models.log(name, { limit: 1 })
  throw unknown('unknown-model', 'model', name)
}

/** Returns the versions of a model as a list shows them, newest first. */
export function summariesOf(state: ModelState) {
  return state.versions.map((entry) => summaryOf(entry, state)).reverse()
}

/** Returns the versions of a page and of those behind it. @throws FitserveError `invalid-query` for a cursor that is none */
function after<T extends { version: number }>(all: readonly T[], cursor: string | undefined): readonly T[] {
  if (cursor === undefined) return all
  if (!/^[1-9]\d{0,14}$/.test(cursor)) throw badCursor()
  return all.filter(({ version }) => version < Number(cursor))
}

function pageOfVersions<T extends { version: number }>(rest: readonly T[], { limit }: PageRequest): Page<T> {
  const items = rest.slice(0, limit)
  const last = rest.length > limit ? items.at(-1) : undefined
  return { items, next: last ? String(last.version) : null }
}
