import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { EXAMPLES, start, whenOver } from './harness.ts'

/** The parts of OTLP's JSON that the test reads. */
const Value = z.object({ stringValue: z.string().optional(), intValue: z.number().optional() }).loose()
const Attributes = z.array(z.object({ key: z.string(), value: Value }))
const SpanBody = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes: Attributes,
  status: z.object({ code: z.number().optional() }),
})
const Export = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(SpanBody) })),
    }),
  ),
})
type Received = z.output<typeof SpanBody> & { process: string | undefined }

/** A collector that takes traces by OTLP over HTTP, as JSON. */
async function openCollector() {
  const spans: Received[] = []
  const server = createServer(async (request, response) => {
    const body = Export.parse(JSON.parse(await text(request)))
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const process = textOf(resource.attributes, 'fitserve.process')
      for (const scope of scopeSpans) spans.push(...scope.spans.map((span) => ({ ...span, process })))
    }
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  whenOver(async () => void server.close())
  const { port } = server.address() as AddressInfo
  return { spans, url: `http://127.0.0.1:${port}` }
}

function textOf(attributes: z.output<typeof Attributes>, key: string): string | undefined {
  return attributes.find((attribute) => attribute.key === key)?.value.stringValue
}

it('one trace goes from the request over the queue into the training process', async () => {
  const { spans, url } = await openCollector()
  const service = await start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '200' } })
  await service.upload('reviews', join(EXAMPLES, 'reviews.csv'))
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const client = `00-${traceId}-b7ad6b7169203331-01`
  const order = { model: 'reviews', dataset: 'reviews', recipe: { epochs: 2, validation: { split: 0.2 } } }
  const { id } = await service.submit(order, { traceparent: client, 'x-request-id': 'an-order' })
  expect((await service.finished(id)).state).toBe('completed')
  const found = (name: string) => spans.find((span) => span.traceId === traceId && span.name === name)
  const wanted = ['POST /jobs', 'job', 'attempt', 'fit', 'publish']
  await expect.poll(() => wanted.filter((name) => !found(name)), { timeout: 20_000 }).toEqual([])

  const request = found('POST /jobs')
  const job = found('job')
  const attempt = found('attempt')
  const fit = found('fit')
  expect(request).toMatchObject({ parentSpanId: 'b7ad6b7169203331', kind: 2, process: 'all' })
  expect(job).toMatchObject({ parentSpanId: request?.spanId, kind: 5, process: 'all' })
  expect(attempt).toMatchObject({ parentSpanId: job?.spanId, kind: 1, process: 'training' })
  expect(fit).toMatchObject({ parentSpanId: attempt?.spanId, process: 'training' })
  expect(textOf(request?.attributes ?? [], 'fitserve.request.id')).toBe('an-order')
  for (const span of [request, job, attempt])
    expect(textOf(span?.attributes ?? [], 'fitserve.job.id')).toBe(id)
  for (const { startTimeUnixNano, endTimeUnixNano } of spans)
    expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano))

  // A prediction is traced where its client traces it, and answered ahead of the framework where not.
  const ask = (headers: Record<string, string>) =>
    service.post('/predict', { model: 'reviews', text: 'good' }, headers)
  const before = spans.length
  expect((await ask({})).status).toBe(200)
  expect((await ask({ traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` })).status).toBe(200)
  await service.request('/health/ready')
  await service.request('/metrics')
  await expect
    .poll(() => spans.some((span) => span.traceId === '1'.repeat(32)), { timeout: 20_000 })
    .toBe(true)
  const names = spans.slice(before).map(({ name, traceId: of }) => `${name} ${of}`)
  expect(names.filter((name) => /predict|health|metrics/.test(name))).toEqual([
    `POST /predict ${'1'.repeat(32)}`,
  ])

  // Every line about the job has its id, and those of its request and its attempts the request's.
  await expect.poll(() => service.output, { timeout: 20_000 }).toContain('"msg":"job completed"')
  const lines = service.output
    .split('\n')
    .flatMap((line) =>
      line.startsWith('{') ? [z.looseObject({ msg: z.string() }).parse(JSON.parse(line))] : [],
    )
  const about = lines.filter((line) => line['job'] === id)
  expect(about.map(({ msg }) => msg)).toEqual([
    'job ordered',
    'attempt begins',
    'attempt ends',
    'job completed',
  ])
  for (const line of about) expect(line).toMatchObject({ job: id, model: 'reviews', reqId: 'an-order' })
  expect(await service.stop()).toBe(0)
})

it('a collector that is away is told of in the log, here in lines for people, and holds nothing up', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    LOG_FORMAT: 'pretty',
  }
  const service = await start({ env })
  expect((await service.request('/models')).status).toBe(200)
  expect((await service.request('/models', { headers: { traceparent: 'nonsense' } })).status).toBe(200)
  await expect
    .poll(() => service.output, { timeout: 20_000 })
    .toMatch(/^\[[\d:]{8}\] WARN: traces cannot be sent \{"reason":.*ECONNREFUSED/m)
  expect(await service.stop()).toBe(0)
})
