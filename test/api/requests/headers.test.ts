import { describe, expect, it } from 'vitest'
import { byteRange } from '../../../src/api/requests/byte-range.ts'
import { prefersCsv, prefersJsonAnswer } from '../../../src/api/requests/csv-answer.ts'
import { pathOf } from '../../../src/api/requests/path-of.ts'
import { requestId, sentId } from '../../../src/api/requests/request-id.ts'
import { checkRowCount } from '../../../src/api/requests/row-count.ts'
import { FitserveError } from '../../../src/errors.ts'

describe('the header Range', () => {
  it.each<[header: string | undefined, wanted: { from: number; to: number } | undefined]>([
    ['bytes=0-3', { from: 0, to: 3 }],
    ['  bytes=2-2 ', { from: 2, to: 2 }],
    ['bytes=9-', { from: 9, to: 9 }],
    ['bytes=4-', { from: 4, to: 9 }],
    ['bytes=4-99', { from: 4, to: 9 }],
    ['bytes=-3', { from: 7, to: 9 }],
    ['bytes=-99', { from: 0, to: 9 }],
    ['bytes=-10', { from: 0, to: 9 }],
    // What is no range of this form asks for the whole file.
    [undefined, undefined],
    ['', undefined],
    ['bytes=-', undefined],
    ['bytes=3-2', undefined],
    ['bytes=0-1,3-4', undefined],
    ['bytes= 0-1', undefined],
    ['bytes=1', undefined],
    ['bytes=a-b', undefined],
    ['lines=0-1', undefined],
    ['xbytes=0-1', undefined],
    ['bytes=0-1x', undefined],
    ['bytes=0-1234567890123456', undefined],
    ['bytes=1234567890123456-', undefined],
  ])('%s of ten bytes', (header, wanted) => {
    expect(byteRange(header, 10)).toEqual(wanted)
  })

  it.each([
    ['bytes=10-', 10, 'The file has 10 bytes, and none in'],
    ['bytes=10-12', 10, 'The file has 10 bytes, and none in'],
    ['bytes=-0', 10, 'The file has 10 bytes, and none in'],
    ['bytes=0-', 0, 'The file has 0 bytes, and none in'],
    ['bytes=1-', 1, 'The file has 1 byte, and none in'],
  ])('%s of %d bytes is refused', (header, bytes, message) => {
    expect(() => byteRange(header, bytes)).toThrow(
      expect.objectContaining({ code: 'range-not-satisfiable', message: expect.stringContaining(message) }),
    )
  })
})

describe('the header Accept', () => {
  it.each<[accept: string | undefined, csv: boolean, json: boolean]>([
    [undefined, false, false],
    ['*/*', false, false],
    ['text/csv', true, false],
    ['TEXT/CSV', true, false],
    ['application/json', false, true],
    ['text/csv;charset=utf-8', true, false],
    ['text/csv, application/json', false, false],
    ['text/csv;q=0.9, application/json', false, true],
    ['text/csv, application/json;q=0.9', true, false],
    [' text/csv ; charset=utf-8 ; q=0.1 , application/json; Q=0.2', false, true],
    ['text/csv;q=0', false, false],
    ['application/json;q=0', false, false],
    ['text/csvx', false, false],
    ['text/html, text/csv', true, false],
  ])('%s', (accept, csv, json) => {
    const headers = accept === undefined ? {} : { accept }
    expect([prefersCsv(headers), prefersJsonAnswer(headers)]).toEqual([csv, json])
  })
})

describe('a request id', () => {
  it.each(['a', 'A-1_b.c:d/e+f=', 'x'.repeat(128)])('%s is repeated', (id) => {
    expect(sentId({ 'x-request-id': id })).toBe(id)
    expect(requestId({ headers: { 'x-request-id': id } })).toBe(id)
  })

  it.each(['', 'a b', 'a\nb', 'é', '"', 'x'.repeat(129), ['a', 'b']])('%j is replaced', (id) => {
    expect(sentId({ 'x-request-id': id })).toBeUndefined()
    const made = requestId({ headers: { 'x-request-id': id } })
    expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(requestId({ headers: {} })).not.toBe(made)
  })
})

describe('the path of an address', () => {
  it.each([
    ['/a/b?c=d', '/a/b'],
    ['/a#b?c', '/a'],
    ['/a?b#c', '/a'],
    ['/a', '/a'],
    ['?a', ''],
    ['', ''],
  ])('%s', (url, path) => {
    expect(pathOf(url)).toBe(path)
  })
})

describe('the number of rows', () => {
  const refusal = (rows: number, options: Parameters<typeof checkRowCount>[1]) => {
    try {
      checkRowCount(new Array(rows), options)
    } catch (error) {
      if (error instanceof FitserveError) return { code: error.code, problems: error.problems }
      throw error
    }
    return undefined
  }

  it('is from 1 to the limit', () => {
    for (const rows of [1, 2]) expect(refusal(rows, { most: 2, path: '/rows' })).toBeUndefined()
    const refused = (message: string) => ({ code: 'invalid-rows', problems: [{ path: '/rows', message }] })
    expect(refusal(0, { most: 2, path: '/rows', advice: 'Send fewer.' })).toEqual(
      refused('Expected at least one row.'),
    )
    expect(refusal(3, { most: 2, path: '/rows' })).toEqual(refused('Expected at most 2 rows, got 3.'))
    expect(refusal(2, { most: 1, path: '/rows', advice: 'Send fewer.' })).toEqual(
      refused('Expected at most 1 row, got 2. Send fewer.'),
    )
  })
})
