import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileFormat } from '../../src/datasets/contract.ts'
import { datasetId } from '../../src/datasets/dataset-id.ts'
import { DatasetName, isDatasetId, isDatasetName, looksLikeDatasetId } from '../../src/datasets/identity.ts'
import { type ReadRequest, readOptions, withFormat } from '../../src/datasets/read-options.ts'
import { FitserveError } from '../../src/errors.ts'
import { inNfc } from '../../src/normal-form.ts'
import { ColumnType } from '../../src/recipe/table.ts'

/** The refusal of these options. */
function refusal(request: Partial<ReadRequest>): FitserveError {
  try {
    readOptions({ format: 'csv', ...request })
  } catch (error) {
    if (error instanceof FitserveError) return error
    throw error
  }
  throw new Error('Expected a refusal, and the options were taken')
}

describe('the options of an upload', () => {
  it('have defaults', () => {
    expect(readOptions({ format: 'csv' })).toEqual({
      format: 'csv',
      entry: null,
      sheet: null,
      delimiter: null,
      header: true,
      skip: 0,
      index: 'drop',
      onError: 'refuse',
      decimal: null,
      missing: [],
      quotes: 'double',
      encoding: null,
      types: {},
      dates: { any: [], columns: [] },
    })
  })

  const wrong: [string, Partial<ReadRequest>, string][] = [
    ['a delimiter of two characters', { delimiter: ',,' }, '/delimiter'],
    ['an empty delimiter', { delimiter: '' }, '/delimiter'],
    ['a quote as delimiter', { delimiter: '"' }, '/delimiter'],
    ['a line end as delimiter', { delimiter: '\r' }, '/delimiter'],
    ['types without a type', { types: 'a' }, '/types'],
    ['types with an unknown type', { types: 'a:int' }, '/types'],
    ['types without a name', { types: ':text' }, '/types'],
    ['types that name a column twice', { types: 'a:text,a:number' }, '/types'],
  ]
  it.each(wrong)('are refused with %s', (_, request, path) => {
    expect(refusal(request)).toMatchObject({ code: 'invalid-query', problems: [{ path }] })
  })

  it('are refused with every problem at once', () => {
    const paths = refusal({ delimiter: ',,', types: 'a,b:int' }).problems.map((problem) => problem.path)
    expect(paths.sort()).toEqual(['/delimiter', '/types', '/types'])
  })

  it('take any delimiter in formats that have none', () => {
    expect(readOptions({ format: 'parquet', delimiter: '' }).delimiter).toBe('')
  })

  const columnName = fc.string({ unit: 'binary', minLength: 1 }).filter((name) => !name.includes(','))
  const types = fc.uniqueArray(fc.tuple(columnName.map(inNfc), fc.constantFrom(...ColumnType.options)), {
    selector: ([name]) => name,
  })

  it('give back any types that were written into a query', () => {
    fc.assert(
      fc.property(types, (pairs) => {
        const text = pairs.map(([name, type]) => `${name}:${type}`).join(',')
        const read = Object.entries(readOptions({ format: 'csv', types: text }).types)
        expect(new Map(read)).toEqual(new Map(pairs))
        expect(read).toHaveLength(pairs.length)
      }),
    )
  })

  it('are taken or refused as a query, whatever its text is', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom(',', ':', 'a', 'text', 'number', '__proto__', '"'))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, text, (delimiter, typesText) => {
        try {
          const options = readOptions({ format: 'csv', delimiter, types: typesText })
          expect([...(options.delimiter ?? '')]).toHaveLength(1)
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-query' })
        }
      }),
    )
  })

  it('make the same id in whatever order the types are given, and another id with other types', () => {
    const sha256 = 'a'.repeat(64)
    const idOf = (pairs: readonly (readonly [string, ColumnType])[]) =>
      datasetId(sha256, withFormat(readOptions({ format: 'csv', types: Object.fromEntries(pairs) }), 'csv'))
    fc.assert(
      fc.property(types, (pairs) => {
        const id = idOf(pairs)
        expect(isDatasetId(id)).toBe(true)
        expect(idOf([...pairs].reverse())).toBe(id)
        expect(idOf(pairs.slice(1)) === id).toBe(pairs.length === 0)
      }),
    )
  })
})

describe('the id of a data set', () => {
  const sha256 = 'a'.repeat(64)
  const idOf = (format: FileFormat, request: Partial<ReadRequest> = {}) =>
    datasetId(sha256, withFormat(readOptions({ format, ...request }), format))
  const differs = (format: FileFormat, request: Partial<ReadRequest>) =>
    idOf(format, request) !== idOf(format)

  it.each<[string, Partial<ReadRequest>, FileFormat[]]>([
    ['the delimiter', { delimiter: ';' }, ['csv']],
    ['the header', { header: false }, ['csv', 'xlsx']],
    ['the index', { index: 'keep' }, ['csv', 'parquet', 'xlsx']],
    ['the sheet', { sheet: 'b' }, ['xlsx']],
    ['what happens to bad lines', { onError: 'skip' }, ['csv', 'ndjson', 'parquet', 'xlsx']],
    ['the decimal sign', { decimal: ',' }, ['csv', 'ndjson', 'parquet', 'xlsx']],
    ['the missing texts', { missing: '99' }, ['csv', 'ndjson', 'parquet', 'xlsx']],
    ['the encoding', { encoding: 'windows-1252' }, ['csv', 'ndjson']],
    ['the types', { types: 'a:text' }, ['csv', 'ndjson', 'parquet', 'xlsx']],
    ['the forms of dates', { dates: '%d.%m.%Y' }, ['csv', 'ndjson', 'parquet', 'xlsx']],
    ["the forms of a column's dates", { dates: 'a:%d.%m.%Y' }, ['csv', 'ndjson', 'parquet', 'xlsx']],
  ])('depends on %s in the formats that have it', (_, request, formats) => {
    const all: FileFormat[] = ['csv', 'ndjson', 'parquet', 'xlsx']
    expect(all.filter((format) => differs(format, request))).toEqual(formats)
  })

  it('depends on the bytes and the format', () => {
    const formats: FileFormat[] = ['csv', 'ndjson', 'parquet', 'xlsx']
    expect(new Set(formats.map((format) => idOf(format))).size).toBe(4)
    const options = withFormat(readOptions({ format: 'csv' }), 'csv')
    expect(datasetId('b'.repeat(64), options)).not.toBe(datasetId(sha256, options))
    expect(idOf('xlsx', { sheet: 'a' })).not.toBe(idOf('xlsx', { sheet: 'b' }))
  })

  it('is the hash of the file and of what is asked for, so that a file keeps its id from release to release', () => {
    const idBy = (reading: string) =>
      `ds_${createHash('sha256')
        .update(sha256 + reading)
        .digest('hex')
        .slice(0, 24)}`
    expect(idOf('csv', { types: 'b:number,a:text', dates: 'd:%d.%m.%Y,c:%Y-%m-%d' })).toBe(
      idBy(
        '{"reading":3,"format":"csv","delimiter":null,"header":true,"index":"drop","onError":"refuse","decimal":null,"missing":[],"encoding":null,"types":[["a","text"],["b","number"]],"dates":{"any":[],"columns":[["c","%Y-%m-%d"],["d","%d.%m.%Y"]]}}',
      ),
    )
    expect(idOf('xlsx')).toBe(
      idBy(
        '{"reading":3,"format":"xlsx","delimiter":null,"header":true,"index":"drop","onError":"refuse","decimal":null,"missing":[],"encoding":null,"types":[],"dates":{"any":[],"columns":[]}}',
      ),
    )
  })

  it('does not depend on the order of types and of missing texts', () => {
    expect(idOf('csv', { types: 'a:text,b:number' })).toBe(idOf('csv', { types: 'b:number,a:text' }))
    expect(idOf('csv', { missing: 'x,y' })).toBe(idOf('csv', { missing: 'y,x,x' }))
    expect(idOf('csv', { dates: 'b:%d.%m.%Y,a:%Y-%m-%d' })).toBe(
      idOf('csv', { dates: 'a:%Y-%m-%d,b:%d.%m.%Y' }),
    )
  })
})

describe('the texts that count as missing', () => {
  const texts = (count: number, length: number) =>
    Array.from({ length: count }, (_, at) => `${at}`.padEnd(length, 'x')).join(',')
  const missing = (text: string) => readOptions({ format: 'csv', missing: text }).missing

  it('are separated by commas, without spaces around them, each once', () => {
    expect(missing('')).toEqual([])
    expect(missing('99, keine Angabe ,99')).toEqual(['99', 'keine Angabe'])
    expect(missing('cafe\u0301')).toEqual(['caf\u00e9'])
    expect(missing(texts(100, 3))).toHaveLength(100)
    expect(missing(texts(1, 200))).toHaveLength(1)
  })

  it.each([',', 'a,', ' ', 'a\0', 'a\ud800', texts(101, 3), texts(1, 201)])('are not %j', (text) => {
    expect(refusal({ missing: text })).toMatchObject({
      problems: [
        {
          path: '/missing',
          message: expect.stringMatching(/^Expected at most 100 texts of at most 200 char/),
        },
      ],
    })
  })
})

describe('the forms of dates', () => {
  const dates = (text: string) => readOptions({ format: 'csv', dates: text }).dates

  it.each<[string, readonly string[], readonly (readonly [string, string])[]]>([
    ['%d.%m.%Y', ['%d.%m.%Y'], []],
    ['%d.%m.%Y,%Y/%m/%d,%d.%m.%Y', ['%d.%m.%Y', '%Y/%m/%d'], []],
    ['born:%d.%m.%Y', [], [['born', '%d.%m.%Y']]],
    // Digits alone are a date where a column is said to hold dates.
    [
      'born:%Y%m%d,seen:%d.%m.%Y',
      [],
      [
        ['born', '%Y%m%d'],
        ['seen', '%d.%m.%Y'],
      ],
    ],
    ['%b %d, %Y,%d.%m.%Y', ['%b %d, %Y', '%d.%m.%Y'], []],
    [
      'born:%b %d, %Y,seen:%d.%m.%Y %H:%M',
      [],
      [
        ['born', '%b %d, %Y'],
        ['seen', '%d.%m.%Y %H:%M'],
      ],
    ],
    ['%d.%m.%Y %H:%M', ['%d.%m.%Y %H:%M'], []],
    // A name may hold colons and be written in another normal form.
    ['a:b:%d.%m.%Y', [], [['a:b', '%d.%m.%Y']]],
    ['cafe\u0301:%d.%m.%Y', [], [['caf\u00e9', '%d.%m.%Y']]],
    ['%d.%m.%Y%20%H%3A%M', ['%d.%m.%Y %H:%M'], []],
    ['%d%2f%m%2F%Y,%d%7e%m%7E%Y', ['%d/%m/%Y', '%d~%m~%Y'], []],
  ])('are read from %j', (text, any, columns) => {
    expect(dates(text)).toEqual({ any, columns })
  })

  it.each<[string, RegExp]>([
    ['born', /^Expected a form of dates such as %d\.%m\.%Y, or name:%d\.%m\.%Y, got "born"\.$/],
    ['born:d.m.Y', /^Expected a form of dates .* got "born:d\.m\.Y"\.$/],
    ['%d.%Q.%Y', /^"%d\.%Q\.%Y": \S/],
    ['born:%d.%Q.%Y', /^"%d\.%Q\.%Y": \S/],
    ['born:%d.%m.%Y,born:%Y-%m-%d', /^"born" is given two forms of dates\. Remove one\.$/],
    ['%Y%m%d', /^"%Y%m%d" also reads plain numbers\. Say in which column: name:%Y%m%d\.$/],
  ])('are not %j', (text, message) => {
    expect(refusal({ dates: text }).problems).toEqual([
      { path: '/dates', message: expect.stringMatching(message) },
    ])
  })

  it('are tried 20 at most where no column is named', () => {
    const forms = (count: number) => Array.from({ length: count }, (_, at) => `%d${'.'.repeat(at + 1)}%m.%Y`)
    expect(dates(forms(20).join(',')).any).toEqual(forms(20))
    const [problem, ...others] = refusal({ dates: forms(21).join(',') }).problems
    expect([problem?.path, problem?.message, others]).toEqual([
      '/dates',
      'At most 20 forms of dates are tried. Name their columns.',
      [],
    ])
    const columns = forms(21).map((form, at) => `c${at}:${form}`)
    expect(dates(columns.join(',')).columns).toHaveLength(21)
  })

  it('fit the type that their column is given', () => {
    const both = (types: string) => ({ types, dates: 'born:%d.%m.%Y,seen:%d.%m.%Y' })
    expect(readOptions({ format: 'csv', ...both('born:date,other:number') }).dates.columns).toHaveLength(2)
    expect(refusal(both('born:date,seen:number')).problems).toEqual([
      { path: '/dates', message: '"seen" is given the type number and the form of a date. Remove one.' },
    ])
  })
})

describe('the delimiter of an upload', () => {
  it.each([',', ';', '\t', '|', ' ', '\u00b6', '\u{1f4a9}', "'"])('may be %j', (delimiter) => {
    for (const format of ['csv', null] as const)
      expect(readOptions({ format, delimiter }).delimiter).toBe(delimiter)
  })

  it.each(['', ',,', '"', '\r', '\n', '\0', '\ufeff', '\ud800'])('may not be %j', (delimiter) => {
    const problems = [
      { path: '/delimiter', message: expect.stringContaining('neither a quote nor a line end') },
    ]
    for (const format of ['csv', null] as const)
      expect(() => readOptions({ format, delimiter })).toThrow(expect.objectContaining({ problems }))
  })
})

describe('the name of a data set', () => {
  it.each(['../x', 'ds_0123456789abcdef01234567', 'ds_', 'ds_00', '1a', '', 'a/b', 'a'.repeat(65)])(
    'cannot be %j',
    (name) => {
      expect(DatasetName.safeParse(name).success).toBe(false)
    },
  )

  it('is a letter and at most 63 more letters, digits, dots, underscores and dashes, and never like an id', () => {
    const first = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']
    const later = [...first, ...'0123456789._-']
    const name = fc.oneof(
      fc.string({ unit: fc.constantFrom(...later, ' ', '/', 'é', '\n', '\0'), maxLength: 70 }),
      fc.string({ unit: fc.constantFrom(...later), maxLength: 70 }),
      fc.string({ unit: fc.constantFrom(...'0123456789abcdefg'), maxLength: 26 }).map((text) => `ds_${text}`),
    )
    fc.assert(
      fc.property(name, (text) => {
        const characters = [...text]
        const wellFormed =
          first.includes(characters[0] ?? '') &&
          characters.length <= 64 &&
          characters.every((one) => later.includes(one))
        const like =
          text.startsWith('ds_') &&
          text
            .slice(3)
            .split('')
            .every((one) => '0123456789abcdef'.includes(one))
        expect(looksLikeDatasetId(text)).toBe(like)
        expect(DatasetName.safeParse(text).success).toBe(wellFormed && !like)
        expect(isDatasetName(text)).toBe(wellFormed && !like)
      }),
    )
  })
})
