import { afterEach, beforeEach, expect, it } from 'vitest'
import type { VersionEntry } from '../../../src/registry/model-log.ts'
import { GENERATION, stubApp } from '../stubs.ts'

const made: VersionEntry = {
  version: 5,
  job: 'job-5',
  attempt: 1,
  createdAt: '2026-01-05T00:00:00.000Z',
  artifacts: 'artifacts/5/',
  manifest: { bytes: 1, sha256: 'ab' },
}
const aliases = {
  staging: { version: 5, before: [] },
  production: { version: 5, before: [2] },
  old: { version: 2, before: [] },
}

let asked: unknown[][]
let known = true
let app: Awaited<ReturnType<typeof stubApp>>
beforeEach(async () => {
  asked = []
  known = true
  app = await stubApp({
    models: {
      head: async () => (known ? { ...GENERATION, state: { ...GENERATION.state, aliases } } : undefined),
    },
    archives: {
      import: async (model, _body, options) => {
        asked.push([model, options])
        return made
      },
    },
    thresholds: {
      set: async (...given) => {
        asked.push(given)
        return { entry: made, from: 4, threshold: 0.3 }
      },
    },
  })
})
afterEach(() => app.close())

const summary = {
  version: 5,
  job: 'job-5',
  createdAt: '2026-01-05T00:00:00.000Z',
  description: null,
  tags: {},
}

it('an imported version is told with the aliases that point at it', async () => {
  const send = (query: string) =>
    app.inject({
      method: 'POST',
      url: `/models/imdb/versions${query}`,
      headers: { 'content-type': 'application/x-tar' },
      payload: 'tar',
    })
  const answer = await send('?promote=never')
  expect([answer.statusCode, answer.headers['location']]).toEqual([201, '/models/imdb/versions/5'])
  expect(answer.json()).toEqual({ ...summary, aliases: ['production', 'staging'] })
  known = false
  expect((await send('')).json()).toEqual({ ...summary, aliases: [] })
  expect(asked).toEqual([
    ['imdb', { promote: 'never', by: null }],
    ['imdb', { promote: undefined, by: null }],
  ])
})

it('a version with another threshold is promoted unless it is said otherwise', async () => {
  const send = (payload: object) =>
    app.inject({ method: 'POST', url: '/models/imdb/versions/4/threshold', payload })
  const answer = await send({ threshold: 0.3 })
  expect([answer.statusCode, answer.headers['location']]).toEqual([201, '/models/imdb/versions/5'])
  expect(answer.json()).toEqual({ ...summary, aliases: ['production', 'staging'], from: 4, threshold: 0.3 })
  known = false
  expect((await send({ threshold: 0.4, promote: 'never' })).json().aliases).toEqual([])
  expect(asked).toEqual([
    ['imdb', '4', { threshold: 0.3, promote: 'always', by: null }],
    ['imdb', '4', { threshold: 0.4, promote: 'never', by: null }],
  ])
})
