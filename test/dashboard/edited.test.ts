import { expect, it } from 'vitest'
import { edited } from '../../src/dashboard/pages/model/edited.ts'

it('sends only what was edited of a description and tags', () => {
  const before = { description: 'Reviews', lines: 'team: search\nbest' }
  expect(edited(before, before)).toEqual({})
  expect(edited(before, { ...before, description: '' })).toEqual({ description: '' })
  expect(edited(before, { ...before, lines: 'best' })).toEqual({ tags: { best: '' } })
  expect(edited(before, { description: 'x', lines: '' })).toEqual({ description: 'x', tags: {} })
})
