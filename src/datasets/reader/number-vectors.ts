import type { DuckDBDataChunk } from '@duckdb/node-api'
import bindings from '@duckdb/node-bindings'

/*
 * Columns of 64-bit numbers on their way into and out of DuckDB's chunks, each by one copy of its bytes. The vectors of
 * `@duckdb/node-api` take a call for each number, and an integer of any size for each missing one.
 */

/** Bytes of a number. */
const NUMBER = 8
/** Rows of a chunk at most. */
export const CHUNK_ROWS = 2_048
/** Rows whose validity has one 64-bit number. */
const ROWS_OF_WORD = 64

/**
 * Copies a column of a chunk, of a type of 64 bits and without NULL.
 * @param rows of the chunk, of which `values` has as many at least
 */
export function readNumbers(
  chunk: DuckDBDataChunk,
  column: number,
  rows: number,
  values: Float64Array,
): void {
  const bytes = bindings.vector_get_data(bindings.data_chunk_get_vector(chunk.chunk, column), rows * NUMBER)
  values.set(new Float64Array(bytes.buffer, bytes.byteOffset, rows))
}

/** Fills a column of a chunk that has as many rows, of type DOUBLE. @param hasGaps whether NaN stands for NULL in it */
export function writeNumbers(
  chunk: DuckDBDataChunk,
  column: number,
  values: Float64Array<ArrayBuffer>,
  hasGaps: boolean,
): void {
  const vector = bindings.data_chunk_get_vector(chunk.chunk, column)
  bindings.copy_data_to_vector(vector, 0, values.buffer, values.byteOffset, values.byteLength)
  if (!hasGaps) return
  const valid = new Uint8Array(NUMBER * Math.ceil(values.length / ROWS_OF_WORD))
  for (const [row, value] of values.entries())
    if (!Number.isNaN(value)) valid[row >> 3] = (valid[row >> 3] ?? 0) | (1 << (row & 7))
  bindings.vector_ensure_validity_writable(vector)
  bindings.copy_data_to_vector_validity(vector, 0, valid.buffer, 0, valid.length)
}
