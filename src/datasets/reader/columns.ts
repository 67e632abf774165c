import { isWellFormed } from '../unicode.ts'
import { MAX_COLUMN_NAME, MAX_COLUMNS } from './limits.ts'

/** What is wrong with a column's name, if anything. Any other text is a good name, `__proto__` included. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'A column has no name'
  if (name.length > MAX_COLUMN_NAME) return `A column's name is longer than ${MAX_COLUMN_NAME} characters`
  if (name.includes('\0')) return "A column's name contains a NUL character"
  if (!isWellFormed(name)) return "A column's name is not valid Unicode"
  return undefined
}

export const TOO_MANY_COLUMNS = `A table has at most ${MAX_COLUMNS.toLocaleString('en')} columns`
