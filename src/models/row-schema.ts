import type { InputSignature, Signature } from './signature.ts'

/** A JSON Schema. */
export type JsonSchema = Record<string, unknown>

/**
 * Returns the JSON Schema (draft 2020-12) of a row that a model takes, as `features` of a request. It describes values
 * of a column's own type; `/predict` also reads them from the texts of a file.
 */
export function rowSchema({ inputs, ignored, example }: Signature, title: string): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    type: 'object',
    properties: Object.fromEntries([
      ...ignored.map((name): [string, JsonSchema] => [name, { description: 'Not read.' }]),
      ...inputs.map((input): [string, JsonSchema] => [input.name, valueSchema(input)]),
    ]),
    required: inputs.map(({ name }) => name),
    additionalProperties: false,
    examples: [example],
  }
}

function valueSchema(input: InputSignature): JsonSchema {
  const { type, nullable, range, categories = [], categoryCount = 0, unseen } = input
  const types = nullable ? [jsonType(input), 'null'] : jsonType(input)
  const all = unseen === 'refuse' && categories.length === categoryCount
  return {
    type: types,
    ...(all ? { enum: nullable ? [...categories, null] : categories } : {}),
    ...(!all && categories.length > 0 ? { examples: categories } : {}),
    ...(range ? { description: `The training rows have ${range.min} to ${range.max}.` } : {}),
    ...(type === 'date' || type === 'datetime' ? { examples: [range?.min ?? '2024-03-01'] } : {}),
  }
}

function jsonType({ type }: InputSignature): string {
  if (type === 'number' || type === 'boolean') return type
  return 'string'
}
