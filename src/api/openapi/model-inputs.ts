import { type JsonSchema, rowSchema } from '../../models/row-schema.ts'
import { PRODUCTION } from '../../registry/alias-moves.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import type { Signatures } from '../../versions/signatures.ts'
import type { Node } from './nodes.ts'

/** Models whose rows the document describes, at most: the first by name. */
const MOST_MODELS = 100
/** Characters of all these schemas as JSON, at most: writing them holds up the process. */
const MOST_CHARACTERS = 2 ** 21

/** The schema of one model's rows. */
interface ModelInput {
  model: string
  version: number
  schema: JsonSchema
}

/**
 * Adds to an OpenAPI document the rows that the models of a running service take, as schemas `Row-NAME`: those of the version
 * in `production`. `x-models` lists them, and says how many further models there are. Models whose files are damaged are left
 * out, and so are all while the store does not answer: the document itself needs no store.
 */
export async function withModelInputs(
  document: Node,
  models: Pick<ModelRegistry, 'heads' | 'entry'>,
  signatures: Pick<Signatures, 'of'>,
): Promise<Node> {
  const heads = await models.heads().catch(() => [])
  const names = heads.map(({ name }) => name).toSorted()
  const inputs: ModelInput[] = []
  let characters = 0
  for (const model of names.slice(0, MOST_MODELS)) {
    const input = await inputOf(model, models, signatures)
    if (!input) continue
    characters += JSON.stringify(input.schema).length
    if (characters > MOST_CHARACTERS) break
    inputs.push(input)
  }
  const { components, ...before } = document
  const { schemas, ...others } = components as { schemas: Node }
  return {
    ...before,
    'x-models': {
      description: `Rows that models take as \`features\` in \`POST /models/{name}/predict\`, by the version in production: at most ${MOST_MODELS} models, the first by name. \`GET /models/{name}/versions/{version}/schema\` has that of any version.`,
      items: inputs.map(({ model, version }) => ({
        model,
        version,
        path: `/models/${model}/predict`,
        features: { $ref: `#/components/schemas/${schemaName(model)}` },
      })),
      notDescribed: names.length - inputs.length,
    },
    components: {
      ...others,
      schemas: {
        ...schemas,
        ...Object.fromEntries(inputs.map((each) => [schemaName(each.model), each.schema])),
      },
    },
  }
}

const schemaName = (model: string) => `Row-${model}`

async function inputOf(
  model: string,
  models: Pick<ModelRegistry, 'entry'>,
  signatures: Pick<Signatures, 'of'>,
): Promise<ModelInput | undefined> {
  try {
    const entry = await models.entry(model, PRODUCTION)
    const signature = await signatures.of(model, entry)
    const { $schema: _, ...schema } = rowSchema(signature, `Row of ${model}, version ${entry.version}`)
    return { model, version: entry.version, schema }
  } catch {
    // A model without a version in production, or one that is being deleted, has no rows to describe.
    return undefined
  }
}
