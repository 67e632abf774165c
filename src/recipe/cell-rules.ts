import { z } from 'zod'

/** Sign between the whole part of a number and its fraction. */
export const DecimalSign = z.enum(['.', ','])
export type DecimalSign = z.infer<typeof DecimalSign>

/**
 * How the texts of a column are read, beyond what every column does. An upload finds it, and a version keeps it with each
 * input, so that a line of the file is read alike for training and for a prediction. Absent: plain numbers, `true` and
 * `false`, and the placeholders only.
 */
export const CellRules = z.object({
  /** Of a number: its decimal sign in texts that have two readings, such as 1,234. Absent: no such texts are read. */
  decimal: DecimalSign.optional(),
  /** Of a number: codes of the units that its texts have, such as `%` or `USD`; an empty text for none. Default: none. */
  units: z.array(z.string()).optional(),
  /** Of a boolean: true if words such as yes and no are read. */
  words: z.boolean().optional(),
  /** Texts that count as missing beside the placeholders, in any case. */
  missing: z.array(z.string()).optional(),
})
export type CellRules = z.infer<typeof CellRules>
