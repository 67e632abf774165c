import type { Tracing } from './tracing.ts'

/**
 * Loads OpenTelemetry where traces are to be sent.
 * @param enabled whether they are
 * @param process what this process is, for the spans' resource, such as `api`
 * @param onTrouble called with the reason when traces could not be sent
 */
export async function openTracing(
  enabled: boolean,
  process: string,
  onTrouble: (reason: string) => void,
): Promise<Tracing | undefined> {
  if (!enabled) return undefined
  const { openTelemetry } = await import('./open-telemetry.ts')
  return openTelemetry(process, onTrouble)
}
