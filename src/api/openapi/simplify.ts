import { isNode, mapped, type Node, nodeAt, nodesAt, operationsOf, referenceOf, SCHEMAS } from './nodes.ts'

/** End of the name that the library gives to a schema as requests have it. */
const INPUT = 'Input'

/**
 * Keeps one schema where the library writes two, one as requests have it and one as answers do. The form of the
 * requests stays: it fits the answers as well, which only have more of its optional fields.
 */
export function withoutTwins(document: Node): Node {
  const components = nodeAt(document, 'components')
  const all = nodeAt(components, 'schemas')
  const used = reachable(usesOf(document), all)
  const asked = [...used].filter((name) => name.endsWith(INPUT)).map(baseOf)
  const kept = Object.entries(all).filter(
    ([name]) => used.has(name) && (name.endsWith(INPUT) || !asked.includes(name)),
  )
  const schemas = Object.fromEntries(kept.map(([name, schema]) => [baseOf(name), schema]))
  const named = mapped({ ...document, components: { ...components, schemas } }, (node) => {
    const name = referenceOf(node)
    return name === undefined ? node : { ...node, $ref: SCHEMAS + baseOf(name) }
  })
  return withoutUnused(named)
}

function baseOf(name: string): string {
  return name.endsWith(INPUT) ? name.slice(0, -INPUT.length) : name
}

/** Returns what refers to schemas, apart from other schemas. */
function usesOf(document: Node): unknown {
  return [document['paths'], nodeAt(document, 'components')['responses']]
}

/** Leaves out the schemas that only those refer to which were left out before. */
function withoutUnused(document: Node): Node {
  const components = nodeAt(document, 'components')
  const schemas = nodeAt(components, 'schemas')
  const used = reachable(usesOf(document), schemas)
  const kept = Object.entries(schemas).filter(([name]) => used.has(name))
  return { ...document, components: { ...components, schemas: Object.fromEntries(kept) } }
}

/** Returns the names of the schemas that a part of the document refers to, also by way of other schemas. */
function reachable(part: unknown, schemas: Node): Set<string> {
  const found = new Set<string>()
  const look = (value: unknown) => {
    for (const [, name = ''] of JSON.stringify(value ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (found.has(name)) continue
      found.add(name)
      look(schemas[name])
    }
  }
  look(part)
  return found
}

/** Writes all schemas without what zod states needlessly, and in the forms that generators of clients read. */
export function plainSchemas(document: Node): Node {
  const schemas = nodeAt(nodeAt(document, 'components'), 'schemas')
  return mapped(document, (node) =>
    inOrder(
      besideReference(
        discriminated(exactlyOne(oneTypeEach(nullableType(nullableAsOptional(withoutNoise(node))))), schemas),
      ),
    ),
  )
}

/**
 * Says in words what the value of a field is that a request leaves out: openapi-typescript takes a field with `default`
 * for one that is always there, in requests too.
 */
export function defaultsInWords(document: Node): Node {
  return mapped(document, (node) => {
    const { default: value, ...rest } = node
    const isSchema = ('type' in node || 'allOf' in node) && node['in'] === undefined
    if (!isSchema || value === undefined || isNode(value)) return node
    const { description = '' } = node
    const words =
      typeof description === 'string' && /default/i.test(description) ? '' : `Default: ${worded(value)}.`
    return inOrder({ ...rest, description: [description, words].filter((each) => each !== '').join(' ') })
  })
}

function worded(value: unknown): string {
  if (value === '') return 'empty'
  return Array.isArray(value) && value.length === 0 ? 'none' : `\`${value}\``
}

/** Allows further fields in answers, so that clients which check them go on when the service learns more. */
export function openAnswers(document: Node): Node {
  const components = nodeAt(document, 'components')
  const all = nodeAt(components, 'schemas')
  const asked = reachable(
    operationsOf(document).map(({ requestBody }) => requestBody),
    all,
  )
  const schemas = Object.entries(all).map(([name, schema]) => [
    name,
    asked.has(name) || !isNode(schema) ? schema : opened(schema),
  ])
  const open = { ...document, components: { ...components, schemas: Object.fromEntries(schemas) } }
  for (const operation of operationsOf(open)) operation['responses'] = opened(nodeAt(operation, 'responses'))
  return open
}

function opened(part: Node): Node {
  return mapped(part, (node) => {
    const { additionalProperties, ...rest } = node
    return additionalProperties === false ? rest : node
  })
}

/** Bound that zod states for each whole number: the largest that JavaScript holds exactly. */
const SAFE = Number.MAX_SAFE_INTEGER

function withoutNoise(node: Node): Node {
  const { type, maximum, minimum, additionalProperties, format, const: only, prefixItems, examples } = node
  const plain = { ...node }
  if (maximum === SAFE) delete plain['maximum']
  if (minimum === -SAFE) delete plain['minimum']
  if (isNode(additionalProperties) && Object.keys(additionalProperties).length === 0)
    plain['additionalProperties'] = true
  // A format says the same in a word.
  if (format !== undefined) delete plain['pattern']
  if (Array.isArray(examples)) {
    delete plain['examples']
    plain['example'] = examples[0]
  }
  // Generators know lists of values, not single ones; lists of items, not tuples; and no rules for the names of fields.
  if (only !== undefined) {
    delete plain['const']
    plain['enum'] = [only]
  }
  // In clients in Java and Kotlin such a list is one of texts, and does not compile.
  if (type === 'boolean') delete plain['enum']
  if (Array.isArray(prefixItems)) {
    delete plain['prefixItems']
    plain['items'] = prefixItems[0]
  }
  if (isNode(plain['propertyNames'])) delete plain['propertyNames']
  return sized(plain)
}

/** Largest whole number of 32 bits with a sign. */
const INT32 = 2 ** 31 - 1

/** States how many bits a number has: without it, clients in Go have 32 for fractions, those in Java for whole numbers. */
function sized(node: Node): Node {
  const { type, format, maximum } = node
  if (format !== undefined) return node
  if (type === 'number') return { ...node, format: 'double' }
  const small = typeof maximum === 'number' && maximum <= INT32
  return type === 'integer' && !small ? { ...node, format: 'int64' } : node
}

const NULL = 'null'

/** Writes a union of a map and types that are no objects as `oneOf`: generators for Java know maps only there. */
function exactlyOne(node: Node): Node {
  const { anyOf, ...outer } = node
  const objects = nodesAt(node, 'anyOf').filter(({ type }) => type === 'object')
  const [map] = objects
  return objects.length === 1 && isNode(map?.['additionalProperties']) ? { ...outer, oneOf: anyOf } : node
}

/** Writes a schema of several types as a union, but for one type and null. */
function oneTypeEach(node: Node): Node {
  const { type, ...rest } = node
  const types: unknown[] = Array.isArray(type) ? type : []
  const others = types.filter((each) => each !== NULL)
  if (others.length < 2) return node
  return { ...rest, anyOf: types.map((each) => ({ type: each })) }
}

/** Writes a union of null and a schema with one type as that schema with two types. */
function nullableType(node: Node): Node {
  const { anyOf, ...outer } = node
  const members = nodesAt(node, 'anyOf')
  const [inner, ...others] = members.filter(({ type }) => type !== NULL)
  if (anyOf === undefined || !inner || members.length === others.length + 1) return node
  if (others.length > 0) return node
  const within = nodesAt(inner, 'anyOf')
  if (within.length > 0 && Object.keys(inner).length === 1)
    return { ...outer, anyOf: [...within, { type: NULL }] }
  const { type, enum: values, ...rest } = inner
  if (typeof type !== 'string') return node
  const both = { type: [type, NULL], ...rest, ...outer }
  return Array.isArray(values) ? { ...both, enum: [...values, null] } : both
}

/**
 * Requires no field that is a schema or null: such a field is always there, but clients in Java take one that is required
 * for one that is never null, and refuse the answer.
 */
function nullableAsOptional(node: Node): Node {
  const { required, properties } = node
  if (!Array.isArray(required) || !isNode(properties)) return node
  const kept = required.filter((name) => !isUnionWithNull(properties[String(name)]))
  const { required: _all, ...rest } = node
  return kept.length > 0 ? { ...rest, required: kept } : rest
}

function isUnionWithNull(field: unknown): boolean {
  return isNode(field) && nodesAt(field, 'anyOf').some(({ type }) => type === NULL)
}

/**
 * Moves a reference into `allOf` if something stands beside it, which several generators ignore, and out of it if nothing
 * does.
 */
function besideReference(node: Node): Node {
  const [only] = nodesAt(node, 'allOf')
  if (only && Object.keys(node).length === 1) return only
  const { $ref, ...beside } = node
  if (typeof $ref !== 'string' || Object.keys(beside).length === 0) return node
  return { allOf: [{ $ref }], ...beside }
}

/** Fields of a schema that come first, in this order. */
const FIRST = ['type', 'description', 'format']

/** Puts the fields of a schema in the order in which people read them. */
function inOrder(node: Node): Node {
  if (!('type' in node || 'allOf' in node || 'anyOf' in node || 'oneOf' in node)) return node
  const first = FIRST.filter((key) => key in node).map((key) => [key, node[key]])
  return { ...Object.fromEntries(first), ...node }
}

/** Fields that tell the members of a union apart. */
const KINDS = ['type', 'kind']

/** Names the field that tells the members of a union apart: it has other values in each of them. */
function discriminated(node: Node, schemas: Node): Node {
  const members = nodesAt(node, 'oneOf')
  if (members.length < 2 || node['discriminator'] !== undefined) return node
  for (const propertyName of KINDS) {
    const mapping = mappingOf(members, propertyName, schemas)
    if (mapping) return { ...node, discriminator: { propertyName, mapping } }
  }
  return node
}

/** Returns the member of a union for each value of a field; undefined if one of them has no such field. */
function mappingOf(members: Node[], name: string, schemas: Node): Record<string, string> | undefined {
  const mapping: Record<string, string> = {}
  for (const member of members) {
    const schema = schemas[referenceOf(member) ?? '']
    const field = isNode(schema) && isNode(schema['properties']) ? schema['properties'][name] : undefined
    if (!isNode(field)) return undefined
    const values = 'const' in field ? [field['const']] : field['enum']
    if (!Array.isArray(values)) return undefined
    for (const value of values) mapping[String(value)] = String(member['$ref'])
  }
  return mapping
}
