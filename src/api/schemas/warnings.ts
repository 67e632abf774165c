import { Warning, WarningCode } from '../../warnings.ts'
import { described, named } from './registry.ts'

named('WarningCode', WarningCode)

/** A warning about a data set, a job or a version. */
export const WarningView = named(
  'Warning',
  described(Warning, {
    message: 'A sentence for people, with the remedy.',
    column: 'The column that it is about. Absent: it is about the whole.',
    count: 'Number of rows that it is about.',
    lines: 'Numbers of the first lines of the uploaded file that it is about.',
  }),
)
