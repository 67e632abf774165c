import type { Span, SpanAttributes, Tracing } from '../../runtime/tracing.ts'
import type { AttemptReporter } from './attempt-run.ts'

/**
 * Makes spans of an attempt and of each phase in it, by what it reports.
 * @param parent the `traceparent` of the worker's span
 * @returns the reporter to be used in place of the given one, and a function that ends the spans
 */
export function tracedPhases(
  tracing: Tracing,
  reporter: AttemptReporter,
  parent: string | undefined,
  attributes: SpanAttributes,
): { reporter: AttemptReporter; end: (state: string | undefined, failure?: string) => void } {
  const attempt = tracing.begin('attempt', 'internal', parent, attributes)
  let phase: { name: string; span: Span } | undefined
  return {
    reporter: {
      ...reporter,
      progress(progress) {
        if (progress.phase !== phase?.name) {
          phase?.span.end()
          phase = { name: progress.phase, span: tracing.begin(progress.phase, 'internal', attempt.context) }
        }
        return reporter.progress(progress)
      },
    },
    end(state, failure) {
      phase?.span.end(failure)
      if (state !== undefined) attempt.set({ 'fitserve.job.state': state })
      attempt.end(failure)
    },
  }
}
