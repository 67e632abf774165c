import { expect, it } from 'vitest'
import { datesOption } from '../../src/recipe/types-option.ts'

it.each([
  ['orderDate', '%d.%m.%Y', 'dates=orderDate:%d.%m.%Y'],
  ['날짜', '%E', 'dates=%EB%82%A0%EC%A7%9C:%25E'],
  ['quarter', 'Q%q %Y', 'dates=quarter:Q%25q%20%25Y'],
  ['order date', '%Y', 'dates=order%20date:%25Y'],
])(
  'the form of the dates of %j is said by an option that can stand in an address',
  (name, pattern, option) => {
    expect(datesOption(name, pattern)).toBe(option)
  },
)
