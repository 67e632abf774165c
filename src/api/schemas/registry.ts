import { z } from 'zod'

/**
 * Gives a schema its name in the OpenAPI document. It uses zod's own registry, since `describe` and `meta` keep their
 * texts there, and the document is made from one registry only.
 */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id })
  return schema
}

/** Key of an example in the OpenAPI document. `examples` is dropped where a schema transforms its input. */
export const EXAMPLE = 'x-examples'

/** Returns the metadata of a request's body with an example. */
export function exampleBody(value: unknown): { [EXAMPLE]: { request: { value: unknown } } } {
  return { [EXAMPLE]: { request: { value } } }
}
