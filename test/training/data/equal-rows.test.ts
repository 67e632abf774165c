import { describe, expect, it } from 'vitest'
import { knownRowsWarning, repeatedRowsWarning } from '../../../src/training/data/equal-rows.ts'
import { labelledRows } from '../../../src/training/data/rows.ts'
import { spellingsOf, spellingsOfVersion, withSpellings } from '../../../src/training/data/spellings.ts'
import { columnOf } from '../../../src/training/data/tables.ts'
import { meanWeight, weightsOf } from '../../../src/training/data/weights.ts'
import { classes, numbers, recipeOf, tableOf, texts } from './tables.ts'

const KEPT = 'Equal rows are kept on one side of the validation.'
const PARTED = 'Some may be validated on as well as trained on, so the figures may be too good.'
const COPIES = 'If they are copies by mistake, upload the data set without them.'

describe('the warning of rows that repeat others', () => {
  const warned = (own: object, columns: Parameters<typeof tableOf>[0]) => {
    const recipe = recipeOf(own)
    const table = tableOf(columns)
    return repeatedRowsWarning(recipe, table, labelledRows(recipe, table))
  }
  const x = numbers(0.5, 0.5, 0.5, 1.5)

  it('counts them, and those of another target', () => {
    expect(warned({ validation: { split: 0.5 } }, { x, y: numbers(1, 1, 2, 3) })).toEqual([
      {
        code: 'equal-rows',
        count: 2,
        message: `2 of the 4 rows repeat another row in all inputs. 1 of these contradicts the first such row by another target, which no model can answer right for both. ${KEPT} ${COPIES}`,
      },
    ])
    expect(warned({ validation: { split: 0.5 } }, { x, y: numbers(1, 2, 2, 3) })[0]?.message).toContain(
      '2 of these contradict the first',
    )
    expect(warned({ validation: { split: 0.5 } }, { x: numbers(0.5, 0.5), y: numbers(1, 1) })).toEqual([
      {
        code: 'equal-rows',
        count: 1,
        message: `1 of the 2 rows repeats another row in all inputs. ${KEPT} ${COPIES}`,
      },
    ])
  })

  it('compares each of several targets, and all inputs', () => {
    const several = { target: ['y', 'z'], validation: { split: 0.5 } }
    const columns = { x: numbers(0.5, 0.5), y: numbers(1, 1), z: numbers(1, 2) }
    expect(warned(several, columns)[0]?.message).toContain('1 of these contradicts')
    expect(warned({ inputs: ['x', 'z'], validation: { split: 0.5 } }, columns)).toEqual([])
    // A gap is equal to a gap, and not to a text that looks like one.
    const gaps = { inputs: ['x', 'z'], validation: { split: 0.5 } }
    expect(warned(gaps, { x: numbers(0.5, 0.5), z: texts(null, null), y: numbers(1, 1) })).toHaveLength(1)
    expect(warned(gaps, { x: numbers(0.5, 0.5), z: texts(null, 'null'), y: numbers(1, 1) })).toEqual([])
    // Cells do not run into each other.
    const joined = { inputs: ['z', 'x'], validation: { split: 0.5 } }
    expect(warned(joined, { z: texts('a', 'a\n1'), x: texts('1\nb', 'b'), y: numbers(1, 1) })).toEqual([])
  })

  it('leaves rows without a target out', () => {
    expect(warned({ validation: { split: 0.5 } }, { x, y: numbers(1, null, null, 3) })).toEqual([])
  })

  it('is of tables with a text, a time or decimals only', () => {
    const y = numbers(1, 1, 1)
    const count = (column: ReturnType<typeof numbers>) =>
      warned({ validation: { split: 0.5 } }, { x: column, y }).map((warning) => warning.count)
    expect(count(numbers(1, 1, 2))).toEqual([])
    expect(count(numbers(1.5, 1.5, null))).toEqual([1])
    expect(count(numbers(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1))).toEqual([])
    expect(count(classes('a', 'a', 'b'))).toEqual([])
    expect(count(texts('a', 'a', 'b'))).toEqual([1])
    expect(count({ type: 'boolean', values: [true, true, false] })).toEqual([])
    const datetime = {
      type: 'datetime' as const,
      format: 'iso' as const,
      values: ['2024-01-01T10:00', '2024-01-01T10:00', null],
    }
    expect(count(datetime)).toEqual([1])
    expect(count({ ...datetime, type: 'date' })).toEqual([])
  })

  it('says that equal rows may be parted where rows are not drawn, or groups are in the way', () => {
    const columns = { x, y: numbers(1, 1, 1, 3), t: numbers(1, 2, 3, 4), g: classes('a', 'b', 'c', 'd') }
    const rule = (own: object) => warned(own, columns)[0]?.message.includes(PARTED)
    expect(rule({ validation: { split: 0.5 } })).toBe(false)
    expect(rule({ validation: { kFold: 2 } })).toBe(false)
    expect(rule({ validation: { kFold: 2, shuffle: false } })).toBe(true)
    expect(rule({ validation: { split: 0.5 }, time: 't' })).toBe(true)
    expect(rule({ validation: null })).toBe(true)
    // Three of four rows in one group are more than half of them.
    expect(rule({ validation: { split: 0.5 }, group: 'g' })).toBe(true)
    const pairs = { ...columns, x: numbers(0.5, 0.5, 1.5, 1.5) }
    expect(warned({ validation: { split: 0.5 }, group: 'g' }, pairs)[0]?.message).toContain(KEPT)
  })
})

describe('the warning of validation rows that are trained on', () => {
  it('counts validation rows, not copies among those trained on', () => {
    const table = tableOf({ x: numbers(0.5, 0.5, 1.5, 0.5, 1.5, 2.5, 2.5), y: numbers(1, 1, 1, 1, 1, 1, 1) })
    const rows = { training: Uint32Array.of(0, 1, 2), validation: Uint32Array.of(3, 4, 5, 6) }
    expect(knownRowsWarning(recipeOf({}), table, rows)).toEqual([
      {
        code: 'equal-rows',
        count: 2,
        message:
          '2 of the 4 validation rows are equal to rows that are trained on, in all inputs, so the figures are too good. Leave them out of one of the two data sets.',
      },
    ])
    const apart = { training: Uint32Array.of(0, 1, 3), validation: Uint32Array.of(5, 6) }
    expect(knownRowsWarning(recipeOf({}), table, apart)).toEqual([])
    const plain = tableOf({ x: numbers(1, 1), y: numbers(1, 1) })
    const both = { training: Uint32Array.of(0), validation: Uint32Array.of(1) }
    expect(knownRowsWarning(recipeOf({}), plain, both)).toEqual([])
  })
})

describe('merged classes of a table', () => {
  const merging = (own: object = {}) =>
    recipeOf({
      task: 'multiclass',
      loss: { type: 'categoricalCrossentropy' },
      inputs: ['k', 'x', 't'],
      mergeClasses: true,
      ...own,
    })
  const table = tableOf({
    k: classes('Up', 'up', 'up', null),
    x: numbers(1, 2, 3, 4),
    t: texts('A', 'a', 'a', null),
    y: texts('Yes', 'yes', 'Yes ', null),
  })
  const valuesOf = (from: typeof table, name: string) => [...(from.columns.get(name)?.values ?? [])]

  it('are those of the target and of categories, and not of texts', () => {
    const kept = spellingsOf(merging(), table)
    expect([...kept.keys()]).toEqual(['k', 'y'])
    const spelled = withSpellings(merging(), table, kept)
    expect(valuesOf(spelled, 'k')).toEqual(['up', 'up', 'up', null])
    // Each spelling has one row: one without spaces is kept, the first by code unit.
    expect(valuesOf(spelled, 'y')).toEqual(['Yes', 'Yes', 'Yes', null])
    expect(valuesOf(spelled, 't')).toEqual(['A', 'a', 'a', null])
    expect(spelled.columns.get('k')?.type).toBe('category')
    expect(spelled.columns.get('y')?.type).toBe('text')
    // The table that was given stays as it is.
    expect(valuesOf(table, 'k')).toEqual(['Up', 'up', 'up', null])
  })

  it('are none where the recipe merges none', () => {
    const kept = spellingsOf(merging({ mergeClasses: false }), table)
    expect([...kept]).toEqual([])
    expect(withSpellings(merging({ mergeClasses: false }), table, kept)).toBe(table)
  })

  it('are labels of a cell, counted one by one', () => {
    const recipe = merging({
      task: 'multiLabel',
      loss: { type: 'binaryCrossentropy' },
      multiLabel: { separator: '|', threshold: 0.5 },
    })
    const tags = tableOf({
      k: classes('a|B', 'A|b'),
      x: numbers(1, 2),
      t: texts('x', 'x'),
      y: texts('a|B', 'A|B'),
    })
    const kept = spellingsOf(recipe, tags)
    const spelled = withSpellings(recipe, tags, kept)
    // "B" has two rows; "A" and "a" have one each. An input that looks the same is one class.
    expect(valuesOf(spelled, 'y')).toEqual(['A|B', 'A|B'])
    expect(valuesOf(spelled, 'k')).toEqual(['A|b', 'A|b'])
  })

  it('of a version are those of its target', () => {
    const target = { task: 'multiclass' as const, classes: ['Yes', 'no'] }
    expect([...spellingsOfVersion(merging(), target)]).toEqual([
      [
        'y',
        new Map([
          ['yes', 'Yes'],
          ['no', 'no'],
        ]),
      ],
    ])
    expect(spellingsOfVersion(merging({ mergeClasses: false }), target).size).toBe(0)
    const number = { task: 'regression' as const, log: false, shift: 0, scale: 1 }
    expect(spellingsOfVersion(merging(), number).size).toBe(0)
    // A table without the column, as of rows to be answered, is left alone.
    const without = tableOf({ x: numbers(1) })
    expect(valuesOf(withSpellings(merging(), without, spellingsOfVersion(merging(), target)), 'x')).toEqual([
      1,
    ])
  })
})

describe('cells and weights of a table', () => {
  it('give a gap as null, and refuse a column that is not there', () => {
    const table = tableOf({
      x: numbers(1, null),
      t: texts('a', null),
      b: { type: 'boolean', values: [false, null] },
    })
    for (const [name, values] of [
      ['x', [1, null, null]],
      ['t', ['a', null, null]],
      ['b', [false, null, null]],
    ] as const)
      expect([0, 1, 2].map(columnOf(table, name))).toEqual(values)
    expect(() => columnOf(table, 'gone')).toThrow(new RangeError('the table lacks a column of the recipe'))
  })

  it('are refused where one is none, or all are 0', () => {
    const table = tableOf({ w: numbers(0, 2, null, -1, 0) })
    expect([...weightsOf(table, 'w', Uint32Array.of(0, 1))]).toEqual([0, 2])
    expect([...weightsOf(table, 'w', Uint32Array.of())]).toEqual([])
    const refusal = (...rows: number[]) => expect(() => weightsOf(table, 'w', Uint32Array.from(rows)))
    refusal(1, 2).toThrow('Row 3 has no value in "w"')
    refusal(3).toThrow('Row 4 has the value -1 in "w"')
    refusal(0, 4).toThrow('One part of the data, of 2 rows, has only the weight 0 in "w"')
    expect(meanWeight(Float64Array.of(1, 2, 6))).toBe(3)
    expect(meanWeight(Float64Array.of(1e308, 1e308))).toBe(1e308)
  })
})
