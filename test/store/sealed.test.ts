import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seal, unseal } from '../../src/store/sealed.ts'

const objects = fc.dictionary(fc.string(), fc.jsonValue())
const bytes = (text: string) => Buffer.from(text)
/** As JSON gives it back, which knows no -0. */
const plain = (value: object): unknown => JSON.parse(JSON.stringify(value))

describe('a sealed object', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(objects, (value) => {
        expect(unseal(bytes(seal(value)))).toEqual(plain(value))
      }),
    )
  })

  it('is refused, or still the same, whichever bit is turned', () => {
    const turned = fc.tuple(objects, fc.nat(), fc.nat(7))
    fc.assert(
      fc.property(turned, ([value, at, bit]) => {
        const content = bytes(seal(value))
        const index = at % content.length
        content[index] = (content[index] ?? 0) ^ (1 << bit)
        let read: unknown
        try {
          read = unseal(content)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
          return
        }
        // Only the seal itself can have been hit: what it is of is whole.
        expect(read).toMatchObject(plain(value) as object)
      }),
    )
  })

  it('is refused where it was cut off', () => {
    const text = seal({ epochs: 60, model: 'm' })
    for (let length = 0; length < text.length; length += 1)
      expect(() => unseal(bytes(text.slice(0, length)))).toThrow(SyntaxError)
  })

  it('of an earlier release has no seal and is read', () => {
    expect(unseal(bytes('{"a":1}'))).toEqual({ a: 1 })
  })
})
