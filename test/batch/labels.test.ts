import { describe, expect, it } from 'vitest'
import { csvHeader, csvLines } from '../../src/batch/csv-lines.ts'
import { jsonLines } from '../../src/batch/json-lines.ts'
import { answerColumns, type ResultFormat } from '../../src/prediction-contract.ts'
import { listCell } from '../../src/recipe/lists.ts'

const chunk = {
  rows: 3,
  kept: [[listCell(['a', 'x"y']), listCell([]), null]],
  answers: [
    { labels: [{ label: 'b', score: 0.9 }], probabilities: { a: 0.25, b: 0.9 } },
    { labels: [], probabilities: { a: 0.125, b: 0 } },
    { error: { message: 'bad', errors: [] } },
  ],
}

function layoutOf(format: ResultFormat, scores: boolean) {
  const shape = { format, scores, notes: false, prefix: '' }
  return {
    kept: [{ name: 'tags', type: 'list' as const }],
    answer: answerColumns('multiLabel', ['a', 'b'], shape),
  }
}

describe('answers with any number of labels in a file', () => {
  it('are arrays in NDJSON, as lists of the data set are', () => {
    expect(jsonLines(layoutOf('ndjson', true))(chunk).split('\n')).toEqual([
      '{"tags":["a","x\\"y"],"labels":["b"],"probabilities":{"a":0.25,"b":0.9}}',
      '{"tags":[],"labels":[],"probabilities":{"a":0.125,"b":0}}',
      '{"tags":null,"error":"bad"}',
      '',
    ])
  })

  it('are JSON in CSV, with a column for each score', () => {
    const layout = layoutOf('csv', true)
    expect(csvHeader(layout)).toBe('tags,labels,score_a,score_b,error\n')
    expect(csvLines(layout)(chunk).split('\n')).toEqual([
      '"[""a"",""x\\""y""]","[""b""]",0.25,0.9,',
      '[],[],0.125,0,',
      ',,,,bad',
      '',
    ])
  })
})

describe('answers with a value for each target in a file', () => {
  const answers = [{ values: { heat: 3.5, cold: -2 } }, { error: { message: 'bad', errors: [] } }]
  const layoutFor = (format: ResultFormat) => ({
    kept: [],
    answer: answerColumns('regression', ['heat', 'cold'], { format, scores: true, notes: false, prefix: '' }),
  })

  it('have a column for each', () => {
    const layout = layoutFor('csv')
    expect(csvHeader(layout)).toBe('value_heat,value_cold,error\n')
    expect(csvLines(layout)({ rows: 2, kept: [], answers })).toBe('3.5,-2,\n,,bad\n')
    expect(jsonLines(layoutFor('ndjson'))({ rows: 2, kept: [], answers })).toBe(
      '{"value_heat":3.5,"value_cold":-2}\n{"error":"bad"}\n',
    )
  })
})
