import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBResult,
  type DuckDBValue,
} from '@duckdb/node-api'

/**
 * Opens a DuckDB in memory that can access one folder and some files only, whatever statement or file it is given: no other
 * path, no network and no extension, and its configuration is locked. Tables larger than its memory spill into the folder.
 * @param memoryMb memory beyond which tables spill, in MB
 * @param options.cores cores that `onAllCores` may use. With several the number of threads stays open to change; all else
 *   that a statement could loosen is locked by DuckDB once external access is off
 */
export async function openDuckDb(
  { folder, files = [] }: { folder?: string; files?: readonly string[] },
  memoryMb = 2_048,
  { cores = 1 }: { cores?: number } = {},
): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(':memory:', {
    // With one thread sums are the same each time, and the API keeps the other cores.
    threads: '1',
    memory_limit: `${memoryMb}MB`,
    temp_directory: folder === undefined ? '' : `${folder}/spill`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  })
  const connection = await instance.connect()
  if (folder !== undefined) await connection.run(`SET allowed_directories=[${literal(folder)}]`)
  if (files.length > 0) await connection.run(`SET allowed_paths=[${files.map(literal).join(', ')}]`)
  // The description of a table with thousands of columns is otherwise read anew by each of thousands of queries.
  await connection.run('SET parquet_metadata_cache=true')
  await connection.run('SET enable_external_access=false')
  if (cores === 1) await connection.run('SET lock_configuration=true')
  const beside: DuckDBConnection[] = []
  const rowsOf =
    (own: DuckDBConnection): DuckDb['rows'] =>
    async (sql) =>
      (await own.run(sql)).getRows()
  const chunksOf = (own: DuckDBConnection): DuckDb['chunks'] =>
    async function* (sql) {
      yield* eachChunk(await own.stream(sql))
    }
  return {
    connection,
    rows: rowsOf(connection),
    chunks: chunksOf(connection),
    async onAllCores(work) {
      if (cores === 1) return work()
      await connection.run(`SET threads=${cores}`)
      try {
        return await work()
      } finally {
        await connection.run('SET threads=1')
      }
    },
    async beside() {
      const own = await instance.connect()
      beside.push(own)
      return { connection: own, rows: rowsOf(own), chunks: chunksOf(own) }
    },
    close: () => {
      for (const own of [...beside, connection]) own.closeSync()
      instance.closeSync()
    },
  }
}

/** An open DuckDB. */
export interface DuckDb {
  connection: DuckDBConnection
  /** Runs a statement and returns all rows of its result. */
  rows(sql: string): Promise<DuckDBValue[][]>
  /** Runs a statement and yields its result in chunks of up to 2,048 rows, none of which outlives the next. */
  chunks(sql: string): AsyncIterable<DuckDBDataChunk>
  /** Runs statements on all cores. Their results must not depend on the order of rows, as sums of numbers do. */
  onAllCores<T>(work: () => Promise<T>): Promise<T>
  /** Opens another connection, whose statements run at the same time as those of the first. */
  beside(): Promise<Statements>
  close(): void
}

/** What runs statements. */
export type Statements = Pick<DuckDb, 'connection' | 'rows' | 'chunks'>

/** Yields the chunks of a streamed result, each of up to 2,048 rows. */
export async function* eachChunk(result: DuckDBResult): AsyncGenerator<DuckDBDataChunk> {
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    yield chunk
  }
}

/** Returns a text as an SQL string. The text must not contain NUL, which would end the statement. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Returns a text as a pattern that it alone matches. */
export function inPattern(text: string): string {
  return text.replaceAll(/[^\d\p{L}]/gu, (sign) => `\\x{${sign.codePointAt(0)?.toString(16)}}`)
}

/**
 * Returns the SQL table function that reads one Parquet file. Without its option DuckDB would take a folder called
 * `a=b` in the path for a column, in place of the file's own.
 * @param rowNumbers adds the column `file_row_number`, from 0
 */
export function parquet(file: string, rowNumbers = false): string {
  return `read_parquet(${literal(file)}, hive_partitioning=false, file_row_number=${rowNumbers})`
}

/** Returns the SQL expression of a text column that keeps a leading U+FEFF, which the binding drops. */
export function wholeText(column: string): string {
  return `CASE WHEN starts_with(${column}, chr(65279)) THEN concat(chr(65279), ${column}) ELSE ${column} END`
}

/** Returns a count from a result; 0 if the result has no row. */
export function toNumber(value: DuckDBValue | undefined): number {
  return value === undefined || value === null ? 0 : Number(value)
}
