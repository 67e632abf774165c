import { Readable } from 'node:stream'
import { z } from 'zod'
import type { AppDependencies } from '../dependencies.ts'
import type { App } from '../route-config.ts'
import { NoQuery } from '../schemas/common.ts'
import { JobParams } from '../schemas/jobs.ts'
import { eventFrames } from '../streams/event-frames.ts'

const EVENT_STREAM = 'text/event-stream'
const MAX_EVENT_ID = 256

/** `GET /jobs/{id}/events`: a job's progress and its end as server-sent events. */
export function jobEventRoute(app: App, { jobs }: AppDependencies, heartbeatMs = 15_000): void {
  const stopping = new AbortController()
  app.addHook('preClose', async () => stopping.abort())

  app.get(
    '/jobs/:id/events',
    {
      config: {
        ...{ role: 'train', produces: [EVENT_STREAM] },
        errors: ['unknown-job', 'queue-unavailable', 'store-unavailable'],
      },
      schema: {
        ...{ summary: 'Follow a job', operationId: 'followJob', tags: ['jobs'] },
        description:
          'Events `progress` (the progress of the job) and at the end one of `completed`, `failed`, `cancelled` (the job). `Last-Event-ID` is honoured.',
        ...{ params: JobParams, querystring: NoQuery },
        response: {
          200: {
            description: 'Server-sent events.',
            content: { [EVENT_STREAM]: { schema: z.string() } },
          },
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      // Whether there is such a job is said with a status, before the stream begins.
      await jobs.get(id)
      reply.type(EVENT_STREAM).headers({ 'cache-control': 'no-cache', 'x-accel-buffering': 'no' })
      if (request.method === 'HEAD') return reply.send('')
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const signal = AbortSignal.any([gone.signal, stopping.signal])
      const frames = eventFrames(jobs.events(id, lastEventId(request.headers), signal), {
        ...{ signal, heartbeatMs },
        onFailure: (err) => request.log.error({ err, job: id }, 'events broke off'),
      })
      return reply.send(Readable.from(frames, { objectMode: false }))
    },
  )
}

function lastEventId(headers: Record<string, string | string[] | undefined>): string | null {
  const id = headers['last-event-id']
  return typeof id === 'string' && id.length <= MAX_EVENT_ID ? id : null
}
