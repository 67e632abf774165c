import { expect, it } from 'vitest'
import { FitserveError } from '../../src/errors.ts'
import type { Generation } from '../../src/registry/model-log.ts'
import { Trends } from '../../src/versions/trends.ts'

const entry = (version: number) => ({
  version,
  job: `j${version}`,
  attempt: 1,
  createdAt: '2026-01-01T00:00:00Z',
  artifacts: `artifacts/j${version}-1/`,
  manifest: { bytes: 0, sha256: '' },
})

/** A model of five versions, the first of which answers, and the versions whose manifests were read. */
function fakes(manifestOf: (version: number) => unknown) {
  const reads: number[] = []
  const head: Generation = {
    generation: 9,
    at: '2026-01-02T00:00:00.000Z',
    by: null,
    events: [],
    state: {
      versions: [1, 2, 3, 4, 5].map(entry),
      aliases: { production: { version: 1, before: [] } },
      nextVersion: 6,
    },
  }
  const models = {
    head: async (name: string) => (name === 'm' ? head : undefined),
    manifest: async (_model: string, { version }: { version: number }) => {
      reads.push(version)
      return manifestOf(version) as never
    },
  }
  return { trends: new Trends(models), reads }
}

it('a trend has the newest versions, and the one that answers; each manifest is read once', async () => {
  const { trends, reads } = fakes((version) => ({
    files: {},
    metrics: { accuracy: version / 10, auc: null },
  }))
  const wanted = [5, 4, 1].map((version) => ({ version, metrics: { accuracy: version / 10, auc: null } }))
  expect(await trends.of(['none', 'm'], 2)).toEqual([{ model: 'm', versions: wanted }])
  expect(await trends.of(['m'], 2)).toEqual([{ model: 'm', versions: wanted }])
  expect(reads).toEqual([5, 4, 1])
})

it('a damaged version does not hide the others, and is looked at again', async () => {
  let broken = true
  const { trends } = fakes((version) => {
    if (broken && version === 5) throw new FitserveError('corrupt-artifact', 'The manifest is damaged.')
    return { files: {}, metrics: version === 4 ? { accuracy: 'high' } : { accuracy: 1 } }
  })
  const versions = async () => (await trends.of(['m'], 3))[0]?.versions.map(({ version }) => version)
  expect(await versions()).toEqual([3, 1])
  broken = false
  expect(await versions()).toEqual([5, 3, 1])
})
