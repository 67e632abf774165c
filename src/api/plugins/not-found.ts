import { FitserveError } from '../../errors.ts'
import type { App } from '../route-config.ts'

/** Answers what no route matches: 404, 405 where the path has other methods, and OPTIONS. Before the routes. */
export function useNotFound(app: App): void {
  const paths = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = paths.get(url) ?? { pattern: patternOf(url), methods: new Set(['OPTIONS']) }
    for (const each of [method].flat()) known.methods.add(each)
    paths.set(url, known)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const matching = [...paths.values()].filter(({ pattern }) => pattern.test(path))
    const methods = [...new Set(matching.flatMap((each) => [...each.methods]))].sort().join(', ')
    if (methods === '') throw new FitserveError('not-found', 'There is nothing at this address. See /docs.')
    reply.header('allow', methods)
    if (request.method === 'OPTIONS') return reply.code(204).send()
    throw new FitserveError(
      'method-not-allowed',
      `${request.method} is not for this address; ${methods} are.`,
    )
  })
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part === '*') return '.*'
    return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}$`)
}
