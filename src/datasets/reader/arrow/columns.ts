import { DataType, type Field, type RecordBatch, type Vector } from 'apache-arrow'
import { FitserveError } from '../../../errors.ts'
import { inNfc } from '../../../normal-form.ts'
import { MOST_NESTED, nameOfPath } from '../../../recipe/index.ts'
import { badColumn, nameProblem, repeatedName, TOO_DEEP, TOO_MANY_COLUMNS } from '../columns.ts'
import { MAX_COLUMNS } from '../limits.ts'
import { isListOfTexts, type TextOf, textOf } from './values.ts'

/** A column of the table in an Arrow file: one of the file, or a field of a structure, which is called `a.b`. */
export interface ArrowColumn {
  name: string
  /** Places of the field that it is: of the file's column, of the field within it, and so on. */
  places: readonly number[]
  isList: boolean
  textOf: TextOf
}

/**
 * Returns the columns of the table in an Arrow file. Structures are flattened, as objects within objects of JSON are.
 * @throws FitserveError `invalid-dataset`
 */
export function columnsOf(fields: readonly Field[]): ArrowColumn[] {
  const columns = new Map<string, ArrowColumn>()
  for (const column of leavesOf(fields)) {
    const { name } = column
    const same = columns.get(name)
    const isField = column.places.length > 1 || (same?.places.length ?? 0) > 1
    const problem = nameProblem(name) ?? (same ? repeatedName(isField) : undefined)
    if (problem !== undefined) throw badColumn('Arrow', name, problem)
    columns.set(name, column)
    if (columns.size > MAX_COLUMNS) throw new FitserveError('invalid-dataset', TOO_MANY_COLUMNS)
  }
  if (columns.size === 0) throw new FitserveError('invalid-dataset', 'The Arrow file has no columns')
  return [...columns.values()]
}

function* leavesOf(
  fields: readonly Field[],
  path: readonly string[] = [],
  places: readonly number[] = [],
): Generator<ArrowColumn> {
  for (const [index, field] of fields.entries()) {
    const own = [...path, inNfc(field.name)]
    const name = nameOfPath(own)
    const ownPlaces = [...places, index]
    if (DataType.isStruct(field.type)) {
      if (own.length > MOST_NESTED) throw badColumn('Arrow', name, TOO_DEEP)
      yield* leavesOf(field.type.children, own, ownPlaces)
    } else
      yield {
        name,
        places: ownPlaces,
        isList: isListOfTexts(field.type),
        textOf: textOf(name, field.type),
      }
  }
}

/**
 * Returns the vectors of a column in a batch: that of the structure around it, if any, before its own. A value is there where
 * all of them have one; undefined: none is.
 */
export function vectorsOf(batch: RecordBatch, { places }: ArrowColumn): Vector[] | undefined {
  const vectors: Vector[] = []
  for (const place of places) {
    const around = vectors.at(-1)
    const vector: Vector | null = around ? around.getChildAt(place) : batch.getChildAt(place)
    if (!vector || DataType.isNull(vector.type)) return undefined
    vectors.push(vector)
  }
  return vectors
}
