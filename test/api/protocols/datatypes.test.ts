import { describe, expect, it } from 'vitest'
import {
  bytesOf,
  type Datatype,
  elementsOf,
  MAX_ELEMENTS,
} from '../../../src/api/protocols/open-inference/datatypes.ts'

describe('elements of tensors from bytes', () => {
  // The bytes were written by numpy: np.array([…], dtype='<…').tobytes().
  it.each<[Datatype, string, (number | boolean)[]]>([
    ['BOOL', '0100', [true, false]],
    ['UINT8', 'ff01', [255, 1]],
    ['UINT16', 'ffff0100', [65535, 1]],
    ['UINT32', 'ffffffff', [4294967295]],
    ['UINT64', 'ffffffffffff0f00', [4503599627370495]],
    ['INT8', 'ff7f', [-1, 127]],
    ['INT16', '0080', [-32768]],
    ['INT32', 'feffffff', [-2]],
    ['INT64', 'feffffffffffffff', [-2]],
    ['FP16', '003c00c0ff7b01000004007c00fc', [1, -2, 65504, 2 ** -24, 2 ** -14, Infinity, -Infinity]],
    ['FP32', '0000c03f', [1.5]],
    ['FP64', '9a9999999999b93f', [0.1]],
  ])('%s', (datatype, hex, elements) => {
    expect(elementsOf(datatype, Buffer.from(hex, 'hex'))).toEqual(elements)
  })

  it.each<[Datatype, number]>([
    ['UINT8', 1],
    ['FP16', 2],
    ['BYTES', 4],
  ])('%s that are more than a request may have', (datatype, bytes) => {
    const message = 'Expected at most 3,000,000 elements'
    const data = Buffer.alloc((MAX_ELEMENTS + 1) * bytes)
    expect(elementsOf(datatype, data.subarray(bytes))).toHaveLength(MAX_ELEMENTS)
    expect(() => elementsOf(datatype, data)).toThrow(message)
    expect(() => elementsOf(datatype, data.subarray(0, 3 * bytes), 2)).toThrow(message)
  })

  it('FP16 that is not a number', () => {
    expect(elementsOf('FP16', Buffer.from('017e', 'hex'))).toEqual([Number.NaN])
  })

  it('BYTES', () => {
    const elements = elementsOf(
      'BYTES',
      Buffer.from('02000000c3a90000000001000000 61'.replace(' ', ''), 'hex'),
    )
    expect(elements?.map(String)).toEqual(['é', '', 'a'])
  })

  it.each<[Datatype, string]>([
    ['FP32', '000000'],
    ['BYTES', '0200'],
    ['BYTES', '0200000061'],
  ])('%s that end within an element', (datatype, hex) => {
    expect(elementsOf(datatype, Buffer.from(hex, 'hex'))).toBeUndefined()
  })

  it.each([
    ['BYTES' as const, ['é', '', 'a'], '02000000c3a9000000000100000061'],
    ['FP64' as const, [0.1, -2], '9a9999999999b93f00000000000000c0'],
    ['BOOL' as const, [true, false], '0100'],
  ])('%s are written', (datatype, values, hex) => {
    expect(bytesOf(datatype, values).toString('hex')).toBe(hex)
  })
})
