import { mayAct } from '../../access.ts'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { missingBody } from '../requests/validation.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { Deleted, NameParams } from '../schemas/common.ts'
import { ScheduleRequest, ScheduleView } from '../schemas/models.ts'

const ERRORS: ErrorCode[] = ['unknown-model', 'store-unavailable']

/** Adds the routes of the schedule by which a model is trained again. */
export function scheduleRoutes(app: App, { schedules }: AppDependencies): void {
  route(app, {
    endpoint: 'PUT /models/:name/schedule',
    summary: 'Set the schedule of a model',
    description:
      'Starts a job at each time of the cron expression, as `POST /models/{name}/retrain` does with the other fields.',
    operation: 'setSchedule',
    tag: 'models',
    role: 'train',
    params: NameParams,
    accepts: [JSON_TYPE],
    bodies: { [JSON_TYPE]: ScheduleRequest },
    examples: {
      minimal: { summary: 'Each night at three, UTC', value: { cron: '0 3 * * *' } },
      full: {
        summary: 'On weekdays in Seoul, promoted if it is better, with ten versions kept',
        value: { cron: '0 3 * * 1-5', timeZone: 'Asia/Seoul', promote: 'ifBetter', keepVersions: 10 },
      },
    },
    answers: { 200: ScheduleView },
    errors: [
      ...ERRORS,
      'invalid-schedule',
      'invalid-json',
      'invalid-request',
      'payload-too-large',
      'unsupported-media-type',
    ],
    handler: ({ params, body, caller, id }) => {
      if (body === undefined) throw missingBody()
      if (caller && !mayAct(caller.role, 'admin') && deletesVersions(body)) throw adminOnly()
      return schedules.set(params.name, body, callerName({ caller }), id)
    },
  })
  route(app, {
    endpoint: 'GET /models/:name/schedule',
    summary: 'Show the schedule of a model',
    description: 'Returns the times, the order of each run and the outcome of the last one.',
    operation: 'getSchedule',
    tag: 'models',
    role: 'predict',
    params: NameParams,
    answers: { 200: ScheduleView },
    errors: [...ERRORS, 'unknown-schedule'],
    handler: ({ params }) => schedules.get(params.name),
  })
  route(app, {
    endpoint: 'DELETE /models/:name/schedule',
    summary: 'Delete the schedule of a model',
    description: 'Jobs that it has already started continue.',
    operation: 'deleteSchedule',
    tag: 'models',
    role: 'train',
    params: NameParams,
    answers: { 204: Deleted },
    errors: [...ERRORS, 'unknown-schedule'],
    handler: async ({ params, caller }, reply) => {
      await schedules.remove(params.name, callerName({ caller }))
      return reply.code(204).send()
    },
  })
}

/** Tells whether a schedule also retires versions, which is as much as to delete them. */
function deletesVersions(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'keepVersions')
}

function adminOnly(): FitserveError {
  const message = 'This field deletes versions, so it needs the role admin. Leave it out.'
  return new FitserveError('forbidden', message, { problems: [{ path: '/keepVersions', message }] })
}
