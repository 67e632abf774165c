import { describe, expect, it } from 'vitest'
import { axisOf, endOf, startOf } from '../../src/dashboard/pages/jobs/trial-axis.ts'
import { rangeOf } from '../../src/dashboard/parts/range.ts'

describe('what is written at an axis of trials', () => {
  it('is as long as there is room for, whatever the parameter is', () => {
    const layers = (units: number) => [{ units, activation: 'relu', dropout: 0.1, batchNorm: true }]
    const { first, last } = axisOf([layers(8), layers(16)])
    expect(first.length).toBeGreaterThan(50)
    expect(startOf(first)).toBe('[{"units":16,"activ…')
    expect([...startOf(last)]).toHaveLength(20)
    expect(startOf('adam')).toBe('adam')
    expect([...startOf('😀'.repeat(30))]).toHaveLength(20)
  })

  it('has the last part of a path', () => {
    expect(endOf('text.vectorizer.maxFeatures')).toBe('…torizer.maxFeatures')
    expect(endOf('epochs')).toBe('epochs')
  })
})

it('the range of values is found however many there are', () => {
  const values = Array.from({ length: 500_000 }, (_, at) => (at % 7 === 0 ? null : at - 10))
  expect(rangeOf(values)).toEqual({ low: -9, high: 499_989 })
  expect(rangeOf([null])).toBeUndefined()
})
