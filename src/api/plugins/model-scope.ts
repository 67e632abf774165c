import type { FastifyRequest } from 'fastify'
import { type Caller, mayUse } from '../../access.ts'
import { FitserveError, listNames } from '../../errors.ts'
import type { Jobs } from '../../jobs/contract.ts'
import type { App } from '../route-config.ts'

/** Beginnings of addresses whose parameter `id` names a job. */
const OF_JOB = ['/jobs/:id', '/predictions/:id']
/** Addresses whose requests name a model in their body or query. */
const NAMING = new Set(['/predict', '/predict/stream', '/jobs', '/dry-run', '/predictions'])

/** Addresses of the protocols of other servers, which count no rows. */
const FOREIGN = /^\/(v1|v2|invocations)(\/|$)/

/**
 * Refuses requests for models that the caller's key is not for: those in the address, in the body or the query, and
 * those of the job in the address. Lists of the service's own leave other models out by themselves; those of other
 * protocols are refused, and so are their predictions to a key whose rows are counted.
 */
export function useModelScope(app: App, jobs: Pick<Jobs, 'get'>): void {
  app.addHook('preHandler', async (request) => {
    const { caller } = request
    if (!caller || request.route?.config.role === 'anyone') return
    if (caller.rowsPerDay !== null && FOREIGN.test(request.routeOptions.url ?? '')) throw uncounted(caller)
    if (!caller.models) return
    const model = await modelOf(request, jobs)
    if (model === 'any') return
    if (model === undefined) throw unnamed(caller)
    if (!mayUse(caller, model)) throw forbiddenModel(caller)
  })
}

/** Returns the error about a model that a key is not for. It does not tell whether the model exists. */
export function forbiddenModel({ name, models }: Caller): FitserveError {
  return new FitserveError('forbidden', `The key "${name}" is for models ${listNames(models ?? [])} only.`)
}

/** Returns the error about an address where the rows of a key with a limit would not be counted. */
export function uncounted({ name }: Caller): FitserveError {
  return new FitserveError(
    'forbidden',
    `The key "${name}" has a limit that is only counted by the addresses of this service's own, such as /predict.`,
  )
}

/** Returns the error about a request that names no model. */
export function unnamed({ name, models }: Caller): FitserveError {
  const only = listNames(models ?? [])
  return new FitserveError(
    'forbidden',
    `The key "${name}" is for models ${only} only, so the request must name one in "model".`,
  )
}

/** Returns the model that a request is about; `any` where that is none or many, undefined where it should name one. */
async function modelOf(
  request: FastifyRequest,
  jobs: Pick<Jobs, 'get'>,
): Promise<string | undefined | 'any'> {
  const url = request.routeOptions.url ?? ''
  const params = textsIn(request.params)
  if (url.includes('/models/:name')) return params('name') ?? 'any'
  if (OF_JOB.some((beginning) => url.startsWith(beginning))) return modelOfJob(jobs, params('id') ?? '')
  if (url.startsWith('/v1/')) return /^models\/([^/:]+)/i.exec(params('*') ?? '')?.[1]
  if (!FOREIGN.test(url) && (!NAMING.has(url) || request.method !== 'POST')) return 'any'
  const named = textsIn(request.body)('model') ?? textsIn(request.query)('model')
  // An order may name a version of the model behind an @.
  return named?.split('@', 1)[0]
}

async function modelOfJob(jobs: Pick<Jobs, 'get'>, id: string): Promise<string> {
  try {
    return (await jobs.get(id)).model
  } catch (error) {
    // The route says so in its own words.
    if (error instanceof FitserveError && error.code === 'unknown-job') return 'any'
    throw error
  }
}

/** Returns a function that gives the texts of an object by their keys. */
function textsIn(value: unknown): (key: string) => string | undefined {
  return (key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    const found: unknown = Reflect.get(value, key)
    return typeof found === 'string' ? found : undefined
  }
}
