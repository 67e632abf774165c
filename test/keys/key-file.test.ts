import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ApiKey, mayUse, ROLES } from '../../src/access.ts'
import { formatKey, keyLines, parseKey } from '../../src/keys/key-file.ts'

const HASH = 'ab'.repeat(32)
const key: ApiKey = {
  name: 'ops',
  role: 'train',
  sha256: HASH,
  models: null,
  requestsPerMinute: null,
  rowsPerDay: null,
  expiresAt: null,
}

describe('a line of the file of keys', () => {
  it.each<[string, Partial<ApiKey>]>([
    [`ops:train:${HASH}`, {}],
    [`ops:train:${HASH.toUpperCase()}`, {}],
    [`ops:train:${HASH} models=imdb*,houses`, { models: ['imdb*', 'houses'] }],
    [`ops:train:${HASH}\trate=0  rows=100000`, { requestsPerMinute: 0, rowsPerDay: 100_000 }],
    [`ops:train:${HASH} expires=2027-03-01`, { expiresAt: Date.UTC(2027, 2, 1) }],
    [`ops:train:${HASH} expires=2027-03-01T12:30Z`, { expiresAt: Date.UTC(2027, 2, 1, 12, 30) }],
  ])('is read: %s', (line, more) => {
    expect(parseKey(line)).toEqual({ ...key, ...more })
  })

  it.each([
    [`ops:root:${HASH}`, /^must be name:role:sha256 with a role of predict, train, admin/],
    [`ops:train:${HASH}0`, /^must be name:role:sha256/],
    [`o ps:train:${HASH}`, /^must be name:role:sha256/],
    [`${'a'.repeat(65)}:train:${HASH}`, /^must be name:role:sha256/],
    [`ops:train:${HASH} rate=600 rate=700`, /^has an option twice$/],
    [`ops:train:${HASH} rates=600`, /^has options that are not like models=imdb/],
    [`ops:train:${HASH} rate`, /^has options/],
    [`ops:train:${HASH} rate=-1`, /^has options/],
    [`ops:train:${HASH} rate=1000000001`, /^has options/],
    [`ops:train:${HASH} models=`, /^has options/],
    [`ops:train:${HASH} models=a,`, /^has options/],
    [`ops:train:${HASH} models=a/b`, /^has options/],
    [`ops:train:${HASH} models=${Array.from({ length: 101 }, () => 'a').join()}`, /^has options/],
    [`ops:train:${HASH} expires=tomorrow`, /^has options/],
    [`ops:train:${HASH} expires=2027-13-01`, /^has options/],
    [`ops:train:${HASH} expires=2027-03-01T12:30`, /^has options/],
  ])('is refused without being repeated: %s', (line, fault) => {
    expect(parseKey(line)).toEqual({ fault: expect.stringMatching(fault) })
    expect(JSON.stringify(parseKey(line))).not.toContain(HASH)
  })

  it('is written so that it is read again', () => {
    const limit = fc.option(fc.integer({ min: 0, max: 1e9 }))
    const any = fc.record({
      name: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
      role: fc.constantFrom(...ROLES),
      sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
      models: fc.option(fc.array(fc.stringMatching(/^[A-Za-z0-9._*-]{1,64}$/), { minLength: 1 })),
      requestsPerMinute: limit,
      rowsPerDay: limit,
      expiresAt: fc.option(fc.integer({ min: 0, max: 4e12 })),
    })
    fc.assert(
      fc.property(any, (each) => {
        expect(parseKey(formatKey(each))).toEqual(each)
      }),
    )
  })

  it('is not blank and no comment', () => {
    expect(keyLines('# who may ask\r\n\r\n  a:b:c \n#x\nd')).toEqual([
      { line: 3, text: 'a:b:c' },
      { line: 5, text: 'd' },
    ])
  })
})

describe('a pattern of models', () => {
  const fits = (pattern: string, name: string) => mayUse({ models: [pattern] }, name)

  it('fits the names that its letters and stars spell', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 12 })
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 })
    fc.assert(
      fc.property(patterns, letters, (pattern, name) => {
        const parts = pattern.split('*').map((part) => part.replaceAll('.', '\\.'))
        expect(fits(pattern, name)).toBe(new RegExp(`^${parts.join('.*')}$`).test(name))
      }),
      { numRuns: 3_000 },
    )
  })

  it.each([
    ['imdb*', 'imdb', true],
    ['imdb*', 'imdb-large', true],
    ['imdb*', 'my-imdb', false],
    ['imdb', 'imdb2', false],
    ['*-test', 'a-test', true],
    ['a*a', 'a', false],
    ['*', 'anything', true],
  ])('%s fits %s: %s', (pattern, name, expected) => {
    expect(fits(pattern, name)).toBe(expected)
  })

  it('is one of several, and no pattern at all allows every model', () => {
    expect(mayUse({ models: ['a', 'b*'] }, 'bc')).toBe(true)
    expect(mayUse({ models: ['a', 'b*'] }, 'c')).toBe(false)
    expect(mayUse({ models: null }, 'c')).toBe(true)
  })

  it('takes no time where it has many stars', () => {
    const began = performance.now()
    expect(fits(`${'*a'.repeat(31)}*`, 'a'.repeat(30).concat('b'.repeat(34)))).toBe(false)
    expect(performance.now() - began).toBeLessThan(50)
  })
})
