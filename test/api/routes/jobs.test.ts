import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { openApiDocument } from '../../../src/api/openapi/document.ts'
import type { JobEvent } from '../../../src/jobs/contract.ts'
import { asker } from '../ask.ts'
import { JOB, stubApp } from '../stubs.ts'

const ORDER = { method: 'POST', url: '/jobs', payload: { model: 'imdb', dataset: 'reviews' } } as const

/** An API whose log is kept, with events that cannot be followed beyond the given ones. */
async function failing(...events: JobEvent[]) {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'error' }, { write: (line) => void lines.push(JSON.parse(line)) })
  const app = await stubApp({
    log,
    jobs: {
      async *events() {
        yield* events
        throw new Error('The queue is away.')
      },
    },
  })
  onTestFinished(() => app.close())
  return { ask: asker(app), lines }
}

it('an order stands although its job cannot be followed, which the log tells', async () => {
  const { ask, lines } = await failing()
  const answer = await ask({ ...ORDER, headers: { prefer: 'wait=5' } })
  expect([answer.status, answer.body]).toEqual([202, JOB])
  expect(answer.headers['preference-applied']).toBe('wait=5')
  expect(answer.headers['location']).toBe(`/jobs/${JOB.id}`)
  expect(lines).toMatchObject([
    { msg: 'job not followed', job: JOB.id, err: { message: 'The queue is away.' } },
  ])
})

it('an order that does not wait follows nothing', async () => {
  const { ask, lines } = await failing()
  const answer = await ask(ORDER)
  expect([answer.status, answer.headers['preference-applied']]).toEqual([202, undefined])
  expect(lines).toEqual([])
})

it('a stream of events that breaks off is told in the log, with its job', async () => {
  const { ask, lines } = await failing()
  const { status, headers, text } = await ask(`/jobs/${JOB.id}/events`)
  expect([status, text, headers['x-accel-buffering']]).toEqual([200, 'retry: 2000\n\n', 'no'])
  expect(lines).toMatchObject([
    { msg: 'event stream failed', job: JOB.id, err: { message: 'The queue is away.' } },
  ])
})

it('the head of a stream of events is answered without following its job', async () => {
  const { ask, lines } = await failing()
  const { status, headers, text } = await ask({ method: 'HEAD', url: `/jobs/${JOB.id}/events` })
  expect([status, headers['content-type'], text]).toEqual([200, 'text/event-stream', ''])
  expect(lines).toEqual([])
})

it('following a job is for those who may train, and listed among the operations on jobs', async () => {
  const app = await stubApp()
  onTestFinished(() => app.close())
  const { paths } = openApiDocument(app) as { paths: Record<string, Record<string, unknown>> }
  expect(paths['/jobs/{id}/events']?.['get']).toMatchObject({
    'x-role': 'train',
    operationId: 'followJob',
    tags: ['jobs'],
  })
})
