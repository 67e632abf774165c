import type { z } from 'zod'

/**
 * The beginnings of zod's own messages, which speak of schemas. A message that a schema states itself begins otherwise.
 */
const OF_ZOD = /^(?:Invalid |Too (?:small|big))/

/** Types as a client of JSON names them. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
}

/**
 * Returns what is wrong with a value, as a sentence for clients without its full stop.
 * @param sent the value, whose size is told where it is too small or too large; undefined: it is not known
 */
export function issueMessage(issue: z.core.$ZodIssue, sent?: unknown): string {
  // Its own message says only that a key is invalid; those within it say why.
  const [inner] = issue.code === 'invalid_key' ? issue.issues : []
  if (inner) return issueMessage(inner, issue.path.at(-1))
  if (!OF_ZOD.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return `Expected ${typeName(issue.expected)}${receivedType(issue)}`
    case 'invalid_value':
      return `Expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(shown).join(', ')}`
    case 'too_small':
      return smallMessage(issue) + sizeOf(sent)
    case 'too_big':
      return bigMessage(issue) + sizeOf(sent)
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'This text does not have the expected form'
    case 'not_multiple_of':
      return `Expected a multiple of ${issue.divisor}`
    default:
      return 'This value has none of the accepted forms'
  }
}

/** What a text must be, by the name of its format. */
const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'Expected a time in UTC such as 2026-01-31T12:00:00.000Z',
  uuid: 'Expected a UUID',
  url: 'Expected a URL',
}

/** Returns the name of a type as a client of JSON knows it. */
export function typeName(type: string): string {
  return TYPES[type] ?? type
}

/**
 * Returns the type that was sent, which only zod's message has. A number in place of a whole one needs no such word.
 */
function receivedType({ expected, message }: z.core.$ZodIssueInvalidType): string {
  const received = /received (\w+)/.exec(message)?.[1]
  return received === undefined || (expected === 'int' && received === 'number')
    ? ''
    : `, got ${sentType(received)}`
}

/** Names a type that was sent: a boolean is one value, not a choice of two. */
function sentType(type: string): string {
  return type === 'boolean' ? 'a boolean' : typeName(type)
}

function smallMessage({ origin, minimum, inclusive = true }: z.core.$ZodIssueTooSmall): string {
  const least = minimum.toLocaleString('en')
  if (origin === 'string')
    return minimum === 1 ? 'Expected a string that is not empty' : `Expected at least ${least} characters`
  if (origin === 'array')
    return minimum === 1 ? 'Expected at least one item' : `Expected at least ${least} items`
  return `Expected a number ${inclusive ? 'of at least' : 'above'} ${least}`
}

function bigMessage({ origin, maximum, inclusive = true }: z.core.$ZodIssueTooBig): string {
  const most = maximum.toLocaleString('en')
  if (origin === 'string') return `Expected at most ${most} ${maximum === 1 ? 'character' : 'characters'}`
  if (origin === 'array') return `Expected at most ${most} ${maximum === 1 ? 'item' : 'items'}`
  return `Expected a number ${inclusive ? 'of at most' : 'below'} ${most}`
}

/** Returns the end of a sentence that tells a number, or the length of a text or list; empty for an empty one. */
function sizeOf(sent: unknown): string {
  const size = typeof sent === 'string' || Array.isArray(sent) ? sent.length : sent
  const isEmpty = size === 0 && size !== sent
  return typeof size !== 'number' || isEmpty ? '' : `, got ${numberText(size)}`
}

/** Returns a number with commas; one of more than 15 digits as JavaScript writes it. */
function numberText(value: number): string {
  return Math.abs(value) < 1e15 ? value.toLocaleString('en', { maximumFractionDigits: 15 }) : String(value)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
