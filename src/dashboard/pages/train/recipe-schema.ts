import { goodResponse, SERVICE, send } from '../../api/client.ts'

/** How a field of the recipe is asked for. */
export interface RecipeField {
  name: string
  description: string
  /** Values to choose from; `json`: anything that the field takes, written as JSON. */
  kind:
    | { type: 'number'; minimum?: number; maximum?: number; whole: boolean }
    | { type: 'choice'; values: string[] }
    | { type: 'json' }
}

interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  enum?: unknown[]
  minimum?: number
  maximum?: number
  properties?: Record<string, Schema>
}

interface OpenApi {
  components: { schemas: Record<string, Schema> }
}

/** Reads the fields of a recipe from the OpenAPI document of the service, so that the form always has all of them. */
export async function recipeFields(signal: AbortSignal): Promise<RecipeField[]> {
  const response = await goodResponse(send(`${SERVICE}/openapi.json`, { signal }))
  const document: OpenApi = await response.json()
  const { schemas } = document.components
  const resolve = (schema: Schema): Schema => {
    const target = schema.$ref?.split('/').at(-1)
    return target === undefined ? schema : { ...schemas[target], ...schema }
  }
  return Object.entries(schemas['Recipe']?.properties ?? {}).map(([name, schema]) =>
    fieldOf(name, resolve(schema)),
  )
}

function fieldOf(
  name: string,
  { description = '', enum: values, type, minimum, maximum }: Schema,
): RecipeField {
  if (values) return { name, description, kind: { type: 'choice', values: values.map(String) } }
  if (type === 'boolean') return { name, description, kind: { type: 'choice', values: ['true', 'false'] } }
  if (type !== 'number' && type !== 'integer') return { name, description, kind: { type: 'json' } }
  const limits = {
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  }
  return { name, description, kind: { type: 'number', whole: type === 'integer', ...limits } }
}
