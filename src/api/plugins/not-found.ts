import type { FastifyRequest } from 'fastify'
import { FitserveError } from '../../errors.ts'
import { pathOf } from '../requests/path-of.ts'
import type { App } from '../route-config.ts'

interface KnownPath {
  pattern: RegExp
  methods: Set<string>
}

/**
 * Answers what no route matches, before anything of a body is read: 404, 405 where the path has other methods,
 * and OPTIONS. Call it before the routes are added.
 */
export function useNotFound(app: App): void {
  const paths = new Map<string, KnownPath>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = paths.get(url) ?? { pattern: patternOf(url), methods: new Set(['OPTIONS']) }
    for (const each of [method].flat()) known.methods.add(each)
    paths.set(url, known)
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done()
    const methods = methodsOf(request, paths)
    if (methods.length > 0) reply.header('allow', methods.join(', '))
    if (methods.length > 0 && request.method === 'OPTIONS') reply.code(204).send()
    else done(refusal(request, methods))
  })
  // Reached where a route itself finds nothing, as the one of the documentation's files does.
  app.setNotFoundHandler((request) => {
    throw refusal(request, [])
  })
}

function refusal({ method }: FastifyRequest, methods: readonly string[]): FitserveError {
  if (methods.length === 0) return new FitserveError('not-found', 'No such endpoint. See /docs.')
  return new FitserveError(
    'method-not-allowed',
    `${method} is not allowed here. Allowed: ${methods.join(', ')}.`,
  )
}

function methodsOf({ url }: FastifyRequest, paths: ReadonlyMap<string, KnownPath>): string[] {
  const path = pathOf(url)
  // A fixed path stands before one with a parameter, which might have its word for a value.
  const own = paths.get(path)
  const matching = own ? [own] : [...paths.values()].filter(({ pattern }) => pattern.test(path))
  return [...new Set(matching.flatMap(({ methods }) => [...methods]))].sort()
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part === '*') return '.*'
    return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}$`)
}
