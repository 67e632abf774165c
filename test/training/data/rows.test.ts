import { describe, expect, it } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { splitRows } from '../../../src/evaluation/folds.ts'
import { groupsOf } from '../../../src/training/data/groups.ts'
import { chooseRows, labelledRows } from '../../../src/training/data/rows.ts'
import { classes, numbers, recipeOf, tableOf, texts } from './tables.ts'

const upTo = (count: number) => Array.from({ length: count }, (_, row) => row)
type Chosen = ReturnType<typeof chooseRows>
const listed = ({ training, validation }: Chosen) => [[...training], validation && [...validation]]
const whole = { from: null, fold: null }

/** Returns the message of the refusal. */
function refusalOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof FitserveError && error.code === 'training-failed') return error.message
    throw error
  }
  throw new Error('Expected a refusal')
}

describe('the rows that are learnt from', () => {
  it('have a target, all of several, and a time where the table has the column', () => {
    const table = tableOf({
      x: numbers(1, 2, 3, 4),
      y: numbers(1, null, 3, 4),
      z: numbers(1, 2, null, 4),
      t: numbers(1, 2, 3, null),
    })
    expect([...labelledRows(recipeOf({}), table)]).toEqual([0, 2, 3])
    expect([...labelledRows(recipeOf({ target: ['y', 'z'] }), table)]).toEqual([0, 3])
    expect([...labelledRows(recipeOf({ time: 't' }), table)]).toEqual([0, 2])
    expect([...labelledRows(recipeOf({ time: 'gone' }), table)]).toEqual([0, 2, 3])
  })

  it('are all, without validation, and those above the validation data set', () => {
    const table = tableOf({ x: numbers(1, 2, 3, 4), y: numbers(1, null, 3, 4) })
    expect(listed(chooseRows(recipeOf({}), table, whole))).toEqual([[0, 2, 3], null])
    const split = recipeOf({ validation: { split: 0.5 } })
    expect(listed(chooseRows(split, table, { from: 3, fold: null }))).toEqual([[0, 2], [3]])
    expect(listed(chooseRows(split, table, { from: 2, fold: null }))).toEqual([[0], [2, 3]])
  })

  it('are drawn by a share, rounded, or by a number, and by class for a classifier', () => {
    const rows = upTo(11)
    const table = tableOf({ x: numbers(...rows), y: numbers(...rows) })
    // 11 · 0.23 = 2.53, and rounded 3.
    expect(chooseRows(recipeOf({ validation: { split: 0.23 } }), table, whole).validation).toHaveLength(3)
    expect(chooseRows(recipeOf({ validation: { rows: 4 } }), table, whole).validation).toHaveLength(4)
    const labels = upTo(100).map((row) => (row % 10 === 0 ? 'rare' : 'often'))
    const labelled = tableOf({ x: numbers(...upTo(100)), y: classes(...labels) })
    for (const seed of [1, 2, 3]) {
      const recipe = recipeOf({
        task: 'binary',
        loss: { type: 'binaryCrossentropy' },
        validation: { split: 0.2 },
        seed,
      })
      const { validation } = chooseRows(recipe, labelled, whole)
      expect([...(validation ?? [])].filter((row) => row % 10 === 0)).toHaveLength(2)
    }
  })

  it('are drawn by the rarest label of each where rows have several', () => {
    // 'rare' is in 10 rows of 100, beside a label that all rows have; 10 rows have no label.
    const cells = upTo(100).map((row) => (row < 10 ? 'all|rare' : row < 20 ? '' : 'all'))
    const table = tableOf({ x: numbers(...upTo(100)), y: texts(...cells) })
    for (const seed of [1, 2, 3]) {
      const recipe = recipeOf({
        task: 'multiLabel',
        loss: { type: 'binaryCrossentropy' },
        multiLabel: { separator: '|', threshold: 0.5 },
        validation: { split: 0.2 },
        seed,
      })
      const held = [...(chooseRows(recipe, table, whole).validation ?? [])]
      expect(held.filter((row) => row < 10)).toHaveLength(2)
      expect(held.filter((row) => row >= 10 && row < 20)).toHaveLength(2)
    }
  })

  it('are consecutive blocks where folds are not shuffled', () => {
    const table = tableOf({ x: numbers(...upTo(6)), y: numbers(...upTo(6)) })
    const recipe = recipeOf({ validation: { kFold: 3, shuffle: false } })
    const fold = (number: number) =>
      listed(chooseRows(recipe, table, { from: null, fold: { fold: number, repeat: 1 } }))
    expect([fold(1), fold(2), fold(3)]).toEqual([
      [
        [2, 3, 4, 5],
        [0, 1],
      ],
      [
        [0, 1, 4, 5],
        [2, 3],
      ],
      [
        [0, 1, 2, 3],
        [4, 5],
      ],
    ])
  })

  it('of folds hold each row out once, in another way in each repeat', () => {
    const table = tableOf({ x: numbers(...upTo(20)), y: numbers(...upTo(20)) })
    const recipe = recipeOf({ validation: { kFold: 4, repeats: 2 } })
    const held = (repeat: number) =>
      [1, 2, 3, 4].map((fold) => [
        ...(chooseRows(recipe, table, { from: null, fold: { fold, repeat } }).validation ?? []),
      ])
    for (const repeat of [1, 2]) {
      expect(held(repeat).map((rows) => rows.length)).toEqual([5, 5, 5, 5])
      expect(
        held(repeat)
          .flat()
          .sort((a, b) => a - b),
      ).toEqual(upTo(20))
    }
    expect(held(2)).not.toEqual(held(1))
  })
})

describe('rows that are equal in all inputs', () => {
  /** Rows 0 to 9 and 10 to 19 are equal, each to the one ten below; 20 to 59 are single. */
  const x = upTo(60).map((row) => (row < 20 ? row % 10 : row) + 0.5)
  const table = tableOf({ x: numbers(...x), y: numbers(...upTo(60)) })
  const recipe = (validation: object, seed: number) => recipeOf({ validation, seed })

  it('are on one side, which keeps its size by rows without copies', () => {
    for (const seed of upTo(20)) {
      const { training, validation } = chooseRows(recipe({ split: 0.25 }, seed), table, whole)
      const held = new Set(validation)
      expect(held.size).toBe(15)
      expect(training.length).toBe(45)
      for (const row of upTo(10)) expect(held.has(row)).toBe(held.has(row + 10))
      // The first of equal rows decides, as it was drawn.
      const drawn = new Set(splitRows(60, 15, null, seed).validation)
      for (const row of upTo(10)) expect(held.has(row)).toBe(drawn.has(row))
    }
  })

  it('are in one fold', () => {
    for (const seed of upTo(5)) {
      const folds = [1, 2, 3].map(
        (fold) =>
          new Set(
            chooseRows(recipe({ kFold: 3 }, seed), table, { from: null, fold: { fold, repeat: 1 } })
              .validation,
          ),
      )
      for (const row of upTo(10))
        expect(folds.map((held) => held.has(row))).toEqual(folds.map((held) => held.has(row + 10)))
    }
  })

  it('are drawn apart as earlier releases did, where that is asked for, and in order', () => {
    for (const seed of [1, 2]) {
      const { validation } = chooseRows(recipe({ split: 0.25 }, seed), table, { ...whole, keepEqual: false })
      expect(validation).toEqual(splitRows(60, 15, null, seed).validation)
    }
    const ordered = recipe({ kFold: 3, shuffle: false }, 1)
    const { validation } = chooseRows(ordered, table, { from: null, fold: { fold: 1, repeat: 1 } })
    expect([...(validation ?? [])]).toEqual(upTo(20))
  })

  it('are parted where a side would be left without rows', () => {
    const all = tableOf({ x: numbers(...upTo(8).map(() => 0.5)), y: numbers(...upTo(8)) })
    const { training, validation } = chooseRows(recipe({ split: 0.25 }, 1), all, whole)
    expect([training.length, validation?.length]).toEqual([6, 2])
    const folds = [1, 2].map(
      (fold) =>
        chooseRows(recipe({ kFold: 2 }, 1), all, { from: null, fold: { fold, repeat: 1 } }).validation,
    )
    expect(folds.map((held) => held?.length)).toEqual([4, 4])
  })

  it('are those with decimals or texts only: few whole numbers are equal by nature', () => {
    const plain = tableOf({ x: numbers(...x.map(Math.floor)), y: numbers(...upTo(60)) })
    const { validation } = chooseRows(recipe({ split: 0.25 }, 1), plain, whole)
    expect(validation).toEqual(splitRows(60, 15, null, 1).validation)
    const categories = tableOf({ x: classes(...x.map(String)), y: numbers(...upTo(60)) })
    expect(chooseRows(recipe({ split: 0.25 }, 1), categories, whole).validation).toEqual(validation)
    const words = tableOf({ x: texts(...x.map(String)), y: numbers(...upTo(60)) })
    const held = new Set(chooseRows(recipe({ split: 0.25 }, 1), words, whole).validation)
    for (const row of upTo(10)) expect(held.has(row)).toBe(held.has(row + 10))
  })
})

describe('rows with a time', () => {
  const times = [5, 1, 4, 2, 3, 0]
  const table = tableOf({ x: numbers(...upTo(6)), y: numbers(...upTo(6)), t: numbers(...times) })

  it('are held out where they are the latest, by a share, a number, or in folds', () => {
    const split = recipeOf({ time: 't', validation: { split: 0.34 } })
    expect(listed(chooseRows(split, table, whole))).toEqual([
      [1, 3, 4, 5],
      [0, 2],
    ])
    const three = recipeOf({ time: 't', validation: { rows: 3 } })
    expect(listed(chooseRows(three, table, whole))).toEqual([
      [1, 3, 5],
      [0, 2, 4],
    ])
    const folds = recipeOf({ time: 't', validation: { kFold: 2 } })
    const fold = (number: number) =>
      listed(chooseRows(folds, table, { from: null, fold: { fold: number, repeat: 1 } }))
    // The first two times only train; each fold is trained on all that is earlier.
    expect(fold(1)).toEqual([
      [1, 5],
      [3, 4],
    ])
    expect(fold(2)).toEqual([
      [1, 3, 4, 5],
      [0, 2],
    ])
    expect(listed(chooseRows(folds, table, whole))).toEqual(fold(1))
  })

  it('may have dates, in any zone', () => {
    // 00:30 at +02:00 is the evening before.
    const dates = ['2024-03-02', '2024-03-02T00:30:00+02:00', '2024-03-01T21:00:00Z']
    const dated = tableOf({ x: numbers(1, 2, 3), y: numbers(1, 2, 3), t: texts(...dates) })
    const recipe = recipeOf({ time: 't', validation: { rows: 1 } })
    expect(listed(chooseRows(recipe, dated, whole))).toEqual([[1, 2], [0]])
    const two = recipeOf({ time: 't', validation: { rows: 2 } })
    expect(listed(chooseRows(two, dated, whole))).toEqual([[2], [0, 1]])
  })

  it('are refused where a text is no time, or times are too few', () => {
    const recipe = recipeOf({ time: 't', validation: { split: 0.5 } })
    const columns = { x: numbers(1, 2), y: numbers(1, 2) }
    expect(
      refusalOf(() => chooseRows(recipe, tableOf({ ...columns, t: texts('2024-01-01', 'soon') }), whole)),
    ).toMatch(/^"soon" in "t" is neither a number nor a date/)
    expect(refusalOf(() => chooseRows(recipe, tableOf({ ...columns, t: numbers(7, 7) }), whole))).toMatch(
      /^"t" has one time only, so that there is no past/,
    )
    const folds = recipeOf({ time: 't', validation: { kFold: 2 } })
    const fold = { from: null, fold: { fold: 1, repeat: 1 } }
    expect(refusalOf(() => chooseRows(folds, tableOf({ ...columns, t: numbers(7, 8) }), fold))).toMatch(
      /^"t" has 2 different times, and 2 folds need 3/,
    )
  })
})

describe('groups of rows', () => {
  const of = (values: (string | null)[], firsts: number[] | null, parts: number) => {
    const { groupOf, count, holdsEqual } = groupsOf(
      (row) => values[row] ?? null,
      Uint32Array.from(values, (_, row) => row),
      firsts && Uint32Array.from(firsts),
      parts,
    )
    return { groupOf: [...groupOf], count, holdsEqual }
  }

  it('are of one value, in any normal form of it, and a row without one is its own', () => {
    expect(of(['b', 'a', null, 'b', null, 'a'], null, 2)).toEqual({
      groupOf: [0, 1, 2, 0, 3, 1],
      count: 4,
      holdsEqual: true,
    })
    expect(of(['caf\u00e9', 'cafe\u0301'], null, 2).count).toBe(1)
    const { groupOf } = groupsOf((row) => [1, 2, 1][row] ?? null, Uint32Array.of(2, 1, 0), null, 2)
    expect([...groupOf]).toEqual([0, 1, 0])
  })

  it('are joined where they share equal rows', () => {
    // Row 3 is equal to row 0, and row 5 to row 2: of the six groups a–d and b–e are joined.
    const values = ['a', 'b', 'b', 'd', 'c', 'e']
    expect(of(values, [0, 1, 2, 0, 4, 2], 2)).toEqual({
      groupOf: [0, 1, 1, 0, 2, 1],
      count: 3,
      holdsEqual: true,
    })
    // Through a chain: a–b, b–c, c–d.
    expect(
      of(
        ['a', 'b', 'b', 'c', 'c', 'd', 'x', 'y', 'z', 'u', 'v', 'w'],
        [0, 0, 2, 2, 4, 4, 6, 7, 8, 9, 10, 11],
        2,
      ),
    ).toEqual({
      groupOf: [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6],
      count: 7,
      holdsEqual: true,
    })
  })

  it('stay apart where too few would be left, or one larger than a part', () => {
    const plain = { groupOf: [0, 1, 2, 3], count: 4, holdsEqual: false }
    const values = ['a', 'b', 'c', 'd']
    // Two joined pairs are as many as the parts, and not enough for three.
    expect(of(values, [0, 0, 2, 2], 2)).toEqual({ groupOf: [0, 0, 1, 1], count: 2, holdsEqual: true })
    expect(of(values, [0, 0, 2, 2], 3)).toEqual(plain)
    // Three of four rows are more than half of them.
    expect(of(values, [0, 0, 0, 3], 2)).toEqual(plain)
    // Groups of three rows, as large as one was before, but two only.
    expect(of(['a', 'a', 'a', 'b', 'c', 'd'], [0, 1, 2, 3, 3, 3], 3)).toMatchObject({
      count: 4,
      holdsEqual: false,
    })
    // A group that was larger than a part before may be as large afterwards.
    expect(of(['a', 'a', 'a', 'b', 'c'], [0, 1, 2, 3, 3], 2)).toEqual({
      groupOf: [0, 0, 0, 1, 1],
      count: 2,
      holdsEqual: true,
    })
  })

  it('divide a split and folds by the seed, and are refused where they are too few', () => {
    const group = classes(...upTo(40).map((row) => `g${row % 20}`))
    const table = tableOf({ x: numbers(...upTo(40)), y: numbers(...upTo(40)), g: group })
    const chosen = (
      validation: object,
      seed: number,
      fold: { fold: number; repeat: number } | null = null,
    ) => [
      ...(chooseRows(recipeOf({ group: 'g', validation, seed }), table, { from: null, fold }).validation ??
        []),
    ]
    const held = chosen({ split: 0.25 }, 1)
    expect(held).toHaveLength(10)
    for (const row of held) expect(held).toContain((row + 20) % 40)
    expect(chosen({ rows: 8 }, 1)).toHaveLength(8)
    expect(chosen({ split: 0.25 }, 2)).not.toEqual(held)
    expect(chosen({ split: 0.25 }, 1)).toEqual(held)
    const folds = (repeat: number) =>
      [1, 2, 3, 4].map((fold) => chosen({ kFold: 4, repeats: 2 }, 1, { fold, repeat }))
    expect(folds(1).map((rows) => rows.length)).toEqual([10, 10, 10, 10])
    expect(
      folds(1)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual(upTo(40))
    expect(folds(2)).not.toEqual(folds(1))
    const one = tableOf({ x: numbers(1, 2), y: numbers(1, 2), g: classes('a', 'a') })
    expect(
      refusalOf(() => chooseRows(recipeOf({ group: 'g', validation: { split: 0.5 } }), one, whole)),
    ).toMatch(/^"g" has only one group/)
  })
})
