import type { FastifyRequest } from 'fastify'
import type { JobSubmission, JobView } from '../../jobs/contract.ts'

/** Returns where an order comes from: the request, and the trace that its job goes on with. */
export function originOf({
  id,
  span,
}: Pick<FastifyRequest, 'id' | 'span'>): NonNullable<JobSubmission['origin']> {
  return { request: id, ...(span ? { trace: span.context } : {}) }
}

/** Logs which job answers an order, so that the lines of the request and those of the job are found from each other. */
export function logOrder({ log, span }: Pick<FastifyRequest, 'log' | 'span'>, job: JobView): void {
  const { id, model, kind, reused } = job
  span?.set({ 'fitserve.job.id': id, 'fitserve.model': model })
  log.info({ job: id, model, kind, ...(reused ? { reused } : {}) }, 'job ordered')
}
