/** A JSON object of the document. */
export type Node = Record<string, unknown>

/** Path of the schemas in the document. */
export const SCHEMAS = '#/components/schemas/'

/** Methods of a path that are operations. */
const METHODS = ['get', 'put', 'post', 'delete']

/** Returns whether a value is a JSON object. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Returns the object under a key. Throws if there is none. */
export function nodeAt(node: Node, key: string): Node {
  const value = node[key]
  if (!isNode(value)) throw new TypeError(`The OpenAPI document lacks ${key}`)
  return value
}

/** Returns the objects in the list under a key; none if the key is absent. */
export function nodesAt(node: Node, key: string): Node[] {
  const value = node[key]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** Returns all operations of a document. */
export function operationsOf(document: Node): Node[] {
  return Object.values(nodeAt(document, 'paths')).flatMap((path) =>
    isNode(path) ? METHODS.flatMap((method) => (isNode(path[method]) ? [path[method]] : [])) : [],
  )
}

/** Returns the name of the schema that a node refers to; undefined if it is no reference to a schema. */
export function referenceOf(node: Node): string | undefined {
  const { $ref } = node
  return typeof $ref === 'string' && $ref.startsWith(SCHEMAS) ? $ref.slice(SCHEMAS.length) : undefined
}

/** Returns a copy of a JSON object with each object in it replaced by what `change` gives for it, inner ones first. */
export function mapped(node: Node, change: (node: Node) => Node): Node {
  return change(
    Object.fromEntries(Object.entries(node).map(([key, item]) => [key, mappedValue(item, change)])),
  )
}

function mappedValue(value: unknown, change: (node: Node) => Node): unknown {
  if (Array.isArray(value)) return value.map((item) => mappedValue(item, change))
  return isNode(value) ? mapped(value, change) : value
}
