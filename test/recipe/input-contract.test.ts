import { describe, expect, it } from 'vitest'
import { type InputColumn, inputChanges, inputChangeText } from '../../src/recipe/index.ts'

const changesOf = (before: InputColumn, after: InputColumn) =>
  inputChanges([before, { name: 'n', type: 'number' }], [{ name: 'n', type: 'number' }, after]).map(
    (change) => inputChangeText(change, 3),
  )
const day = (format: string): InputColumn => ({ name: 'on', type: 'date', format })
const time = (format: string): InputColumn => ({ name: 'on', type: 'datetime', format })

describe('an input of dates', () => {
  it('is sent alike with a time of day and without', () => {
    expect(changesOf(day('%d.%m.%Y'), time('%d.%m.%Y'))).toEqual([])
    expect(changesOf(time('%Y-%m-%d'), day('%Y-%m-%d'))).toEqual([])
  })

  it('is sent alike in any later form by clients that send ISO 8601, and not by those of another form', () => {
    expect(changesOf(day('%Y-%m-%d'), day('%d.%m.%Y'))).toEqual([])
    expect(changesOf(day('%d.%m.%Y'), time('%Y-%m-%d'))).toEqual([
      'The column "on" has dates of the form %Y-%m-%d, and version 3 takes %d.%m.%Y',
    ])
  })

  it('is told from what an older model took, and back', () => {
    for (const type of ['category', 'text', 'number'] as const) {
      expect(changesOf({ name: 'on', type }, day('%Y-%m-%d'))).toEqual([
        `The column "on" would be read as a date, and version 3 takes a ${type}`,
      ])
      expect(changesOf(time('%Y-%m-%d'), { name: 'on', type })).toEqual([
        `The column "on" would be read as a ${type}, and version 3 takes a datetime`,
      ])
    }
  })
})
