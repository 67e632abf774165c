import { describe, expect, it } from 'vitest'
import { combineFolds } from '../../src/evaluation/combine.ts'
import { evaluateClassifier } from '../../src/evaluation/evaluation.ts'
import { congruential } from '../helpers/congruential.ts'

const ROWS = 200
const CLASSES = ['art', 'sport/ball/foot', 'sport/ball/hand', 'sport/swim', 'tech/ai', 'tech/web']
const truth = congruential(ROWS, 51).map((value) => Math.floor(value * 6))
const right = congruential(ROWS, 52)
const other = congruential(ROWS, 53).map((value) => Math.floor(value * 6))
const weights = congruential(ROWS, 3).map((value) => (value < 0.1 ? 0 : Math.round(value * 10) / 2))
const answered = truth.map((label, row) => ((right[row] ?? 0) < 0.5 ? label : (other[row] ?? 0)))

/** Evaluates some of the rows. */
function evaluated(rows: readonly number[], options: { weighted: boolean; classes?: string[] }) {
  const logits = new Float64Array(rows.length * 6)
  for (const [at, row] of rows.entries()) logits[at * 6 + (answered[row] ?? 0)] = 3
  return evaluateClassifier(
    {
      rows: rows.length,
      outputs: 6,
      logits,
      truth: Float64Array.from(rows, (row) => truth[row] ?? 0),
      weights: options.weighted ? Float64Array.from(rows, (row) => weights[row] ?? 0) : undefined,
    },
    options.classes ?? CLASSES,
    { loss: 0, threshold: 0.5, metrics: [] },
  )
}

const all = Array.from({ length: ROWS }, (_, row) => row)
const near = (value: number) => expect.closeTo(value, 6)

describe('upper levels of classes', () => {
  // scikit-learn 1.9.1: accuracy_score and f1_score(average='macro') of the names cut after one and two parts.
  const plain = [
    { level: 1, classes: 3, accuracy: near(0.735), macroF1: near(0.7054959349593496) },
    { level: 2, classes: 5, accuracy: near(0.63), macroF1: near(0.6254537373919987) },
  ]
  const byWeight = [
    { level: 1, classes: 3, accuracy: near(0.7222222222222222), macroF1: near(0.6878570973472339) },
    { level: 2, classes: 5, accuracy: near(0.621832358674464), macroF1: near(0.6140416556185878) },
  ]

  it("have scikit-learn's figures, with weights too", () => {
    expect(evaluated(all, { weighted: false }).levels).toEqual(plain)
    expect(evaluated(all, { weighted: true }).levels).toEqual(byWeight)
  })

  it('are those of all rows after folds', () => {
    for (const [weighted, levels] of [
      [false, plain],
      [true, byWeight],
    ] as const) {
      const parts = [0, 1].map((half) =>
        evaluated(
          all.filter((row) => row % 2 === half),
          { weighted },
        ),
      )
      expect(combineFolds(parts).levels).toEqual(levels)
    }
  })

  it('are ten at most', () => {
    const deep = (end: string) => [...Array.from({ length: 14 }, (_, at) => `p${at}`), end].join('/')
    const classes = [deep('x'), deep('y'), 'b', 'c', 'd', 'e']
    const { levels = [] } = evaluated(all, { weighted: false, classes })
    expect(levels.map(({ level }) => level)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('are absent where no two classes begin alike', () => {
    const classes = ['a', 'n/a', 'c', 'd', 'x/y', 'f']
    expect(evaluated(all, { weighted: false, classes })).not.toHaveProperty('levels')
  })
})
