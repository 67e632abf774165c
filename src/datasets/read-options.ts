import { type FieldProblem, FitserveError } from '../errors.ts'
import { ColumnType } from '../recipe/table.ts'
import type { FileFormat, ReadOptions } from './contract.ts'
import { isWellFormed } from './unicode.ts'

/**
 * How to read an upload, from the words of a query: `types` as `zip:category,rooms:number`. A column whose name
 * has a comma in it cannot be named there; a colon can, since the last one counts.
 * @throws FitserveError `invalid-query` with every problem
 */
export function readOptions(query: {
  format: FileFormat
  delimiter?: string | undefined
  onError?: string | undefined
  types?: string | undefined
}): ReadOptions {
  const problems: FieldProblem[] = []
  const onError = query.onError ?? 'refuse'
  if (onError !== 'refuse' && onError !== 'skip') {
    problems.push({ path: '/onError', message: 'Expected "refuse" or "skip"' })
  }
  const options: ReadOptions = {
    format: query.format,
    delimiter: query.delimiter ?? ',',
    onError: onError === 'skip' ? 'skip' : 'refuse',
    types: parseTypes(query.types ?? '', problems),
  }
  problems.push(...problemsOf(options))
  if (problems.length > 0)
    throw new FitserveError('invalid-query', 'The file cannot be read like this', { problems })
  return options
}

/** The same checks for options that were not read from a query. */
export function checkReadOptions(options: ReadOptions): void {
  const problems = problemsOf(options)
  if (problems.length > 0)
    throw new FitserveError('invalid-query', 'The file cannot be read like this', { problems })
}

function problemsOf({ format, delimiter }: ReadOptions): FieldProblem[] {
  if (format !== 'csv') return []
  const single = [...delimiter].length === 1 && isWellFormed(delimiter)
  if (single && !/["\r\n\0\uFEFF]/.test(delimiter)) return []
  return [{ path: '/delimiter', message: 'Expected one character, and neither a quote nor a line end' }]
}

function parseTypes(text: string, problems: FieldProblem[]): Record<string, ColumnType> {
  const types = new Map<string, ColumnType>()
  for (const entry of text === '' ? [] : text.split(',')) {
    const colon = entry.lastIndexOf(':')
    const name = entry.slice(0, Math.max(colon, 0))
    const type = ColumnType.safeParse(entry.slice(colon + 1))
    if (name === '' || !type.success) {
      const expected = `Expected name:type with a type of ${ColumnType.options.join(', ')}`
      problems.push({ path: '/types', message: `${expected}, got ${JSON.stringify(entry.slice(0, 100))}` })
    } else if (types.has(name)) {
      problems.push({ path: '/types', message: `${JSON.stringify(name)} is named twice` })
    } else {
      types.set(name, type.data)
    }
  }
  return Object.fromEntries(types)
}
