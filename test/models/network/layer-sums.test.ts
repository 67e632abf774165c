import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createNetwork } from '../../../src/models/network/network.ts'

const INPUTS = 40
const weight = fc.float({ noNaN: true, min: -3, max: 3 })
const activation = fc.constantFrom('linear' as const, 'relu' as const, 'tanh' as const)
const layer = (inputs: number, units: number) =>
  fc.record({
    inputs: fc.constant(inputs),
    units: fc.constant(units),
    activation,
    kernel: fc
      .array(weight, { minLength: inputs * units, maxLength: inputs * units })
      .map((all) => Float32Array.from(all)),
    bias: fc.array(weight, { minLength: units, maxLength: units }).map((all) => Float32Array.from(all)),
  })
/** One to three layers, each with as many inputs as the one before has units. */
const layers = fc
  .array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 3 })
  .chain((units) => fc.tuple(...units.map((count, at) => layer(units[at - 1] ?? INPUTS, count))))
const entry = fc.tuple(fc.nat(INPUTS - 1), fc.float({ noNaN: true }))
const row = fc.array(entry, { maxLength: 50 }).map((entries) => ({
  indices: Uint32Array.from(entries, ([index]) => index),
  values: Float32Array.from(entries, ([, value]) => value),
}))

it('gives the sums of kernels that JavaScript gives, bit for bit', () => {
  fc.assert(
    fc.property(layers, fc.array(row, { maxLength: 4 }), fc.nat(50), (network, rows, from) => {
      const members = [{ fronts: [], layers: network }]
      const quick = createNetwork(members, { kernels: true })
      const slow = createNetwork(members)
      const held = network.filter(({ units }) => units % 4 === 0)
      const bytes = held.reduce((sum, { kernel }) => sum + kernel.byteLength, 0)
      expect(quick.memoryBytes - slow.memoryBytes).toBe(bytes)
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

it('gives the same behind a layer of more units than a row of the kernel has room for', () => {
  const units = 10_000
  const kernel = Float32Array.from({ length: units }, (_, at) => Math.sin(at))
  const wide = { inputs: 1, units, activation: 'relu' as const, kernel, bias: kernel }
  const last = {
    inputs: units,
    units: 4,
    activation: 'linear' as const,
    kernel: Float32Array.from({ length: units * 4 }, (_, at) => Math.cos(at)),
    bias: new Float32Array(4),
  }
  const members = [{ fronts: [], layers: [wide, last] }]
  const input = { indices: Uint32Array.of(0), values: Float32Array.of(0.5) }
  expect([...createNetwork(members, { kernels: true }).logits(input, 0, 1)]).toEqual([
    ...createNetwork(members).logits(input, 0, 1),
  ])
})

const CURVES = [
  { base: 2, length: 20 },
  { base: 22, length: 7 },
  { base: 29, length: 8 },
]
/** A row of numbers that are encoded piecewise linearly, with other inputs around them. */
const curvedRow = fc
  .tuple(
    // Infinite inputs have sums of no number, of which no difference can be taken.
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    ...CURVES.map(({ length }) => fc.tuple(fc.nat(length), fc.float({ noNaN: true, min: 0, max: 1 }))),
  )
  .map(([other, ...numbers]) => {
    const entries: [number, number][] = [[0, other]]
    CURVES.forEach(({ base, length }, at) => {
      const [ones, rest] = numbers[at] ?? [0, 0]
      for (let bin = 0; bin < ones; bin++) entries.push([base + bin, 1])
      if (ones < length) entries.push([base + ones, rest])
    })
    entries.push([INPUTS - 1, other])
    return {
      indices: Uint32Array.from(entries, ([index]) => index),
      values: Float32Array.from(entries, ([, value]) => value),
    }
  })

it('gives the sums of curves with kernels that JavaScript gives, and those of each input by itself but for rounding', () => {
  fc.assert(
    fc.property(layers, fc.array(curvedRow, { maxLength: 4 }), (network, rows) => {
      const members = [{ fronts: [], layers: network }]
      const quick = createNetwork(members, { kernels: true, curves: CURVES })
      const slow = createNetwork(members, { curves: CURVES })
      const plain = createNetwork([{ fronts: [], layers: network.slice(0, 1) }])
      const first = createNetwork([{ fronts: [], layers: network.slice(0, 1) }], { curves: CURVES })
      for (const each of rows) {
        const { length } = each.indices
        expect([...quick.logits(each, 0, length)]).toEqual([...slow.logits(each, 0, length)])
        const sums = [...plain.logits(each, 0, length)]
        const largest = Math.max(1, ...each.values.map(Math.abs)) * 3 * INPUTS
        first.logits(each, 0, length).forEach((sum, unit) => {
          expect(Math.abs(sum - (sums[unit] ?? Number.NaN))).toBeLessThanOrEqual(largest * 1e-14)
        })
      }
    }),
    { numRuns: 300 },
  )
})

it('counts the memory of the sums of curves', () => {
  const first = {
    inputs: INPUTS,
    units: 4,
    activation: 'linear' as const,
    kernel: new Float32Array(INPUTS * 4),
    bias: new Float32Array(4),
  }
  const members = [{ fronts: [], layers: [first] }]
  const bytes = (curves: typeof CURVES) => createNetwork(members, { kernels: true, curves }).memoryBytes
  // Two sums of the curve of 20, none of that of 7, and one of that of 8, each of four 64-bit numbers.
  expect(bytes(CURVES) - bytes([])).toBe(3 * 4 * 8)
})
