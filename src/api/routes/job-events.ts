import { Readable } from 'node:stream'
import { z } from 'zod'
import { END_EVENT_ID } from '../../jobs/contract.ts'
import type { RouteDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { EventHeaders, JobParams } from '../schemas/jobs.ts'
import { eventFrames } from '../streams/event-frames.ts'

const EVENT_STREAM = 'text/event-stream'
const MAX_EVENT_ID = 256

/** `GET /jobs/{id}/events`: a job's progress and its end as server-sent events. */
export function jobEventRoute(app: App, { jobs, heartbeatMs }: RouteDependencies): void {
  const stopping = new AbortController()
  app.addHook('preClose', async () => stopping.abort())

  route(app, {
    endpoint: 'GET /jobs/:id/events',
    summary: 'Follow a job',
    description:
      "Sends `progress` events with the job's progress, and at the end one of `completed`, `failed`, `cancelled` with the job. `Last-Event-ID` is honoured. A client that reconnects after the last event gets 204, after which browsers stop reconnecting.",
    operation: 'followJob',
    tag: 'jobs',
    role: 'train',
    params: JobParams,
    headers: EventHeaders,
    produces: [EVENT_STREAM],
    answers: {
      200: {
        description: 'Server-sent events.',
        content: { [EVENT_STREAM]: { schema: z.unknown() } },
      },
      204: z.undefined().describe('The job has ended, and its last event was seen.'),
    },
    errors: ['unknown-job', 'queue-unavailable', 'store-unavailable'],
    handler: async (request, reply) => {
      const { id } = request.params
      // Whether there is such a job is said with a status, before the stream begins.
      const { finishedAt } = await jobs.get(id)
      const seen = request.headers['last-event-id']?.slice(0, MAX_EVENT_ID) ?? null
      if (seen === END_EVENT_ID && finishedAt !== null) return reply.code(204).send()
      reply.type(EVENT_STREAM).headers({ 'cache-control': 'no-cache', 'x-accel-buffering': 'no' })
      if (request.method === 'HEAD') return reply.send('')
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      if (reply.raw.destroyed) gone.abort()
      const signal = AbortSignal.any([gone.signal, stopping.signal])
      const frames = eventFrames(jobs.events(id, seen, signal), {
        signal,
        heartbeatMs,
        onFailure: (err) => request.log.error({ err, job: id }, 'events broke off'),
      })
      return reply.send(Readable.from(frames, { objectMode: false }))
    },
  })
}
