import { FitserveError, quoted } from '../../errors.ts'
import { INVALID_HEADER } from './columns.ts'
import type { Dialect } from './dialect.ts'
import { MAX_PROBLEMS } from './limits.ts'

/*
 * Where one cause explains all bad lines of a CSV file, the refusal names it and what to add, in place of a list of lines.
 */

/** Returns the refusal of a file whose header is none because something stands above it; undefined: nothing does. */
export function causeOfHeader(error: unknown, dialect: Dialect | undefined): FitserveError | undefined {
  const isOfHeader = error instanceof FitserveError && error.message === INVALID_HEADER
  return isOfHeader && dialect?.above ? linesAbove(dialect.above) : undefined
}

/** Returns the refusal that explains all bad lines; undefined: they have nothing in common. */
export function causeOfLines(
  problems: FitserveError['problems'],
  dialect: Dialect | undefined,
): FitserveError | undefined {
  if (!dialect || problems.length === 0) return undefined
  const repeated = causeOfRepeatedHeader(problems)
  if (repeated) return repeated
  const ofQuotes = causeOfQuotes(problems, dialect)
  if (ofQuotes) return ofQuotes
  if (dialect.above) return linesAbove(dialect.above)
  if (dialect.endsWithDelimiter)
    return refusal(
      `Each line ends with ${JSON.stringify(dialect.delimiter)}, and the header does not. Add one to the end of the header, or remove them`,
    )
  const isWider = problems.every(({ message }) => wider(message))
  if (!isWider) return undefined
  const written = JSON.stringify(dialect.delimiter)
  return new FitserveError(
    'invalid-dataset',
    `The bad lines have more fields than the header. Texts that contain ${written} must stand in quotes. Write the file anew, or leave the lines out with onError=skip`,
    { problems },
  )
}

/** Returns the refusal of a file whose bad lines hold the names of their columns; undefined: one does not. */
function causeOfRepeatedHeader(problems: FitserveError['problems']): FitserveError | undefined {
  const areNames = problems.every(
    ({ column, message }) => column !== undefined && message.startsWith(`${quoted(column)} is not `),
  )
  if (!areNames) return undefined
  const many = problems.length > 1
  // Of more bad lines only the first are known.
  const least = problems.length < MAX_PROBLEMS ? '' : 'At least '
  const lines = many ? `${least}${problems.length} lines repeat` : `Line ${problems[0]?.line} repeats`
  return new FitserveError(
    'invalid-dataset',
    `${lines} the header, as where files were joined. Leave ${many ? 'them' : 'it'} out with onError=skip`,
    { problems },
  )
}

/** Returns the refusal of a file whose bad lines come from another way of quoting; undefined: they do not. */
function causeOfQuotes(
  problems: FitserveError['problems'],
  { singleQuotes }: Dialect,
): FitserveError | undefined {
  const areAll = (message: RegExp) => problems.every((problem) => message.test(problem.message))
  const because = (cause: string, quotes: string) =>
    new FitserveError('invalid-dataset', `${cause}. Upload the file with quotes=${quotes}`, { problems })
  if (singleQuotes && areAll(/^The line has \d+ fields?, the header/))
    return because('The texts of the file stand in single quotes', 'single')
  if (areAll(/, not as \\"$/)) return because('Quotes within texts have a backslash before them', 'backslash')
  if (
    areAll(
      /^(?:There is text after a closing quote|An unquoted field contains a quote|A quoted field is not closed)(?: within \d+ MiB)?$/,
    )
  )
    return new FitserveError(
      'invalid-dataset',
      `The quotes of the bad lines do not go around whole fields. If a quote is a character like others in this file, as in many files with tabs, upload it with quotes=none. Otherwise write a quote within a text as two, in a field in quotes`,
      { problems },
    )
  return undefined
}

/** Returns the refusal of a file whose header is two lines; undefined: it is one. */
export function causeOfLevels({ levels }: Pick<Dialect, 'levels'>): FitserveError | undefined {
  if (!levels) return undefined
  const { skipTo, lines } = levels
  const skip =
    skipTo === null
      ? `skip=${lines}&header=false, which calls the columns column1, column2, …`
      : `skip=${skipTo}, which takes the names of the second line`
  return refusal(
    `The file has a header of two lines, as pandas writes columns of two levels (MultiIndex). Upload it with ${skip}. To keep both names, join them before the file is written (df.columns = df.columns.map("_".join))`,
  )
}

function wider(message: string): boolean {
  const [, fields, named] = /^The line has (\d+) fields?, the header (\d+) fields?$/.exec(message) ?? []
  return Number(fields) > Number(named)
}

function linesAbove({ count, first }: NonNullable<Dialect['above']>): FitserveError {
  const what = count === 1 ? 'The first line stands' : `The first ${count} lines stand`
  return refusal(
    `${what} above the table, whose header is line ${count + 1}. Upload the file with skip=${count}`,
    {
      line: 1,
      message: `The line ${JSON.stringify(first)} is not a header`,
    },
  )
}

function refusal(message: string, problem?: { line: number; message: string }): FitserveError {
  return new FitserveError('invalid-dataset', message, { problems: problem ? [problem] : [] })
}
