import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { PROBLEMS } from '../../src/api/problem-table.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/errors.md'), 'utf8')
const rows = [...page.matchAll(/^\| `([^`]+)` \| (\d+) \| ([^|]+) \| ([^|]+) \|$/gm)]

it('docs/errors.md lists every code once with its status, and no other', () => {
  const listed = rows.map(([, code = '', status]) => [code, Number(status)] as const)
  const known = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status] as const)
  expect([...listed].sort()).toEqual([...known].sort())
})

it('says of each code what it means and what to do, in sentences', () => {
  const texts = rows.flatMap(([, code, , meaning = '', remedy = '']) => [
    [code, meaning.trim()],
    [code, remedy.trim()],
  ])
  expect(texts.filter(([, text = '']) => !/^[A-Z`].*[.?]$/.test(text))).toEqual([])
  expect(texts.length).toBe(2 * Object.keys(PROBLEMS).length)
})
