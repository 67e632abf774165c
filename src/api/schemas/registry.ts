import { z } from 'zod'

/**
 * Gives a schema its name in the OpenAPI document. It uses zod's own registry, since `describe` and `meta` keep their
 * texts there, and the document is made from one registry only.
 */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id })
  return schema
}

/** Returns the name of a kind with a capital, as the names of schemas begin. */
export function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** Key that leaves a parameter out of the OpenAPI document, since another operation does the same. */
export const HIDDEN = 'x-hidden'
/** Metadata of a parameter that the OpenAPI document leaves out. */
export const UNDOCUMENTED = { [HIDDEN]: true }

/** Describes fields of an object in the OpenAPI document. */
export function described<Schema extends z.ZodObject>(
  schema: Schema,
  fields: Readonly<Record<string, string>>,
): Schema {
  for (const [name, description] of Object.entries(fields)) {
    const field = schema.shape[name]
    if (field instanceof z.ZodType)
      z.globalRegistry.add(field, { ...z.globalRegistry.get(field), description })
  }
  return schema
}
