import { z } from 'zod'
import type { FieldProblem } from '../errors.ts'
import { nearest, suggestion } from './names.ts'

type JsonSchema = { [key: string]: unknown }

const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>()
const NO_NAMES = z.registry<Record<string, unknown>>()

/**
 * Returns the problems of a value for the client: a JSON pointer and a sentence for each. An unknown key has its own
 * path, and a suggestion if a known key is similar.
 * @param prefix pointer of the checked value within the body, `''` for the body itself
 */
export function problemsOf(error: z.ZodError, schema: z.ZodType, prefix = ''): FieldProblem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, schema, prefix))
}

/** Adds a problem to a list. `path` is a JSON pointer within the recipe. */
export type AddProblem = (path: string, message: string) => void

/** Returns the JSON pointer (RFC 6901) of a path. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function problemsOfIssue(issue: z.core.$ZodIssue, schema: z.ZodType, prefix: string): FieldProblem[] {
  const path = prefix + pointer(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schemasAt(schema, issue.path))
    return issue.keys.map((key) => {
      const near = nearest(key, known)
      const hint = known.includes(key)
        ? 'It is an option of another type.'
        : near === undefined
          ? `Known keys: ${known.join(', ')}.`
          : `Did you mean "${near}"?`
      return { path: path + pointer([key]), message: `Unknown key "${key.slice(0, 100)}". ${hint}` }
    })
  }
  if (issue.code === 'invalid_union' && 'discriminator' in issue) {
    const known = discriminators(schemasAt(schema, issue.path.slice(0, -1)), String(issue.path.at(-1)))
    const input = issue.input
    return [
      {
        path,
        message: `Unknown ${String(issue.path.at(-1))}${suggestion(input, known)} Use one of ${known.join(', ')}.`,
      },
    ]
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return [
      // A required key of a partial object is expected to be "nonoptional", which means nothing to a client.
      {
        path,
        message:
          issue.expected === 'nonoptional'
            ? 'This field is required.'
            : `This field is required (${issue.expected}).`,
      },
    ]
  return [{ path, message: issue.message.replace(/^Invalid input: expected/, 'Expected') }]
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
