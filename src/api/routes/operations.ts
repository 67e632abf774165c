import { type Caller, mayUse } from '../../access.ts'
import type { Workload } from '../../jobs/contract.ts'
import type { RouteDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { TrafficView, WorkloadView } from '../schemas/operations.ts'

/** Adds the routes that tell what workers do, and how many predictions each model answers. */
export function operationRoutes(app: App, { jobs, traffic }: RouteDependencies): void {
  route(app, {
    endpoint: 'GET /workload',
    summary: 'Show what workers do',
    description:
      'Counts the processes that take jobs, and tells which jobs they run and which models the next jobs are for. Folds, trials and ranges of rows count as jobs of their own. A key for some models sees and counts the jobs of these.',
    operation: 'getWorkload',
    tag: 'operations',
    role: 'train',
    answers: { 200: WorkloadView },
    errors: ['queue-unavailable', 'store-unavailable'],
    handler: async ({ caller }) => seenBy(caller, await jobs.workload()),
  })
  route(app, {
    endpoint: 'GET /traffic',
    summary: 'Show how many predictions each model answers',
    description:
      'Returns the prediction counts of `GET /metrics` by model, with p50 and p99, for about the last minute and since the start of the process that answers. If there are several processes, `process` says which one this is.',
    operation: 'getTraffic',
    tag: 'operations',
    role: 'predict',
    answers: { 200: TrafficView },
    handler: ({ caller }) => {
      const { seconds, models } = traffic.read()
      return { process: traffic.process, seconds, items: models.filter(({ model }) => mayUse(caller, model)) }
    },
  })
}

/** Returns what a caller may know of the workload: a key for some models sees and counts the jobs of these. */
function seenBy(caller: Caller | null, load: Workload): Workload {
  if (caller === null || caller.models === null) return load
  const isShown = ({ model }: { model: string }) => mayUse(caller, model)
  const running = load.running.filter(isShown)
  const next = load.next.filter(isShown)
  // How much is done for others is nothing that such a key tells.
  const waiting = next.reduce((sum, { jobs }) => sum + jobs, 0)
  return { ...load, waiting, active: running.length, running, next }
}
