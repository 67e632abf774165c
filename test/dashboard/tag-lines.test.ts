import { expect, it } from 'vitest'
import { linesOf, tagsIn } from '../../src/dashboard/pages/model/tag-lines.ts'

it('writes tags as lines, and reads them again', () => {
  const tags = { team: 'search', urgent: '', link: 'see: the book' }
  expect(linesOf(tags)).toBe('team: search\nurgent\nlink: see: the book')
  expect(tagsIn(linesOf(tags))).toEqual(tags)
  expect(tagsIn('\n  team:search \r\nurgent:\n\nteam: ads\nbroken key: 1')).toEqual({
    team: 'ads',
    urgent: '',
    'broken key': '1',
  })
  expect(tagsIn('')).toEqual({})
})
