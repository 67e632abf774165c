import type { ErrorCode } from '../../errors.ts'
import { ScheduleBody } from '../../jobs/schedules/body.ts'
import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { missingBody } from '../requests/validation.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { Deleted, NameParams } from '../schemas/common.ts'
import { ScheduleView } from '../schemas/models.ts'

const tags = ['models']
const request = { tags, params: NameParams }
const ERRORS: ErrorCode[] = ['unknown-model', 'store-unavailable']

/** When models are trained again. */
export function scheduleRoutes(app: App, { schedules }: AppDependencies): void {
  app.put(
    '/models/:name/schedule',
    {
      config: {
        role: 'train',
        accepts: [JSON_TYPE],
        bodies: { [JSON_TYPE]: ScheduleBody },
        errors: [
          ...ERRORS,
          'invalid-schedule',
          'invalid-json',
          'invalid-request',
          'payload-too-large',
          'unsupported-media-type',
        ],
      },
      schema: {
        summary: 'Train a model again at times',
        description: 'Each time orders one job, as `POST /models/{name}/retrain` does with the other fields.',
        ...request,
        operationId: 'setSchedule',
        response: { 200: ScheduleView },
      },
    },
    ({ params, body, caller }) => {
      if (body === undefined) throw missingBody()
      return schedules.set(params.name, body, callerName({ caller }))
    },
  )
  app.get(
    '/models/:name/schedule',
    {
      config: { role: 'predict', errors: [...ERRORS, 'unknown-schedule'] },
      schema: {
        summary: 'When a model is trained again',
        ...request,
        operationId: 'getSchedule',
        response: { 200: ScheduleView },
      },
    },
    ({ params }) => schedules.get(params.name),
  )
  app.delete(
    '/models/:name/schedule',
    {
      config: { role: 'train', errors: [...ERRORS, 'unknown-schedule'] },
      schema: {
        summary: 'Train a model no more at times',
        ...request,
        operationId: 'deleteSchedule',
        response: { 204: Deleted },
      },
    },
    async ({ params, caller }, reply) => {
      await schedules.remove(params.name, callerName({ caller }))
      return reply.code(204).send()
    },
  )
}
