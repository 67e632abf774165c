import { describe, expect, it } from 'vitest'
import { buffersOf, freeSteps } from '../../../src/models/files/buffers.ts'

describe('the memory of arrays', () => {
  it('is that of all arrays in a value, each buffer once', () => {
    const one = new Float32Array(4)
    const two = new Uint8Array(8)
    const value = { one, list: [two, { again: one.subarray(1) }, null, 'text', 3], none: undefined }
    expect(buffersOf(value)).toEqual([one.buffer, two.buffer])
    expect(buffersOf(one)).toEqual([one.buffer])
    expect(buffersOf(null)).toEqual([])
    expect(buffersOf(new Uint8Array(new SharedArrayBuffer(8)))).toEqual([])
  })

  it('is given back where it is large, buffer by buffer', () => {
    const large = new Uint8Array(65_536)
    const small = new Uint8Array(65_535)
    const more = new Uint8Array(70_000)
    const steps = freeSteps(buffersOf([large, small, more]))
    steps.next()
    expect(large.byteLength).toBe(65_536)
    steps.next()
    expect([large.byteLength, more.byteLength]).toEqual([0, 70_000])
    expect(steps.next().done).toBe(false)
    expect(steps.next().done).toBe(true)
    expect([large, small, more].map(({ byteLength }) => byteLength)).toEqual([0, 65_535, 0])
  })
})
