import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { openTracing } from '../../src/runtime/open-tracing.ts'
import type { Tracing } from '../../src/runtime/tracing.ts'

const Attributes = z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
const Spans = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.looseObject({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.int(),
              attributes: Attributes,
              status: z.object({ code: z.int(), message: z.string().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
})

let server: Server
let tracing: Tracing | undefined
const came: z.output<typeof Spans>['resourceSpans'] = []
const troubles: string[] = []
const before = process.env['OTEL_EXPORTER_OTLP_ENDPOINT']

beforeAll(async () => {
  server = createServer(async (request, response) => {
    came.push(...Spans.parse(JSON.parse(await text(request))).resourceSpans)
    response.setHeader('content-type', 'application/json').end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  tracing = await openTracing(true, 'worker', (reason) => troubles.push(reason))
})
afterAll(async () => {
  await tracing?.close()
  server.close()
  if (before === undefined) delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT']
  else process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = before
})

const valuesOf = (attributes: z.output<typeof Attributes>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

it('spans are sent with what they are, what they belong to, and how they ended', async () => {
  if (!tracing) throw new Error('There is no tracing.')
  const trace = 'a'.repeat(32)
  const parent = `00-${trace}-${'b'.repeat(16)}-01`
  const request = tracing.begin('POST /jobs', 'server', parent, { 'http.route': '/jobs' })
  const [, ownTrace, ownSpan] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(request.context) ?? []
  expect(ownTrace).toBe(trace)
  const job = tracing.begin('job', 'consumer', request.context)
  job.set({ rows: 7, reused: false })
  job.end('It diverged.')
  request.end()
  tracing.begin('alone', 'internal', 'no traceparent').end()
  tracing.begin('alone too', 'internal').end()
  await tracing.flush()
  // It gives up after a while, and a busy machine may take longer.
  await expect.poll(() => came.length).toBeGreaterThan(0)
  const [{ resource, scopeSpans } = { resource: { attributes: [] }, scopeSpans: [] }] = came
  expect(valuesOf(resource.attributes)).toMatchObject({
    'service.name': 'fitserve',
    'fitserve.process': 'worker',
    'process.pid': process.pid,
  })
  const spans = scopeSpans.flatMap((scope) => scope.spans)
  // By OTLP: kind 1 is internal, 2 server, 5 consumer; status 2 is an error.
  const of = (name: string) => spans.find((span) => span.name === name)
  expect(of('POST /jobs')).toMatchObject({
    kind: 2,
    parentSpanId: 'b'.repeat(16),
    spanId: ownSpan,
    status: { code: 0 },
  })
  expect(valuesOf(of('POST /jobs')?.attributes ?? [])).toEqual({ 'http.route': '/jobs' })
  expect(of('job')).toMatchObject({
    kind: 5,
    traceId: trace,
    parentSpanId: ownSpan,
    status: { code: 2, message: 'It diverged.' },
  })
  expect(valuesOf(of('job')?.attributes ?? [])).toEqual({ rows: 7, reused: false })
  expect(of('alone')).toMatchObject({ kind: 1 })
  expect(of('alone')?.parentSpanId).toBeUndefined()
  expect(new Set(spans.map(({ traceId }) => traceId)).size, 'those two have traces of their own').toBe(3)
  expect(troubles).toEqual([])
})
