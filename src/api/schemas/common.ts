import { z } from 'zod'
import { NAME_PATTERN } from '../../recipe/index.ts'
import { PROBLEMS, problemType } from '../problem-table.ts'
import { named } from './registry.ts'

const ERROR_TYPES = Object.keys(PROBLEMS).map((code) => problemType(code as keyof typeof PROBLEMS))

export const ProblemView = named(
  'Problem',
  z
    .looseObject({
      type: z.enum(ERROR_TYPES).describe('A stable code.'),
      title: z.string(),
      status: z.int(),
      detail: z.string().optional(),
      instance: z.string().describe('The id of the request, also in X-Request-Id.').optional(),
      errors: z
        .array(
          z.object({
            path: z.string().describe('JSON pointer into what was sent.').optional(),
            line: z.int().describe('Line of an uploaded file.').optional(),
            column: z.string().optional(),
            message: z.string(),
          }),
        )
        .optional(),
    })
    .describe('A problem as RFC 9457 has it.'),
)

/** The answer to a `DELETE` that leaves nothing. */
export const Deleted = z.undefined().describe('It is gone.')

/** A query that must be empty: an unknown key is refused everywhere. */
export const NoQuery = z.strictObject({})

const LIMIT_RULE = 'Expected one whole number from 1 to 500'
const Limit = z.preprocess(
  (value) => (typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value),
  z.int(LIMIT_RULE).min(1, LIMIT_RULE).max(500, LIMIT_RULE).default(50),
)

/** The query of every list. */
export const PageQuery = z.strictObject({
  limit: Limit,
  cursor: z.string().min(1).max(500).describe('What `next` of the page before said.').optional(),
})

/** One page of a list. */
export function pageOf(item: z.ZodType) {
  return z.object({ items: z.array(item), next: z.string().nullable() })
}

/** A name in a path: what cannot be one is not there either, so it is not checked here. */
const PathName = z.string().meta({ pattern: NAME_PATTERN.source })
export const ModelName = PathName.meta({ examples: ['imdb'] })
export const AliasName = PathName.meta({ examples: ['production'] })
export const NameParams = z.object({ name: ModelName })

/** Tells whether models, data sets and aliases may have this name. */
export function isName(text: string): boolean {
  return NAME_PATTERN.test(text)
}

export const NAME_PATTERN_SOURCE = NAME_PATTERN.source
export const Timestamp = z.iso.datetime()
