import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import type { Generation, VersionEntry } from '../../../src/registry/model-log.ts'
import { stubApp } from '../stubs.ts'

const entryOf = (version: number): VersionEntry => ({
  version,
  job: `job-${version}`,
  attempt: version + 10,
  createdAt: `2026-01-0${version}T00:00:00.000Z`,
  artifacts: `artifacts/${version}/`,
  manifest: { bytes: 1, sha256: 'ab' },
})
const HEAD: Generation = {
  generation: 5,
  at: '2026-01-05T00:00:00.000Z',
  by: null,
  events: [],
  state: {
    versions: [1, 2, 3].map(entryOf),
    aliases: {
      staging: { version: 2, before: [] },
      production: { version: 2, before: [1] },
      old: { version: 1, before: [] },
    },
    nextVersion: 4,
  },
}
const summary = (version: number, aliases: string[]) => ({
  version,
  job: `job-${version}`,
  createdAt: `2026-01-0${version}T00:00:00.000Z`,
  aliases,
  description: null,
  tags: {},
})

let files: Record<string, string>
let evaluated: unknown[]
let moved: unknown[]
let app: Awaited<ReturnType<typeof stubApp>>
beforeEach(async () => {
  files = {}
  evaluated = []
  moved = []
  app = await stubApp({
    models: {
      head: async (name) => (name === 'imdb' ? HEAD : undefined),
      log: async (name) => {
        throw new FitserveError('unknown-model', `There is no model "${name}". Known: imdb.`)
      },
      entry: async (_name, version) => entryOf(version === 'production' ? 2 : Number(version)),
      readArtifact: async (_name, _entry, file) =>
        files[file] === undefined ? undefined : Buffer.from(files[file]),
      setAlias: async (...given) => {
        moved.push(given)
        return { alias: String(given[1]), version: given[2], previous: null }
      },
    },
    evaluations: {
      evaluate: async (...given) => {
        evaluated.push(given)
        return { rows: 3, loss: 0.4, metrics: { accuracy: 0.9 } }
      },
      list: async () => [],
    },
  })
})
afterEach(() => app.close())
const ask = async (url: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE' = 'GET', payload?: object) => {
  const answer = await app.inject({ method, url, ...(payload ? { payload } : {}) })
  return {
    status: answer.statusCode,
    body: answer.body === '' ? undefined : answer.json(),
    headers: answer.headers,
  }
}

describe('the versions of a model', () => {
  it('are listed newest first, with the names that point at each', async () => {
    const all = [summary(3, []), summary(2, ['production', 'staging']), summary(1, ['old'])]
    expect((await ask('/models/imdb/versions')).body).toEqual({ items: all, next: null })
    expect((await ask('/models/imdb/versions?limit=3')).body).toEqual({ items: all, next: null })
    expect((await ask('/models/imdb/versions?limit=2')).body).toEqual({ items: all.slice(0, 2), next: '2' })
    expect((await ask('/models/imdb/versions?limit=2&cursor=2')).body).toEqual({
      items: all.slice(2),
      next: null,
    })
    expect((await ask('/models/imdb/versions?cursor=1')).body).toEqual({ items: [], next: null })
    expect((await ask(`/models/imdb/versions?cursor=1${'0'.repeat(14)}`)).body.items).toHaveLength(3)
  })

  it('are found by a tag, a page after the other', async () => {
    const tagged = HEAD.state.versions.map((entry) => ({
      ...entry,
      tags: { best: String(entry.version % 2) },
    }))
    const own = await stubApp({
      models: { head: async () => ({ ...HEAD, state: { ...HEAD.state, versions: tagged } }) },
    })
    const found = async (query: string) => {
      const { items, next } = (await own.inject(`/models/imdb/versions?${query}`)).json()
      return [items.map(({ version }: { version: number }) => version), next]
    }
    expect(await found('tag=best')).toEqual([[3, 2, 1], null])
    expect(await found('tag=best:1')).toEqual([[3, 1], null])
    expect(await found('tag=best:1&limit=1')).toEqual([[3], '3'])
    expect(await found('tag=best:1&limit=1&cursor=3')).toEqual([[1], null])
    expect(await found('tag=worst')).toEqual([[], null])
  })

  it('are found by conditions on their manifests', async () => {
    const manifest = async (_name: string, { version }: VersionEntry) => ({
      files: {},
      metrics: { accuracy: version / 10 },
      recipe: { optimizer: { type: version === 3 ? 'sgd' : 'adam' } },
    })
    const own = await stubApp({ models: { head: async () => HEAD, manifest } })
    const find = async (where: string, more = '') =>
      (await own.inject(`/models/imdb/versions?where=${encodeURIComponent(where)}${more}`)).json()
    expect(await find('accuracy >= 0.2')).toEqual({
      items: [summary(3, []), summary(2, ['production', 'staging'])],
      next: null,
    })
    expect(await find('optimizer.type = adam', '&limit=1')).toMatchObject({
      items: [{ version: 2 }],
      next: '2',
    })
    expect(await find('optimizer.type = adam', '&limit=1&cursor=2')).toMatchObject({
      items: [{ version: 1 }],
      next: null,
    })
    for (const bad of ['accuracy', 'accuracy > high', `a = ${'x'.repeat(500)}`])
      expect(await find(bad)).toMatchObject({
        type: 'urn:fitserve:invalid-query',
        errors: [{ path: '/where' }],
      })
  })

  it.each(['0', '-1', '02', '1x', 'x1', '1'.repeat(16)])(
    'are not listed after the cursor %s',
    async (cursor) => {
      const { status, body } = await ask(`/models/imdb/versions?cursor=${cursor}`)
      expect([status, body.type]).toEqual([400, 'urn:fitserve:invalid-query'])
    },
  )

  it('are unknown where the model is, with the models that there are', async () => {
    const { status, body } = await ask('/models/other/versions')
    expect([status, body.detail]).toEqual([404, 'There is no model "other". Known: imdb.'])
  })

  it('have their manifest, to which their own place is added', async () => {
    expect((await ask('/models/imdb/versions/production')).body).toMatchObject({
      ...summary(2, ['production', 'staging']),
      model: 'imdb',
      attempt: 12,
      metrics: { accuracy: 0.9 },
      evaluations: [],
    })
  })

  it('are evaluated on the data set that is named', async () => {
    const { status } = await ask('/models/imdb/versions/2/evaluate', 'POST', { dataset: 'held' })
    expect([status, evaluated]).toEqual([200, [['imdb', '2', 'held']]])
  })

  it('have the files of their results, or say which they lack', async () => {
    for (const file of ['history', 'evaluation']) {
      const { status, body } = await ask(`/models/imdb/versions/production/${file}`)
      expect([status, body.type, body.detail]).toEqual([
        404,
        'urn:fitserve:not-found',
        `Version 2 of "imdb" has no ${file}.`,
      ])
    }
    files = {
      'history.json': JSON.stringify({ epochs: [1], loss: [0.5] }),
      'evaluation.json': JSON.stringify({ rows: 7, kept: 'as it is' }),
    }
    const evaluation = await ask('/models/imdb/versions/2/evaluation')
    expect(evaluation.body).toEqual({ rows: 7, kept: 'as it is' })
    expect(evaluation.headers['content-type']).toMatch(/^application\/json/)
    expect((await ask('/models/imdb/versions/2/history')).body).toMatchObject({ epochs: [1], loss: [0.5] })
  })
})

it('an alias is set by a name that others can write', async () => {
  expect((await ask('/models/imdb/aliases/stable', 'PUT', { version: 2 })).body).toMatchObject({ version: 2 })
  const { status, body } = await ask('/models/imdb/aliases/a%20b', 'PUT', { version: 2 })
  expect([status, body.errors?.[0]?.path]).toEqual([400, '/alias'])
  expect(moved).toEqual([['imdb', 'stable', 2, null]])
})
