import os from 'node:os'
import process from 'node:process'
import {
  type context,
  DiagLogLevel,
  diag,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { VERSION } from '../version.ts'
import type { SpanKind as Kind, Span, Tracing } from './tracing.ts'
import { withTimeout } from './with-timeout.ts'

/** Limit on the time in which spans are sent at the end, in ms. */
const SEND_MS = 2_000

const KINDS: Record<Kind, SpanKind> = {
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
}

/**
 * Sends spans in batches by OTLP over HTTP, as the variables of OpenTelemetry say (`OTEL_EXPORTER_OTLP_*`,
 * `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`), which its packages read
 * themselves. Nothing of Node or of other packages is patched.
 */
export function openTelemetry(part: string, onTrouble: (reason: string) => void): Tracing {
  const quiet = () => {}
  diag.setLogger(
    { error: (message) => onTrouble(message), warn: quiet, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  )
  const own = resourceFromAttributes({
    'service.name': 'fitserve',
    'service.version': VERSION,
    'service.instance.id': `${os.hostname()}-${process.pid}`,
    'fitserve.process': part,
    'process.pid': process.pid,
  })
  const provider = new BasicTracerProvider({
    resource: own.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  })
  const tracer = provider.getTracer('fitserve', VERSION)
  const sent = (work: Promise<void>) =>
    withTimeout(
      work.catch((error: unknown) => onTrouble(error instanceof Error ? error.message : String(error))),
      SEND_MS,
      () => undefined,
    )
  return {
    begin(name, kind, parent, attributes = {}): Span {
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, contextOf(parent))
      return {
        context: traceparentOf(span.spanContext()),
        set: (more) => void span.setAttributes(more),
        end(failure) {
          if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
          span.end()
        },
      }
    },
    flush: () => sent(provider.forceFlush()),
    close: () => sent(provider.shutdown()),
  }
}

function contextOf(parent: string | undefined): ReturnType<typeof context.active> {
  const found = parent === undefined ? null : parseTraceParent(parent)
  return found && isSpanContextValid(found)
    ? trace.setSpanContext(ROOT_CONTEXT, { ...found, isRemote: true })
    : ROOT_CONTEXT
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}
