import { describe, expect, it } from 'vitest'
import { sentence } from '../../../src/api/problem-table.ts'
import { BodyMemory, tooManyBodies } from '../../../src/api/requests/body-memory.ts'

const KB = 1024
const MB = 1024 * KB
const SMALL = 64 * KB

describe('the memory of bodies that arrive at the same time', () => {
  /** How many bodies of a size fit in. */
  const fitting = (memory: BodyMemory, bytes: number, most = 2_000) => {
    let count = 0
    while (count < most && memory.grow(0, bytes)) count += 1
    return count
  }

  it('holds a thousand small bodies, whatever large ones there are', () => {
    const memory = new BodyMemory(MB)
    expect(fitting(memory, SMALL)).toBe(1_024)
    expect(memory.grow(0, 1)).toBe(false)
    memory.shrink(SMALL)
    expect([memory.grow(0, SMALL), memory.grow(0, 1)]).toEqual([true, false])
  })

  it('holds eight bodies of the largest size beyond their first 64 KB, and 16 MB at least', () => {
    const full = 4 * MB
    const memory = new BodyMemory(full)
    // 32 MB, of which each body takes 4 MB less 64 KB.
    expect(fitting(memory, full)).toBe(8)
    expect(memory.grow(0, full)).toBe(false)
    expect(memory.grow(0, SMALL), 'a small one').toBe(true)
    expect(fitting(new BodyMemory(100), MB)).toBe(17)
  })

  it('counts only what comes behind the bytes that are held', () => {
    const memory = new BodyMemory(MB)
    expect(memory.grow(0, SMALL + 16 * MB)).toBe(true)
    expect(memory.grow(SMALL, 1), 'large ones are full').toBe(false)
    expect(memory.grow(SMALL - 1, 1), 'it is small still').toBe(true)
    expect(memory.grow(SMALL - 1, 2)).toBe(false)
    memory.shrink(SMALL + 16 * MB)
    expect(memory.grow(SMALL, 16 * MB)).toBe(true)
    expect(memory.grow(SMALL, 1)).toBe(false)
  })

  it('refuses a body with an error that says what helps', () => {
    expect(tooManyBodies()).toMatchObject({
      code: 'overloaded',
      message: expect.stringContaining('smaller bodies'),
    })
  })
})

describe('the bytes of one body', () => {
  const parts = (...sizes: number[]) => sizes.map((size, at) => Buffer.alloc(size, 97 + (at % 26)))

  it.each([
    [[5]],
    [[0, 5]],
    [[5, 3, 2]],
    [[1, 4 * KB, 1]],
    [[10, 4 * KB - 1, 1, 1]],
    [[3, 20 * KB, 300 * KB, 7, 600 * KB]],
    [Array(500).fill(37)],
  ])('are those of its parts, in their order: %j', (sizes) => {
    const held = new BodyMemory(MB).hold()
    const all = parts(...sizes)
    for (const part of all) expect(held.add(part)).toBe(true)
    expect(held.join().equals(Buffer.concat(all))).toBe(true)
  })

  it('are the part itself where there is one', () => {
    const held = new BodyMemory(MB).hold()
    const [part = Buffer.alloc(0)] = parts(9)
    held.add(part)
    expect(held.join()).toBe(part)
    expect(new BodyMemory(MB).hold().join()).toHaveLength(0)
  })

  it('are not kept where there is no room, and leave it when they are let go', () => {
    const memory = new BodyMemory(MB)
    const held = memory.hold()
    expect(held.add(Buffer.alloc(SMALL + 16 * MB))).toBe(true)
    expect(held.add(Buffer.alloc(1))).toBe(false)
    expect(held.join()).toHaveLength(SMALL + 16 * MB)
    held.release()
    expect(held.join()).toHaveLength(0)
    expect(held.add(Buffer.alloc(SMALL + 16 * MB))).toBe(true)
    held.release()
    held.release()
    expect(memory.grow(SMALL, 16 * MB)).toBe(true)
    expect(memory.grow(SMALL, 1), 'letting go twice frees nothing more').toBe(false)
  })
})

it.each([
  ['It is wrong', 'It is wrong.'],
  ['It is wrong.', 'It is wrong.'],
])('the message of a problem ends in a full stop: %s', (message, told) => {
  expect(sentence(message)).toBe(told)
})
