import type { FastifyRequest } from 'fastify'
import { type Access, type Caller, mayUse } from '../../access.ts'
import { FitserveError, listNames } from '../../errors.ts'
import type { Jobs } from '../../jobs/contract.ts'
import type { App } from '../route-config.ts'

/** Beginnings of addresses whose parameter `id` names a job. */
const OF_JOB = ['/jobs/:id', '/predictions/:id']
/**
 * Addresses whose requests name a model: in a body of JSON, or in the query, of which the body means nothing. Those with both
 * read the query of other bodies, and refuse it with one of JSON.
 */
const NAMING: Readonly<Record<string, 'body' | 'query' | 'both'>> = {
  '/predict': 'both',
  '/predict/stream': 'query',
  '/predict/csv': 'query',
  '/jobs': 'body',
  '/dry-run': 'body',
  '/predictions': 'both',
  '/predictions/file': 'query',
  '/invocations': 'query',
}

/**
 * Refuses requests for models that the caller's key is not for: those in the address, in the body or the query, and
 * those of the job in the address. Lists of the service's own leave other models out by themselves; those of other
 * protocols are refused, and so are their predictions to a key whose rows are counted.
 */
export function useModelScope(app: App, access: Pick<Access, 'required'>, jobs: Pick<Jobs, 'get'>): void {
  if (!access.required) return
  app.addHook('preHandler', async (request) => {
    const { caller, route } = request
    if (!caller || route?.config.role === 'anyone') return
    if (caller.rowsPerDay !== null && route?.config.foreign) throw uncounted(caller)
    if (!caller.models) return
    const model = await modelOf(request, jobs)
    if (model !== null) checkModel(caller, model)
  })
}

/**
 * Checks that a caller may use a model. The refusal does not tell whether the model exists.
 * @param model undefined: the request names none @throws FitserveError `forbidden`
 */
export function checkModel(caller: Caller, model: string | undefined): void {
  const { name, models } = caller
  if (models === null || (model !== undefined && mayUse(caller, model))) return
  const only = `The key "${name}" is for models ${listNames(models)} only`
  throw new FitserveError(
    'forbidden',
    model === undefined ? `${only}, so the request must name one in "model".` : `${only}.`,
  )
}

/** Returns the error about an address where the rows of a key with a limit would not be counted. */
export function uncounted({ name }: Caller): FitserveError {
  return new FitserveError(
    'forbidden',
    `The key "${name}" has a limit that this endpoint cannot count. Use /predict, or a key without limits.`,
  )
}

/** Returns the model that a request is about; null where that is none or many, undefined where it should name one. */
export async function modelOf(
  request: FastifyRequest,
  jobs: Pick<Jobs, 'get'>,
): Promise<string | undefined | null> {
  const { url = '', config } = request.routeOptions
  const params = textsIn(request.params)
  if (url.includes('/models/:name')) return params('name') ?? null
  if (OF_JOB.some((beginning) => url.startsWith(beginning))) return modelOfJob(jobs, params('id') ?? '')
  if (url.startsWith('/v1/')) return /^models\/([^/:]+)/i.exec(params('*') ?? '')?.[1]
  const place = request.method === 'POST' ? NAMING[url] : undefined
  // What other protocols answer beside that is about all models.
  if (!place) return config.foreign ? undefined : null
  const named =
    (place === 'query' ? undefined : textsIn(request.body)('model')) ??
    (place === 'body' ? undefined : textsIn(request.query)('model'))
  // An order may name a version of the model behind an @.
  return named?.split('@', 1)[0]
}

async function modelOfJob(jobs: Pick<Jobs, 'get'>, id: string): Promise<string | null> {
  try {
    return (await jobs.get(id)).model
  } catch (error) {
    // The route says so in its own words.
    if (error instanceof FitserveError && error.code === 'unknown-job') return null
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
