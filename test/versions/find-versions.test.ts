import { expect, it } from 'vitest'
import { FitserveError } from '../../src/errors.ts'
import { findVersions } from '../../src/versions/find-versions.ts'

const entry = (version: number, bytes: number) => ({
  version,
  job: `j${version}`,
  attempt: 1,
  createdAt: '2026-01-01T00:00:00Z',
  artifacts: `artifacts/j${version}-1/`,
  manifest: { bytes, sha256: '' },
})
const CONDITIONS = [{ path: ['accuracy'], operator: '>', value: '0' } as const]

/** Finds versions of which some have an accuracy; a page and how many manifests were read for it. */
async function found(count: number, limit: number, has: (version: number) => boolean, bytes = 3000) {
  let reads = 0
  const models = {
    manifest: async (_model: string, { version }: { version: number }) => {
      reads += 1
      if (version === 13) throw new FitserveError('corrupt-artifact', 'The manifest is damaged.')
      return { files: {}, metrics: has(version) ? { accuracy: 1 } : {} }
    },
  }
  const entries = Array.from({ length: count }, (_, at) => entry(count - at, bytes))
  const { items, next } = await findVersions(models, 'm', entries, { conditions: CONDITIONS, limit })
  return { versions: items.map(({ version }) => version), next, reads }
}

it('a page has the versions that fulfil the conditions, and goes on behind the last one', async () => {
  const isEven = (version: number) => version % 2 === 0
  expect(await found(10, 2, isEven)).toEqual({ versions: [10, 8], next: '8', reads: 8 })
  expect(await found(10, 5, isEven)).toEqual({ versions: [10, 8, 6, 4, 2], next: '2', reads: 10 })
  expect(await found(10, 6, isEven)).toEqual({ versions: [10, 8, 6, 4, 2], next: null, reads: 10 })
  expect(await found(0, 5, isEven)).toEqual({ versions: [], next: null, reads: 0 })
})

it('a page ends with the last of all versions, and leaves out damaged ones', async () => {
  expect(await found(3, 3, () => true)).toEqual({ versions: [3, 2, 1], next: null, reads: 3 })
  expect((await found(14, 14, () => true)).versions).toEqual([14, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
})

it('a page reads some hundred manifests, and the next one goes on behind them', async () => {
  expect(await found(250, 5, (version) => version === 1)).toEqual({ versions: [], next: '147', reads: 104 })
})

it('a page ends after 16 MiB of manifests, and reads no more of them at once', async () => {
  const isFirst = (version: number) => version === 1
  expect(await found(20, 5, isFirst, 6 * 2 ** 20)).toEqual({ versions: [], next: '18', reads: 3 })
  expect(await found(20, 5, isFirst, 20 * 2 ** 20)).toEqual({ versions: [], next: '20', reads: 1 })
  expect(await found(3, 5, isFirst, 6 * 2 ** 20)).toEqual({ versions: [1], next: null, reads: 3 })
})
