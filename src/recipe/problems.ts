import { z } from 'zod'
import { clipped, type FieldProblem, ProblemList, quoted } from '../errors.ts'
import { issueMessage, typeName } from './issue-message.ts'
import { nearest, suggestion } from './names.ts'

type JsonSchema = { [key: string]: unknown }

const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>()
const NO_NAMES = z.registry<Record<string, unknown>>()

/**
 * Returns the problems of a value for the client: a JSON pointer and a sentence for each. An unknown key has its own
 * path, and a suggestion if a known key is similar. Describes the first 100, and counts the others in one more.
 * @param checked the value, so that messages can tell what of it is too small or too large
 * @param prefix pointer of the checked value within the body, `''` for the body itself
 */
export function problemsOf(
  error: z.ZodError,
  schema: z.ZodType,
  checked: unknown,
  prefix = '',
): FieldProblem[] {
  const problems = new ProblemList()
  for (const issue of error.issues)
    if (!isToldBetter(issue, error.issues)) addIssue(issue, { schema, checked, prefix }, problems)
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
  return clipped(key, MAX_KEY).replaceAll('~', '~0').replaceAll('/', '~1')
}

/** A value, the schema that it was checked against, and where it stands in the body. */
interface Checked {
  schema: z.ZodType
  checked: unknown
  prefix: string
}

/** True for a whole number beyond the exact ones, of which another issue names the field's own limit. */
function isToldBetter(issue: z.core.$ZodIssue, issues: readonly z.core.$ZodIssue[]): boolean {
  if (issue.code !== 'too_big' || issue.maximum !== Number.MAX_SAFE_INTEGER) return false
  const path = pointer(issue.path)
  return issues.some((other) => other !== issue && other.code === 'too_big' && pointer(other.path) === path)
}

function addIssue(issue: z.core.$ZodIssue, within: Checked, problems: ProblemList): void {
  const { schema, prefix } = within
  if (issue.code !== 'unrecognized_keys') {
    problems.add(() => problemOfIssue(issue, within))
    return
  }
  let known: string[] | undefined
  for (const key of issue.keys)
    problems.add(() => {
      known ??= keysAt(schemasAt(schema, issue.path))
      const path = prefix + pointer([...issue.path, key])
      return { path, message: `Unknown key ${quoted(key)}. ${hintFor(key, known, schema)}` }
    })
}

function hintFor(key: string, known: readonly string[], schema: z.ZodType): string {
  if (known.includes(key)) return 'It is an option of another type.'
  const places = placesOf(key, rootOf(schema))
  if (places.length > 0) return placeHint(key, places)
  if (known.length === 0) return 'No keys are taken here.'
  const near = nearest(key, known)
  return near === undefined ? `Known keys: ${known.join(', ')}.` : `Did you mean "${near}"?`
}

/** Where a member may be: the names of the objects around it, from the outside; `[]` stands for the items of a list. */
type Place = readonly string[]

/** The stand-in for an item of a list in a `Place`. */
const ITEM = '[]'
/** Objects around a member beyond which no place is looked for. */
const MAX_DEPTH = 4

/** Returns the outermost places of a member of this name. */
function placesOf(key: string, root: JsonSchema): Place[] {
  let level: { place: Place; schema: JsonSchema }[] = alternatives(root).map((schema) => ({
    place: [],
    schema,
  }))
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    const found = level.filter(({ schema }) => Object.hasOwn(propertiesOf(schema), key))
    if (found.length > 0) return [...new Map(found.map(({ place }) => [place.join('.'), place])).values()]
    level = level.flatMap(({ place, schema }) =>
      Object.entries(propertiesOf(schema)).flatMap(([name, member]) =>
        isSchema(member) ? alternatives(member).map((each) => below([...place, name], each)) : [],
      ),
    )
  }
  return []
}

function below(place: Place, schema: JsonSchema): { place: Place; schema: JsonSchema } {
  const item = itemSchema(schema)
  return item ? { place: [...place, ITEM], schema: item } : { place, schema }
}

/** Returns a sentence that says where a member belongs, with an example if there is one place. */
function placeHint(key: string, places: readonly Place[]): string {
  const [place = []] = places
  const names = places.map((each) => `"${each.filter((name) => name !== ITEM).join('.')}"`)
  if (places.length > 1) return `It belongs in ${names.join(' or ')}.`
  const member = `${JSON.stringify(key)}: …`
  const example = place.reduceRight(
    (inner, name) => (name === ITEM ? `[${inner}]` : `{${JSON.stringify(name)}: ${inner}}`),
    `{${member}}`,
  )
  return place.length === 0
    ? `It belongs at the top level of the body: ${example}.`
    : `It belongs in ${names[0]}: ${example}.`
}

function problemOfIssue(issue: z.core.$ZodIssue, { schema, checked, prefix }: Checked): FieldProblem {
  const path = prefix + pointer(issue.path)
  if (issue.code === 'invalid_union' && 'discriminator' in issue) {
    const known = discriminators(schemasAt(schema, issue.path.slice(0, -1)), String(issue.path.at(-1)))
    const message = `Unknown ${String(issue.path.at(-1))}${suggestion(issue.input, known)} Use one of ${known.join(', ')}.`
    return { path, message }
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    // A required key of a partial object is expected to be "nonoptional", which means nothing to a client.
    const type = issue.expected === 'nonoptional' ? '' : ` (${typeName(issue.expected)})`
    return { path, message: `This field is required${type}.` }
  }
  return { path, message: issueMessage(issue, valueAt(checked, issue.path)) }
}

/** Returns what stands at a path; undefined where nothing does, as where the checked value was rewritten. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const part of path) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, part)) return undefined
    at = Reflect.get(at, part)
  }
  return at
}

/** Schemas that are checked against a stricter one later, which knows their members. */
const checkedLater = new WeakMap<object, z.ZodType>()

/** Names the schema against which a part of a body is checked later, so that messages know where its members belong. */
export function checkedLaterBy<Schema extends object>(by: z.ZodType, schema: Schema): Schema {
  checkedLater.set(schema, by)
  return schema
}

function rootOf(schema: z.ZodType): JsonSchema {
  const known = jsonSchemas.get(schema)
  if (known) return known
  const root = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    // An empty registry of names, since a named schema would become a reference instead of its content.
    metadata: NO_NAMES,
    override({ zodSchema, jsonSchema }) {
      const later = checkedLater.get(zodSchema)
      if (later) Object.assign(jsonSchema, rootOf(later))
    },
  }) as JsonSchema
  jsonSchemas.set(schema, root)
  return root
}

/** Returns the JSON schemas that may describe the value at a path; below a union there are several. */
function schemasAt(schema: z.ZodType, path: readonly PropertyKey[]): JsonSchema[] {
  let level = alternatives(rootOf(schema))
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
  const properties = propertiesOf(schema)
  const member = Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties
  return isSchema(member) ? member : undefined
}

function propertiesOf({ properties }: JsonSchema): JsonSchema {
  return isSchema(properties) ? properties : {}
}

function itemSchema(schema: JsonSchema): JsonSchema | undefined {
  return isSchema(schema.items) ? schema.items : undefined
}

function keysAt(schemas: readonly JsonSchema[]): string[] {
  return [...new Set(schemas.flatMap((each) => Object.keys(propertiesOf(each))))]
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
