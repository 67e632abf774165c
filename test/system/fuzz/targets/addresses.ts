import type { Draws } from '../random.ts'
import { bodiless, type Target } from '../target.ts'

/* Names, numbers, cursors and options in addresses and headers. */

const PATHS = [
  '/datasets/texts',
  '/datasets/texts/rejects?limit=5',
  '/datasets/texts/distributions?limit=2&cursor=abc',
  '/datasets?limit=2&cursor=abc',
  '/jobs?state=queued&limit=2',
  '/jobs?model=texts&cursor=abc',
  '/jobs/01a22b8d-8bc3-75de-83c1-a5cb40ed3308',
  '/jobs/01a22b8d-8bc3-75de-83c1-a5cb40ed3308/history?from=1',
  '/models?name=te&tag=team:search',
  '/models/texts?limit=1',
  '/trends?models=texts&models=houses&versions=3',
  '/models/texts/log?limit=2&cursor=abc',
  '/models/texts/versions?limit=2&cursor=abc',
  '/models/texts/versions?where=accuracy%3E0.5%20and%20encoder.type%3DmultiHot&limit=2',
  '/models/texts/versions/1',
  '/models/texts/versions/production/evaluation',
  '/models/texts/versions/1/signature?format=jsonschema',
  '/models/texts/versions/1/explanation',
  '/models/texts/versions/1/rows?kind=worst&limit=3',
  '/models/texts/versions/1/rows?kind=cell&actual=pos&answered=neg',
  '/models/houses/versions/1/rows?kind=near&actual=100&predicted=120',
  '/models/texts/versions/1/plots/loss.svg',
  '/models/houses/versions/1/plots/feature-sqft.png',
  '/audit?limit=3&cursor=abc',
  '/predictions/01a22b8d-8bc3-75de-83c1-a5cb40ed3308/result',
  '/v1/models/texts/versions/1/metadata',
  '/v2/models/texts/versions/1',
  '/docs/index.html',
  '/assets/a.js',
]

const PIECES = [
  '%00',
  '%3E%3D0.5',
  '%20and%20',
  '%22',
  '~a',
  'recipe.layers.0.units%3D2',
  '%2e%2e%2f',
  '..',
  '/',
  '//',
  '%2F',
  '%',
  '%zz',
  '%ff',
  '%F0%9F%98%80',
  '%EC%98%81',
  '?',
  '&',
  '=',
  '&limit=5',
  '&limit=-1',
  '&limit=1e9',
  '&cursor=',
  '&cursor=eyJhIjoxfQ',
  '__proto__',
  'constructor',
  '-1',
  '0',
  '99999999999999999999',
  '1.5',
  ' '.replace(' ', '%20'),
  '+',
  '@production',
  ':predict',
  '.svg',
  'a'.repeat(5_000),
]

const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['accept', ['*/*', 'image/png', 'text/html', 'application/json;q=0', 'a/b;;q=x', ',,,']],
  [
    'range',
    ['bytes=0-1', 'bytes=-1', 'bytes=9-1', 'bytes=0-0,2-3', 'lines=1-2', 'bytes=0-99999999999999999999'],
  ],
  ['if-none-match', ['*', '"a"', 'W/"a"', '"', 'a,b']],
  ['if-match', ['*', '"1"', '"']],
  ['last-event-id', ['1', '-1', 'a', '99999999999999999999']],
  ['x-request-id', ['a', 'a'.repeat(300), '%0a', '{}']],
  ['x-request-timeout-ms', ['0', '-1', '1e9', 'a']],
  ['idempotency-key', ['a', 'a'.repeat(500), '\u00e9']],
  ['accept-encoding', ['gzip', 'br;q=0', '*', ';']],
  ['origin', ['null', 'https://example.com', 'a b']],
]

/** Returns the targets of addresses and headers. */
export function addressTargets(): Target[] {
  return [
    { name: 'addresses', next: (draws) => bodiless('GET', address(draws)) },
    {
      name: 'methods',
      next: (draws) => bodiless(draws.of(['POST', 'PUT', 'PATCH'] as const), address(draws)),
    },
    {
      name: 'headers',
      next(draws) {
        const headers: Record<string, string> = {}
        for (let count = 1 + draws.below(3); count > 0; count--) {
          const [name, values] = draws.of(HEADERS)
          headers[name] = draws.of(values)
        }
        return { ...bodiless('GET', draws.of(PATHS)), headers }
      },
    },
  ]
}

function address(draws: Draws): string {
  let path = draws.of(PATHS)
  for (let changes = 1 + draws.below(3); changes > 0; changes--) {
    const at = 1 + draws.below(path.length)
    const removed = draws.chance(0.5) ? draws.length() % path.length : 0
    const piece = draws.chance(0.8) ? draws.of(PIECES) : ''
    path = path.slice(0, at) + piece + path.slice(at + removed)
  }
  // A job's events are a stream that does not end; they have tests of their own.
  return path.replaceAll('/events', '/event')
}
