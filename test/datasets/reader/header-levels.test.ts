import { expect, it } from 'vitest'
import { headerLevels } from '../../../src/datasets/reader/header-levels.ts'

const levels = (...lines: string[]) => headerLevels(lines, ',', 0)

it('names that repeat above others, above numbers, are a header of two lines', () => {
  expect(levels('x,x,y', 'a,b,c', '1,2,3')).toEqual({ skipTo: 1, lines: 2 })
  expect(headerLevels(['x,x,y', '', 'a,b,c', '', '1,2,3'], ',', 5)).toEqual({ skipTo: 7, lines: 9 })
  // Names of the second line that repeat are no header by themselves.
  expect(levels('x,x,y', 'a,b,a', '1,2,3')).toEqual({ skipTo: null, lines: 2 })
})

it('an index without a name in both lines shows it too', () => {
  expect(levels(',x,y', ',a,b', '0,1.5,2')).toEqual({ skipTo: 1, lines: 2 })
  expect(levels(',x,x', ' ,a,a', '0,1.5,2')).toEqual({ skipTo: null, lines: 2 })
  expect(levels(',x,y', 'i,a,b', '0,1.5,2')).toBeUndefined()
})

it('and so does a third line with nothing but the name of the index', () => {
  expect(levels('k,x,x', 'l,a,b', 'day,,', '1,2,3')).toEqual({ skipTo: null, lines: 3 })
  expect(levels('k,x,y', 'l,a,a', 'day,,', '1,2,3', '2,3,4')).toEqual({ skipTo: null, lines: 3 })
  // The values below it are of another kind.
  expect(levels('k,x,y', 'l,a,a', 'day,,', 'night,2,3')).toBeUndefined()
  expect(levels('k,x,y', 'l,a,a', 'day 1,,', '1,2,3')).toBeUndefined()
  expect(levels('k,x,x', 'l,a,b', 'day,,')).toBeUndefined()
})

it.each([
  ['one column', ['x', 'a', '1']],
  ['lines of two widths', ['x,x', 'a,b,c', '1,2,3']],
  ['no line below', ['x,x', 'a,b']],
  ['a number among the names', ['x,x', 'a,5', '1,2']],
  ['a gap among the names', ['x,x', 'a,', '1,2']],
  ['texts below', ['x,x', 'a,b', 'c,d']],
  ['gaps alone below', ['x,x', 'a,b', ',']],
  ['names that differ', ['x,y', 'a,b', '1,2']],
  ['names in quotes', ['x,x', '"a",b', '1,2']],
])('%s is none', (_, lines) => {
  expect(levels(...lines)).toBeUndefined()
})

it('blank lines do not count', () => {
  expect(levels('x,x', 'a,b', '1,2', '')).toEqual({ skipTo: 1, lines: 2 })
})

it('numbers may have a sign, an exponent, a comma, and gaps beside them', () => {
  for (const number of ['-1', '+1.5', '1.', '.5', '1e5', '-2.5E-3', ' 7 '])
    expect(levels('x,x', 'a,b', `${number},t`, ',u'), number).toEqual({ skipTo: 1, lines: 2 })
  expect(headerLevels(['x;x', 'a;b', '1,5;t'], ';', 0)).toBeDefined()
  for (const text of ['1-', '1e', '1.5.2', 'e5', '.', '1 2'])
    expect(levels('x,x', 'a,b', `${text},t`), text).toBeUndefined()
})
