import { describe, expect, it } from 'vitest'
import { valueIn } from '../../src/batch/answer-values.ts'
import { csvHeader, csvLines } from '../../src/batch/csv-lines.ts'
import { jsonLines } from '../../src/batch/json-lines.ts'
import { shownCell } from '../../src/batch/result-layout.ts'
import { rowsOf } from '../../src/batch/rows.ts'
import { type AnswerColumn, answerColumns } from '../../src/prediction-contract.ts'
import { listCell } from '../../src/recipe/lists.ts'
import type { NotedPrediction, RowError } from '../../src/serving/contract.ts'

const classified: NotedPrediction = {
  label: 'pos',
  score: 0.75,
  confidence: 0.8,
  probabilities: { neg: 0.25, pos: 0.75 },
  labels: [
    { label: 'pos', score: 0.75 },
    { label: 'neg', score: 0.25 },
  ],
  abstained: false,
  notes: [],
}
const number: NotedPrediction = { value: 0, interval: { low: -1, high: 2, level: 0.9 } }
const targets: NotedPrediction = {
  values: { heat: 3.5, cold: -2 },
  intervals: { heat: { low: 3, high: 4, level: 0.9 }, cold: { low: -3, high: -1, level: 0.9 } },
}
const bad: RowError = { error: { message: 'x: bad', errors: [] } }

describe('a column of the answer', () => {
  const of = (column: Omit<AnswerColumn, 'name'>, answer: NotedPrediction | RowError) =>
    valueIn({ name: 'any', ...column } as AnswerColumn)(answer)

  it.each<[Omit<AnswerColumn, 'name'>, unknown]>([
    [{ holds: 'label' }, 'pos'],
    [{ holds: 'score' }, 0.75],
    [{ holds: 'confidence' }, 0.8],
    [{ holds: 'probabilities' }, { neg: 0.25, pos: 0.75 }],
    [{ holds: 'labels' }, ['pos', 'neg']],
    [{ holds: 'abstained' }, false],
    [{ holds: 'notes' }, []],
    [{ holds: 'error' }, null],
    [{ holds: 'value' }, null],
    [{ holds: 'class', label: 'neg' } as AnswerColumn, 0.25],
    [{ holds: 'class', label: 'other' } as AnswerColumn, null],
    [{ holds: 'target', label: 'heat' } as AnswerColumn, null],
    [{ holds: 'low', label: '' } as AnswerColumn, null],
  ])('of a class that holds %o', (column, expected) => {
    expect(of(column, classified)).toEqual(expected)
    expect(of(column, bad)).toEqual(column.holds === 'error' ? 'x: bad' : null)
  })

  it.each<[Omit<AnswerColumn, 'name'> & { label?: string }, NotedPrediction, unknown]>([
    [{ holds: 'value' }, number, 0],
    [{ holds: 'low', label: '' }, number, -1],
    [{ holds: 'high', label: '' }, number, 2],
    [{ holds: 'low', label: 'heat' }, number, null],
    [{ holds: 'target', label: 'cold' }, targets, -2],
    [{ holds: 'target', label: 'other' }, targets, null],
    [{ holds: 'low', label: 'heat' }, targets, 3],
    [{ holds: 'high', label: 'cold' }, targets, -1],
    [{ holds: 'high', label: 'other' }, targets, null],
    [{ holds: 'high', label: '' }, targets, null],
    [{ holds: 'label' }, number, null],
    [{ holds: 'labels' }, number, null],
    [{ holds: 'score' }, number, null],
    [{ holds: 'confidence' }, number, null],
    [{ holds: 'probabilities' }, number, null],
    [{ holds: 'class', label: 'pos' }, number, null],
    [{ holds: 'abstained' }, number, null],
    [{ holds: 'notes' }, number, null],
    [{ holds: 'error' }, number, null],
  ])('of a number that holds %o', (column, answer, expected) => {
    expect(of(column, answer)).toEqual(expected)
    expect(of(column, bad)).toEqual(column.holds === 'error' ? 'x: bad' : null)
  })
})

describe('rows of a table', () => {
  it('have a value for each column, and null where there is none', () => {
    expect(rowsOf(['a', 'b'], [[1, 2], ['x']], 2)).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: null },
    ])
    expect(rowsOf(['a'], [], 1)).toEqual([{ a: null }])
    expect(rowsOf(['a'], [[1]], 0)).toEqual([])
    const [row] = rowsOf(['__proto__'], [[7]], 1)
    expect(Object.entries(row ?? {})).toEqual([['__proto__', 7]])
  })

  it('show a list as one', () => {
    expect(shownCell(listCell(['a', 'b']), 'list')).toEqual(['a', 'b'])
    expect(shownCell(listCell(['a', 'b']), 'text')).toBe(listCell(['a', 'b']))
    expect(shownCell(null, 'list')).toBeNull()
    expect(shownCell(3, 'number')).toBe(3)
  })
})

describe('a line of a result', () => {
  const kept = [
    { name: 'a,b', type: 'text' as const },
    { name: 'n', type: 'number' as const },
    { name: 'f', type: 'boolean' as const },
  ]
  const layout = {
    kept,
    answer: answerColumns('regression', [], { format: 'csv', scores: false, notes: true, prefix: 'p_' }),
  }
  const cells = [
    ['plain', '', 'a,b', 'say "x"', 'two\nlines', 'cr\rhere', '=1+1', ' ', null],
    [0, -1.5, 1e21, null, 1, 2, 3, 4, 5],
    [true, false, null, true, true, true, true, true, true],
  ]
  const note = { path: '/x', message: 'far off' }
  const answers = cells[0]?.map((_, row) => (row === 1 ? bad : { value: row })) ?? []

  it('is CSV as RFC 4180 has it', () => {
    expect(csvHeader(layout)).toBe('"a,b",n,f,p_value,p_notes,p_error\n')
    expect(csvLines(layout)({ rows: 9, kept: cells, answers })).toBe(
      [
        'plain,0,true,0,,',
        '"",-1.5,false,,,x: bad',
        '"a,b",1e+21,,2,,',
        '"say ""x""",,true,3,,',
        '"two\nlines",1,true,4,,',
        '"cr\rhere",2,true,5,,',
        '=1+1,3,true,6,,',
        ' ,4,true,7,,',
        ',5,true,8,,',
        '',
      ].join('\n'),
    )
    const noted = [{ value: 1, notes: [note] }]
    const one = { rows: 1, kept: [['x'], [1], [null]], answers: noted as unknown as NotedPrediction[] }
    expect(csvLines(layout)(one)).toBe('x,1,,1,"[{""path"":""/x"",""message"":""far off""}]",\n')
  })

  it('is JSON without what a row has not', () => {
    expect(jsonLines(layout)({ rows: 3, kept: cells, answers })).toBe(
      [
        '{"a,b":"plain","n":0,"f":true,"p_value":0}',
        '{"a,b":"","n":-1.5,"f":false,"p_error":"x: bad"}',
        '{"a,b":"a,b","n":1e+21,"f":null,"p_value":2}',
        '',
      ].join('\n'),
    )
    expect(jsonLines({ ...layout, kept: [] })({ rows: 1, kept: [], answers })).toBe('{"p_value":0}\n')
  })

  it('needs an answer for each row', () => {
    for (const linesOf of [csvLines(layout), jsonLines(layout)])
      expect(() => linesOf({ rows: 2, kept: [], answers: answers.slice(0, 1) })).toThrow(RangeError)
  })
})
