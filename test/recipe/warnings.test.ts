import { describe, expect, it } from 'vitest'
import {
  type ColumnDescription,
  completeRecipe,
  RecipeInput,
  warningsOfClasses,
} from '../../src/recipe/index.ts'

const column = (classes: Record<string, number>, more: object = {}): ColumnDescription => ({
  name: 'kind',
  type: 'category',
  missing: 0,
  classes,
  ...more,
})
const even = (names: readonly string[], rows = 30) => Object.fromEntries(names.map((name) => [name, rows]))
const x: ColumnDescription = { name: 'x', type: 'number', missing: 0, distinct: 50, min: 0, max: 60 }
const warningsOf = (input: object, columns: ColumnDescription[], rows = 2_000) => {
  const { problems, warnings } = completeRecipe(RecipeInput.parse(input), { rows, columns })
  expect(problems).toEqual([])
  return warnings
}

describe('classes that may be meant as one', () => {
  const groupsOf = (...names: string[]) =>
    warningsOfClasses(column(even(names))).filter(({ code }) => code === 'similar-classes')

  it.each([
    ['in case', ['Ham', 'HAM']],
    ['by spaces around them', ['ham', ' ham ']],
    ['by spaces between words', ['ham egg', 'ham \t egg']],
    ['by the Unicode form', ['caf\u00e9', 'cafe\u0301']],
    ['by characters that print alike', ['\ufb01n', 'fin']],
    ['by an invisible character at the end', ['ham', 'ham\u200b']],
  ])('differ only %s', (_, names) => {
    expect(groupsOf(...names, 'other')).toMatchObject([{ column: 'kind', count: 60 }])
  })

  it('do not differ by a letter', () => {
    expect(groupsOf('ham', 'hams', 'h am', '1', '01')).toEqual([])
  })

  it('are named in three groups, and counted beyond', () => {
    const messageOf = (groups: number) =>
      groupsOf(...Array.from({ length: groups }, (_, at) => [`a${at}`, `A${at}`]).flat())[0]?.message
    expect(messageOf(1)).toContain(': "a0", "A0". If they')
    expect(messageOf(3)).toContain('"a0", "A0"; "a1", "A1"; "a2", "A2". If they')
    expect(messageOf(5)).toContain('"a2", "A2" (and 2 more groups). If they')
  })

  it('are of a column with up to 10,000 classes that are no booleans', () => {
    const names = ['b', 'B', ...Array.from({ length: 9_998 }, (_, at) => `n${at}`)]
    expect(groupsOf(...names)).toHaveLength(1)
    expect(groupsOf(...names, 'one more')).toEqual([])
    expect(warningsOfClasses(column({ true: 1, TRUE: 2 }, { type: 'boolean' }))).toEqual([])
    expect(warningsOfClasses(x)).toEqual([])
  })
})

describe('classes that name several', () => {
  const combined = (classes: Record<string, number>) =>
    warningsOfClasses(column(classes)).filter(({ code }) => code === 'combined-classes')

  it.each([
    ['|', { a: 1, b: 2, 'a|b': 4 }, 4],
    [';', { a: 1, b: 2, 'a; b': 4 }, 4],
    [',', { a: 1, b: 2, 'a ,b': 4 }, 4],
    ['| without a class of their own', { 'a|b': 1, 'b|c': 2, 'c|a': 4 }, 7],
    ['| in one that has three parts', { a: 1, b: 2, 'a|b|a': 4 }, 4],
  ])('share parts beside %s', (_, classes, rows) => {
    expect(combined(classes)).toMatchObject([{ column: 'kind', count: rows }])
  })

  it.each([
    ['a part is in no other', { a: 1, 'a|b': 2 }],
    ['a part is empty', { a: 1, '': 1, 'a|': 2, '|': 2 }],
    ['they are numbers with thousands separators', { 1: 1, 0: 1, '1,0': 2, '10,01': 2 }],
    ['they have one part', { a: 1, b: 2 }],
  ])('do not if %s', (_, classes) => {
    expect(combined(classes)).toEqual([])
  })

  it('do if they are numbers beside another separator, or beside words', () => {
    expect(combined({ 1: 1, 2: 2, '1|2': 4 })).toMatchObject([{ count: 4 }])
    expect(combined({ 1: 1, b: 2, '1,b': 4 })).toMatchObject([{ count: 4 }])
    expect(combined({ 1: 1, x2: 2, '1,x2': 4 })).toMatchObject([{ count: 4 }])
    expect(combined({ 1: 1, '2x': 2, '1,2x': 4 })).toMatchObject([{ count: 4 }])
  })

  it('are named up to three', () => {
    const classes = even(['a', 'b', 'a|b', 'b|a', 'a|b|b', 'b|b|a'])
    expect(combined(classes)[0]?.message).toContain('such as "a|b", "b|a", "a|b|b", and each')
  })
})

describe('the warnings about a target', () => {
  const codes = (input: object, target: ColumnDescription) =>
    warningsOf(input, [x, target]).map(({ code }) => code)
  const whole = (distinct: number, min: number, max: number): ColumnDescription => ({
    ...x,
    name: 'label',
    distinct,
    min,
    max,
    integer: true,
  })

  it('name few whole numbers, which may be classes', () => {
    expect(codes({}, whole(10, 1, 10))).toEqual(['numeric-target'])
    expect(codes({}, whole(11, 1, 11))).toEqual([])
    expect(codes({ task: 'regression' }, whole(5, 1, 5))).toEqual([])
    expect(codes({}, { ...whole(5, 1, 5), integer: false })).toEqual([])
    expect(codes({}, whole(1, 4, 4))).toEqual(['constant-target'])
    expect(warningsOf({}, [x, whole(2, 1, 2)])[0]?.message).toMatch(/numbers 1 and 2, .*"task" to "binary"/)
    expect(warningsOf({}, [x, whole(3, 1, 4)])[0]?.message).toMatch(
      /numbers 1 to 4, .*"task" to "multiclass"/,
    )
  })

  it('name classes of fewer than ten rows', () => {
    const label = (classes: Record<string, number>) => column(classes, { name: 'label' })
    expect(codes({}, label({ a: 10, b: 1_990 }))).toEqual([])
    expect(codes({}, label({ a: 9, b: 1_991 }))).toEqual(['rare-class'])
    const rare = (count: number) =>
      warningsOf({ layers: [] }, [
        x,
        label({
          ...even(
            Array.from({ length: count }, (_, at) => `c${at}`),
            5,
          ),
          z: 1_000,
        }),
      ])
    expect(rare(10).map(({ code }) => code)).toEqual(Array(10).fill('rare-class'))
    expect(rare(11).map(({ code }) => code)).toEqual(Array(11).fill('rare-class'))
    expect(rare(11).at(-1)).toEqual({
      code: 'rare-class',
      column: 'label',
      message: 'There is 1 more class of fewer than 10 rows.',
    })
  })

  it('name a hidden layer with fewer units than classes', () => {
    const many = column(even(Array.from({ length: 20 }, (_, at) => `c${at}`)), { name: 'label' })
    const layers = [{ units: 20 }, { units: 19 }]
    expect(warningsOf({ layers }, [x, many])).toEqual([
      { code: 'narrow-layer', message: expect.stringMatching(/^Hidden layer 2 has 19 units for 20 classes/) },
    ])
    const two = column(even(['a', 'b']), { name: 'label' })
    expect(codes({ layers: [{ units: 1 }] }, two)).toEqual([])
  })
})

describe('the warnings about classes that may be gaps', () => {
  const told = (target: ColumnDescription) =>
    warningsOf({}, [x, { ...target, name: 'label' }]).filter(({ code }) => code === 'placeholder-class')

  it('name what programs write where a value is missing', () => {
    expect(told(column({ a: 900, b: 1_000, nan: 80, '?': 20 }))).toEqual([
      {
        code: 'placeholder-class',
        column: 'label',
        count: 100,
        message:
          'Of "label" the classes "nan", "?" are learnt, which programs write where a value is missing. If the rows have no label, upload the file with missing=nan,%3F, and they are left out.',
      },
    ])
    expect(told(column({ a: 900, b: 1_000, 'N/A': 100 }))[0]?.message).toContain('with missing=N%2FA,')
  })

  it('name no words, and no classes of inputs', () => {
    expect(told(column({ none: 500, unknown: 500, missing: 500, na: 500 }))).toEqual([])
    const label = column({ a: 1_000, b: 1_000 }, { name: 'label' })
    const codesOf = warningsOf({}, [column({ nan: 500, u: 1_500 }), label]).map(({ code }) => code)
    expect(codesOf).toEqual([])
  })
})

describe('the warnings about inputs', () => {
  const y: ColumnDescription = { ...x, name: 'label', distinct: 900 }
  const constant = (name: string): ColumnDescription => ({ ...x, name, distinct: 1, min: 3, max: 3 })
  const told = (columns: ColumnDescription[]) =>
    warningsOf({}, [...columns, y]).map(({ code, column: name }) => [code, name])

  it('name columns without values, and with one', () => {
    const text: ColumnDescription = { name: 'text', type: 'text', missing: 0, meanLength: 9, distinct: 1 }
    expect(
      told([
        x,
        { ...x, name: 'gaps', missing: 2_000 },
        constant('same'),
        column({ only: 2_000 }),
        column({ a: 1, b: 2 }, { name: 'both' }),
        text,
        { ...constant('none'), missing: 2_000 },
      ]),
    ).toEqual([
      ['empty-column', 'gaps'],
      ['empty-column', 'none'],
      ['constant-column', 'same'],
      ['constant-column', 'kind'],
    ])
  })

  it('name no column of one value and gaps, from which something can be learnt', () => {
    expect(
      told([x, { ...constant('sometimes'), missing: 1 }, column({ yes: 1_500 }, { missing: 500 })]),
    ).toEqual([])
  })

  it('name a column without values whether it is an input or not, but for the target and other roles', () => {
    const empty: ColumnDescription = { ...x, name: 'empty', missing: 2_000 }
    const codesOf = (input: object) => warningsOf(input, [empty, x, y]).map(({ code }) => code)
    expect(codesOf({})).toEqual(['empty-column'])
    expect(codesOf({ inputs: ['empty', 'x'] })).toEqual(['empty-column'])
    expect(codesOf({ inputs: ['x'] })).toEqual([])
  })

  it('name twenty, and count the others', () => {
    const many = (count: number) =>
      warningsOf({}, [x, ...Array.from({ length: count }, (_, at) => constant(`same${at}`)), y])
    expect(many(20)).toHaveLength(20)
    expect(many(20).at(-1)?.column).toBe('same19')
    expect(many(22)).toHaveLength(21)
    expect(many(22).at(-1)).toEqual({
      code: 'constant-column',
      message: '2 more columns: each has the same value in every row, so nothing can be learnt from it.',
    })
  })
})
