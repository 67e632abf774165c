import { parse } from 'csv-parse/sync'
import { expect, it } from 'vitest'
import { csvOf, fileNameOf } from '../../src/dashboard/parts/curve-csv.ts'

it('writes curves as CSV in full precision, empty where there is no value', () => {
  const curves = [
    { name: 'loss, training', values: [0.1 + 0.2, null, 1e-9], color: 1 } as const,
    { name: 'a "b"', values: [1, 2], color: 2 } as const,
  ]
  const csv = csvOf({ xName: 'Epoch', x: [1, 2, 3], curves })
  expect(parse(csv)).toEqual([
    ['Epoch', 'loss, training', 'a "b"'],
    ['1', '0.30000000000000004', '1'],
    ['2', '', '2'],
    ['3', '1e-9', ''],
  ])
})

it('names a file after its chart', () => {
  expect(fileNameOf('Validation loss', 'csv')).toBe('Validation-loss.csv')
  expect(fileNameOf('../검증 손실: a/b\\c', 'png')).toBe('검증-손실-a-b-c.png')
  expect(fileNameOf('…', 'csv')).toBe('chart.csv')
})
