import { z } from 'zod'
import { DatasetDescription, OnError } from '../../datasets/contract.ts'
import { DatasetName } from '../../datasets/identity.ts'
import { NAME_PATTERN_SOURCE } from './common.ts'
import { named } from './registry.ts'

export const DatasetView = named('Dataset', DatasetDescription.extend({ name: z.string() }))

export const RowView = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .describe('A row under its column names; a gap is null.')

export const RejectView = named(
  'Reject',
  z.object({
    line: z.int(),
    column: z.string().optional(),
    message: z.string(),
    text: z.string().describe("The line's beginning.").optional(),
  }),
)

export const DatasetParams = z.object({
  dataset: z.string().meta({ description: 'Id or name.', examples: ['reviews'] }),
})

/** The query of an upload. `readOptions` checks `types` and `delimiter`, which depend on the format of the file. */
export const UploadQuery = z.strictObject({
  name: DatasetName.meta({ pattern: NAME_PATTERN_SOURCE }),
  delimiter: z
    .string()
    .meta({
      description: 'One character between the fields of a CSV file, or `tab`.',
      pattern: '^([^"\\r\\n\\x00\\ufeff]|tab)$',
    })
    .optional(),
  onError: OnError.optional(),
  types: z
    .string()
    .meta({
      description: 'Types of columns: `zip:category,rooms:number`.',
      pattern: '^([^,]+:(number|boolean|category|text)(,|$))*$',
    })
    .optional(),
})
