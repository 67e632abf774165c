import { describe, expect, it } from 'vitest'
import type { Table, TableColumn } from '../../src/datasets/table.ts'
import { historyOf } from '../../src/evaluation/history.ts'
import { Random } from '../../src/evaluation/random.ts'
import type { InputStates } from '../../src/models/encoders/row-encoder.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { TREES_DEFAULTS } from '../../src/recipe/network.ts'
import type { ColumnDescription } from '../../src/recipe/table.ts'
import { execute } from '../../src/training/runs.ts'
import { train } from '../../src/training/train.ts'
import {
  calibrationWarning,
  fewTermsWarnings,
  leakWarnings,
  overfittingWarning,
} from '../../src/training/warnings.ts'
import type { Warning } from '../../src/warnings.ts'

const ROWS = 60
const random = new Random(9, 'warnings')
const noise = Array.from({ length: ROWS }, () => random.next())
const price = noise.map((value) => value * 100)
const labels = noise.map((value) => (value < 0.3 ? 'low' : 'high'))

function described(name: string, { type, values }: TableColumn): ColumnDescription {
  const present = Array.from(values as ArrayLike<unknown>).filter(
    (value) => value !== null && !Number.isNaN(value),
  )
  const column = { name, type, missing: values.length - present.length }
  if (type === 'text') return { ...column, meanLength: 10 }
  if (type === 'number') return { ...column, distinct: new Set(present).size, min: -1000, max: 1000 }
  const classes: Record<string, number> = {}
  for (const value of present) classes[String(value)] = (classes[String(value)] ?? 0) + 1
  return { ...column, classes }
}

function leaks(columns: Record<string, TableColumn>): Warning[] {
  const rows = columns['target']?.values.length ?? 0
  const table: Table = { rows, columns: new Map(Object.entries(columns)) }
  const description = { rows, columns: Object.entries(columns).map(([name, each]) => described(name, each)) }
  const { recipe, problems } = completeRecipe(RecipeInput.parse({ target: 'target' }), description)
  if (!recipe) throw new Error(JSON.stringify(problems))
  return leakWarnings(
    recipe,
    table,
    Uint32Array.from({ length: rows }, (_, row) => row),
  )
}

const numbers = (values: number[]): TableColumn => ({ type: 'number', values: Float64Array.from(values) })
const categories = (values: (string | null)[]): TableColumn => ({ type: 'category', values })

describe('a warning of a leak', () => {
  it('names a number that is the target in another unit, gaps left aside', () => {
    const cents = price.map((value, row) => (row % 7 === 0 ? Number.NaN : value * -100 + 3))
    const found = leaks({
      cents: numbers(cents),
      other: numbers(noise.map((_, row) => row % 5)),
      target: numbers(price),
    })
    expect(found).toHaveLength(1)
    expect(found[0]?.message).toMatch(/"cents" gives the target away.*it correlates perfectly with "target"/)
  })

  it('shows line ends in names as what they are', () => {
    const [found] = leaks({ 'first\nname': numbers(price), other: numbers(noise), target: numbers(price) })
    expect(found?.message).toContain('The column "first\\nname" gives the target away')
  })

  it('is not given for constant columns, whose deviations are only rounding', () => {
    const constant = (value: number) => numbers(new Array<number>(ROWS).fill(value))
    expect(leaks({ x: constant(3), y: constant(0.1), target: constant(0.7) })).toEqual([])
  })

  it('names a category, a boolean and a number that stand for the classes', () => {
    const found = leaks({
      code: categories(labels.map((label) => (label === 'low' ? 'L' : 'H'))),
      flag: { type: 'boolean', values: labels.map((label) => label === 'low') },
      digit: numbers(labels.map((label) => (label === 'low' ? 7 : 2))),
      target: categories(labels),
    })
    expect(found.map(({ column }) => column)).toEqual(['code', 'flag', 'digit'])
  })

  it('names a number that stands for one of many classes', () => {
    const classes = noise.map((value) => 'abc'.charAt(Math.floor(value * 3)))
    const found = leaks({
      code: numbers(classes.map((each) => each.charCodeAt(0))),
      target: categories(classes),
    })
    expect(found).toEqual([
      {
        code: 'target-leak',
        column: 'code',
        message: expect.stringMatching(/"code" gives the target away: each of its values stands/),
      },
    ])
  })

  it('stays away where a column only helps, is constant, is new in each row, or has few values', () => {
    const help = price.map((value, row) => value + (noise[(row * 7) % ROWS] ?? 0) * 5)
    expect(
      leaks({
        help: numbers(help),
        constant: numbers(price.map(() => 3)),
        id: categories(price.map((_, row) => `row ${row}`)),
        few: numbers(price.map((value, row) => (row < 5 ? value : Number.NaN))),
        target: numbers(price),
      }),
    ).toEqual([])
    const kind = labels.map((label, row) => (row === 4 ? 'x' : label))
    expect(leaks({ kind: categories(kind), target: categories(labels) })).toEqual([])
    // Each value stands for one class, but a class has two values: a category may well do that.
    const fine = labels.map((label, row) => (label === 'high' && row % 2 ? 'higher' : label))
    expect(leaks({ fine: categories(fine), target: categories(labels) })).toEqual([])
  })

  /** Whether `x` is said to give the target away. */
  const leaksFrom = (x: TableColumn, target: TableColumn) => leaks({ x, target }).length === 1
  const upTo = (count: number) => Array.from({ length: count }, (_, row) => row + 0.5)

  it('needs ten rows that have both values', () => {
    const gaps = [Number.NaN, Number.NaN]
    for (const [count, found] of [
      [10, true],
      [9, false],
    ] as const) {
      const values = upTo(count)
      expect(leaksFrom(numbers(values), numbers(values)), `${count} numbers`).toBe(found)
      const doubled = values.map((value) => value * 2)
      // Rows with a gap on either side count for nothing.
      expect(leaksFrom(numbers([...doubled, ...gaps, 1]), numbers([...values, 1, 2, Number.NaN]))).toBe(found)
      const classes = values.map((_, row) => (row % 2 ? 'a' : 'b'))
      expect(leaksFrom(categories(classes), categories(classes)), `${count} classes`).toBe(found)
      expect(leaksFrom(categories([...classes, null, 'a']), categories([...classes, 'a', null]))).toBe(found)
    }
  })

  it('needs a value of either side to occur twice on average, and two values', () => {
    const repeated = (count: number, rows: number) => upTo(rows).map((_, row) => `v${row % count}`)
    expect(leaksFrom(categories(repeated(6, 12)), categories(repeated(6, 12)))).toBe(true)
    expect(leaksFrom(categories(repeated(6, 11)), categories(repeated(6, 11)))).toBe(false)
    const one = categories(repeated(2, 12).map((value) => (value === 'v0' ? 'v0' : null)))
    expect(leaksFrom(one, categories(repeated(2, 12)))).toBe(false)
  })

  it('is not given where two values of the column stand for one class, or one value for two', () => {
    const fine = upTo(20).map((_, row) => `v${row % 4}`)
    const coarse = upTo(20).map((_, row) => `v${row % 2}`)
    expect(leaksFrom(categories(fine), categories(coarse))).toBe(false)
    expect(leaksFrom(categories(coarse), categories(fine))).toBe(false)
  })

  it('is not given where only the column or only the target is constant but for rounding', () => {
    // The sum of many equal decimals is not their product, so that deviations are not exactly 0.
    const constant = numbers(upTo(60).map(() => 0.1))
    const growing = numbers(upTo(60))
    expect(leaksFrom(constant, growing)).toBe(false)
    expect(leaksFrom(growing, constant)).toBe(false)
    // Small numbers far from 0, and large ones, are no rounding.
    expect(leaksFrom(numbers(upTo(60).map((value) => 1e6 + value)), growing)).toBe(true)
    expect(leaksFrom(numbers(upTo(60).map((value) => 1e-9 * value)), growing)).toBe(true)
  })

  it('is given for a correlation above 0.9999 or below −0.9999 only', () => {
    const growing = upTo(60)
    // Alternating errors of e give a correlation of sqrt(299.9 / (299.9 + e²)).
    const bent = (error: number) => growing.map((value, row) => value + (row % 2 ? error : -error))
    expect(leaksFrom(numbers(bent(0.2)), numbers(growing))).toBe(true)
    expect(leaksFrom(numbers(bent(0.2).map((value) => -value)), numbers(growing))).toBe(true)
    expect(leaksFrom(numbers(bent(0.3)), numbers(growing))).toBe(false)
  })

  it('is not given for texts, and leaves out what the table does not have', () => {
    const labels = upTo(20).map((_, row) => (row % 2 ? 'a' : 'b'))
    expect(leaksFrom({ type: 'text', values: labels }, categories(labels))).toBe(false)
    const columns = [
      { name: 'x', type: 'category' as const, missing: 0, classes: { a: 10, b: 10 } },
      { name: 'target', type: 'category' as const, missing: 0, classes: { a: 10, b: 10 } },
    ]
    const { recipe } = completeRecipe(RecipeInput.parse({ target: 'target' }), { rows: 20, columns })
    if (!recipe) throw new Error('no recipe')
    const rows = Uint32Array.from({ length: 20 }, (_, row) => row)
    const of = (name: string): Table => ({ rows: 20, columns: new Map([[name, categories(labels)]]) })
    expect(leakWarnings(recipe, of('target'), rows)).toEqual([])
    expect(leakWarnings(recipe, of('x'), rows)).toEqual([])
  })

  it('compares numbers with a target of classes by their values', () => {
    const classes = upTo(20).map((_, row) => `v${row % 3}`)
    const codes = upTo(20).map((_, row) => [5, 1, 9][row % 3] ?? 0)
    expect(leaksFrom(numbers(codes), categories(classes))).toBe(true)
    // A category and a target of numbers are compared in the same way.
    expect(leaksFrom(categories(classes), numbers(codes))).toBe(true)
  })

  it('reaches the result of training', async () => {
    const table: Table = {
      rows: ROWS,
      columns: new Map<string, TableColumn>([
        ['x', numbers(price)],
        ['target', numbers(price)],
      ]),
    }
    const columns = [...table.columns].map(([name, column]) => described(name, column))
    const { recipe } = completeRecipe(
      RecipeInput.parse({ target: 'target', epochs: 1, validation: { split: 0.2 } }),
      {
        rows: ROWS,
        columns,
      },
    )
    if (!recipe) throw new Error('no recipe')
    const { warnings } = await train({
      recipe,
      table,
      onProgress: async () => {},
      signal: new AbortController().signal,
    })
    expect(warnings).toEqual([
      { code: 'target-leak', column: 'x', message: expect.stringContaining('"x" gives the target away') },
    ])
  })
})

describe('a warning of equal rows', () => {
  const texts = (count: number) => Array.from({ length: 200 }, (_, row) => `text ${row % count}`)
  const byParity = (row: number) => (row % 2 ? 'b' : 'a')
  const warned = async (column: TableColumn, validation: object, labelOf = byParity) => {
    const target = categories(Array.from({ length: 200 }, (_, row) => labelOf(row)))
    const table: Table = {
      rows: 200,
      columns: new Map([
        ['x', column],
        ['target', target],
      ]),
    }
    const columns = [...table.columns].map(([name, each]) => described(name, each))
    const recipe = { target: 'target', epochs: 1, layers: [], validation }
    const { recipe: complete } = completeRecipe(RecipeInput.parse(recipe), { rows: 200, columns })
    if (!complete) throw new Error('no recipe')
    const { warnings } = await execute({
      recipe: complete,
      table,
      validationFrom: null,
      run: { kind: 'whole' },
      onProgress: async () => {},
      signal: new AbortController().signal,
    })
    return warnings.filter(({ code }) => code === 'equal-rows')
  }
  const text = (count: number): TableColumn => ({ type: 'text', values: texts(count) })
  const decimals = numbers(texts(20).map((value) => Number(value.slice(5)) + 0.5))

  it('counts the rows that repeat others, which are kept together', async () => {
    for (const validation of [{ split: 0.2 }, { kFold: 2 }]) {
      expect(await warned(text(20), validation)).toMatchObject([
        {
          count: 180,
          message: expect.stringMatching(/^180 of the 200 rows repeat another .* kept on one side/),
        },
      ])
      expect(await warned(decimals, validation)).toMatchObject([{ count: 180 }])
      expect(await warned(text(200), validation)).toEqual([])
    }
    // Folds in the order of the rows are the client's own choice.
    expect(await warned(text(20), { kFold: 2, shuffle: false })).toMatchObject([
      { count: 180, message: expect.stringContaining('may be validated on as well as trained on') },
    ])
  })

  it('counts those that contradict each other, and keeps equal inputs together whatever the target says', async () => {
    const values = texts(20)
    const [one] = await warned({ type: 'text', values }, { split: 0.2 }, (row) => (row < 190 ? 'a' : 'b'))
    // The last ten rows repeat texts of which the first has the other label.
    expect(one).toMatchObject({
      count: 180,
      message: expect.stringMatching(
        /^180 of .* 10 of these contradict the first such row by another target/,
      ),
    })
  })

  it('stays away where few values make equal rows by nature', async () => {
    expect(await warned(categories(texts(6)), { split: 0.2 })).toEqual([])
    expect(await warned(numbers(texts(6).map((value) => Number(value.slice(5)))), { split: 0.2 })).toEqual([])
  })
})

describe('a warning of few terms', () => {
  const recipeWith = (encoder: object) => {
    const columns = [
      { name: 'text', type: 'text' as const, missing: 0, meanLength: 30 },
      { name: 'label', type: 'category' as const, missing: 0, classes: { a: 50, b: 50 } },
    ]
    const input = RecipeInput.parse({ target: 'label', encoder })
    const { recipe } = completeRecipe(input, { rows: 100, columns })
    if (!recipe) throw new Error('no recipe')
    return recipe
  }
  const ofTerms = (count: number): InputStates => [
    {
      name: 'text',
      type: 'text',
      state: {
        kind: 'text',
        type: 'multiHot',
        analyzer: 'word',
        ngrams: [1, 1],
        lowercase: true,
        stripHtml: false,
        refuseGaps: false,
        vocabulary: Array.from({ length: count }, (_, at) => `t${at}`).join('\n'),
        idf: null,
        ratios: null,
      },
    },
  ]
  const often = recipeWith({ type: 'multiHot', minCount: 3 })
  const once = recipeWith({ type: 'multiHot', minCount: 1 })

  it.each([0, 1, 99])('counts %i terms', (count) => {
    expect(fewTermsWarnings(once, ofTerms(count))).toEqual([
      {
        code: 'few-terms',
        column: 'text',
        message: `Only ${count} different terms were learnt from the texts of "text", and the model cannot use a text without any of them. More rows help.`,
      },
    ])
  })

  it('is not given for 100 terms, and names minCount where a smaller one is possible', () => {
    expect(fewTermsWarnings(once, ofTerms(100))).toEqual([])
    expect(fewTermsWarnings(once, ofTerms(101))).toEqual([])
    expect(fewTermsWarnings(often, ofTerms(9))[0]?.message).toMatch(
      /More rows help, and so does a smaller minCount of the encoder\.$/,
    )
  })

  it('is given for sequences of words, and for no other columns', () => {
    const sequence: InputStates[number]['state'] = {
      kind: 'sequence',
      lowercase: true,
      stripHtml: false,
      maxLength: 10,
      padding: 'pre',
      truncating: 'pre',
      embedding: 4,
      pooling: 'average',
      refuseGaps: false,
      vocabulary: 'a\nb',
    }
    const category: InputStates[number]['state'] = {
      kind: 'category',
      valueType: 'string',
      values: ['a'],
      indicator: false,
      refuseGaps: false,
      refuseUnseen: false,
    }
    const found = fewTermsWarnings(once, [
      { name: 'words', type: 'text', state: sequence },
      { name: 'kind', type: 'category', state: category },
    ])
    expect(found.map(({ column }) => column)).toEqual(['words'])
  })
})

describe('a warning of overfitting', () => {
  const LAYERS = { network: { type: 'layers' as const } }
  const history = (loss: number[], valLoss: number[]) =>
    historyOf(
      loss.map((value, epoch) => ({ loss: value, valLoss: valLoss[epoch] ?? null })),
      'valLoss',
    )

  it('names the epoch after which validation loss rose while training loss fell', () => {
    const found = overfittingWarning(LAYERS, history([0.9, 0.5, 0.3, 0.1], [0.8, 0.6, 0.7, 0.95]), 2)
    expect(found.map(({ code }) => code)).toEqual(['overfitting'])
    expect(found[0]?.message).toMatch(
      /^After epoch 2 .* from 0\.6 to 0\.95 .*kept has learnt for 2 epochs\. /,
    )
    expect(
      overfittingWarning(LAYERS, history([0.9, 0.5, 0.3, 0.1], [0.8, 0.6, 0.7, 0.8]), 4)[0]?.message,
    ).toMatch(/learnt for 4 epochs: train for 2, or/)
  })

  it('advises of trees what trees have', () => {
    const found = overfittingWarning(
      { network: TREES_DEFAULTS },
      history([0.9, 0.5, 0.3, 0.1], [0.8, 0.6, 0.7, 0.95]),
      2,
    )
    expect(found[0]?.message).toMatch(/the trees overfit\. Those that are kept have learnt for 2 epochs\. /)
    expect(found[0]?.message).toMatch(/Fewer leaves/)
    expect(found[0]?.message).not.toMatch(/units|dropout/)
  })

  it('stays away where both fall, both rise, or the rise is slight or a single epoch', () => {
    expect(overfittingWarning(LAYERS, history([0.9, 0.5, 0.3], [0.8, 0.6, 0.7]), 2)).toEqual([])
    expect(overfittingWarning(LAYERS, history([0.9, 0.5, 0.3], [0.8, 0.7, 0.6]), 2)).toEqual([])
    expect(overfittingWarning(LAYERS, history([0.9, 0.5, 0.7, 0.8], [0.8, 0.6, 0.9, 1]), 2)).toEqual([])
    expect(overfittingWarning(LAYERS, history([0.9, 0.5, 0.4, 0.3], [0.8, 0.6, 0.602, 0.605]), 2)).toEqual([])
    expect(overfittingWarning(LAYERS, historyOf([{ loss: 1 }, { loss: 0.5 }], 'loss'), 2)).toEqual([])
  })
})

describe('the warning about a calibration', () => {
  const figures = (method: 'none' | 'platt', before: number, after: number) => ({
    calibration: {
      method,
      before: { logLoss: before, expectedCalibrationError: 0.02 },
      after: { logLoss: after, expectedCalibrationError: 0.01 },
      tried: { none: before, platt: after },
    },
  })

  it('is given where a named one does not lower the log loss, or cannot be fitted', () => {
    expect(calibrationWarning({ calibration: 'platt' }, figures('platt', 0.412, 0.43))).toEqual([
      { code: 'calibration-no-gain', message: expect.stringMatching(/"platt".*0\.43, and 0\.412 without/) },
    ])
    expect(calibrationWarning({ calibration: 'platt' }, figures('none', 0.4, 0.4))).toEqual([
      {
        code: 'calibration-no-gain',
        message: expect.stringContaining('cannot be fitted to the held-out rows'),
      },
    ])
  })

  it('is not given where it helps, or where the data choose', () => {
    expect(calibrationWarning({ calibration: 'platt' }, figures('platt', 0.43, 0.412))).toEqual([])
    expect(calibrationWarning({ calibration: 'auto' }, figures('none', 0.4, 0.4))).toEqual([])
    expect(calibrationWarning({ calibration: 'platt' }, {})).toEqual([])
  })
})
