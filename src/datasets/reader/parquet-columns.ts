import { DuckDBStructType, type DuckDBType } from '@duckdb/node-api'
import { FitserveError } from '../../errors.ts'
import { inNfc } from '../../normal-form.ts'
import { MOST_NESTED, nameOfPath } from '../../recipe/index.ts'
import { badColumn, NESTED, nameProblem, repeatedName, TOO_DEEP, TOO_MANY_COLUMNS } from './columns.ts'
import { type DuckDb, literal, parquet } from './duckdb.ts'
import { MAX_COLUMNS } from './limits.ts'

/** DuckDB's type of a list of texts. */
export const LIST = 'VARCHAR[]'

/** A column of the table in a Parquet file: one of the file, or a field of a structure, which is called `a.b`. */
export interface ParquetColumn {
  name: string
  /** Whether it is a field of a structure. */
  isField: boolean
  /** DuckDB's name of its type. */
  type: string
  /** SQL: its value, where the file's own columns are called p0, p1, … */
  value: string
}

/** An element of a file's schema. */
type Element = readonly unknown[]

/**
 * Returns the columns of the table in a Parquet file. Structures are flattened, as objects within objects of JSON are.
 * Names are those of the file: DuckDB would change names that differ only in case.
 * @returns also the number of the file's own columns
 * @throws FitserveError `invalid-dataset` for a nested column that is no structure, and for a bad name
 */
export async function parquetColumns(
  db: DuckDb,
  file: string,
): Promise<{ columns: ParquetColumn[]; count: number }> {
  const described = await db.connection.run(`SELECT * FROM ${parquet(file)} LIMIT 0`)
  const types = described.columnTypes()
  const schema = await db.rows(
    `SELECT name, num_children, repetition_type FROM parquet_schema(${literal(file)})`,
  )
  const columns = new Map<string, ParquetColumn>()
  let count = 0
  for (let at = 1; at < schema.length; at = endOf(schema, at)) {
    for (const column of fieldsOf(schema, at, { type: types[count], path: [], value: `p${count}` })) {
      const same = columns.get(column.name)
      if (same) throw badColumn('Parquet', column.name, repeatedName(column.isField || same.isField))
      columns.set(column.name, column)
      if (columns.size > MAX_COLUMNS) throw new FitserveError('invalid-dataset', TOO_MANY_COLUMNS)
    }
    count++
  }
  return { columns: [...columns.values()], count }
}

/** Yields the columns that an element of the schema is, or that its fields are. */
function* fieldsOf(
  schema: readonly Element[],
  at: number,
  { type, path, value }: { type: DuckDBType | undefined; path: readonly string[]; value: string },
): Generator<ParquetColumn> {
  const [key, children, repetition] = schema[at] ?? []
  const own = [...path, inNfc(String(key))]
  const name = nameOfPath(own)
  const isList = String(type) === LIST
  if (repetition === 'REPEATED') throw badColumn('Parquet', name, NESTED)
  if (type instanceof DuckDBStructType && type.entryCount === Number(children)) {
    if (own.length > MOST_NESTED) throw badColumn('Parquet', name, TOO_DEEP)
    let child = at + 1
    for (const [index, inner] of type.entryTypes.entries()) {
      const field = `struct_extract_at(${value}, ${index + 1})`
      yield* fieldsOf(schema, child, { type: inner, path: own, value: field })
      child = endOf(schema, child)
    }
    return
  }
  if (endOf(schema, at) > at + 1 && !isList) throw badColumn('Parquet', name, NESTED)
  const problem = nameProblem(name)
  if (problem !== undefined) throw badColumn('Parquet', name, problem)
  yield { name, isField: path.length > 0, type: String(type), value }
}

/** Returns the place behind an element of a schema and all that is nested in it, which follows it. */
function endOf(schema: readonly Element[], at: number): number {
  let end = at + 1
  for (let left = Number(schema[at]?.[1] ?? 0); left > 0; left--) end = endOf(schema, end)
  return end
}
