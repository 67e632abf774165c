import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { WARNING_CODES } from '../../src/warnings.ts'

/** Returns the codes of the table whose first column is headed `code`. */
function codesIn(page: string): string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs', page), 'utf8')
  const [, table = ''] = /\n\| code \|[^\n]*\n\|[ |-]*\n((?:\|[^\n]*\n)*)/.exec(text) ?? []
  return [...table.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, codes = '']) =>
    [...codes.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  )
}

it('docs/data.md and docs/recipes.md list every code of a warning once, and no other', () => {
  const listed = [...codesIn('data.md'), ...codesIn('recipes.md')]
  expect(listed.sort()).toEqual([...WARNING_CODES].sort())
})
