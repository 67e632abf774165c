import { ArrowDamaged, FlatTable } from './flat-table.ts'

/*
 * Checks the lists in Arrow's metadata before apache-arrow reads them: it makes an object for each entry that a list claims to
 * have, and hundreds of millions of them fit into the four bytes of such a claim.
 */

/** Values of `header_type` (format/Message.fbs). */
export const SCHEMA = 1
export const DICTIONARY_BATCH = 2
export const RECORD_BATCH = 3

/** Fields of a message. */
const HEADER_TYPE = 1
const HEADER = 2
const BODY_LENGTH = 3

/** Fields of a batch of rows: lists of nodes and buffers, of 16 bytes each, and of numbers of buffers. */
const NODES = 1
const BUFFERS = 2
const BUFFER_COUNTS = 4
/** Field of a batch of a dictionary, which holds a batch of rows. */
const DICTIONARY_DATA = 1

/** Fields of a schema, and of one of its columns. */
const SCHEMA_FIELDS = 1
const SCHEMA_METADATA = 2
const FIELD_TYPE_KIND = 2
const FIELD_TYPE = 3
const FIELD_CHILDREN = 5
const FIELD_METADATA = 6
/** The kind of type that has a list, of numbers. */
const UNION = 14
const UNION_IDS = 1

/** Fields of a file's footer; a block has 24 bytes. */
const FOOTER_SCHEMA = 1
const FOOTER_DICTIONARIES = 2
const FOOTER_BATCHES = 3
const FOOTER_METADATA = 4
const BLOCK = 24

/** Bytes of an entry of a list of tables. */
const OFFSET = 4
/** Columns and their parts at most: two that share their parts, and so on, are exponentially many. */
const MOST_FIELDS = 100_000

/** Checks the lists of a message. Returns what it holds, and the bytes of its body. @throws ArrowDamaged, RangeError */
export function checkMessage(metadata: Buffer): { type: number; bodyLength: number } {
  const message = FlatTable.root(metadata)
  const header = message.table(HEADER)
  const type = message.byte(HEADER_TYPE)
  if (type === SCHEMA) checkSchema(header)
  else if (type === RECORD_BATCH) checkBatch(header)
  else if (type === DICTIONARY_BATCH) checkBatch(header?.table(DICTIONARY_DATA) ?? null)
  return { type, bodyLength: message.long(BODY_LENGTH) }
}

/** Checks the lists of a file's footer. @throws ArrowDamaged, RangeError */
export function checkFooter(bytes: Buffer): void {
  const footer = FlatTable.root(bytes)
  checkSchema(footer.table(FOOTER_SCHEMA))
  footer.checkList(FOOTER_DICTIONARIES, BLOCK)
  footer.checkList(FOOTER_BATCHES, BLOCK)
  footer.checkList(FOOTER_METADATA, OFFSET)
}

function checkBatch(batch: FlatTable | null): void {
  batch?.checkList(NODES, 16)
  batch?.checkList(BUFFERS, 16)
  batch?.checkList(BUFFER_COUNTS, 8)
}

function checkSchema(schema: FlatTable | null): void {
  schema?.checkList(SCHEMA_METADATA, OFFSET)
  const open = schema?.tables(SCHEMA_FIELDS, MOST_FIELDS) ?? []
  let checked = 0
  for (let field = open.pop(); field; field = open.pop()) {
    checked += 1
    if (checked > MOST_FIELDS) throw new ArrowDamaged('fields')
    field.checkList(FIELD_METADATA, OFFSET)
    if (field.byte(FIELD_TYPE_KIND) === UNION) field.table(FIELD_TYPE)?.checkList(UNION_IDS, 4)
    for (const child of field.tables(FIELD_CHILDREN, MOST_FIELDS)) open.push(child)
  }
}
