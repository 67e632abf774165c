import { z } from 'zod'
import {
  DatasetDescription,
  Distribution,
  Encoding,
  FileFormat,
  Histogram,
  IndexColumn,
  OnError,
  Quotes,
} from '../../datasets/contract.ts'
import { DatasetName, looksLikeDatasetId } from '../../datasets/identity.ts'
import { unknown } from '../../errors.ts'
import { DecimalSign } from '../../recipe/index.ts'
import { ColumnDescription } from '../../recipe/table.ts'
import { isName, NAME_PATTERN_SOURCE, PageQuery, pageLimit, pageOf } from './common.ts'
import { described, named } from './registry.ts'
import { WarningView } from './warnings.ts'

named(
  'Column',
  described(ColumnDescription, {
    missing: 'Rows without a value.',
    classes: 'Rows of each value of a category, boolean or text that repeats, or of each item of lists.',
    meanLength: 'Mean number of characters of a text.',
    compactScript:
      'Share of the letters in scripts in which a few characters make a word, such as Han, kana and Hangul.',
    distinct:
      'Number of different values. Of a text that does not repeat only above 1,000, and an estimate above 2,000.',
    quantiles:
      'Of numbers: quantiles by their share (0.05, 0.25, 0.5, 0.75, 0.95). Of more than 50,000 rows, those of a sample of at least about as many.',
    frequent:
      'The ten most frequent values with their rows: of booleans, categories, texts that repeat, items of lists, and at most 20 different numbers.',
    integer: 'True if every value is a whole number.',
    leftOutAs: 'Why the column is not an input unless a recipe names it in `inputs`.',
  }),
)

/** A data set with the name that it was last uploaded under. */
export const DatasetView = named(
  'Dataset',
  described(DatasetDescription.extend({ name: z.string(), warnings: z.array(WarningView) }), {
    duplicates: 'Rows that repeat an earlier one in all columns that do not identify rows.',
  }),
)

/** A data set in a list. */
export const DatasetSummaryView = named(
  'DatasetSummary',
  DatasetDescription.extend({
    name: z.string(),
    warnings: z.array(WarningView).optional(),
    columnCount: z.int().nonnegative().describe('Number of all columns.'),
  }).describe(
    'A data set with its first 100 columns, and without their `classes`, `frequent`, `quantiles` and `decidedBy`.',
  ),
)

/** A row of a data set. */
export const RowView = named(
  'Row',
  z
    .record(z.string(), z.unknown())
    .describe('A row by column name: texts, numbers, booleans and lists of texts. A missing value is null.'),
)

/** A page of rows. */
export const RowsPage = named(
  'RowPage',
  pageOf(RowView).extend({
    cut: z
      .array(z.object({ item: z.int().nonnegative(), column: z.string() }))
      .describe('Texts that are longer than a page shows: places of their rows among the items, and columns.')
      .optional(),
  }),
)

named('Histogram', Histogram.describe('Rows by intervals of one width, from each edge up to the next one.'))

/** How the values of a column are distributed. */
const DistributionView = named(
  'Distribution',
  described(Distribution, {
    missing: 'Sampled rows without a value.',
    histogram: 'Of numbers with more than 20 different values.',
    values: 'Of other numbers, booleans, categories and items of lists: the 20 most frequent.',
    others: 'How many other values there are, and how many rows have them.',
    times: 'Of dates: as `histogram`, with edges in ISO 8601.',
    lengths: 'Of texts: their numbers of characters.',
    words: 'Of texts: the 20 words that most of them have in their first 1,000 characters.',
  }),
)

/** A page of distributions. */
export const DistributionsPage = named(
  'DistributionPage',
  pageOf(DistributionView).extend({
    rows: z.int().nonnegative().describe('Rows of the data set.'),
    sampled: z.int().nonnegative().describe('Number of rows in the sample.'),
  }),
)

/** Query of a page of distributions. */
export const DistributionsQuery = PageQuery.extend({ limit: pageLimit(100) })

/** The rows that two data sets have in common. */
export const OverlapView = named(
  'DatasetOverlap',
  z.object({
    columns: z
      .int()
      .nonnegative()
      .describe(
        'Number of columns that were compared: those in both data sets, without those that identify rows if there are others. If it is 0, no rows are in common.',
      ),
    rows: z.int().nonnegative().describe('Rows of the data set.'),
    inCommon: z.int().nonnegative().describe('Rows of it that the other one has too.'),
    otherRows: z.int().nonnegative().describe('Rows of the other data set.'),
    otherInCommon: z.int().nonnegative().describe('Rows of the other one that this one has too.'),
  }),
)

/** The query for the rows that two data sets have in common. */
export const OverlapQuery = z.strictObject({
  with: z.string().min(1).max(100).describe('Id of the other data set, or its name.'),
})

/** A line that was left out of a data set. */
export const RejectView = named(
  'Reject',
  z.object({
    line: z.int(),
    column: z.string().optional(),
    message: z.string(),
    text: z.string().describe('The beginning of the line.').optional(),
  }),
)

/** Path parameters of the routes of one data set. */
export const DatasetParams = z.object({
  dataset: z.string().meta({ description: 'Id or name of a data set.', examples: ['reviews'] }),
})

/** The query of an upload. `readOptions` checks `types` and `delimiter`, which depend on the format of the file. */
export const UploadQuery = z.strictObject({
  name: DatasetName.meta({ pattern: NAME_PATTERN_SOURCE, examples: ['reviews'] }),
  entry: z
    .string()
    .max(1_000)
    .meta({ description: 'Name of the file to read in a zip archive of several.' })
    .optional(),
  sheet: z
    .string()
    .max(1_000)
    .meta({
      description:
        'Name of the sheet of a spreadsheet, or its number from 1. Default: the first that has a value and is not hidden.',
    })
    .optional(),
  delimiter: z
    .string()
    .meta({
      description:
        'The character between the fields of a CSV file, or `tab`. Default: the one that the header shows, else a comma.',
      pattern: '^([^"\\r\\n\\x00\\ufeff]|tab)$',
    })
    .optional(),
  quotes: Quotes.meta({
    description:
      'How texts of a CSV file are quoted. `double`, the default: in double quotes, of which two stand for one. `single`: in single quotes, likewise. `none`: a quote is a character like others. `backslash`: in double quotes, with a backslash before each one within a text.',
  }).optional(),
  header: z
    .enum(['true', 'false'])
    .meta({
      description:
        'Whether the first line of a CSV file or a sheet names the columns. With `false` they are called column1, column2, …',
    })
    .optional(),
  skip: z
    .string()
    .meta({
      description:
        'Lines of a CSV file, or rows of a sheet, above the table that are left out, such as notes or a title: 0 to 1,000.',
      pattern: '^[0-9]{1,4}$',
    })
    .optional(),
  index: IndexColumn.meta({
    description:
      'What happens to a first column of a CSV file that has no name and counts the rows: it is left out, or kept as `index`.',
  }).optional(),
  onError: OnError.optional(),
  types: z
    .string()
    .meta({
      description: 'Types of columns, for example `zip:category,rooms:number`.',
      pattern: '^([^,]+:(number|boolean|category|text|list|date|datetime)(,|$))*$',
    })
    .optional(),
  dates: z
    .string()
    .describe(
      'Forms of dates, for any column or for one: `%d.%m.%Y`, `born:%d/%m/%Y,at:%s`. The directives are those of `strptime`; `%s` are seconds and `%Q` milliseconds since 1970, `%E` days since 1900 as Excel counts them, `%q` a quarter, `%G-W%V` a week.',
    )
    .optional(),
  decimal: DecimalSign.meta({
    description:
      'Decimal sign of numbers that have two readings, such as 1,234; the other one separates thousands. Default: the one that the values of a column show.',
  }).optional(),
  encoding: Encoding.meta({
    description:
      'Encoding of a text file. Default: UTF-16 if the file begins with its byte order mark, else UTF-8.',
  }).optional(),
  missing: z
    .string()
    .describe(
      'Texts that count as missing in any column, separated by commas, in any case: `99,keine Angabe`.',
    )
    .optional(),
})

/** Returns the delimiter that a client means: a tab has a name. */
export function delimiterOf(text: string | undefined): string | undefined {
  return text === 'tab' || text === '\\t' ? '\t' : text
}

/** The query of rows that are appended: that of an upload without a name. */
export const AppendQuery = UploadQuery.omit({ name: true })

/**
 * Refuses a text that is neither a name nor an id, without asking the store. @throws FitserveError `unknown-dataset`
 */
export function knownDataset(idOrName: string): string {
  if (isName(idOrName) || looksLikeDatasetId(idOrName)) return idOrName
  throw unknown('unknown-dataset', 'data set', idOrName)
}

/** The body of an order to fetch a file: its address, and the words of an upload's query. */
export const DatasetImport = named(
  'DatasetImport',
  UploadQuery.extend({
    url: z
      .string()
      .min(1)
      .max(8_000)
      .meta({
        description: 'Address of the file, which `DATASET_SOURCES` of the service must allow.',
        examples: [
          'https://data.example.com/houses.csv',
          's3://bucket/houses.parquet',
          'file:///srv/data/houses.xlsx',
        ],
      }),
    format: FileFormat.meta({
      description: 'Format of the file. Default: by the extension in the URL, or by the content.',
    }).optional(),
    skip: z
      .int()
      .min(0)
      .max(1_000)
      .meta({ description: 'Lines above the table that are left out.' })
      .optional(),
    header: z
      .boolean()
      .meta({ description: 'Whether the first line of a CSV file or a sheet names the columns.' })
      .optional(),
  }),
)

/** Query of the list of data sets. */
export const DatasetsQuery = PageQuery.extend({
  name: z.string().max(100).describe('Lists all data sets that this name has pointed at.').optional(),
})
