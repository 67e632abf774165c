import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { clipped, type ErrorCode, FitserveError } from '../../errors.ts'
import { problemsOf } from '../../recipe/index.ts'
import { sentence } from '../problem-table.ts'

/** Compiles zod schemas of queries, path parameters, headers and bodies for Fastify. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const code: ErrorCode = httpPart === 'querystring' ? 'invalid-query' : 'invalid-request'
  return (data) => {
    // The framework gives null for an absent body.
    const isAbsent = httpPart === 'body' && data === null
    const result = schema.safeParse(isAbsent ? undefined : data)
    if (isAbsent && !result.success) return { error: missingBody() }
    return result.success ? { value: result.data } : { error: invalid(code, result.error, schema, data) }
  }
}

/** Checks a body that a handler reads itself. @throws FitserveError `invalid-request`, `invalid-json` */
export function checkBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  if (body === undefined) throw missingBody()
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw invalid('invalid-request', result.error, schema, body)
}

/** Checks a query that a handler reads itself. @throws FitserveError `invalid-query` */
export function checkQuery<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
  const result = schema.safeParse(query)
  if (result.success) return result.data
  throw invalid('invalid-query', result.error, schema, query)
}

/** Refuses a query of a JSON body, whose fields say all. @throws FitserveError `invalid-query` */
export function refuseQuery(query: object): void {
  const [key] = Object.keys(query)
  if (key === undefined) return
  const message = `Send "${key}" in the body of a JSON request, not in the query.`
  throw new FitserveError('invalid-query', message, { problems: [{ path: `/${key}`, message }] })
}

/** Returns the error about an absent body. */
export function missingBody(): FitserveError {
  return new FitserveError('invalid-json', 'The request needs a JSON body.')
}

/** Characters of the problems in the detail; all of them are listed beside it. */
const MAX_DETAIL = 500

function invalid(code: ErrorCode, error: z.ZodError, schema: z.ZodType, checked: unknown): FitserveError {
  const problems = problemsOf(error, schema, checked)
  const what = code === 'invalid-query' ? 'Invalid query' : 'Invalid request'
  const detail = problems
    .map(({ path, message }) => sentence(path ? `${path}: ${message}` : message))
    .join(' ')
  return new FitserveError(code, `${what}. ${clipped(detail, MAX_DETAIL)}`, { problems })
}
