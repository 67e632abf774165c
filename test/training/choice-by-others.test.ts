import { describe, expect, it } from 'vitest'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { type ComparedCandidate, crossFitChoice } from '../../src/training/choice-by-others.ts'

const { recipe } = completeRecipe(
  RecipeInput.parse({ target: 'label', layers: [], optimizer: 'sgd', validation: { split: 0.5 } }),
  {
    rows: 40,
    columns: [
      { name: 'a', type: 'number', missing: 0, min: 0, max: 1, mean: 0.5 },
      { name: 'label', type: 'category', missing: 0, classes: { no: 20, yes: 20 } },
    ],
  },
)

/** Returns a classifier's candidate with such losses of a split's rows. */
function candidate(losses: readonly number[], partOf: readonly number[], weights?: readonly number[]) {
  if (!recipe) throw new Error('no recipe')
  const rows = losses.length
  const values = new Float64Array(rows)
  const heldOut = { rows: Uint32Array.from(losses.keys()), outputs: 1, values }
  const target = { task: 'binary' as const, classes: ['no', 'yes'], threshold: 0.5 }
  const scored = {
    rows,
    outputs: 1,
    logits: values,
    truth: new Float64Array(rows),
    weights: weights && Float64Array.from(weights),
  }
  const measure = () => ({ evaluation: { rows, loss: 0, metrics: {} }, heldOut, target })
  const measured = { scored, losses: Float64Array.from(losses) }
  const answers: ComparedCandidate['answers'] = { kind: 'split', heldOut, measured, partOf, measure }
  return { recipe, answers, target }
}

describe('the candidate of a part of a split', () => {
  it('is the one with the smallest loss on the others', () => {
    const partOf = [0, 0, 1, 2]
    const all = [candidate([1, 1, 9, 1], partOf), candidate([3, 3, 3, 3], partOf)]
    expect(crossFitChoice(all, 0)?.chosen).toEqual([1, 0, 1])
  })

  it('is none with a loss that is no number, of which the smallest of all would be none either', () => {
    const partOf = [0, 1, 2]
    const all = [
      candidate([Number.NaN, 1, 1], partOf),
      candidate([9, 3, 3], partOf),
      candidate([4, 4, 4], partOf),
    ]
    expect(crossFitChoice(all, 2)?.chosen).toEqual([0, 2, 2])
    const none = [candidate([1, 1, Number.NaN], partOf), candidate([1, Number.NaN, Number.NaN], partOf)]
    expect(crossFitChoice(none, 1)?.chosen).toEqual([1, 1, 0])
  })

  it('is not told where fewer than two parts count', () => {
    expect(crossFitChoice([candidate([2, 2], [0, 0]), candidate([1, 1], [0, 0])], 1)).toBeNull()
    const weights = [0, 3, 0]
    const partOf = [0, 1, 2]
    expect(
      crossFitChoice([candidate([2, 2, 2], partOf, weights), candidate([3, 1, 3], partOf, weights)], 1),
    ).toBeNull()
  })
})

describe('a candidate that adds word vectors', () => {
  const partOf = Array.from({ length: 300 }, (_, row) => row % 3)
  /** Returns a candidate that is wrong in the first rows of each part, and whose rows all have one loss. */
  const wrongIn = (rows: number, loss: number, vectors: string) => {
    const own = candidate(
      partOf.map(() => loss),
      partOf,
    )
    if (own.answers.kind !== 'split') throw new Error('no split')
    const { scored } = own.answers.measured
    scored.logits.forEach((_, row) => {
      scored.logits[row] = Math.floor(row / 3) < rows ? 1 : -1
    })
    return { ...own, recipe: { ...own.recipe, vectors } }
  }

  it.each([
    ['a hundredth of the rows more', 9, 1],
    ['less than that', 10, 0],
  ])('is the one with the smallest loss only where it is right in %s', (_, wrong, chosen) => {
    const all = [wrongIn(10, 0.5, 'none'), wrongIn(wrong, 0.4, 'glove-100')]
    expect(crossFitChoice(all, 0)?.chosen).toEqual([chosen, chosen, chosen])
  })

  it('is chosen by its loss alone where the recipe has vectors itself', () => {
    const all = [wrongIn(10, 0.5, 'glove-100'), wrongIn(10, 0.4, 'own-25')]
    expect(crossFitChoice(all, 0)?.chosen).toEqual([1, 1, 1])
  })
})
