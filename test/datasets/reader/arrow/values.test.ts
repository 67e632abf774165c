import {
  Binary,
  Bool,
  BufferType,
  Data,
  type DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  DurationMillisecond,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  List,
  Null,
  TimeMicrosecond,
  TimeSecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { BadValue, isListOfTexts, textOf } from '../../../../src/datasets/reader/arrow/values.ts'
import { MAX_RECORD } from '../../../../src/datasets/reader/limits.ts'
import { itemsOf } from '../../../../src/recipe/lists.ts'

/** Returns the texts of a vector's values, or what is wrong with them. */
function texts(vector: Vector): string[] {
  const text = textOf('v', vector.type)
  return Array.from({ length: vector.length }, (_, row) => {
    const value = text(vector, row)
    return value instanceof BadValue ? `bad: ${value.message}` : value
  })
}
/** A vector of numbers as they are stored. */
const raw = (type: DataType, values: BigInt64Array | Int32Array | Uint32Array, length = values.length) =>
  new Vector([new Data<DataType>(type, 0, length, 0, { [BufferType.DATA]: values })])
const raw64 = (type: DataType, ...values: bigint[]) => raw(type, BigInt64Array.from(values))
const raw32 = (type: DataType, ...values: number[]) => raw(type, Int32Array.from(values))

describe('the text of a value', () => {
  it('is that of numbers and booleans as JavaScript writes them', () => {
    expect(texts(vectorFromArray([1, -2], new Int32()))).toEqual(['1', '-2'])
    expect(texts(vectorFromArray([2n ** 62n + 1n], new Int64()))).toEqual(['4611686018427387905'])
    expect(texts(vectorFromArray([true, false], new Bool()))).toEqual(['true', 'false'])
    const floats = texts(vectorFromArray([0.5, -1e300, Number.NaN, Number.POSITIVE_INFINITY], new Float64()))
    const bad = 'bad: The value is not a finite number'
    expect(floats).toEqual(['0.5', '-1e+300', bad, bad])
    expect(texts(vectorFromArray([0.25], new Float32()))).toEqual(['0.25'])
  })

  it('is a text as it is, of up to 16 MiB and without NUL', () => {
    const long = 'x'.repeat(MAX_RECORD)
    const bad = 'bad: The text contains a NUL character or exceeds the limit of 16 MiB'
    expect(texts(vectorFromArray(['a', '', 'a\0b', long, `${long}x`], new Utf8()))).toEqual([
      'a',
      '',
      bad,
      long,
      bad,
    ])
    expect(texts(vectorFromArray(['x', 'y', 'x'], new Dictionary(new Utf8(), new Int32())))).toEqual([
      'x',
      'y',
      'x',
    ])
    expect(texts(vectorFromArray([null, null], new Null()))).toEqual(['', ''])
  })

  it('is a date or a time in ISO 8601', () => {
    expect(texts(raw32(new DateDay(), 0, -1, 19_783))).toEqual(['1970-01-01', '1969-12-31', '2024-03-01'])
    expect(texts(raw64(new DateMillisecond(), 0n, 86_400_000n, -1n))).toEqual([
      '1970-01-01',
      '1970-01-02',
      '1969-12-31',
    ])
    expect(texts(raw64(new TimestampSecond(), 0n, -1n))).toEqual([
      '1970-01-01T00:00:00',
      '1969-12-31T23:59:59',
    ])
    expect(texts(raw64(new TimestampSecond('Europe/Berlin'), 1n))).toEqual(['1970-01-01T00:00:01Z'])
    expect(texts(raw64(new TimestampSecond(''), 1n))).toEqual(['1970-01-01T00:00:01'])
    expect(texts(raw64(new TimestampNanosecond(), 1n, -1n, 1_500_000_000n, 10n))).toEqual([
      '1970-01-01T00:00:00.000000001',
      '1969-12-31T23:59:59.999999999',
      '1970-01-01T00:00:01.5',
      '1970-01-01T00:00:00.00000001',
    ])
    expect(texts(raw64(new TimestampMillisecond(), 1_001n))).toEqual(['1970-01-01T00:00:01.001'])
    expect(texts(raw32(new TimeSecond(), 3_661, 0))).toEqual(['01:01:01', '00:00:00'])
    expect(texts(vectorFromArray([1_000_500n], new TimeMicrosecond()))).toEqual(['00:00:01.0005'])
    expect(texts(vectorFromArray([-7n], new DurationMillisecond()))).toEqual(['-7'])
  })

  it('is a time of the years 0 to 9999', () => {
    const first = -62_167_219_200n
    const last = 253_402_300_799n
    const bad = 'bad: The time is not in the years 0 to 9999'
    expect(texts(raw64(new TimestampSecond(), first, first - 1n, last, last + 1n))).toEqual([
      '0000-01-01T00:00:00',
      bad,
      '9999-12-31T23:59:59',
      bad,
    ])
  })

  it('is a decimal digit by digit', () => {
    const decimal = (scale: number, words: number[], bits = 128) =>
      texts(raw(new Decimal(scale, 38, bits), Uint32Array.from(words), 1))
    expect(decimal(2, [12_345, 0, 0, 0])).toEqual(['123.45'])
    expect(decimal(2, [5, 0, 0, 0])).toEqual(['0.05'])
    expect(decimal(0, [7, 0, 0, 0])).toEqual(['7'])
    expect(decimal(-3, [7, 0, 0, 0])).toEqual(['7000'])
    expect(decimal(1, [0, 1, 0, 0])).toEqual(['429496729.6'])
    const ones = [0xffff_ffff, 0xffff_ffff, 0xffff_ffff]
    expect(decimal(2, [0xffff_ffff - 224, ...ones])).toEqual(['-2.25'])
    expect(decimal(0, [0xffff_ffff, ...ones])).toEqual(['-1'])
    expect(decimal(0, [0, 0, 0, 0x8000_0000])).toEqual([String(-(2n ** 127n))])
    // Nobody means a number with more than 100 zeros behind it.
    expect(decimal(-200, [1, 0, 0, 0])).toEqual([`1${'0'.repeat(100)}`])
  })

  it('is a list of texts without what is missing in it', () => {
    const list = (...lists: (string | null)[][]) =>
      vectorFromArray(lists, new List(new Field('item', new Utf8())))
    const cells = texts(list(['a', null, 'b'], [], ['cafe\u0301']))
    expect(cells.map((cell) => itemsOf(cell))).toEqual([['a', 'b'], [], ['caf\u00e9']])
    expect(texts(list(['a', ' '], ['a\0']))).toEqual([
      'bad: A list has an empty text',
      'bad: The text contains a NUL character or exceeds the limit of 16 MiB',
    ])
    const half = 'x'.repeat(MAX_RECORD / 2)
    expect(texts(list([half, half]))).toEqual([expect.stringMatching(/^bad: The text .*exceeds the limit/)])
    expect(
      [new List(new Field('item', new Utf8())), new List(new Field('item', new Int32())), new Utf8()].map(
        isListOfTexts,
      ),
    ).toEqual([true, false, false])
  })

  it('is none of nested values and of bytes, whose column is named', () => {
    const refused = (type: DataType) => () => textOf('x'.repeat(300), type)
    const problem = (message: RegExp) =>
      expect.objectContaining({
        code: 'invalid-dataset',
        problems: [{ column: 'x'.repeat(200), message: expect.stringMatching(message) }],
      })
    expect(refused(new Binary())).toThrow(problem(/^The column holds values other than texts/))
    expect(refused(new List(new Field('item', new Int32())))).toThrow(problem(/nested/))
  })

  it('is missed where a batch has fewer than it says', () => {
    const damaged = expect.objectContaining({ name: 'ArrowDamaged' })
    const short = raw32(new Int32(), 7)
    expect(() => textOf('v', new Int32())(short, 1)).toThrow(damaged)
    const dates = raw32(new DateDay(), 1)
    expect(() => textOf('v', new DateDay())(dates, 1)).toThrow(damaged)
  })
})
