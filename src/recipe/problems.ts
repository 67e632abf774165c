import { z } from 'zod'
import { type FieldProblem, ProblemList, quoted } from '../errors.ts'
import { issueMessage } from './issue-message.ts'
import { nearest, suggestion } from './names.ts'

type JsonSchema = { [key: string]: unknown }

const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>()
const NO_NAMES = z.registry<Record<string, unknown>>()

/**
 * Returns the problems of a value for the client: a JSON pointer and a sentence for each. An unknown key has its own
 * path, and a suggestion if a known key is similar. Describes the first 100, and counts the others in one more.
 * @param prefix pointer of the checked value within the body, `''` for the body itself
 */
export function problemsOf(error: z.ZodError, schema: z.ZodType, prefix = ''): FieldProblem[] {
  const problems = new ProblemList()
  for (const issue of error.issues) addIssue(issue, schema, prefix, problems)
  return problems.told(prefix)
}

/**
 * Adds a problem to a list. `path` is a JSON pointer within the recipe. A message that takes time is made only if it is
 * told.
 */
export type AddProblem = (path: string, message: string | (() => string)) => void

/** Characters of a key in a pointer, above which it is clipped: no name of a column or class needs as many. */
const MAX_KEY = 1_000

/** Returns the JSON pointer (RFC 6901) of a path. A key of more than 1,000 characters is clipped. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${escaped(String(part))}`).join('')
}

function escaped(key: string): string {
  const clipped = key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…` : key
  return clipped.replaceAll('~', '~0').replaceAll('/', '~1')
}

function addIssue(issue: z.core.$ZodIssue, schema: z.ZodType, prefix: string, problems: ProblemList): void {
  if (issue.code !== 'unrecognized_keys') {
    problems.add(() => problemOfIssue(issue, schema, prefix))
    return
  }
  let known: string[] | undefined
  for (const key of issue.keys)
    problems.add(() => {
      known ??= keysAt(schemasAt(schema, issue.path))
      const path = prefix + pointer([...issue.path, key])
      return { path, message: `Unknown key ${quoted(key)}. ${hintFor(key, known)}` }
    })
}

function hintFor(key: string, known: readonly string[]): string {
  if (known.includes(key)) return 'It is an option of another type.'
  const near = nearest(key, known)
  return near === undefined ? `Known keys: ${known.join(', ')}.` : `Did you mean "${near}"?`
}

function problemOfIssue(issue: z.core.$ZodIssue, schema: z.ZodType, prefix: string): FieldProblem {
  const path = prefix + pointer(issue.path)
  if (issue.code === 'invalid_union' && 'discriminator' in issue) {
    const known = discriminators(schemasAt(schema, issue.path.slice(0, -1)), String(issue.path.at(-1)))
    const message = `Unknown ${String(issue.path.at(-1))}${suggestion(issue.input, known)} Use one of ${known.join(', ')}.`
    return { path, message }
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    // A required key of a partial object is expected to be "nonoptional", which means nothing to a client.
    const type = issue.expected === 'nonoptional' ? '' : ` (${issue.expected})`
    return { path, message: `This field is required${type}.` }
  }
  return { path, message: issueMessage(issue) }
}

/** Returns the JSON schemas that may describe the value at a path; below a union there are several. */
function schemasAt(schema: z.ZodType, path: readonly PropertyKey[]): JsonSchema[] {
  let root = jsonSchemas.get(schema)
  if (!root) {
    // An empty registry of names, since a named schema would become a reference instead of its content.
    const options = { io: 'input', unrepresentable: 'any', reused: 'inline', metadata: NO_NAMES } as const
    root = z.toJSONSchema(schema, options) as JsonSchema
    jsonSchemas.set(schema, root)
  }
  let level = alternatives(root)
  for (const part of path)
    level = level.flatMap((each) => {
      const next = typeof part === 'number' ? itemSchema(each) : memberSchema(each, String(part))
      return next ? alternatives(next) : []
    })
  return level
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  const branches = [schema.anyOf, schema.oneOf].flatMap((list) =>
    Array.isArray(list) ? list.filter(isSchema) : [],
  )
  return branches.length > 0 ? branches.flatMap(alternatives) : [schema]
}

function memberSchema(schema: JsonSchema, key: string): JsonSchema | undefined {
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const member = Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties
  return isSchema(member) ? member : undefined
}

function itemSchema(schema: JsonSchema): JsonSchema | undefined {
  return isSchema(schema.items) ? schema.items : undefined
}

function keysAt(schemas: readonly JsonSchema[]): string[] {
  return [
    ...new Set(schemas.flatMap((each) => (isSchema(each.properties) ? Object.keys(each.properties) : []))),
  ]
}

function discriminators(schemas: readonly JsonSchema[], key: string): string[] {
  return schemas.flatMap((each) => {
    const member = memberSchema(each, key)
    const values = Array.isArray(member?.enum) ? member.enum : [member?.const]
    return values.filter((value) => typeof value === 'string')
  })
}

function isSchema(value: unknown): value is JsonSchema {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
