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
  const asked = reachable(usesOf(document), all)
  const schemas: Node = {}
  for (const [name, schema] of Object.entries(all)) {
    const base = baseOf(name)
    if (asked.has(base + INPUT) === name.endsWith(INPUT)) schemas[base] = schema
  }
  const named = mapped({ ...document, components: { ...components, schemas } }, (node) => {
    const name = referenceOf(node)
    return name === undefined ? node : { ...node, $ref: SCHEMAS + baseOf(name) }
  })
  return withSchemas(named as Node, (found) => reachable(usesOf(named as Node), found))
}

function baseOf(name: string): string {
  return name.endsWith(INPUT) ? name.slice(0, -INPUT.length) : name
}

/** Returns what refers to schemas, apart from other schemas. */
function usesOf(document: Node): unknown {
  return [document['paths'], nodeAt(document, 'components')['responses']]
}

function withSchemas(document: Node, keep: (schemas: Node) => Set<string>): Node {
  const components = nodeAt(document, 'components')
  const schemas = nodeAt(components, 'schemas')
  const kept = keep(schemas)
  const used = Object.entries(schemas).filter(([name]) => kept.has(name))
  return { ...document, components: { ...components, schemas: Object.fromEntries(used) } }
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

/** Writes all schemas without the keywords that zod states needlessly or that OpenAPI 3.0 ignores in their place. */
export function plainSchemas(document: Node): Node {
  const schemas = nodeAt(nodeAt(document, 'components'), 'schemas')
  return mapped(document, (node) => {
    const plain = besideReference(discriminated(withoutNoise(node), schemas))
    return inOrder(typedNull(plain, schemas))
  }) as Node
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
    asked.has(name) ? schema : opened(schema),
  ])
  const open = { ...document, components: { ...components, schemas: Object.fromEntries(schemas) } }
  for (const operation of operationsOf(open)) operation['responses'] = opened(operation['responses'])
  return open
}

function opened(part: unknown): unknown {
  return mapped(part, (node) => {
    const { additionalProperties, ...rest } = node
    return additionalProperties === false ? rest : node
  })
}

/** Bound that zod states for each whole number: the largest that JavaScript holds exactly. */
const SAFE = Number.MAX_SAFE_INTEGER

function withoutNoise(node: Node): Node {
  const { maximum, minimum, additionalProperties, examples, format, items } = node
  const plain = { ...node }
  // A format says the same in a word.
  if (format !== undefined) delete plain['pattern']
  if (isNode(items)) plain['items'] = withoutRepetition(items)
  if (maximum === SAFE) delete plain['maximum']
  if (minimum === -SAFE) delete plain['minimum']
  if (isNode(additionalProperties) && Object.keys(additionalProperties).length === 0)
    plain['additionalProperties'] = true
  if (Array.isArray(examples)) {
    // JSON Schema's list; OpenAPI 3.0 has one example of a schema.
    delete plain['examples']
    plain['example'] = examples[0]
  }
  return plain
}

/** Gives the items of a tuple whose places have one schema that schema: OpenAPI 3.0 has lists only. */
function withoutRepetition(items: Node): Node {
  const [first, ...others] = nodesAt(items, 'anyOf')
  const text = JSON.stringify(first)
  return first && others.every((other) => JSON.stringify(other) === text) ? first : items
}

/**
 * Moves a reference into `allOf` if something stands beside it, which OpenAPI 3.0 would ignore, and out of it
 * if nothing does.
 */
function besideReference(node: Node): Node {
  const [only] = nodesAt(node, 'allOf')
  if (only && Object.keys(node).length === 1) return only
  const { $ref, ...beside } = node
  if (typeof $ref !== 'string' || Object.keys(beside).length === 0) return node
  return { allOf: [{ $ref }], ...beside }
}

/** Fields of a schema that come first, in this order. */
const FIRST = ['type', 'nullable', 'description', 'format']

/** Puts the fields of a schema in the order in which people read them. */
function inOrder(node: Node): Node {
  if (!('type' in node || 'allOf' in node || 'anyOf' in node || 'oneOf' in node)) return node
  const first = FIRST.filter((key) => key in node).map((key) => [key, node[key]])
  return { ...Object.fromEntries(first), ...node }
}

/** Gives a schema that allows null its type as well: OpenAPI 3.0 ignores `nullable` without one. */
function typedNull(node: Node, schemas: Node): Node {
  if (node['nullable'] !== true || node['type'] !== undefined) return node
  const type = typeOf(node, schemas)
  if (type !== undefined) return { type, ...node }
  // A union of several types: one member allows null.
  const { nullable, ...rest } = node
  const key = node['oneOf'] ? 'oneOf' : 'anyOf'
  const [first, ...others] = nodesAt(node, key)
  return first ? { ...rest, [key]: [{ ...first, nullable }, ...others] } : rest
}

/** Returns the one type of a schema, which may be a reference or a union; undefined if it has several or any. */
function typeOf(node: Node, schemas: Node): string | undefined {
  if (typeof node['type'] === 'string') return node['type']
  const named = schemas[referenceOf(node) ?? '']
  if (isNode(named)) return typeOf(named, schemas)
  const parts = ['allOf', 'oneOf', 'anyOf'].flatMap((key) => nodesAt(node, key))
  const types = new Set(parts.map((part) => typeOf(part, schemas)))
  return types.size === 1 ? [...types][0] : undefined
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
    if (!isNode(field) || !Array.isArray(field['enum'])) return undefined
    for (const value of field['enum']) mapping[String(value)] = String(member['$ref'])
  }
  return mapping
}
