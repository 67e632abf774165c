import { z } from 'zod'
import { ColumnDescription, ColumnType } from '../recipe/table.ts'
import { FileFormat, OnError } from './contract.ts'

/** What the API process and the reader say to each other. Both check what they hear. */

/** Reads an uploaded file into `folder`: `data.parquet`, and `rejects.ndjson` where lines were left out. */
export const ReadTask = z.object({
  kind: z.literal('read'),
  file: z.string(),
  folder: z.string(),
  format: FileFormat,
  delimiter: z.string(),
  onError: OnError,
  /** Pairs, since a column may be called `__proto__`. */
  types: z.array(z.tuple([z.string(), ColumnType])),
  /** What the table may need as text. A small Parquet file can hold a huge one. */
  maxBytes: z.number(),
})
export type ReadTask = z.infer<typeof ReadTask>

/** Rows of a data set that is kept, from `offset` on. */
export const PageTask = z.object({
  kind: z.literal('page'),
  file: z.string(),
  columns: z.array(z.object({ name: z.string(), type: ColumnType })),
  offset: z.int().nonnegative(),
  limit: z.int().positive(),
})
export type PageTask = z.infer<typeof PageTask>

export const Task = z.discriminatedUnion('kind', [ReadTask, PageTask])
export type Task = z.infer<typeof Task>

export const ReadResult = z.object({
  rows: z.int().nonnegative(),
  rejected: z.int().nonnegative(),
  columns: z.array(ColumnDescription),
})
export type ReadResult = z.infer<typeof ReadResult>

/** Values in the order of the columns; fewer rows than asked for where they are large. */
export const PageResult = z.object({
  rows: z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))),
})
export type PageResult = z.infer<typeof PageResult>

export const Reply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), result: z.unknown() }),
  z.object({
    kind: z.literal('refused'),
    code: z.enum(['invalid-dataset', 'payload-too-large', 'store-unavailable']),
    message: z.string(),
    problems: z.array(
      z.object({
        path: z.string().optional(),
        line: z.int().optional(),
        column: z.string().optional(),
        message: z.string(),
      }),
    ),
  }),
  /** A fault of the reader's own; `message` is for the log. */
  z.object({ kind: z.literal('failed'), message: z.string() }),
])
export type Reply = z.infer<typeof Reply>
