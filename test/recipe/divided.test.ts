import { describe, expect, it } from 'vitest'
import {
  type ColumnDescription,
  completeRecipe,
  RecipeInput,
  recipeNotes,
  type TableDescription,
} from '../../src/recipe/index.ts'
import { itemsOf, labelsOf, listCell } from '../../src/recipe/lists.ts'

const x: ColumnDescription = { name: 'x', type: 'number', missing: 0, distinct: 50, min: 0, max: 60 }
const y: ColumnDescription = { ...x, name: 'y', distinct: 900 }
const patient: ColumnDescription = { name: 'patient', type: 'number', missing: 0, distinct: 300 }
const day: ColumnDescription = { name: 'day', type: 'number', missing: 0, distinct: 90 }
const dates = (...values: string[]): ColumnDescription => ({
  name: 'day',
  type: 'category',
  missing: 0,
  classes: Object.fromEntries(values.map((value) => [value, 30])),
})
const table = (columns: ColumnDescription[], rows = 2_000): TableDescription => ({ rows, columns })
const complete = (input: object, columns: ColumnDescription[], rows = 2_000) =>
  completeRecipe(RecipeInput.parse({ layers: [], ...input }), table([...columns, y], rows))
const faultsOf = (input: object, columns: ColumnDescription[], rows = 2_000) =>
  complete(input, columns, rows).problems.map(({ path, message }) => `${path}: ${message}`)
const noteOf = (input: object, columns: ColumnDescription[], rows = 2_000) => {
  const { recipe, problems } = complete(input, columns, rows)
  expect(problems).toEqual([])
  return recipeNotes(recipe!, table([...columns, y], rows)).map(({ path, message }) => `${path}: ${message}`)
}

describe('a column that divides the rows', () => {
  it.each(['group', 'time'])('is no input by itself, if it is the %s, and may be one', (role) => {
    const kept = complete({ [role]: 'day' }, [x, day]).recipe
    expect(kept).toMatchObject({ [role]: 'day', inputs: ['x'] })
    expect(complete({ [role]: 'day', inputs: ['x', 'day'] }, [x, day]).problems).toEqual([])
  })

  it.each(['group', 'time'])('is a column beside the target, if it is the %s', (role) => {
    expect(faultsOf({ [role]: 'days' }, [x, day])).toEqual([
      expect.stringMatching(`^/recipe/${role}: Unknown column "days". Did you mean "day"`),
    ])
    expect(faultsOf({ [role]: 'y' }, [x, day])).toEqual([
      `/recipe/${role}: The target cannot be the ${role} as well. Name another column, or remove ${role}.`,
    ])
    const tags: ColumnDescription = { name: 'tags', type: 'list', missing: 0, classes: { a: 1 } }
    expect(faultsOf({ [role]: 'tags' }, [x, tags])).toEqual([
      `/recipe/${role}: The column holds lists, which cannot be the ${role}. Name another column, or remove ${role}.`,
    ])
  })

  it.each(['group', 'time'])('is spelled as the table spells it, if it is the %s', (role) => {
    const cafe = { ...day, name: 'caf\u00e9' }
    expect(complete({ [role]: 'cafe\u0301' }, [x, cafe]).recipe).toMatchObject({
      [role]: 'caf\u00e9',
      inputs: ['x'],
    })
  })
})

describe('groups', () => {
  const group = 'patient'
  it('need rows that are held out', () => {
    expect(faultsOf({ group, validation: { split: 0.2 } }, [x, patient])).toEqual([])
    expect(faultsOf({ group, validation: { kFold: 5 } }, [x, patient])).toEqual([])
    expect(faultsOf({ group, validation: null }, [x, patient])).toEqual([
      expect.stringMatching(/^\/recipe\/group: .* but the recipe holds no rows out\. Remove group/),
    ])
    expect(faultsOf({ group, validation: { dataset: 'other' } }, [x, patient])).toEqual([
      expect.stringMatching(/^\/recipe\/group: .* but another data set validates, /),
    ])
  })

  it('are shuffled', () => {
    expect(complete({ group, validation: { kFold: 5 } }, [x, patient]).recipe?.validation).toMatchObject({
      shuffle: true,
    })
    expect(faultsOf({ group, validation: { kFold: 5, shuffle: false } }, [x, patient])).toEqual([
      expect.stringMatching(/^\/recipe\/validation\/shuffle: Consecutive blocks/),
    ])
    // A time sets shuffle to false by itself.
    expect(faultsOf({ group, time: 'day', validation: { kFold: 5 } }, [x, patient, day])).toEqual([
      expect.stringMatching(/^\/recipe\/(time|group): .*Remove/),
    ])
  })

  it('are as many as the folds, and at least two', () => {
    const of = (distinct: number, missing = 0): ColumnDescription[] => [x, { ...patient, distinct, missing }]
    expect(faultsOf({ group, validation: { kFold: 5 } }, of(5))).toEqual([])
    // A row without a value is a group of its own.
    expect(faultsOf({ group, validation: { kFold: 5 } }, of(3, 2))).toEqual([])
    expect(faultsOf({ group, validation: { kFold: 5 } }, of(4))).toEqual([
      '/recipe/validation/kFold: "patient" has 4 groups, too few for 5 folds, since a group is kept in one fold. Use at most 4 folds.',
    ])
    expect(faultsOf({ group, validation: { split: 0.2 } }, of(2))).toEqual([])
    expect(faultsOf({ group, validation: { split: 0.2 } }, of(1))).toEqual([
      expect.stringMatching(
        /^\/recipe\/group: "patient" has only one group, and a group is kept on one side/,
      ),
    ])
    expect(faultsOf({ group, validation: { kFold: 5 } }, of(1))).toEqual([
      expect.stringMatching(/^\/recipe\/group: "patient" has only one group/),
    ])
    const { distinct: _distinct, ...unknown } = patient
    expect(faultsOf({ group, validation: { kFold: 5 } }, [x, unknown])).toEqual([])
  })

  it('bound the folds of the default', () => {
    const folds = (distinct: number) =>
      complete({ group }, [x, { ...patient, distinct }], 500).recipe?.validation?.kFold
    expect([2, 3, 4, 9].map(folds)).toEqual([2, 3, 4, 4])
  })

  it('are told in a note', () => {
    expect(noteOf({ group, validation: { split: 0.2 } }, [x, patient])).toEqual([
      '/recipe/group: Rows with the same value in "patient" stay on one side of the split. There are 300 groups. It is no input.',
    ])
    const kFold = { validation: { kFold: 5 } }
    expect(noteOf({ group, ...kFold, inputs: ['x', group] }, [x, { ...patient, missing: 1 }])).toEqual([
      '/recipe/group: Rows with the same value in "patient" stay in one fold. There are 301 groups, one of them a row without a value. It is an input as well.',
    ])
    const gaps = { ...patient, missing: 1_200 }
    expect(noteOf({ group, ...kFold }, [x, gaps])[0]).toContain(
      'There are 1,500 groups, 1,200 of them single rows without a value.',
    )
    const { distinct: _distinct, ...unknown } = patient
    expect(noteOf({ group, ...kFold }, [x, unknown])[0]).toContain('stay in one fold. It is no input.')
    expect(noteOf({}, [x, patient])).toEqual([])
  })
})

describe('the time of rows', () => {
  const time = 'day'
  it('needs rows that are held out, once and in their order', () => {
    const faults = (validation: object | null) => faultsOf({ time, validation }, [x, day])
    expect(faults({ split: 0.2 })).toEqual([])
    expect(faults({ rows: 9 })).toEqual([])
    expect(faults({ kFold: 5, shuffle: false, repeats: 1 })).toEqual([])
    expect(faults(null)).toEqual([
      expect.stringMatching(/^\/recipe\/time: A time lets .* but the recipe holds no rows out\. Remove time/),
    ])
    expect(faults({ dataset: 'other' })).toEqual([
      expect.stringMatching(/^\/recipe\/time: .* but another data set validates, /),
    ])
    expect(faults({ kFold: 5, shuffle: true })).toEqual([
      expect.stringMatching(/^\/recipe\/validation\/shuffle: Rows are divided by time, not drawn/),
    ])
    expect(faults({ kFold: 5, repeats: 2 })).toEqual([
      expect.stringMatching(/^\/recipe\/validation\/repeats: .* Set repeats to 1\./),
    ])
    expect(complete({ time, validation: { kFold: 5 } }, [x, day]).recipe?.validation).toMatchObject({
      shuffle: false,
      repeats: 1,
    })
  })

  it('does not go together with a group', () => {
    expect(faultsOf({ time, group: 'patient', validation: { split: 0.2 } }, [x, day, patient])).toEqual([
      expect.stringMatching(/^\/recipe\/group: The rows are divided by time, and a group may have rows in/),
    ])
  })

  it('is a number or a date', () => {
    const faults = (column: ColumnDescription) => faultsOf({ time, validation: { split: 0.2 } }, [x, column])
    expect(faults(dates('2024-03-01', '2024-03-01T12:30:00Z'))).toEqual([])
    expect(faults(dates('2024-03-01', 'soon'))).toEqual([
      expect.stringMatching(/^\/recipe\/time: "soon" in "day" is neither a number nor a date such as/),
    ])
    expect(faults({ name: 'day', type: 'boolean', missing: 0, classes: { false: 1, true: 2 } })).toEqual([
      '/recipe/time: "day" is a boolean, and a time is a number or a date. Name another column.',
    ])
    expect(faults({ name: 'day', type: 'text', missing: 0, meanLength: 10 })).toEqual([])
    // Numbers whose values are counted.
    expect(faults({ ...day, classes: { 1: 9, 2: 9 } })).toEqual([])
  })

  it('has one value more than there are folds, and at least two', () => {
    const of = (distinct: number, validation: object) =>
      faultsOf({ time, validation }, [x, { ...day, distinct }])
    expect(of(6, { kFold: 5 })).toEqual([])
    expect(of(5, { kFold: 5 })).toEqual([
      '/recipe/validation/kFold: "day" has 5 different times, and 5 folds need 6, since each is trained on an earlier time. Use at most 4 folds.',
    ])
    expect(of(2, { kFold: 2 })).toEqual([
      expect.stringMatching(/^\/recipe\/validation\/kFold: "day" has 2 diff/),
    ])
    expect(of(2, { split: 0.2 })).toEqual([])
    for (const validation of [{ split: 0.2 }, { kFold: 5 }])
      expect(of(1, validation)).toEqual([
        expect.stringMatching(/^\/recipe\/time: "day" has one time only, so that there is no past/),
      ])
  })

  it('bounds the folds of the default', () => {
    const folds = (column: ColumnDescription) =>
      complete({ time }, [x, column], 500).recipe?.validation?.kFold
    expect([3, 4, 5, 9].map((distinct) => folds({ ...day, distinct }))).toEqual([2, 3, 4, 4])
    expect(folds({ name: 'day', type: 'text', missing: 0, meanLength: 10 })).toBe(4)
  })

  it('is told in a note', () => {
    const note = (validation: object, more: object = {}, columns = [x, day]) =>
      noteOf({ time, validation, ...more }, columns)[0]
    expect(note({ split: 0.25 })).toBe(
      '/recipe/time: The last 500 of 2,000 rows by "day" validate, and those before them are trained on; rows of one time stay together, so that the numbers may differ a little. It is no input.',
    )
    expect(note({ rows: 1_500 }, { inputs: ['x', 'day'] })).toMatch(
      /The last 1,500 of 2,000 rows by .* It is an input as well\.$/,
    )
    expect(note({ kFold: 3 })).toMatch(
      /Each of 3 folds validates on a later window of "day" and is trained on all earlier rows\. Of 2,000 rows the first 500 are never held out; /,
    )
    expect(note({ split: 0.25 }, {}, [x, { ...day, missing: 400 }])).toMatch(/The last 400 of 1,600 rows/)
  })

  it('is missing in rows that are left out, with a warning', () => {
    const warned = (missing: number) =>
      complete({ time, target: 'y', validation: { split: 0.2 } }, [x, { ...day, missing }]).warnings
    expect(warned(0)).toEqual([])
    expect(warned(1)).toEqual([
      {
        code: 'rows-without-time',
        column: 'day',
        count: 1,
        message: 'One row has no value in "day" and is left out.',
      },
    ])
    expect(warned(7)[0]?.message).toBe('7 rows have no value in "day" and are left out.')
  })
})

describe('the labels of a cell', () => {
  it.each([[['a', 'b']], [['', '']], [[]], [[' a ', 'a|b', ',']]])('are the items %j of a list', (items) => {
    expect(itemsOf(listCell(items))).toEqual(items)
  })

  it('tell a list of one empty text from an empty list', () => {
    expect(itemsOf(listCell(['']))).toEqual([' '])
    expect(listCell([''])).not.toBe(listCell([]))
  })

  it('are the different items, or parts between separators', () => {
    expect(labelsOf(listCell(['a', 'b', 'a', ' c ']), '|')).toEqual(['a', 'b', ' c '])
    expect(labelsOf('a| b |a||', '|')).toEqual(['a', 'b'])
    expect(labelsOf('a, b', '|')).toEqual(['a, b'])
    expect(labelsOf('', '|')).toEqual([])
    expect(labelsOf('caf\u00e9|cafe\u0301', '|')).toEqual(['caf\u00e9'])
    expect(labelsOf(listCell(['a\u001fb']), '|')).toEqual(['a b'])
    expect(labelsOf('a|b\u001f', '|')).toEqual(['a', 'b\u001f'])
  })
})
