import { describe, expect, it } from 'vitest'
import { Signatures } from '../../src/versions/signatures.ts'
import { encoder } from '../jobs/small-model.ts'

/** Models whose encoder has so many inputs, and the number of encoders that were read. */
function fakes(inputs = 1) {
  const [input] = encoder.inputs
  const wide = {
    ...encoder,
    inputs: Array.from({ length: inputs }, (_, at) => ({ ...input, name: `x${at}` })),
  }
  const reads = { count: 0, broken: false }
  const models = {
    manifest: async () => ({ files: {}, recipe: { target: 'y' } }),
    readArtifact: async () => {
      reads.count += 1
      return reads.broken ? undefined : Buffer.from(JSON.stringify(wide))
    },
  }
  return { signatures: new Signatures(models), reads }
}

const version = (number: number) => ({
  version: number,
  job: `j${number}`,
  attempt: 1,
  createdAt: '2026-01-01T00:00:00Z',
  artifacts: `artifacts/j${number}-1/`,
  manifest: { bytes: 0, sha256: '' },
})

describe('the signature of a version', () => {
  it('is made once for all who ask, and kept among the last hundred', async () => {
    const { signatures, reads } = fakes()
    const asked = await Promise.all([1, 2, 3].map(() => signatures.of('m', version(1))))
    expect(asked[0]).toMatchObject({ target: { name: 'y' }, inputs: [{ name: 'x0', type: 'number' }] })
    expect([asked[1], reads.count]).toEqual([asked[0], 1])
    for (let number = 2; number <= 100; number += 1) await signatures.of('m', version(number))
    await signatures.of('m', version(1))
    expect(reads.count).toBe(100)
    await signatures.of('m', version(101))
    await signatures.of('m', version(1))
    expect(reads.count).toBe(101)
    await signatures.of('m', version(2))
    expect(reads.count).toBe(102)
  })

  it('is not kept where it is large or could not be made', async () => {
    const large = fakes(4_000)
    for (let time = 0; time < 2; time += 1) await large.signatures.of('m', version(1))
    expect(large.reads.count).toBe(2)
    const { signatures, reads } = fakes()
    reads.broken = true
    await expect(signatures.of('m', version(1))).rejects.toMatchObject({ code: 'corrupt-artifact' })
    reads.broken = false
    expect(await signatures.of('m', version(1))).toMatchObject({ target: { name: 'y' } })
  })
})
