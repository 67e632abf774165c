import { z } from 'zod'
import { DecimalSign } from '../recipe/index.ts'
import { ColumnDescription, ColumnType } from '../recipe/table.ts'
import { Warning } from '../warnings.ts'
import { DateForms, Distribution, Encoding, FileFormat, IndexColumn, OnError, Quotes } from './contract.ts'
import { Packing } from './file-kinds.ts'

// Messages between the API process and its readers. Each side checks what it receives.

/** What an append must know of a column of the data set that it goes on with. */
export const BaseColumn = z.object({
  name: z.string(),
  type: ColumnType,
  /** True of a text whose description lists its different values. */
  repeats: z.boolean(),
  leftOutAs: ColumnDescription.shape.leftOutAs,
  format: z.string().optional(),
  cells: ColumnDescription.shape.cells,
  distinct: z.int().nonnegative().optional(),
  /** Of numbers: whether all are whole, so that they show no decimal sign. */
  integer: z.boolean().optional(),
  decidedBy: ColumnDescription.shape.decidedBy,
})
export type BaseColumn = z.infer<typeof BaseColumn>

/** The table to which rows are appended. */
export const Base = z.object({ file: z.string(), rows: z.int().nonnegative(), columns: z.array(BaseColumn) })
export type Base = z.infer<typeof Base>

/** Task to read an uploaded file into `folder`: as `data.parquet`, and `rejects.ndjson` if lines were left out. */
export const ReadTask = z.object({
  kind: z.literal('read'),
  file: z.string(),
  folder: z.string(),
  format: FileFormat,
  /** Null: the first sheet that has a value. */
  sheet: z.string().nullable(),
  /** Null: it is found in the header. */
  delimiter: z.string().nullable(),
  /** Of a CSV file. */
  quotes: Quotes,
  header: z.boolean(),
  /** Lines above the table that are left out. */
  skip: z.int().nonnegative(),
  index: IndexColumn,
  onError: OnError,
  /** Types that the client gave to columns. Pairs, because a column may be called `__proto__`. */
  types: z.array(z.tuple([z.string(), ColumnType])),
  /** Decimal sign of numbers that have two readings; null: the values of their column show it. */
  decimal: DecimalSign.nullable(),
  /** Texts that count as missing beside the placeholders. */
  missing: z.array(z.string()),
  /** The forms of dates that the client gave. */
  dates: DateForms,
  /** Of a text file; null: UTF-16 if its byte order mark says so, else UTF-8. */
  encoding: Encoding.nullable(),
  /** Limit on the table's size as text, in bytes. A small Parquet file can hold a huge table. */
  maxBytes: z.number(),
  /** The table that the rows are appended to; absent: they are a table of their own. */
  base: Base.optional(),
})
export type ReadTask = z.infer<typeof ReadTask>

/** Task to unpack a file, or one of several in an archive, as `unpacked` in `folder`. */
export const UnpackTask = z.object({
  kind: z.literal('unpack'),
  file: z.string(),
  folder: z.string(),
  packing: Packing,
  /** Null: the only file in the archive. */
  entry: z.string().nullable(),
  /** Limit on the unpacked file, in bytes. */
  maxBytes: z.number(),
})
export type UnpackTask = z.infer<typeof UnpackTask>

/** Task to read rows of a kept data set, from `offset` on. */
export const PageTask = z.object({
  kind: z.literal('page'),
  file: z.string(),
  columns: z.array(z.object({ name: z.string(), type: ColumnType })),
  offset: z.int().nonnegative(),
  limit: z.int().positive(),
})
export type PageTask = z.infer<typeof PageTask>

/** Task to describe how the values of some columns are distributed. */
export const DistributionsTask = z.object({
  kind: z.literal('distributions'),
  file: z.string(),
  /** Rows of the table. */
  rows: z.int().nonnegative(),
  /** The columns with their places in the table, from 0. */
  columns: z.array(z.object({ place: z.int().nonnegative(), name: z.string(), type: ColumnType })),
})
export type DistributionsTask = z.infer<typeof DistributionsTask>

/** Task to count the rows that two kept data sets have in common. */
export const OverlapTask = z.object({
  kind: z.literal('overlap'),
  file: z.string(),
  other: z.string(),
  /** The columns of one name with their places in both tables, from 0. */
  columns: z.array(
    z.object({
      place: z.int().nonnegative(),
      otherPlace: z.int().nonnegative(),
      type: ColumnType,
      otherType: ColumnType,
    }),
  ),
})
export type OverlapTask = z.infer<typeof OverlapTask>

/** What the API process sends. */
export const Task = z.discriminatedUnion('kind', [
  ReadTask,
  UnpackTask,
  PageTask,
  DistributionsTask,
  OverlapTask,
])
export type Task = z.infer<typeof Task>

/** Answer to a `ReadTask`: numbers of good, bad and repeated lines, the columns, and what there is to tell of the file. */
export const ReadResult = z.object({
  rows: z.int().nonnegative(),
  rejected: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  columns: z.array(ColumnDescription),
  warnings: z.array(Warning),
})
export type ReadResult = z.infer<typeof ReadResult>

/** Answer to an `UnpackTask`: the unpacked file, or that the archive is a spreadsheet, which is read as it is. */
export const UnpackResult = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    sha256: z.string(),
    bytes: z.int().nonnegative(),
    /** Its name in the archive; null: the packing has none. */
    name: z.string().nullable(),
  }),
  z.object({ kind: z.literal('spreadsheet') }),
])
export type UnpackResult = z.infer<typeof UnpackResult>

/**
 * Answer to a `PageTask`: rows with their values in the order of the columns. Fewer than asked for if they are large.
 */
export const PageResult = z.object({
  rows: z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))),
  /** Texts of which only the beginning is there: places of their rows and columns. */
  cut: z.array(z.object({ row: z.int().nonnegative(), column: z.int().nonnegative() })),
})
export type PageResult = z.infer<typeof PageResult>

/** Answer to a `DistributionsTask`: of each column, and how many rows were looked at. */
export const DistributionsResult = z.object({
  sampled: z.int().nonnegative(),
  items: z.array(Distribution),
})
export type DistributionsResult = z.infer<typeof DistributionsResult>

/** Answer to an `OverlapTask`: rows of each table that the other one has too. */
export const OverlapResult = z.object({ here: z.int().nonnegative(), there: z.int().nonnegative() })
export type OverlapResult = z.infer<typeof OverlapResult>

/** What a reader sends: its result, the refusal of a file, or its own failure. */
export const Reply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), result: z.unknown() }),
  z.object({
    kind: z.literal('refused'),
    code: z.enum(['invalid-dataset', 'payload-too-large', 'store-unavailable', 'overloaded']),
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
  /** The reader itself failed. `message` is for the log. */
  z.object({ kind: z.literal('failed'), message: z.string() }),
])
export type Reply = z.infer<typeof Reply>
