/** Texts that stand for a missing value among numbers and booleans, in lower case (D-100). */
export const PLACEHOLDERS: readonly string[] = [
  '?',
  '-',
  '--',
  '–',
  '—',
  'na',
  'n/a',
  'n.a.',
  '#n/a',
  '<na>',
  'nan',
  '-nan',
  'null',
  '(null)',
  '#null!',
  '\\n',
  'nil',
  'none',
  'missing',
  'unknown',
  'undefined',
]

/** Pattern of the text that MySQL writes for a date that is missing. */
export const ZERO_DATE = '0000-00-00([T ]00:00:00([.]0+)?)?'
