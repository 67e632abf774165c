import { z } from 'zod'

/**
 * Gives a schema its name in the OpenAPI document. In zod's own registry, where `describe` and `meta` keep their
 * words: with another one the document would have none of them.
 */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id })
  return schema
}
