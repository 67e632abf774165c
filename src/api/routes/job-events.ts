import { Readable } from 'node:stream'
import { z } from 'zod'
import { END_EVENT_ID } from '../../jobs/contract.ts'
import type { RouteDependencies } from '../dependencies.ts'
import { whenClosed } from '../requests/when-closed.ts'
import { whileServing } from '../requests/while-serving.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { EventHeaders, JobParams } from '../schemas/jobs.ts'
import { eventFrames } from '../streams/event-frames.ts'

const EVENT_STREAM = 'text/event-stream'
/** Characters of a `Last-Event-ID` that are read; real ids are shorter. */
const MAX_EVENT_ID = 256

/** Adds `GET /jobs/{id}/events`, which sends a job's progress and its end as server-sent events. */
export function jobEventRoute(app: App, { jobs, heartbeatMs }: RouteDependencies): void {
  const serving = whileServing(app)

  route(app, {
    endpoint: 'GET /jobs/:id/events',
    summary: 'Follow a job',
    description:
      "Sends `progress` events with the job's progress, and at the end one event `completed`, `failed` or `cancelled` with the job. After `Last-Event-ID` only later events are sent. A client that reconnects after the last event gets 204, which stops browsers from reconnecting.",
    operation: 'followJob',
    tag: 'jobs',
    role: 'train',
    params: JobParams,
    headers: EventHeaders,
    answers: {
      200: {
        description: 'Server-sent events.',
        content: { [EVENT_STREAM]: { schema: z.unknown() } },
      },
      204: z.undefined().describe('The job has ended, and the client has received its last event.'),
    },
    errors: ['unknown-job', 'queue-unavailable', 'store-unavailable'],
    handler: async (request, reply) => {
      const { id } = request.params
      // An unknown job is answered by 404 before the stream begins.
      const { finishedAt } = await jobs.get(id)
      const seen = request.headers['last-event-id']?.slice(0, MAX_EVENT_ID) ?? null
      if (seen === END_EVENT_ID && finishedAt !== null) return reply.code(204).send()
      reply.type(EVENT_STREAM).headers({ 'cache-control': 'no-cache', 'x-accel-buffering': 'no' })
      if (request.method === 'HEAD') return reply.send('')
      const gone = new AbortController()
      const halfClosed = new AbortController()
      const onEnd = () => halfClosed.abort()
      const { socket } = request.raw
      socket.once('end', onEnd)
      whenClosed(reply.raw, () => {
        gone.abort()
        socket.off('end', onEnd)
      })
      if (reply.raw.destroyed) gone.abort()
      if (socket.readableEnded) onEnd()
      const signal = AbortSignal.any([gone.signal, serving])
      const frames = eventFrames(jobs.events(id, seen, signal), {
        signal,
        halfClosed: halfClosed.signal,
        heartbeatMs,
        onFailure: (err) => request.log.error({ err, job: id }, 'event stream failed'),
      })
      return reply.send(Readable.from(frames, { objectMode: false }))
    },
  })
}
