/**
 * Data sets: uploaded tables that never change. This room takes an upload, reads it in a child process, describes
 * its columns and keeps it in the store; it pages through rows and bad lines, and it owns the names of data sets.
 * It does not choose a target or encode anything: that begins in `recipe/` and `training/`.
 *
 * Start with `Datasets` below and `upload.ts`, which draws an upload's way in. `reader/` runs only in the child
 * process and is the one part that loads DuckDB, beside `table.ts`, the interface for training.
 */
import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { Page, PageRequest } from '../page.ts'
import type { DecimalSign } from '../recipe/index.ts'
import { type Cell, ColumnDescription, ColumnType } from '../recipe/table.ts'
import { StoredWarning, type Warning } from '../warnings.ts'
import type { DatasetName } from './identity.ts'

/** Everything known of a data set but its name, as stored and as answered. */
export const DatasetDescription = z.object({
  id: z.string().regex(/^ds_[0-9a-f]{24}$/),
  /** SHA-256 of the decompressed bytes, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Size of the decompressed upload. */
  bytes: z.int().nonnegative(),
  rows: z.int().nonnegative(),
  /** Number of bad lines that were left out. */
  rejected: z.int().nonnegative(),
  /**
   * Number of rows that repeat an earlier one in all columns that do not identify rows. Absent in data sets that earlier
   * releases have kept.
   */
  duplicates: z.int().nonnegative().optional(),
  createdAt: z.iso.datetime(),
  /** Number of rows that were appended to an older data set; absent: the data set is an upload of its own. */
  appended: z.int().nonnegative().optional(),
  columns: z.array(ColumnDescription),
  /** What the file was taken for, and what did not fit. Absent in data sets that earlier releases have kept. */
  warnings: z.array(StoredWarning).optional(),
  /** Size and hash (hex) of the file with the rows; absent in data sets that earlier releases have kept. */
  data: z.object({ bytes: z.int().nonnegative(), sha256: z.string() }).optional(),
  /** The same of the file with the bad lines; absent without any, and in data sets that earlier releases have kept. */
  rejects: z.object({ bytes: z.int().nonnegative(), sha256: z.string() }).optional(),
})
export type DatasetDescription = z.infer<typeof DatasetDescription>

/** A description with the name under which the data set was asked for, or else one that points at it. */
export type NamedDataset = Omit<DatasetDescription, 'warnings'> & { name: string; warnings: Warning[] }

/** A data set as a list shows it: without the classes of its columns, with the first 100 columns and 10 warnings only. */
export type DatasetSummary = NamedDataset & { columnCount: number }

/** Returns the data set of an id, or the newest one under a name. @throws FitserveError `unknown-dataset` */
export type FindDataset = (idOrName: string) => Promise<NamedDataset>

/** Format of an uploaded file. */
export const FileFormat = z.enum(['csv', 'ndjson', 'parquet', 'xlsx', 'arrow'])
export type FileFormat = z.infer<typeof FileFormat>

/** What happens to an upload with bad lines: it is refused, or the lines are left out and kept as rejects. */
export const OnError = z.enum(['refuse', 'skip'])
export type OnError = z.infer<typeof OnError>

/** What happens to a first column without a name that counts the rows: it is left out, or kept as `index`. */
export const IndexColumn = z.enum(['drop', 'keep'])
export type IndexColumn = z.infer<typeof IndexColumn>

/**
 * How texts of a CSV file are quoted: in double quotes, of which two stand for one (RFC 4180); in single quotes, likewise; not
 * at all, so that a quote is a character like others; or in double quotes, with a backslash before those within a text.
 */
export const Quotes = z.enum(['double', 'single', 'none', 'backslash'])
export type Quotes = z.infer<typeof Quotes>

/** Encoding of a text file. Korean files of either name are read as code page 949, which contains EUC-KR. */
export const Encoding = z.enum([
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'iso-8859-1',
  'cp949',
  'euc-kr',
  'windows-1250',
  'windows-1251',
  'windows-1253',
  'windows-1254',
  'windows-1257',
  'koi8-r',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
])
export type Encoding = z.infer<typeof Encoding>

declare const CHECKED: unique symbol

/** How an upload is read; part of the data set's identity. Only `readOptions` makes one, so nothing checks it again. */
export interface ReadOptions {
  readonly [CHECKED]: true
  /** Null: it is found in the file. */
  readonly format: FileFormat | null
  /** Name of the file to read in a zip archive of several; null: the only one. */
  readonly entry: string | null
  /** Name of the sheet of a spreadsheet, or its number from 1; null: the first that has a value. */
  readonly sheet: string | null
  /** One character between the fields of a CSV file; null: found in its header. Meaningless in other formats. */
  readonly delimiter: string | null
  /** Of a CSV file. */
  readonly quotes: Quotes
  /** Whether the first line of a CSV file or a sheet names the columns; else they are called column1, column2, … */
  readonly header: boolean
  /** Lines of a CSV file, or rows of a sheet, that stand above the table and are left out. */
  readonly skip: number
  readonly index: IndexColumn
  readonly onError: OnError
  /** Types that the client gave to columns, by name; the other columns get theirs from their values. */
  readonly types: Readonly<Record<string, ColumnType>>
  /** Null: the values of each column show it. */
  readonly decimal: DecimalSign | null
  /** Texts that count as missing beside the placeholders, in any column. */
  readonly missing: string[]
  /** The forms of dates that the client gave. */
  readonly dates: DateForms
  /** Of a text file; null: UTF-16 if its byte order mark says so, else UTF-8. */
  readonly encoding: Encoding | null
}

/** How a file is read whose format is known. */
export type FileReadOptions = ReadOptions & { readonly format: FileFormat }

/** Forms of dates, as patterns of `strptime` that `dateFormat` accepts. */
export const DateForms = z.object({
  /** Forms that are tried with every column. */
  any: z.array(z.string()),
  /** The form of a column, by its name. Pairs, because a column may be called `__proto__`. */
  columns: z.array(z.tuple([z.string(), z.string()])),
})
export type DateForms = z.infer<typeof DateForms>

/** A bad line of an upload, as kept in the rejects. */
export const Reject = z.object({
  /** Line of the file, from 1; in a Parquet file or a sheet the row's number. */
  line: z.int(),
  /** Name of the column at fault, where one is. */
  column: z.string().optional(),
  message: z.string(),
  /** The line's beginning, at most 1,000 characters. */
  text: z.string().optional(),
})
export type Reject = z.infer<typeof Reject>

/** Numbers of rows by intervals of one width: the interval `i` reaches from `edges[i]` up to `edges[i + 1]`. */
export const Histogram = z.object({
  edges: z.array(z.number()),
  counts: z.array(z.int().nonnegative()),
  /** Rows before the first edge and after the last one, where a few values lie far from all others. */
  below: z.int().nonnegative(),
  above: z.int().nonnegative(),
})
export type Histogram = z.infer<typeof Histogram>

/** Rows that have a value, a list item or a word. */
const Counted = z.object({ value: z.string(), rows: z.int().nonnegative() })

/** How the values of a column are distributed among the rows that were looked at. */
export const Distribution = z.object({
  column: z.string(),
  type: ColumnType,
  /** Rows without a value. */
  missing: z.int().nonnegative(),
  /** Of numbers with more than 20 different values. */
  histogram: Histogram.optional(),
  /** Of other numbers, booleans, categories and items of lists: the most frequent values, and the rest. */
  values: z.array(Counted).optional(),
  others: z.object({ values: z.int().nonnegative(), rows: z.int().nonnegative() }).optional(),
  /** Of dates: as `histogram`, with edges in ISO 8601. */
  times: Histogram.extend({ edges: z.array(z.string()) }).optional(),
  /** Of texts: their numbers of characters, and the words that most of them have. */
  lengths: Histogram.optional(),
  words: z.array(Counted).optional(),
})
export type Distribution = z.infer<typeof Distribution>

/** How many rows two data sets have in common: rows that are equal in all columns whose names both have. */
export interface Overlap {
  /** Columns that were compared: of those whose names both have, those that do not identify rows, or all if all do. */
  columns: number
  /** Rows of the first data set, and those of them that the other one has too. */
  rows: number
  inCommon: number
  otherRows: number
  otherInCommon: number
}

/** The distributions of some columns. `sampled` is how many of the `rows` were looked at. */
export type DistributionPage = Page<Distribution> & { rows: number; sampled: number }

/** A page of rows. `cut` names the texts of which only the beginning is shown; absent: all are whole. */
export type RowPage = Page<Readonly<Record<string, Cell | string[]>>> & { cut?: CutText[] }

/** A text that is too long for a page of rows. */
export interface CutText {
  /** Place of its row among the items, from 0. */
  item: number
  /** Name of its column. */
  column: string
}

/** The data sets of a store, for the API and for jobs. Loads no DuckDB itself. */
export interface Datasets {
  /**
   * Keeps an upload: streams it to disk, reads it in a child process, describes it and gives it a name. `created`
   * is false if the same bytes with the same options were there already.
   * @param input.body the file; it is left undestroyed after a refusal, so that its owner can still answer
   * @param input.gzip whether the body is said to be compressed; a compressed file shows it by itself
   * @throws FitserveError `invalid-dataset` with the bad lines, `payload-too-large`, `store-unavailable`
   */
  upload(input: {
    name: DatasetName
    body: Readable
    gzip: boolean
    options: ReadOptions
    signal?: AbortSignal
  }): Promise<{ dataset: NamedDataset; created: boolean }>
  /**
   * Fetches a file from an address that the service allows, and keeps it as an upload.
   * @throws FitserveError as `upload` does; `invalid-request` if the address is not allowed, `source-unavailable` if it
   *   cannot be read
   */
  fetch(input: {
    name: DatasetName
    url: string
    options: ReadOptions
    signal?: AbortSignal
  }): Promise<{ dataset: NamedDataset; created: boolean }>
  /**
   * Appends rows to the newest data set of a name. The result is the next data set of that name, which has the old rows
   * and the new ones; `created` is false if it was there already.
   * @param input.to name of a data set, or the id of the newest one under its name
   * @throws FitserveError as `upload` does; `unknown-dataset`, and `precondition-failed` where the data set is not the
   *   newest of its name any more
   */
  append(input: {
    to: string
    body: Readable
    gzip: boolean
    options: ReadOptions
    signal?: AbortSignal
  }): Promise<{ dataset: NamedDataset; created: boolean }>
  /** Finds a data set by its id, or the newest one under a name. @throws FitserveError `unknown-dataset` */
  get(idOrName: string): Promise<NamedDataset>
  /** Lists one entry for each name, newest upload first. A page has fewer than its limit if they are large. */
  list(page: PageRequest): Promise<Page<DatasetSummary>>
  /** Lists the data sets that a name has pointed at, the newest first; none for an unknown name. */
  history(name: string, page: PageRequest): Promise<Page<DatasetSummary>>
  /** Reads rows in the order of the file. A page has fewer rows than its limit if they are large. */
  rows(idOrName: string, page: PageRequest): Promise<RowPage>
  /**
   * Describes how the values of the columns are distributed, in their order. Of a large table it looks at a sample, always
   * the same one. A page has at most 100 columns.
   * @throws FitserveError `unknown-dataset`, `corrupt-artifact`, `overloaded` where it takes longer than a minute
   */
  distributions(idOrName: string, page: PageRequest): Promise<DistributionPage>
  /**
   * Counts the rows that two data sets have in common.
   * @throws FitserveError `unknown-dataset`, `corrupt-artifact`, `overloaded` where it takes longer than a minute
   */
  overlap(idOrName: string, other: string): Promise<Overlap>
  /** Reads the bad lines that were left out, in the order of the file. */
  rejects(idOrName: string, page: PageRequest): Promise<Page<Reject>>
  /**
   * Deletes one data set by its id, or a name and all data sets that only it reached. @throws FitserveError
   * `dataset-in-use`
   */
  delete(idOrName: string): Promise<void>
  /**
   * Returns whether the data set of an id is there, after the end of deletions that are under way. An order asks once
   * its record is kept: either it hears of a deletion here, or the deletion finds the record.
   * @throws FitserveError `store-unavailable` if a deletion takes longer than 10 seconds
   */
  stands(id: string): Promise<boolean>
  /** Ends the readers; uploads under way are refused. */
  close(): Promise<void>
}
