import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createNetwork } from '../../../src/models/network/network.ts'

const INPUTS = 40
const weight = fc.float({ noNaN: true, min: -3, max: 3 })
const layer = (inputs: number) =>
  fc.integer({ min: 1, max: 70 }).chain((units) =>
    fc.record({
      inputs: fc.constant(inputs),
      units: fc.constant(units),
      activation: fc.constant('linear' as const),
      kernel: fc
        .array(weight, { minLength: inputs * units, maxLength: inputs * units })
        .map((all) => Float32Array.from(all)),
      bias: fc.array(weight, { minLength: units, maxLength: units }).map((all) => Float32Array.from(all)),
    }),
  )
const entry = fc.tuple(fc.nat(INPUTS - 1), fc.float({ noNaN: true }))
const row = fc.array(entry, { maxLength: 50 }).map((entries) => ({
  indices: Uint32Array.from(entries, ([index]) => index),
  values: Float32Array.from(entries, ([, value]) => value),
}))

it('gives the sums of the kernel that JavaScript gives, bit for bit', () => {
  fc.assert(
    fc.property(layer(INPUTS), fc.array(row, { maxLength: 4 }), fc.nat(50), (first, rows, from) => {
      const members = [{ fronts: [], layers: [first] }]
      const quick = createNetwork(members, { kernels: true })
      const slow = createNetwork(members)
      expect(quick.memoryBytes - slow.memoryBytes).toBe(first.units % 4 === 0 ? first.kernel.byteLength : 0)
      for (const each of rows) {
        const { length } = each.indices
        const start = Math.min(from, length)
        expect([...quick.logits(each, start, length)]).toEqual([...slow.logits(each, start, length)])
      }
    }),
    { numRuns: 300 },
  )
})

it('gives the same for a row with more inputs than the kernel has room for', () => {
  const inputs = 10_000
  const kernel = Float32Array.from({ length: inputs * 4 }, (_, at) => Math.sin(at))
  const bias = Float32Array.from([1, 2, 3, 4])
  const members = [
    { fronts: [], layers: [{ inputs, units: 4, activation: 'linear' as const, kernel, bias }] },
  ]
  const quick = createNetwork(members, { kernels: true })
  const slow = createNetwork(members)
  const indices = Uint32Array.from({ length: inputs }, (_, at) => at)
  const values = Float32Array.from(indices, (at) => 1 / (at + 1))
  for (const end of [0, 1, 8191, 8192, 8193, inputs])
    expect([...quick.logits({ indices, values }, 0, end)]).toEqual([
      ...slow.logits({ indices, values }, 0, end),
    ])
})
