import { distance } from 'fastest-levenshtein'
import type { FastifyRequest } from 'fastify'
import { FitserveError, quoted } from '../../errors.ts'
import { nearest } from '../../recipe/index.ts'
import type { MethodsAt } from '../requests/methods.ts'
import { pathOf } from '../requests/path-of.ts'
import type { App } from '../route-config.ts'

interface KnownPath {
  url: string
  pattern: RegExp
  methods: Set<string>
}

/**
 * Answers what no route matches, before anything of a body is read: 404 with the most similar path, 405 where the path
 * has other methods, and OPTIONS. Call it before the routes are added.
 * @returns what tells the methods of a path, for routes that answer all addresses below one
 */
export function useNotFound(app: App): MethodsAt {
  const paths = new Map<string, KnownPath>()
  const reserved = new Set<string>()
  const methodsAt: MethodsAt = (request) => methodsOf(request, paths)
  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.reserved) reserved.add(url)
    // An address below which everything is answered says nothing of what is there.
    if (url.endsWith('*') && [method].flat().length > 2) return
    const known = paths.get(url) ?? { url, pattern: patternOf(url), methods: new Set(['OPTIONS']) }
    for (const each of [method].flat()) known.methods.add(each)
    paths.set(url, known)
  })
  /** Tells whether a route with a parameter takes a request whose path is that of a reserved one without this method. */
  const isMistaken = ({ url, method }: FastifyRequest) => {
    const path = pathOf(url)
    return reserved.has(path) && paths.get(path)?.methods.has(method) === false
  }
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404 && !isMistaken(request)) return done()
    const methods = methodsAt(request)
    if (methods.length > 0) reply.header('allow', methods.join(', '))
    if (methods.length > 0 && request.method === 'OPTIONS') reply.code(204).send()
    else done(methods.length > 0 ? notAllowed(request.method, methods) : notFound(request, paths))
  })
  // Reached where a route itself finds nothing, as the one of the documentation's files does.
  app.setNotFoundHandler((request) => {
    throw notFound(request, paths)
  })
  return methodsAt
}

/** Returns the refusal of a method that a path has not. The answer needs `Allow` with the same methods. */
export function notAllowed(method: string, methods: readonly string[]): FitserveError {
  return new FitserveError(
    'method-not-allowed',
    `${method} is not allowed here. Allowed: ${methods.join(', ')}.`,
  )
}

function notFound({ url }: FastifyRequest, paths: ReadonlyMap<string, KnownPath>): FitserveError {
  const path = pathOf(url)
  const similar = mostSimilar(path, paths)
  const hint = similar === undefined ? '' : ` Did you mean ${similar}?`
  return new FitserveError(
    'not-found',
    `There is no endpoint ${quoted(path)}.${hint} /docs and /openapi.json list all.`,
  )
}

/** Segments in front of a path that are tried without: those of a proxy, or of another API's version. */
const MAX_PREFIX = 2

/** Returns the known path that differs least in its words, as documents write it; undefined if none is similar. */
function mostSimilar(path: string, paths: ReadonlyMap<string, KnownPath>): string | undefined {
  const segments = path.split('/').filter((segment) => segment !== '')
  for (let dropped = 0; dropped <= Math.min(MAX_PREFIX, segments.length - 1); dropped += 1) {
    const asked = segments.slice(dropped)
    let best: { url: string; changes: number } | undefined
    for (const { url } of paths.values()) {
      const changes = changesBetween(asked, url.split('/').slice(1))
      if (changes !== undefined && changes < (best?.changes ?? Number.POSITIVE_INFINITY))
        best = { url, changes }
    }
    if (best) return best.url.replace(/:(\w+)/g, '{$1}')
  }
  return undefined
}

/**
 * Returns how many letters of a known path were written otherwise, and a little for each parameter, so that fixed words
 * come first; undefined if the paths are not similar.
 */
function changesBetween(asked: readonly string[], known: readonly string[]): number | undefined {
  if (asked.length !== known.length) return undefined
  let changes = 0
  for (const [index, word] of known.entries()) {
    const given = asked[index] ?? ''
    if (word.startsWith(':')) changes += 0.01
    else if (given !== word && nearest(given, [word]) === undefined) return undefined
    else changes += distance(given, word)
  }
  // Of parameters alone nothing is similar.
  return known.every((word) => word.startsWith(':')) ? undefined : changes
}

function methodsOf(
  { url }: Pick<FastifyRequest, 'url'>,
  paths: ReadonlyMap<string, KnownPath>,
): readonly string[] {
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
