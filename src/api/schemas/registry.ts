import { z } from 'zod'

/** Schemas that the OpenAPI document has under a name of their own. */
export const components = z.registry<{ id?: string | undefined; [key: string]: unknown }>()

/** Gives a schema its name in the OpenAPI document. */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  components.add(schema, { id })
  return schema
}
