import type { FileFormat } from '../contract.ts'

/** A format that is a text of lines. */
export type TextFormat = Extract<FileFormat, 'csv' | 'ndjson'>

/** Bytes at the beginning of the file that are looked at. */
const HEAD = 4_096

/** A format that is recognized by the beginning of a file: by its first bytes (in hex), or as a text. */
type Foreign = { magic: string; at?: number; message: string } | { begins: RegExp; message: string }

const OLD_SPREADSHEET =
  'The file is an old Excel workbook (.xls), or one with a password. Save it as .xlsx without a password, or save the sheet as CSV (UTF-8), and upload that.'

const FORMATS: readonly Foreign[] = [
  {
    magic: '504b0304',
    message: 'The file is a zip archive within a packed file. Unpack it, and upload the file inside.',
  },
  { magic: 'd0cf11e0a1b11ae1', message: OLD_SPREADSHEET },
  { magic: '1f8b', message: 'The file is gzip within gzip. Unpack it (gunzip), and upload the file inside.' },
  {
    magic: '314159265359',
    at: 4,
    message: 'The file is compressed by bzip2. Unpack it (bunzip2), and upload it again.',
  },
  { magic: 'fd377a585a00', message: 'The file is compressed by xz. Unpack it (unxz), and upload it again.' },
  { magic: '28b52ffd', message: 'The file is compressed twice. Unpack it (unzstd), and upload it again.' },
  {
    magic: '7573746172',
    at: 257,
    message: 'The file is a tar archive. Unpack it, and upload the file inside.',
  },
  {
    magic: '4645413100',
    message: 'The file is Feather of the first version. Write it as Arrow (Feather 2) or Parquet.',
  },
  {
    magic: '53514c69746520666f726d6174203300',
    message:
      'The file is an SQLite database. Export a table, and upload that: sqlite3 -header -csv FILE "SELECT * FROM NAME".',
  },
  { magic: '4f626a01', message: 'The file is Avro. Convert it to Parquet, NDJSON or CSV.' },
  // A header may begin with the same letters, such as ORCID.
  { begins: /^ORC.*?(?!\s)\p{Cc}/su, message: 'The file is ORC. Convert it to Parquet.' },
  { magic: '894844460d0a1a0a', message: 'The file is HDF5. Write its table as Parquet or CSV.' },
  { magic: '934e554d5059', message: 'The file is a NumPy array (.npy). Write it as CSV or Parquet.' },
  { magic: '24464c32', message: 'The file is an SPSS file (.sav). Export it as CSV.' },
  {
    begins: /^<stata_dta>/,
    message: 'The file is a Stata file (.dta). Export it as CSV: export delimited FILE.',
  },
  {
    begins: /^%PDF-/,
    message: 'The file is a PDF document. Upload its table as CSV, NDJSON, Parquet or a workbook (.xlsx).',
  },
  {
    begins: /^\s*<(?:!doctype\s+html|html|head|body)\b/i,
    message:
      'The file is an HTML page, perhaps the answer to a failed download. Read what it says, and upload the data itself.',
  },
  {
    begins: /^\s*<table\b/i,
    message:
      'The file is a table in HTML, which some programs call .xls. Open it in a spreadsheet and save it as .xlsx or CSV (UTF-8), and upload that.',
  },
  {
    begins: /^(?:%[^\n]*\n|\s)*@relation\s/i,
    message:
      'The file is ARFF, as Weka writes it. Upload the lines after @data as CSV, with the names of the attributes as the header.',
  },
  {
    begins: /^[+-]?\d+(?:\.\d+)?(?: +\d+:[^\s:]+)+ *\r?(?:\n|$)/,
    message:
      'The file is in the format of LIBSVM (label index:value …). Write it as a table with one column for each index, as CSV or Parquet.',
  },
  {
    begins: /^(?:__label__\S+ +)+[^\n]*\n__label__/,
    message:
      'The file is in the format of fastText (__label__x text). Convert it to lines of JSON: jq -cR \'capture("^__label__(?<label>[^ ]+) (?<text>.*)$")\' FILE > FILE.ndjson.',
  },
  {
    begins:
      /^[+-]?\d+(?:\.\d+)?(?: +[\d.]+)? *(?:'\S+ *)?\|(?:[A-Za-z]\S*)? +[^\n|]*\n[+-]?\d+(?:\.\d+)?[^\n|]*\|(?:[A-Za-z]\S*)? /,
    message:
      'The file is in the format of Vowpal Wabbit (label |namespace feature:value …). Write it as a table with one column for each feature, as CSV or Parquet.',
  },
  {
    begins:
      /^\s*(?:--[^\n]*\n\s*|\/\*[^\n]*\n\s*)*(?:(?:create|drop) (?:table|database)|insert into )[\s`"'\w]/i,
    message:
      'The file holds SQL statements, perhaps a dump of a database. Export the table itself as CSV, and upload that.',
  },
  { begins: /^\s*<\?xml\b/i, message: 'The file is XML. Convert it to CSV, NDJSON or Parquet.' },
]

/** JSON, which is no CSV. */
const JSON_FORMATS: readonly Foreign[] = [
  {
    begins: /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:/,
    message: 'The file holds JSON objects. Upload it with Content-Type: application/x-ndjson.',
  },
  {
    begins: /^\s*\[\s*(?:[{[\]"\d-]|$)/,
    message: 'The file is a JSON array. Upload it with Content-Type: application/json.',
  },
]

/**
 * Returns what a file is, in a sentence with the remedy, if its first bytes show that it is neither CSV nor NDJSON;
 * undefined if it may be what it is said to be.
 * @param head the beginning of the file
 */
export function foreignFormat(head: Buffer, format: TextFormat): string | undefined {
  const bytes = head.subarray(0, HEAD)
  const encoding = otherUnicode(bytes)
  if (encoding !== undefined) return encoding
  // Trimming drops a BOM.
  const text = bytes.toString().trim()
  const formats = format === 'csv' ? [...FORMATS, ...JSON_FORMATS] : FORMATS
  const found = formats.find((foreign) => isLike(foreign, bytes, text))
  return found?.message ?? binary(bytes) ?? (format === 'csv' && isDrawn(text) ? DRAWN : undefined)
}

/**
 * Kinds of control characters from which bytes that are not UTF-8 are no text. A text has one or two, such as a delimiter 0x01.
 */
const BINARY_KINDS = 4
/** Share of control characters from which bytes of so many kinds are no text; of random bytes it is a tenth. */
const BINARY_SHARE = 0.03
/** Share of NUL from which bytes are no text, of whatever kinds, and the number that there must be. */
const NUL_SHARE = 0.1
const LEAST_NULS = 4

/** Returns whether bytes are UTF-8, whose last character may be cut. */
function isUtf8(head: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

/** Returns that bytes are no text, such as those of a picture or a program; undefined if they may be one. */
function binary(head: Buffer): string | undefined {
  const controls = head.filter((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x20))
  const nuls = controls.filter((byte) => byte === 0).length
  const isMixed =
    new Set(controls).size >= BINARY_KINDS && controls.length >= BINARY_SHARE * head.length && !isUtf8(head)
  const hasManyNuls = nuls >= LEAST_NULS && nuls >= NUL_SHARE * head.length
  if (!isMixed && !hasManyNuls) return undefined
  return `This is not text: ${controls.length} of its first ${head.length} bytes are control characters. Upload the table as CSV, NDJSON, JSON, Parquet, Arrow or a workbook (.xlsx).`
}

const DRAWN =
  'The file is a table that is drawn with lines of characters, as SQL shells and SAP lists print it. Export the table itself as CSV, and upload that.'
/** Lines at the beginning of a file in which a table is drawn. */
const DRAWN_LINES = 10

/**
 * Returns whether one of the first lines is a rule of dashes, beside a line with bars. Lines from the first quote on do not
 * count: a quoted field may hold a table of Markdown.
 */
function isDrawn(text: string): boolean {
  const [beforeQuotes = ''] = text.split('"', 1)
  const lines = beforeQuotes.split('\n', DRAWN_LINES)
  const hasBar = (at: number) => lines[at]?.includes('|') ?? false
  return lines.some((line, at) => /^[ +|]*-{3}[-+|: ]*\r?$/.test(line) && (hasBar(at - 1) || hasBar(at + 1)))
}

function isLike(foreign: Foreign, head: Buffer, text: string): boolean {
  if ('begins' in foreign) return foreign.begins.test(text)
  const bytes = Buffer.from(foreign.magic, 'hex')
  const at = foreign.at ?? 0
  return head.subarray(at, at + bytes.length).equals(bytes)
}

function otherUnicode(head: Buffer): string | undefined {
  const [a = -1, b = -1, c = -1, d = -1] = head
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
    return 'The file is UTF-32. Convert it: iconv -f UTF-32 -t UTF-8 FILE.'
  const isLittle = a > 0 && b === 0
  if ((isLittle || (a === 0 && b > 0)) && isUtf16(head, isLittle))
    return `The file seems to be UTF-16 without a byte order mark. Upload it with encoding=${isLittle ? 'utf-16le' : 'utf-16be'}.`
  return undefined
}

/** Characters that a text hardly has: control characters, private ones, and halves of pairs. */
const ODD = /[\p{Co}\p{Cs}]|(?!\s)\p{Cc}/gu
/** Share of them up to which bytes may be UTF-16. Of random bytes it is an eighth. */
const ODD_SHARE = 0.05

/** Returns whether bytes read as a text in UTF-16. */
function isUtf16(bytes: Buffer, isLittle: boolean): boolean {
  const whole = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)))
  const text = (isLittle ? whole : whole.swap16()).toString('utf16le')
  return (text.match(ODD)?.length ?? 0) <= ODD_SHARE * text.length
}

/** What to do with a file whose line ends were lost on the way. */
export const NO_LINE_ENDS =
  "The file has no line ends, so it is one long line. curl's -d removes line ends: use --data-binary."
