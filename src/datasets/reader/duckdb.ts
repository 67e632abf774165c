import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBResult,
  type DuckDBValue,
} from '@duckdb/node-api'

/**
 * Opens a DuckDB in memory that may touch nothing but one folder, or one file, whatever statement or file it is
 * given: no other path, no network, no extension, and no way to change its mind. Tables larger than its memory
 * spill into the folder.
 * @param memoryMb from which it spills
 */
export async function openDuckDb(
  reach: { folder: string } | { file: string },
  memoryMb = 2_048,
): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(':memory:', {
    // One thread: sums come out the same each time, and the API keeps the other cores.
    threads: '1',
    memory_limit: `${memoryMb}MB`,
    temp_directory: 'folder' in reach ? `${reach.folder}/spill` : '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  })
  const connection = await instance.connect()
  const allowed =
    'folder' in reach
      ? `allowed_directories=[${literal(reach.folder)}]`
      : `allowed_paths=[${literal(reach.file)}]`
  await connection.run(`SET ${allowed}`)
  await connection.run('SET enable_external_access=false')
  await connection.run('SET lock_configuration=true')
  return {
    connection,
    rows: async (sql) => (await connection.run(sql)).getRows(),
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

export interface DuckDb {
  connection: DuckDBConnection
  rows(sql: string): Promise<DuckDBValue[][]>
  close(): void
}

/** Yields the chunks of a streamed result, each of up to 2,048 rows. */
export async function* eachChunk(result: DuckDBResult): AsyncGenerator<DuckDBDataChunk> {
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    yield chunk
  }
}

/** An SQL string. Only for texts without NUL, which would end the statement. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/**
 * The table function that reads one Parquet file. DuckDB would take a folder called `a=b` on the way to it for
 * a column, in the place of the file's own.
 */
export function parquet(file: string): string {
  return `read_parquet(${literal(file)}, hive_partitioning=false)`
}

/** A text column such that its values arrive whole: the binding drops a U+FEFF that a text begins with. */
export function wholeText(column: string): string {
  return `CASE WHEN starts_with(${column}, chr(65279)) THEN concat(chr(65279), ${column}) ELSE ${column} END`
}

/** A count that SQL answered, where no row means none. */
export function toNumber(value: DuckDBValue | undefined): number {
  return value === undefined || value === null ? 0 : Number(value)
}
