/*
 * Traces, as far as the rest of the service knows them: pieces of work (spans) that belong to the request that caused
 * them, across processes. What does them, OpenTelemetry, is loaded only where traces are to be sent somewhere; elsewhere
 * there is no `Tracing`, and nothing is done (open-tracing.ts).
 */

/** Values that describe a piece of work. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** `server`: the work answers a request; `consumer`: it takes a job from a queue; `internal`: neither. */
export type SpanKind = 'server' | 'consumer' | 'internal'

/** A piece of work that has begun. */
export interface Span {
  /** What work that this one causes names as its parent: a `traceparent` (W3C Trace Context). */
  readonly context: string
  /** Adds attributes. */
  set(attributes: SpanAttributes): void
  /** Ends it. @param failure why it failed; absent: it succeeded */
  end(failure?: string): void
}

/** Begins spans, and sends those that have ended. */
export interface Tracing {
  /** @param parent a `traceparent`; a text that is none begins a trace of its own. Default: a trace of its own */
  begin(name: string, kind: SpanKind, parent?: string | undefined, attributes?: SpanAttributes): Span
  /** Sends what has ended so far. Never rejects, and gives up after a while. */
  flush(): Promise<void>
  /** Sends what has ended so far, for the last time. Never rejects, and gives up after a while. */
  close(): Promise<void>
}
