import { describe, expect, it } from 'vitest'
import { encoderFileSteps, readEncoderFile, readModel } from '../../../src/models/files/files.ts'
import { MixedFile, partsOfMixed, writeMixed } from '../../../src/models/files/mixed-file.ts'
import { isForest } from '../../../src/models/network/network.ts'
import { type Forest, LEAF } from '../../../src/models/trees/forest.ts'
import { writeForests } from '../../../src/models/trees/forest-file.ts'
import { atOnce } from '../../../src/runtime/steps.ts'

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const floats = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [at, value] of values.entries()) bytes.writeFloatLE(value, at * 4)
  return bytes
}
const damaged = (file: string) =>
  expect.objectContaining({
    code: 'corrupt-artifact',
    message: `The model's file ${file} is damaged or has an unknown format.`,
  })

/** One unit that takes as many numbers. */
const networkFile = (inputs: number, activation = 'linear') => ({
  modelTopology: {
    class_name: 'Sequential',
    config: { layers: [{ class_name: 'Dense', config: { name: 'out', units: 1, activation } }] },
  },
  weightsManifest: [
    {
      weights: [
        { name: 'out/kernel', shape: [inputs, 1], dtype: 'float32' },
        { name: 'out/bias', shape: [1], dtype: 'float32' },
      ],
    },
  ],
})
const forest: Forest = {
  features: 2,
  outputs: 1,
  activation: 'linear',
  base: Float64Array.of(1),
  roots: Uint32Array.of(0),
  feature: Int32Array.of(LEAF),
  left: Uint32Array.of(0),
  split: Uint32Array.of(0),
  sets: new Uint32Array(),
  value: Float64Array.of(7),
  rows: Uint32Array.of(1),
}

describe('a network and its weights', () => {
  const file = json(networkFile(2))

  it('are read wherever the bytes lie, in place where they are aligned', () => {
    const weights = floats(1.5, -2, 3)
    for (const offset of [0, 1, 2, 4]) {
      const bytes = Buffer.concat([Buffer.alloc(offset, 255), weights, Buffer.alloc(3)])
      const own = new Uint8Array(bytes.byteLength)
      own.set(bytes)
      const [member] = readModel(file, own.subarray(offset, offset + 12))
      if (!member || isForest(member)) throw new Error('no network')
      const [layer] = member.layers
      expect(layer).toEqual({
        inputs: 2,
        units: 1,
        activation: 'linear',
        kernel: Float32Array.of(1.5, -2),
        bias: Float32Array.of(3),
      })
      expect(layer?.kernel.buffer === own.buffer, String(offset)).toBe(offset % 4 === 0)
    }
  })

  it('are damaged where there are more or fewer bytes than weights', () => {
    for (const weights of [floats(), floats(1, 2), floats(1, 2, 3, 4), floats(1, 2, 3).subarray(0, 11)])
      expect(() => readModel(file, weights)).toThrow(damaged('weights.bin'))
  })

  it('are damaged where the file is no JSON, no model, or names other weights', () => {
    for (const broken of [Buffer.from('{"model'), json({}), json({ format: 'trees' })])
      expect(() => readModel(broken, floats(1, 2, 3))).toThrow(damaged('model.json'))
    const { weightsManifest } = networkFile(2)
    const renamed = weightsManifest[0]?.weights.map(({ name, ...rest }) => ({ name: `x/${name}`, ...rest }))
    const other = json({ ...networkFile(2), weightsManifest: [{ weights: renamed }] })
    expect(() => readModel(other, floats(1, 2, 3))).toThrow(damaged('model.json'))
  })
})

describe('trees, alone or beside a network', () => {
  const trees = writeForests([forest])
  // The bins of the trees stand behind one number of the network's own.
  const beside = writeForests([{ ...forest, first: 1 }])
  const network = { 'model.json': json(networkFile(3)), 'weights.bin': floats(1, 2, 3, 4) }

  it('are read', () => {
    expect(readModel(trees['model.json'], trees['weights.bin'])).toEqual([forest])
    const mixed = writeMixed(network, beside)
    const [first, second] = readModel(mixed['model.json'], mixed['weights.bin'])
    expect(first).toMatchObject({ layers: [{ inputs: 3, kernel: Float32Array.of(1, 2, 3) }] })
    expect(second).toEqual({ ...forest, first: 1 })
  })

  it('stand from the next multiple of 8 bytes on', () => {
    const odd = { 'model.json': json(networkFile(2)), 'weights.bin': floats(1, 2, 3) }
    const mixed = writeMixed(odd, trees)
    const file = MixedFile.parse(JSON.parse(mixed['model.json'].toString()))
    expect(file).toMatchObject({ format: 'mixed', version: 1, bytes: 12 })
    const weights = mixed['weights.bin']
    expect(weights).toHaveLength(16 + trees['weights.bin'].byteLength)
    const parts = partsOfMixed(file, weights)
    expect([Buffer.from(parts.networks), Buffer.from(parts.trees)]).toEqual([
      odd['weights.bin'],
      trees['weights.bin'],
    ])
    // A network may be all there is, and nothing may be cut off.
    expect(partsOfMixed(file, weights.subarray(0, 16)).trees).toHaveLength(0)
    expect(() => partsOfMixed(file, weights.subarray(0, 15))).toThrow(
      new RangeError('weights that are cut off'),
    )
    expect(() => readModel(mixed['model.json'], weights.subarray(0, 15))).toThrow(damaged('weights.bin'))
  })

  it('are damaged where bytes are too many, or the members differ', () => {
    const more = Buffer.concat([trees['weights.bin'], Buffer.alloc(8)])
    expect(() => readModel(trees['model.json'], more)).toThrow(damaged('weights.bin'))
    const readMixed = (file: object, other: Forest) => {
      const own = { 'model.json': json(file), 'weights.bin': floats(1, 2, 3, 4) }
      const mixed = writeMixed(own, writeForests([other]))
      return readModel(mixed['model.json'], mixed['weights.bin'])
    }
    expect(readMixed(networkFile(3), { ...forest, first: 1 })).toHaveLength(2)
    for (const [file, other] of [
      [networkFile(3), forest],
      [networkFile(3, 'sigmoid'), { ...forest, first: 1 }],
      [
        networkFile(3),
        { ...forest, first: 1, outputs: 2, base: Float64Array.of(0, 0), roots: Uint32Array.of() },
      ],
    ] as const)
      expect(() => readMixed(file, other)).toThrow(damaged('weights.bin'))
  })
})

describe('the file of an encoder', () => {
  const file = {
    format: 1,
    inputs: [
      {
        name: 'x',
        type: 'number',
        state: { kind: 'number', shift: 0, scale: 1, fill: 0, indicator: false, refuseGaps: false },
      },
    ],
    target: { task: 'binary', classes: ['no', 'yes'], threshold: 0.5 },
  }

  it('is read at once or in steps', () => {
    expect(readEncoderFile(json(file))).toEqual(file)
    expect(atOnce(encoderFileSteps(json(file))).file).toEqual(file)
    const more = { ...file, ignored: ['id'] }
    expect(readEncoderFile(json(more)).ignored).toEqual(['id'])
  })

  it.each([
    ['no JSON', Buffer.from('{')],
    ['a later format', json({ ...file, format: 2 })],
    ['another target', json({ ...file, target: { task: 'binary', classes: ['only'], threshold: 0.5 } })],
    ['no inputs', json({ ...file, inputs: undefined })],
  ])('is damaged: %s', (_, bytes) => {
    expect(() => readEncoderFile(bytes)).toThrow(damaged('encoder.json'))
    expect(() => atOnce(encoderFileSteps(bytes))).toThrow(damaged('encoder.json'))
  })
})
