import type { FastifyBaseLogger } from 'fastify'
import type { Serving } from '../../serving/contract.ts'

/**
 * Lets this process serve a changed model at once. A failure is logged only: the change itself is done, and serving
 * meets the failure again when it looks for changes by itself.
 */
export async function followSoon(
  serving: Pick<Serving, 'refresh'>,
  model: string,
  log: FastifyBaseLogger,
): Promise<void> {
  await serving.refresh(model).catch((err: unknown) => log.warn({ err, model }, 'change not served yet'))
}
