import { describe, expect, it } from 'vitest'
import type { TargetState } from '../../../src/models/target.ts'
import { encodeTargets, inputOf, ownTruth, prepare, typeOf } from '../../../src/training/data/examples.ts'
import { classes, numbers, recipeOf, tableOf, texts } from './tables.ts'

const calm = () => undefined
type Prepared = Awaited<ReturnType<typeof prepare>>

/** Encoded rows as they stand in a full matrix. */
function matrixOf({ rows: { rows, width, offsets, indices, values } }: Prepared['training']): number[][] {
  return Array.from({ length: rows }, (_, row) => {
    const line = new Array<number>(width).fill(0)
    for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++)
      line[indices[at] ?? 0] = values[at] ?? 0
    return line
  })
}

describe('examples', () => {
  const table = {
    ...tableOf({ x: numbers(0, 2, 10, 4), k: classes('a', 'b', 'a', 'c'), y: numbers(1, 3, 7, 5) }),
    ignored: ['other'],
  }

  it('are encoded by what the training rows teach, the validation rows too', async () => {
    const recipe = recipeOf({ inputs: ['x', 'k'], targetTransform: 'standardize' })
    const rows = { training: Uint32Array.of(0, 1), validation: Uint32Array.of(2, 3) }
    const { training, validation, target, ignored } = await prepare(recipe, table, rows, calm)
    expect(ignored).toEqual(['other'])
    // Of 0 and 2 the mean and the deviation are 1; of the targets 1 and 3 they are 2 and 1.
    const [first, second] = matrixOf(training)
    expect([first?.[0], second?.[0]]).toEqual([-1, 1])
    expect([...training.targets]).toEqual([-1, 1])
    if (!validation) throw new Error('no validation rows')
    const [third, fourth] = matrixOf(validation)
    expect([third?.[0], fourth?.[0]]).toEqual([9, 3])
    expect([...validation.targets]).toEqual([5, 3])
    // The class "a" is known; "c" is not, and has none of the positions of "a" and "b".
    expect(third?.slice(1)).toEqual(first?.slice(1))
    expect(fourth?.slice(1)).not.toEqual(first?.slice(1))
    expect(fourth?.slice(1)).not.toEqual(second?.slice(1))
    expect(target).toMatchObject({ task: 'regression', shift: 2, scale: 1, range: { min: 1, max: 3 } })
    expect(training.weights).toBeUndefined()
    const alone = await prepare(recipe, table, { ...rows, validation: null }, calm)
    expect(alone.validation).toBeNull()
    expect(alone.training).toEqual(training)
    const plain = await prepare(
      recipe,
      tableOf({ x: numbers(1, 2), k: classes('a', 'b'), y: numbers(1, 2) }),
      {
        training: Uint32Array.of(0, 1),
        validation: null,
      },
      calm,
    )
    expect(plain.ignored).toEqual([])
  })

  it('have weights of mean 1 for training, and their own for validation', async () => {
    const weighted = tableOf({ x: numbers(1, 2, 3), y: numbers(1, 2, 3), w: numbers(2, 6, 5) })
    const recipe = recipeOf({ weights: 'w' })
    const rows = { training: Uint32Array.of(0, 1), validation: Uint32Array.of(2) }
    const { training, validation } = await prepare(recipe, weighted, rows, calm)
    expect([...(training.weights ?? [])]).toEqual([0.5, 1.5])
    expect([...(validation?.weights ?? [])]).toEqual([5])
  })

  it('have several targets side by side', async () => {
    const recipe = recipeOf({ target: ['y', 'z'], targetTransform: 'standardize' })
    const several = tableOf({ x: numbers(1, 2), y: numbers(1, 3), z: numbers(10, 30) })
    const rows = { training: Uint32Array.of(0, 1), validation: null }
    const { training, target } = await prepare(recipe, several, rows, calm)
    expect([...training.targets]).toEqual([-1, -1, 1, 1])
    expect(target).toMatchObject({
      task: 'severalNumbers',
      targets: [
        { name: 'y', state: { shift: 2, scale: 1 } },
        { name: 'z', state: { shift: 20, scale: 10 } },
      ],
    })
  })

  it('know classes of validation rows too, and count shares by training rows', async () => {
    const recipe = recipeOf({ task: 'multiclass', loss: { type: 'categoricalCrossentropy' } })
    const labelled = tableOf({ x: numbers(1, 2, 3, 4), y: classes('b', 'a', 'b', 'c') })
    const rows = { training: Uint32Array.of(0, 1, 2), validation: Uint32Array.of(3) }
    const { target, training, validation } = await prepare(recipe, labelled, rows, calm)
    expect(target).toMatchObject({ task: 'multiclass', classes: ['a', 'b', 'c'] })
    expect('shares' in target && target.shares?.map((share) => share.toFixed(3))).toEqual([
      '0.333',
      '0.667',
      '0.000',
    ])
    expect([...training.targets]).toEqual([1, 0, 1])
    expect([...(validation?.targets ?? [])]).toEqual([2])
  })

  it('of texts alone know what a row without a word is answered', async () => {
    const recipe = recipeOf({
      task: 'binary',
      loss: { type: 'binaryCrossentropy' },
      inputs: ['t'],
      encoder: {
        type: 'multiHot',
        numWords: 10,
        ngrams: [1, 1],
        minCount: 1,
        analyzer: 'word',
        lowercase: true,
        stripHtml: false,
        unicode: 'nfc',
        naiveBayes: false,
      },
    })
    const words = tableOf({ t: texts('good', 'bad', 'bad', 'bad'), y: classes('yes', 'no', 'no', 'no') })
    const rows = { training: Uint32Array.of(0, 1, 2, 3), validation: null }
    const { training } = await prepare(recipe, words, rows, calm)
    // A quarter of the rows is "yes": ln(¼ : ¾).
    expect([...(training.emptyLogits ?? [])]).toEqual([expect.closeTo(-Math.log(3), 9)])
  })

  it('let others have their turn after each row, and end where the job is to end', async () => {
    let turns = 0
    const breathe = () => {
      turns += 1
      return turns === 3 ? Promise.reject(new Error('cancelled')) : undefined
    }
    const rows = { training: Uint32Array.of(0, 1), validation: null }
    await expect(prepare(recipeOf({}), table, rows, breathe)).rejects.toThrow('cancelled')
    // Two rows to fit, and one to encode.
    expect(turns).toBe(3)
  })
})

describe('the truth of rows', () => {
  const number = { task: 'regression' as const, log: false, shift: 2, scale: 4 }
  const table = tableOf({ y: numbers(6, 10, 2), z: numbers(1, 2, 3), l: texts('a|b', '', 'c|a') })

  it('is learnt as class numbers, as numbers in the network’s unit, or as a mark for each label', () => {
    const rows = Uint32Array.of(2, 0)
    const of = (target: TargetState, ...names: string[]) => [...encodeTargets(target, names, table, rows)]
    expect(of(number, 'y')).toEqual([0, 1])
    expect(
      of(
        {
          task: 'severalNumbers',
          targets: [
            { name: 'y', state: number },
            { name: 'z', state: { ...number, shift: 0, scale: 1 } },
          ],
        },
        'y',
        'z',
      ),
    ).toEqual([0, 3, 1, 1])
    const labels = { task: 'multiLabel' as const, thresholds: [], separator: '|', shares: [] }
    expect(of({ ...labels, classes: ['a', 'b', 'c'] }, 'l')).toEqual([1, 0, 1, 1, 1, 0])
    expect([
      ...encodeTargets({ ...labels, classes: ['a', 'b'] }, ['l'], table, Uint32Array.of(1, 2)),
    ]).toEqual([0, 0, 1, 0])
  })

  it('is in the target’s own unit for numbers, and none for classes', () => {
    const rows = Uint32Array.of(1, 2)
    expect([...(ownTruth(number, ['y'], table, rows) ?? [])]).toEqual([10, 2])
    const two: TargetState = {
      task: 'severalNumbers',
      targets: [
        { name: 'y', state: number },
        { name: 'z', state: number },
      ],
    }
    expect([...(ownTruth(two, ['y', 'z'], table, rows) ?? [])]).toEqual([10, 2, 2, 3])
    const classifier: TargetState = { task: 'binary', classes: ['a', 'b'], threshold: 0.5 }
    expect(ownTruth(classifier, ['l'], table, rows)).toBeNull()
    // A network cannot learn ln(1 + x) of −3; the truth is −3 all the same.
    const log = { ...number, log: true, shift: 0, scale: 1 }
    expect(ownTruth(log, ['y'], tableOf({ y: numbers(-3) }), Uint32Array.of(0))?.[0]).toBe(-3)
    expect(ownTruth(log, ['y'], tableOf({ y: numbers(7) }), Uint32Array.of(0))?.[0]).toBeCloseTo(7, 5)
  })
})

describe('an input column', () => {
  it('has its type, and its cells by row', () => {
    const table = tableOf({ x: numbers(1, null), k: classes('a', 'b') })
    expect([typeOf(table, 'x'), typeOf(table, 'k')]).toEqual(['number', 'category'])
    expect([0, 1].map(inputOf(table, 'x'))).toEqual([1, null])
    expect(() => typeOf(table, 'gone')).toThrow(new RangeError('the table lacks a column of the recipe'))
  })
})
