import { describe, expect, it } from 'vitest'
import { causeOfHeader, causeOfLines } from '../../../src/datasets/reader/causes.ts'
import type { Dialect } from '../../../src/datasets/reader/dialect.ts'
import { EncodingFaults, encodingRefusal } from '../../../src/datasets/reader/encoding-faults.ts'
import { FitserveError } from '../../../src/errors.ts'

const plain: Dialect = {
  delimiter: ',',
  separatorLine: false,
  fields: 2,
  isLong: false,
  rowNames: false,
  endsWithDelimiter: false,
  singleQuotes: false,
  warnings: [],
}
const bad = (...messages: string[]) => messages.map((message, at) => ({ line: at + 2, message }))
const told = (error: FitserveError | undefined) => error && [error.code, error.message, error.problems]

describe('one cause of all bad lines of a CSV file', () => {
  const above = { ...plain, above: { count: 1, first: 'Report "A"' } }
  const ABOVE = [
    'invalid-dataset',
    'The first line stands above the table, whose header is line 2. Upload the file with skip=1',
    [{ line: 1, message: 'The line "Report \\"A\\"" is not a header' }],
  ]

  it('is what stands above the table', () => {
    expect(told(causeOfLines(bad('any'), above))).toEqual(ABOVE)
    expect(told(causeOfLines(bad('any'), { ...plain, above: { count: 3, first: 'x' } }))?.[1]).toBe(
      'The first 3 lines stand above the table, whose header is line 4. Upload the file with skip=3',
    )
    const header = new FitserveError('invalid-dataset', 'The header of the file is invalid')
    expect(told(causeOfHeader(header, above))).toEqual(ABOVE)
    expect(causeOfHeader(header, plain)).toBeUndefined()
    expect(causeOfHeader(header, undefined)).toBeUndefined()
    expect(causeOfHeader(new FitserveError('invalid-dataset', 'Another'), above)).toBeUndefined()
    expect(causeOfHeader(new Error('The header of the file is invalid'), above)).toBeUndefined()
  })

  it('is a header that is repeated, which of many bad lines only the first show', () => {
    const repeated = (count: number) =>
      Array.from({ length: count }, (_, at) => ({
        line: 9 * at,
        column: 'a',
        message: '"a" is not a number',
      }))
    const LEAVE = 'the header, as where files were joined. Leave them out with onError=skip'
    expect(told(causeOfLines(repeated(99), plain))?.[1]).toBe(`99 lines repeat ${LEAVE}`)
    expect(told(causeOfLines(repeated(100), plain))?.[1]).toBe(`At least 100 lines repeat ${LEAVE}`)
  })

  it('is a delimiter at the end of each line', () => {
    expect(told(causeOfLines(bad('any'), { ...plain, delimiter: '\t', endsWithDelimiter: true }))).toEqual([
      'invalid-dataset',
      'Each line ends with "\\t", and the header does not. Add one to the end of the header, or remove them',
      [],
    ])
  })

  it('is a delimiter in texts, where all have more fields than the header', () => {
    const wider = bad(
      'The line has 3 fields, the header 2 fields',
      'The line has 10 fields, the header 9 fields',
    )
    expect(told(causeOfLines(wider, plain))).toEqual([
      'invalid-dataset',
      'The bad lines have more fields than the header. Texts that contain "," must stand in quotes. Write the file anew, or leave the lines out with onError=skip',
      wider,
    ])
    expect(causeOfLines(bad('The line has 2 fields, the header 1 field'), plain)).toBeDefined()
    for (const message of [
      'The line has 1 field, the header 2 fields',
      'The line has 2 fields, the header 2 fields',
      'Line: The line has 3 fields, the header 2 fields',
      'The line has 3 fields, the header 2 fields.',
      'A quote is not closed',
    ])
      expect(causeOfLines([...wider, ...bad(message)], plain)).toBeUndefined()
  })

  it('is none without bad lines, or of another format', () => {
    expect(causeOfLines([], above)).toBeUndefined()
    expect(causeOfLines(bad('any'), undefined)).toBeUndefined()
  })
})

describe('a file in another encoding', () => {
  it('is refused at each line, with the encodings that are likely', () => {
    // "é" in latin1 and windows-1252.
    expect(new EncodingFaults('euc-kr').messageOf(3, Buffer.from([0x63, 0xe9]))).toBe(
      'Line 3 is not valid euc-kr',
    )
    const faults = new EncodingFaults('utf-8')
    expect(faults.messageOf(3, Buffer.from([0x81, 0x98, 0xff]))).toBe('Line 3 is not valid UTF-8')
    expect(faults.messageOf(4, Buffer.from('d\xe9j\xe0 "vu"', 'latin1'))).toBe(
      String.raw`Line 4 is not valid UTF-8; encoding=windows-1252 or windows-1254 would read it as "déjà \"vu\"", encoding=windows-1250 would read it as "déjŕ \"vu\"", encoding=windows-1257 would read it as "déją \"vu\""`,
    )
  })

  it('is refused as a whole, with the encodings that are likely for all lines', () => {
    const cafe = 'Line 2 is not valid UTF-8; encoding=a or b would read it as "é"'
    const seen =
      'Line 3 is not valid UTF-8; encoding=c would read it as "?", encoding=a or d would read it as "à, \\"x", encoding=b would read it as "ŕ"'
    const refused = (...messages: string[]) => told(encodingRefusal(bad(...messages)))?.[1]
    expect(told(encodingRefusal(bad(cafe)))).toEqual([
      'invalid-dataset',
      'The file is not UTF-8. It can be read with encoding=a, in which line 2 reads "é": check some texts in GET /datasets/{id}/rows afterwards.',
      bad(cafe),
    ])
    expect(refused(cafe, seen)).toBe(
      'The file is not UTF-8. It may be encoding=a, in which line 3 reads "à, \\"x", or encoding=b, in which line 3 reads "ŕ". Upload it with the one that is right.',
    )
    const REMEDY = 'Name its encoding with encoding=, or convert it: iconv -f ENCODING -t UTF-8 FILE.'
    for (const [messages, name] of [
      [[cafe, 'Line 3 is not valid UTF-8; encoding=c would read it as "?"'], 'UTF-8'],
      [[cafe, 'Line 3 is not valid UTF-8'], 'UTF-8'],
      [['Line 12 is not valid UTF-8'], 'UTF-8'],
      [['Line 2 is not valid utf-16le'], 'utf-16le'],
    ] as const)
      expect(refused(...messages)).toBe(`The file is not ${name}. ${REMEDY}`)
  })

  it('is no reason where another fault is among them, or none', () => {
    expect(encodingRefusal([])).toBeUndefined()
    expect(encodingRefusal(bad('A quote is not closed', 'Line 3 is not valid UTF-8'))).toBeUndefined()
    expect(encodingRefusal(bad('Line 3 is not valid UTF-8', 'A quote is not closed'))).toBeUndefined()
    expect(encodingRefusal(bad('x Line 3 is not valid UTF-8'))).toBeUndefined()
    expect(encodingRefusal(bad('Line 3 is not valid UTF-8 or so'))).toBeUndefined()
  })
})
