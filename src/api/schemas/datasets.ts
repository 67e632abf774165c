import { z } from 'zod'
import { DatasetDescription } from '../../datasets/contract.ts'
import { isName, NAME_PATTERN_SOURCE, NAME_RULE } from './common.ts'
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

/** How an upload is named and read. What `types` and `delimiter` say is checked by who reads the file. */
export const UploadQuery = z.strictObject({
  name: z
    .string({ error: 'A name is needed: ?name=…' })
    .refine(isName, NAME_RULE)
    .refine((name) => !isDatasetId(name), 'A name must not look like an id')
    .meta({ pattern: NAME_PATTERN_SOURCE }),
  delimiter: z
    .string()
    .meta({
      description: 'One character between the fields of a CSV file, or `tab`.',
      pattern: '^([^"\\r\\n\\x00\\ufeff]|tab)$',
    })
    .optional(),
  onError: z.enum(['refuse', 'skip']).optional(),
  types: z
    .string()
    .meta({
      description: 'Types of columns: `zip:category,rooms:number`.',
      pattern: '^([^,]+:(number|boolean|category|text)(,|$))*$',
    })
    .optional(),
})

export function isDatasetId(text: string): boolean {
  return /^ds_[0-9a-f]+$/.test(text)
}
