import { z } from 'zod'
import { NAME_PATTERN } from '../../recipe/index.ts'
import { PROBLEMS, problemType } from '../problem-table.ts'
import { named } from './registry.ts'

const ERROR_TYPES = Object.keys(PROBLEMS).map((code) => problemType(code as keyof typeof PROBLEMS))

/** The answer to every failed request (RFC 9457). */
export const ProblemView = named(
  'Problem',
  z
    .looseObject({
      type: z
        .enum(ERROR_TYPES)
        .describe('The stable code of the problem, as a URN; docs/errors.md says what to do about each.'),
      title: z.string(),
      status: z.int(),
      detail: z.string().optional(),
      instance: z.string().describe('Id of the request, which X-Request-Id repeats.').optional(),
      errors: z
        .array(
          z.object({
            path: z.string().describe('JSON pointer into the request.').optional(),
            line: z.int().describe('Line of the uploaded file.').optional(),
            column: z.string().optional(),
            message: z.string(),
          }),
        )
        .optional(),
    })
    .describe('A problem (RFC 9457).'),
)

/** The answer to a `DELETE` that leaves nothing. */
export const Deleted = z.undefined().describe('It was deleted.')

/** A query that must be empty: an unknown key is refused everywhere. */
export const NoQuery = z.strictObject({})

/** Returns the schema of a number of items, 50 by default. @param most up to 999,999 */
export function pageLimit(most: number, byDefault = 50) {
  const rule = `Expected one whole number from 1 to ${most.toLocaleString('en')}`
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value),
    z.int(rule).min(1, rule).max(most, rule).default(byDefault),
  )
}

/** The query of every list. */
export const PageQuery = z.strictObject({
  limit: pageLimit(500),
  cursor: z.string().min(1).max(500).describe('The value of `next` from the previous page.').optional(),
})

/** One page of a list. Its name in the OpenAPI document is that of an item and `Page`. */
export function pageOf(item: z.ZodType) {
  const page = z.object({
    items: z.array(item),
    next: z.string().nullable().describe('`cursor` of the next page. Null: this is the last one.'),
  })
  const { id } = item.meta() ?? {}
  return id === undefined ? page : named(`${id}Page`, page)
}

/**
 * A name in a path. The pattern is not checked here: a text that cannot be a name is answered by 404, like an unknown
 * one.
 */
const PathName = z.string().meta({ pattern: NAME_PATTERN.source })

/** A model's name in a path. */
export const ModelName = PathName.meta({ examples: ['imdb'] })

/** An alias in a path. */
export const AliasName = PathName.meta({ examples: ['production'] })

/** Path parameters of the routes of one model. */
export const NameParams = z.object({ name: ModelName })

/** Tells whether models, data sets and aliases may have this name. */
export function isName(text: string): boolean {
  return NAME_PATTERN.test(text)
}

/** The pattern of names as text, for the OpenAPI document. */
export const NAME_PATTERN_SOURCE = NAME_PATTERN.source

/** A time in UTC, to the millisecond. */
export const Timestamp = z.iso.datetime()
