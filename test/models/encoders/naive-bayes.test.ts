import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bagFitter } from '../../../src/models/encoders/bag.ts'
import { logCountRatios } from '../../../src/models/encoders/naive-bayes.ts'
import { type InputStates, rowEncoder, weighByLabels } from '../../../src/models/encoders/row-encoder.ts'
import { SparseRow, SparseRowsBuilder } from '../../../src/models/encoders/sparse-row.ts'

function rowsOf(matrix: readonly (readonly number[])[], width: number) {
  const builder = new SparseRowsBuilder(width)
  for (const values of matrix) {
    const row = new SparseRow()
    for (const [at, value] of values.entries()) if (value !== 0) row.add(at, value)
    builder.add(row)
  }
  return builder.build()
}

/** The paper's formula, word for word, for one class against the rest. */
function plainRatio(matrix: readonly (readonly number[])[], labels: readonly number[], label: number) {
  const width = matrix[0]?.length ?? 0
  const counts = (inClass: boolean) =>
    Array.from({ length: width }, (_, term) =>
      matrix.reduce((sum, row, at) => sum + ((labels[at] === label) === inClass ? (row[term] ?? 0) : 0), 1),
    )
  const p = counts(true)
  const q = counts(false)
  const norm = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  return p.map((value, term) => Math.log(value / norm(p) / ((q[term] ?? 0) / norm(q))))
}

const counts = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 5 }), {
  minLength: 1,
  maxLength: 8,
})

describe('naive-Bayes ratios', () => {
  it("are the paper's with two classes", () => {
    // "good" is in both positive rows, "film" once in each class: p = (3, 2), q = (1, 2).
    const ratios = logCountRatios(
      rowsOf(
        [
          [1, 1],
          [1, 0],
          [0, 1],
        ],
        2,
      ),
      [1, 1, 0],
      2,
      {
        from: 0,
        length: 2,
        binary: true,
      },
    )
    expect(ratios[0]).toBeCloseTo(Math.log(3 / 5 / (1 / 3)), 6)
    expect(ratios[1]).toBeCloseTo(Math.log(2 / 5 / (2 / 3)), 6)
  })

  it('are those of the class that a term says most about, with more classes', () => {
    fc.assert(
      fc.property(
        counts,
        fc.integer({ min: 2, max: 4 }),
        fc.boolean(),
        fc.nat(),
        (matrix, classes, binary, shift) => {
          const labels = matrix.map((_, row) => (row * 3 + shift) % classes)
          const seen = binary ? matrix.map((row) => row.map((value) => Math.min(1, value))) : matrix
          const each = Array.from({ length: classes }, (_, label) => plainRatio(seen, labels, label))
          const ratios = logCountRatios(rowsOf(matrix, 5), labels, classes, { from: 0, length: 5, binary })
          for (const [term, ratio] of ratios.entries()) {
            const largest = Math.max(...each.map((ofClass) => Math.abs(ofClass[term] ?? 0)))
            expect(Math.abs(ratio)).toBeCloseTo(largest, 5)
            if (classes === 2) expect(ratio).toBeCloseTo(each[1]?.[term] ?? Number.NaN, 5)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('scale the training rows as they scale a row that is encoded later, and no other column', () => {
    const texts = ['good good film', 'bad film', 'good', 'dull bad']
    const labels = [1, 0, 1, 0]
    const fitter = bagFitter(
      {
        type: 'tfIdf',
        numWords: 100,
        minCount: 1,
        ngrams: [1, 2],
        analyzer: 'word',
        lowercase: true,
        stripHtml: true,
        naiveBayes: true,
      },
      false,
    )
    for (const text of texts) fitter.add(text)
    const number = {
      kind: 'number' as const,
      shift: 0,
      scale: 1,
      fill: 0,
      indicator: false,
      refuseGaps: false,
    }
    const states: InputStates = [
      { name: 'n', type: 'number', state: number },
      { name: 'text', type: 'text', state: fitter.finish() },
    ]
    const rowsFrom = (inputs: InputStates) => {
      const encoder = rowEncoder(inputs)
      const builder = new SparseRowsBuilder(encoder.width)
      const row = new SparseRow()
      for (const [at, text] of texts.entries()) {
        encoder.encode((name) => (name === 'n' ? at + 0.5 : text), row)
        builder.add(row)
      }
      return builder.build()
    }
    const rows = rowsFrom(states)
    const before = rows.values.slice()
    const scaled = weighByLabels(states, rows, labels, 2)
    expect(rows).toEqual(rowsFrom(scaled))
    expect(rows.values).not.toEqual(before)
    expect(rows.values[0]).toBe(0.5)
  })
})
