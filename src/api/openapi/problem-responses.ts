import { STATUS_CODES } from 'node:http'
import type { RouteOptions } from 'fastify'
import type { ErrorCode } from '../../errors.ts'
import { PROBLEM_JSON } from '../plugins/problems.ts'
import { PROBLEMS, problemType } from '../problem-table.ts'
import { type Node, nodeAt, operationsOf } from './nodes.ts'

/** Key under which an operation lists the codes of the problems that are its own. */
export const PROBLEM_CODES = 'x-problems'

/** Codes that any operation may answer, whatever it does. With those of failures they are its `default` response. */
export const GENERAL: readonly ErrorCode[] = [
  'unauthorized',
  // Without keys, pages of other origins are refused.
  'forbidden',
  'rate-limited',
  'overloaded',
  // A token is not known where its provider does not answer.
  'not-ready',
  'internal',
]

/** Returns the error codes that a route may answer. */
export function codesOf(route: RouteOptions): ErrorCode[] {
  const config = route.config ?? {}
  const { querystring, params } = (route.schema ?? {}) as Node
  const codes = new Set<ErrorCode>([
    ...(querystring || params ? (['invalid-query'] as const) : []),
    ...(params ? (['invalid-request'] as const) : []),
    ...(config.role === 'anyone' ? [] : (['unauthorized', 'not-ready'] as const)),
    'forbidden',
    ...(config.errors ?? []),
    'internal',
    ...(config.vital ? [] : (['rate-limited', 'overloaded'] as const)),
  ])
  return [...codes]
}

/** Name of the response of `GENERAL`. It differs from the names of schemas: some generators have one list for all. */
const DEFAULT = 'AnyProblem'

/** Adds to each operation references to the problems that it may answer, and those to the document's components. */
export function addProblems(document: Node): void {
  const statuses = new Set<number>()
  const used = new Set<ErrorCode>()
  for (const operation of operationsOf(document)) {
    const codes = operation[PROBLEM_CODES] as ErrorCode[]
    const own = codes.filter((code) => !GENERAL.includes(code))
    // Checkers of documents want to see at least one status of a refused request.
    const listed = own.some((code) => PROBLEMS[code].status < 500) ? own : [...own, 'forbidden' as const]
    operation[PROBLEM_CODES] = listed
    const responses = nodeAt(operation, 'responses')
    for (const code of listed) {
      used.add(code)
      const { status } = PROBLEMS[code]
      if (status >= 500) continue
      statuses.add(status)
      responses[status] = { $ref: `#/components/responses/${nameOf(status)}` }
    }
    responses['default'] = { $ref: `#/components/responses/${DEFAULT}` }
  }
  const shared = [...statuses].sort().map((status) => [nameOf(status), responseOf(status)])
  nodeAt(document, 'components')['responses'] = {
    [DEFAULT]: anyProblem(used),
    ...Object.fromEntries(shared),
  }
}

/** Returns the response to a request that any operation may refuse. */
function anyProblem(used: ReadonlySet<ErrorCode>): Node {
  const codes = new Set([...GENERAL, ...[...used].filter((code) => PROBLEMS[code].status >= 500)])
  return {
    description: `The key lacks a permission, there are too many requests, or the service cannot answer now: ${[...codes].map(described).join(' ')}`,
    headers: { 'Retry-After': RETRY_AFTER },
    content: PROBLEM,
  }
}

/** Returns the name of a status as one word: `NotFound`. */
function nameOf(status: number): string {
  return (STATUS_CODES[status] ?? `Status ${status}`).replace(/[^A-Za-z0-9]/g, '')
}

function responseOf(status: number): Node {
  const codes = (Object.keys(PROBLEMS) as ErrorCode[]).filter((code) => PROBLEMS[code].status === status)
  return {
    description: codes.map(described).join(' '),
    ...(status === 429 || status === 503 ? { headers: { 'Retry-After': RETRY_AFTER } } : {}),
    content: PROBLEM,
  }
}

function described(code: ErrorCode): string {
  return `\`${problemType(code)}\`: ${PROBLEMS[code].title}.`
}

const PROBLEM = { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/Problem' } } }
const RETRY_AFTER = { description: 'Seconds to wait.', schema: { type: 'integer' } }
