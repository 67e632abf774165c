import { type ErrorCode, FitserveError } from '../../errors.ts'
import { badCursor, type Page, type PageRequest } from '../../page.ts'
import type { Generation, ModelState, VersionEntry } from '../../registry/model-log.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import type { AppDependencies } from '../dependencies.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { NameParams, PageQuery, pageOf } from '../schemas/common.ts'
import { HistoryView } from '../schemas/jobs.ts'
import { EvaluateBody, EvaluationView, ManifestView, VersionParams, VersionView } from '../schemas/models.ts'

const tags = ['models']
const ONE: { role: 'predict'; errors: ErrorCode[] } = {
  role: 'predict',
  errors: ['unknown-model', 'unknown-version', 'unknown-alias', 'corrupt-artifact', 'store-unavailable'],
}

/** The versions of a model and what each was trained and measured with. */
export function versionRoutes(app: App, { models, evaluations }: AppDependencies): void {
  app.get(
    '/models/:name/versions',
    {
      config: { role: 'predict', errors: ['unknown-model', 'store-unavailable'] },
      schema: {
        summary: 'List versions',
        operationId: 'listVersions',
        tags,
        params: NameParams,
        querystring: PageQuery,
        response: { 200: pageOf(VersionView) },
      },
    },
    async (request) => {
      const { state } = await knownModel(models, request.params.name)
      return pageOfVersions(summariesOf(state), request.query)
    },
  )
  app.get(
    '/models/:name/versions/:version',
    {
      config: ONE,
      schema: {
        summary: 'Look at a version: its manifest',
        operationId: 'getVersion',
        tags,
        params: VersionParams,
        response: { 200: ManifestView },
      },
    },
    async (request) => {
      const { name, version } = request.params
      const entry = await models.entry(name, version)
      const { state } = await knownModel(models, name)
      const manifest = await models.manifest(name, entry)
      const own = { model: name, ...summaryOf(entry, state), attempt: entry.attempt }
      return { ...manifest, ...own, evaluations: await evaluations.list(entry) }
    },
  )
  app.post(
    '/models/:name/versions/:version/evaluate',
    {
      config: {
        role: 'train',
        accepts: [JSON_TYPE],
        errors: [
          ...ONE.errors,
          'invalid-json',
          'invalid-request',
          'invalid-job',
          'unsupported-media-type',
          'overloaded',
          'not-ready',
        ],
      },
      schema: {
        summary: 'Evaluate a version on another data set',
        description: 'The same data set again answers what was computed before.',
        operationId: 'evaluateVersion',
        tags,
        body: EvaluateBody,
        params: VersionParams,
        response: { 200: EvaluationView },
      },
    },
    (request) => {
      const { name, version } = request.params
      return evaluations.evaluate(name, version, request.body.dataset)
    },
  )
  for (const { file, view, operationId, summary } of FILES)
    app.get(
      `/models/:name/versions/:version/${file}`,
      {
        config: { ...ONE, errors: [...ONE.errors, 'not-found'] },
        schema: {
          summary,
          operationId,
          tags,
          params: VersionParams,
          response: { 200: view },
        },
      },
      async (request, reply) => {
        const { name, version } = request.params
        const entry = await models.entry(name, version)
        const bytes = await models.readArtifact(name, entry, `${file}.json`)
        if (bytes) return reply.type(JSON_TYPE).send(bytes)
        throw new FitserveError('not-found', `Version ${entry.version} of "${name}" has no ${file}.`)
      },
    )
}

const FILES = [
  { file: 'history', view: HistoryView, operationId: 'getHistory', summary: 'Metrics per epoch' },
  {
    file: 'evaluation',
    view: EvaluationView,
    operationId: 'getEvaluation',
    summary: 'How the version does on its validation rows',
  },
] as const

/** The newest state of a model. @throws FitserveError `unknown-model`, listing what there is */
export async function knownModel(models: ModelRegistry, name: string): Promise<Generation> {
  const head = await models.head(name)
  if (head) return head
  // The registry knows the words for what is not there.
  await models.log(name, { limit: 1 })
  throw new FitserveError('unknown-model', `There is no model ${JSON.stringify(name.slice(0, 64))}.`)
}

/** The versions of a model, newest first. */
export function summariesOf(state: ModelState) {
  return state.versions.map((entry) => summaryOf(entry, state)).reverse()
}

function summaryOf({ version, job, createdAt }: VersionEntry, { aliases }: ModelState) {
  const pointing = Object.entries(aliases).filter(([, alias]) => alias.version === version)
  return { version, job, createdAt, aliases: pointing.map(([alias]) => alias).sort() }
}

function pageOfVersions<T extends { version: number }>(all: T[], { limit, cursor }: PageRequest): Page<T> {
  if (cursor !== undefined && !/^[1-9]\d{0,14}$/.test(cursor)) throw badCursor()
  const rest = cursor === undefined ? all : all.filter(({ version }) => version < Number(cursor))
  const items = rest.slice(0, limit)
  const last = rest.length > limit ? items.at(-1) : undefined
  return { items, next: last ? String(last.version) : null }
}
