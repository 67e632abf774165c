import { z } from 'zod'

/**
 * Gives a schema its name in the OpenAPI document. It uses zod's own registry, since `describe` and `meta` keep their
 * texts there, and the document is made from one registry only.
 */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id })
  return schema
}
