import { mayUse } from '../../access.ts'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import { scheduleView } from '../../jobs/schedules/view.ts'
import { badCursor, type Page, type PageRequest } from '../../page.ts'
import { NAME_RULE } from '../../recipe/index.ts'
import { descriptionOf } from '../../registry/descriptions.ts'
import type { Generation } from '../../registry/model-log.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import type { Serving } from '../../serving/contract.ts'
import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { followSoon } from '../requests/follow.ts'
import { logOrder, originOf } from '../requests/order.ts'
import { isTagged } from '../requests/tagged.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { isName, NameParams, PageQuery, pageOf } from '../schemas/common.ts'
import { JobViewSchema } from '../schemas/jobs.ts'
import {
  AliasBody,
  AliasMoveView,
  AliasParams,
  LogEntryView,
  ModelSummary,
  ModelsQuery,
  ModelView,
  RetrainRequest,
} from '../schemas/models.ts'
import { knownModel, summariesOf } from './versions.ts'

/** Errors of every route of one model. */
const ONE: readonly ErrorCode[] = ['unknown-model', 'store-unavailable']
/** Limit on the versions in the answer about one model. */
const MAX_VERSIONS = 500
/** Characters of a description that a list shows. */
const MAX_LISTED_DESCRIPTION = 200

/** Adds the routes of models, their aliases, logs, rollbacks and retrains. */
export function modelRoutes(app: App, { models, serving, jobs }: AppDependencies): void {
  route(app, {
    endpoint: 'GET /models',
    summary: 'List models, the most recently changed first',
    description:
      'Each item has the aliases, the newest version, the tags and the beginning of the description. `name` and `tag` filter the list.',
    operation: 'listModels',
    tag: 'models',
    role: 'predict',
    query: ModelsQuery,
    answers: { 200: pageOf(ModelSummary) },
    errors: ['store-unavailable'],
    handler: ({ caller, query: { name, tag, ...page } }) =>
      list(
        models,
        serving,
        page,
        (model, state) => mayUse(caller, model) && hasInName(model, name) && isTagged(state, tag),
      ),
  })
  route(app, {
    endpoint: 'GET /models/:name',
    summary: 'Show a model',
    description: 'Returns the versions, the aliases and the schedule of a model.',
    operation: 'getModel',
    tag: 'models',
    role: 'predict',
    params: NameParams,
    answers: { 200: ModelView },
    errors: ONE,
    handler: async (request) => {
      const { name } = request.params
      const { at, state } = await knownModel(models, name)
      const versions = summariesOf(state).slice(0, MAX_VERSIONS)
      return {
        name,
        versions,
        aliases: aliasesOf(state),
        ...descriptionOf(state),
        schedule: state.schedule ? scheduleView(state.schedule) : null,
        keepVersions: models.keepVersions(state),
        loaded: serving.loaded(name),
        updatedAt: at,
      }
    },
  })
  route(app, {
    endpoint: 'GET /models/:name/log',
    summary: 'List the changes of a model, newest first',
    description: 'Lists publications, promotions, moves of aliases and deletions.',
    operation: 'getModelLog',
    tag: 'models',
    role: 'predict',
    params: NameParams,
    query: PageQuery,
    answers: { 200: pageOf(LogEntryView) },
    errors: ONE,
    handler: async (request) => {
      const { items, next } = await models.log(request.params.name, request.query)
      return { items: items.map(({ generation, at, by, events }) => ({ generation, at, by, events })), next }
    },
  })
  route(app, {
    endpoint: 'PUT /models/:name/aliases/:alias',
    summary: 'Point an alias at a version',
    description:
      'From now on, requests for the alias use this version. Requests that name no version use `production`.',
    operation: 'setAlias',
    tag: 'models',
    role: 'train',
    params: AliasParams,
    body: AliasBody,
    accepts: [JSON_TYPE],
    answers: { 200: AliasMoveView },
    errors: [
      ...ONE,
      'unknown-version',
      'invalid-json',
      'invalid-request',
      'payload-too-large',
      'unsupported-media-type',
    ],
    handler: async (request) => {
      const { name, alias } = request.params
      if (!isName(alias)) throw badAlias()
      const move = await models.setAlias(name, alias, request.body.version, callerName(request))
      await followSoon(serving, name, app.log)
      return move
    },
  })
  route(app, {
    endpoint: 'POST /models/:name/rollback',
    summary: 'Point production at its previous version',
    description: 'Calling it again moves one version further back.',
    operation: 'rollBack',
    tag: 'models',
    role: 'train',
    params: NameParams,
    answers: { 200: AliasMoveView },
    errors: [...ONE, 'nothing-to-roll-back'],
    handler: async (request) => {
      const { name } = request.params
      const move = await models.rollback(name, callerName(request))
      await followSoon(serving, name, app.log)
      return move
    },
  })
  route(app, {
    endpoint: 'POST /models/:name/retrain',
    summary: "Train production's recipe again, on newer data or with changes",
    operation: 'retrainModel',
    tag: 'models',
    role: 'train',
    params: NameParams,
    description:
      'Without a body, the recipe is trained on the newest data set of the name it was trained on.',
    body: RetrainRequest,
    examples: {
      minimal: { summary: 'The same recipe on the newest data', value: {} },
      full: {
        summary: 'With more epochs, promoted if it is better',
        value: { recipe: { epochs: 30 }, promote: 'ifBetter' },
      },
    },
    accepts: [JSON_TYPE],
    answers: { 202: JobViewSchema },
    errors: [
      'unknown-model',
      'unknown-alias',
      'invalid-json',
      'invalid-request',
      'invalid-job',
      'corrupt-artifact',
      'queue-unavailable',
      'store-unavailable',
      'unsupported-media-type',
    ],
    handler: async (request, reply) => {
      const { name } = request.params
      const origin = originOf(request)
      const job = await jobs.retrain(name, request.body ?? {}, callerName(request), { origin })
      logOrder(request, job)
      return reply.code(202).header('location', `/jobs/${job.id}`).send(job)
    },
  })
}

async function list(
  models: ModelRegistry,
  serving: Pick<Serving, 'loaded'>,
  { limit, cursor }: PageRequest,
  isListed: (model: string, state: Generation['state']) => boolean,
): Promise<Page<unknown>> {
  const all = (await models.heads())
    .filter(({ name, head }) => isListed(name, head.state))
    .map(({ name, head }) => ({ name, head, place: `${head.at} ${name}` }))
    .sort((a, b) => (a.place < b.place ? 1 : -1))
  const before = cursor === undefined ? undefined : placeOf(cursor)
  const rest = before === undefined ? all : all.filter(({ place }) => place < before)
  const items = rest.slice(0, limit)
  const last = rest.length > limit ? items.at(-1) : undefined
  return {
    items: items.map(({ name, head }) => ({ ...summaryOf(name, head), loaded: serving.loaded(name) })),
    next: last ? Buffer.from(last.place).toString('base64url') : null,
  }
}

function summaryOf(name: string, { at, state }: Generation) {
  const latest = state.versions.at(-1)?.version ?? null
  const { description, tags } = descriptionOf(state)
  return {
    name,
    latest,
    versions: state.versions.length,
    aliases: aliasesOf(state),
    description: description && beginningOf(description),
    tags,
    updatedAt: at,
  }
}

/** Returns as much of a description as a list shows. */
function beginningOf(text: string): string {
  const characters = Array.from(text)
  if (characters.length <= MAX_LISTED_DESCRIPTION) return text
  return `${characters.slice(0, MAX_LISTED_DESCRIPTION - 1).join('')}…`
}

function hasInName(name: string, wanted = ''): boolean {
  return name.toLowerCase().includes(wanted.toLowerCase())
}

function aliasesOf({ aliases }: Generation['state']): Record<string, number> {
  return Object.fromEntries(Object.entries(aliases).map(([alias, { version }]) => [alias, version]))
}

function placeOf(cursor: string): string {
  const place = Buffer.from(cursor, 'base64url').toString()
  if (/^\d{4}-\S+Z \S+$/.test(place)) return place
  throw badCursor()
}

function badAlias(): FitserveError {
  const message = `${NAME_RULE}.`
  return new FitserveError('invalid-request', message, { problems: [{ path: '/alias', message }] })
}
