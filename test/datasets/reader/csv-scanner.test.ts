import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CsvScanner, type Field } from '../../../src/datasets/reader/csv-scanner.ts'

type Found =
  | [line: number, fields: Field[]]
  | [line: number, field: number | null, message: string, text: string]

/** Reads a text in the given blocks, each of which ends with a line. */
function scan(blocks: string[], { delimiter = ',', faults = [] as [number, string][] } = {}): Found[] {
  const found: Found[] = []
  const scanner = new CsvScanner(delimiter, {
    record: (line, fields) => found.push([line, fields]),
    bad: (line, field, message, text) => found.push([line, field, message, text()]),
  })
  for (const [at, text] of blocks.entries()) {
    scanner.feed({ text, line: 1, last: at === blocks.length - 1, faults: new Map(at === 0 ? faults : []) })
    while (scanner.read());
  }
  return found
}

describe('the records of a CSV file', () => {
  it.each<[string, string, Found[]]>([
    [
      'with LF',
      'a,b\nc,d\n',
      [
        [1, ['a', 'b']],
        [2, ['c', 'd']],
      ],
    ],
    [
      'with CRLF',
      'a,b\r\nc,d\r\n',
      [
        [1, ['a', 'b']],
        [2, ['c', 'd']],
      ],
    ],
    [
      'without a last line end',
      'a\nb',
      [
        [1, ['a']],
        [2, ['b']],
      ],
    ],
    [
      'with missing values',
      'a,,\n,\n',
      [
        [1, ['a', null, null]],
        [2, [null, null]],
      ],
    ],
    ['with an empty text', '"",a\n', [[1, ['', 'a']]]],
    ['with delimiters and quotes in quotes', '"a,""b""",c\n', [[1, ['a,"b"', 'c']]]],
    ['with quotes alone', '"""",""""""\n', [[1, ['"', '""']]]],
    [
      'with line ends in quotes',
      '"a\nb\r\nc",d\ne,f\n',
      [
        [1, ['a\nb\r\nc', 'd']],
        [4, ['e', 'f']],
      ],
    ],
    [
      'with a quoted last field',
      'a,"b"\r\nc,"d"',
      [
        [1, ['a', 'b']],
        [2, ['c', 'd']],
      ],
    ],
    ['with spaces', ' a , b\n', [[1, [' a ', ' b']]]],
    [
      'with blank lines between',
      'a\n\n\nb\n',
      [
        [1, ['a']],
        [2, [null]],
        [3, [null]],
        [4, ['b']],
      ],
    ],
    ['with blank lines at the end', 'a\n\n\r\n\n', [[1, ['a']]]],
    ['with nothing', '', []],
  ])('%s', (_, text, wanted) => {
    expect(scan([text])).toEqual(wanted)
  })

  it('may be divided by any character', () => {
    expect(scan(['a;b,c\n'], { delimiter: ';' })).toEqual([[1, ['a', 'b,c']]])
    expect(scan(['a\u{1f4a9}"b"\u{1f4a9}c\n'], { delimiter: '\u{1f4a9}' })).toEqual([[1, ['a', 'b', 'c']]])
  })

  it('are the same in whatever blocks of lines they come', () => {
    const lines = ['a,b\n', '"x\n', 'y",z\n', '\n', '"",\r\n', '"u""\n', '""v",w\n', 'last']
    const whole = scan([lines.join('')])
    expect(whole).toHaveLength(6)
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }), (cuts) => {
        const blocks = ['']
        for (const [at, line] of lines.entries()) {
          blocks.push((blocks.pop() ?? '') + line)
          if (cuts[at]) blocks.push('')
        }
        expect(scan(blocks)).toEqual(whole)
      }),
    )
  })
})

describe('a bad line of a CSV file', () => {
  it.each<[string, string, Found[]]>([
    [
      'with a quote in a field',
      'a,b"c\nd\n',
      [
        [1, 1, 'An unquoted field contains a quote', 'a,b"c'],
        [2, ['d']],
      ],
    ],
    [
      'with text behind a quote',
      '"a"b,c\r\nd\n',
      [
        [1, 0, 'There is text after a closing quote', '"a"b,c'],
        [2, ['d']],
      ],
    ],
    [
      'with a carriage return alone',
      'a\rb\nc\n',
      [
        [
          1,
          0,
          "A carriage return is not followed by a line feed; lines end with LF or CRLF. If the lines end with CR alone, convert the file: tr '\\r' '\\n' < FILE",
          'a\rb',
        ],
        [2, ['c']],
      ],
    ],
    [
      'that ends with two carriage returns and a line feed',
      'a,b\r\r\nc\n',
      [
        [
          1,
          1,
          "A carriage return is not followed by a line feed; lines end with LF or CRLF. This line ends with CR CR LF, as Python's csv module writes it on Windows without newline=\"\". Convert the file: tr -d '\\r' < FILE",
          'a,b\r',
        ],
        [2, ['c']],
      ],
    ],
    [
      'with a text as Excel writes it',
      'a,="01"\n',
      [
        [
          1,
          1,
          'An unquoted field contains a quote: Excel keeps a text from being read as a number by writing ="…". Remove the equals signs: sed \'s/="/"/g\' FILE',
          'a,="01"',
        ],
      ],
    ],
    [
      'with a space before a quote',
      'a, "b"\n',
      [
        [
          1,
          1,
          'An unquoted field contains a quote. Remove the spaces between quotes and delimiters',
          'a, "b"',
        ],
      ],
    ],
    [
      'with a space behind a quote',
      '"a" ,b\n',
      [
        [
          1,
          0,
          'There is text after a closing quote. Remove the spaces between quotes and delimiters',
          '"a" ,b',
        ],
      ],
    ],
    [
      'with spaces behind a quote at the end',
      'a,"b"  \r\n',
      [
        [
          1,
          1,
          'There is text after a closing quote. Remove the spaces between quotes and delimiters',
          'a,"b"  ',
        ],
      ],
    ],
    [
      'with a space and more behind a quote',
      '"a" b,c\n',
      [[1, 0, 'There is text after a closing quote', '"a" b,c']],
    ],
    [
      'with a return behind a quote',
      'a,"b"\rc\n',
      [[1, 1, 'There is text after a closing quote', 'a,"b"\rc']],
    ],
    [
      'with a quote that stays open',
      'a,"b\nc\n',
      [
        [1, 1, 'A quoted field is not closed', 'a,"b'],
        [2, ['c']],
      ],
    ],
    [
      'behind blank lines',
      'a\n\nb"\n',
      [
        [1, ['a']],
        [2, [null]],
        [3, 0, 'An unquoted field contains a quote', 'b"'],
      ],
    ],
  ])('%s is told with its line and field', (_, text, wanted) => {
    expect(scan([text])).toEqual(wanted)
  })

  it('costs one line only, where a quote stays open in a file of many', () => {
    expect(scan(['a\n"b\n', 'c\n', 'd"e\n'])).toEqual([
      [1, ['a']],
      [2, 0, 'There is text after a closing quote', '"b'],
      [3, ['c']],
      [4, 0, 'An unquoted field contains a quote', 'd"e'],
    ])
  })

  it('has broken bytes, in its first line or in a later one', () => {
    const faults: [number, string][] = [[2, 'Line 2 is broken']]
    expect(scan(['a\nb\nc\n'], { faults })).toEqual([
      [1, ['a']],
      [2, null, 'Line 2 is broken', 'b'],
      [3, ['c']],
    ])
    expect(scan(['"a\nb",c\nd\n'], { faults })).toEqual([
      [1, null, 'Line 2 is broken', '"a'],
      [3, ['d']],
    ])
    // A line that is wrong in both ways is told as a broken one.
    expect(scan(['a\nb"\nc\n'], { faults })).toEqual([
      [1, ['a']],
      [2, null, 'Line 2 is broken', 'b"'],
      [3, ['c']],
    ])
    expect(scan(['a\n\nb\n'], { faults })).toEqual([
      [1, ['a']],
      [2, null, 'Line 2 is broken', ''],
      [3, ['b']],
    ])
  })

  it.each([10, 100_000])('may hold %i doubled quotes among other characters', (count) => {
    const field = `ä""😀""""\n`.repeat(count)
    const [[, fields] = []] = scan([`"${field}",x\n`])
    expect(fields).toEqual([field.replaceAll('""', '"'), 'x'])
  })

  it('is read by one call, as is each blank line, however many there are', () => {
    let found = 0
    const note = () => {
      found += 1
    }
    const scanner = new CsvScanner(',', { record: note, bad: note })
    scanner.feed({ text: `a\n${'\n\r\n'.repeat(50)}b\n\n\n"c`, line: 1, last: true, faults: new Map() })
    const steps: number[] = []
    for (let before = 0; scanner.read(); before = found) steps.push(found - before)
    expect(found).toBe(105)
    expect(Math.max(...steps)).toBe(1)
  })

  it('begins a quoted field that is not closed within the longest record', () => {
    const open = (characters: number) => `a,"${'x'.repeat(characters - 4)}\n`
    const found = scan([open(16 * 1024 * 1024 + 1), 'z'])
    expect(found[0]?.slice(0, 3)).toEqual([1, 1, 'A quoted field is not closed within 16 MiB'])
    // One character less, and the next block closes it.
    expect(
      scan([open(16 * 1024 * 1024), 'z"']).map(([line, fields]) => [line, Array.isArray(fields)]),
    ).toEqual([[1, true]])
    expect(found.at(-1)?.[1]).toEqual(['z'])
  })
})
