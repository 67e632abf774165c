import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cursorOf, offsetCursor } from '../../src/datasets/cursor.ts'

const encoded = (text: string) => Buffer.from(text).toString('base64url')
const refused = (path: string, message: string) =>
  expect.objectContaining({
    code: 'invalid-query',
    problems: [{ path, message: expect.stringContaining(message) }],
  })

describe('the cursor of a page', () => {
  it('gives back the position that it was written for', () => {
    for (const offset of [0, 7, 2 ** 40])
      expect(offsetCursor.read({ cursor: offsetCursor.write({ offset }), limit: 1 })).toEqual({ offset })
    const named = cursorOf(z.strictObject({ after: z.string() }))
    const cursor = named.write({ after: 'caf\u00e9/?&' })
    expect(named.read({ cursor, limit: 1 })).toEqual({ after: 'caf\u00e9/?&' })
    expect(cursor).toMatch(/^[\w-]+$/)
  })

  it('is absent on the first page', () => {
    expect(offsetCursor.read({ limit: 10 })).toBeUndefined()
  })

  it.each([
    '',
    'x',
    encoded('{}'),
    encoded('{"offset":-1}'),
    encoded('{"offset":1.5}'),
    encoded('{"offset":"1"}'),
    encoded('{"offset":1,"more":2}'),
    encoded('{"offset":1'),
  ])('is not %j', (cursor) => {
    expect(() => offsetCursor.read({ cursor, limit: 10 })).toThrow(
      refused('/cursor', '"next" in an earlier page'),
    )
  })

  it.each([0, -1, 1.5, 1_001, Number.NaN])('may not come with the limit %j', (limit) => {
    expect(() => offsetCursor.read({ limit })).toThrow(refused('/limit', 'from 1 to 1000'))
  })

  it.each([1, 1_000])('may come with the limit %j', (limit) => {
    expect(offsetCursor.read({ limit })).toBeUndefined()
  })
})
