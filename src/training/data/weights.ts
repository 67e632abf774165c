import type { Table } from '../../datasets/table.ts'
import { FitserveError } from '../../errors.ts'
import { counted } from '../../numbers.ts'
import { weightFault } from '../../recipe/index.ts'
import { columnOf } from './tables.ts'

/**
 * Returns the weights of rows as the column has them.
 * @throws FitserveError `training-failed` where a row has none, or all of them are 0
 */
export function weightsOf(table: Table, column: string, rows: Uint32Array): Float64Array {
  const cell = columnOf(table, column)
  const weights = Float64Array.from(rows, (row) => {
    const value = cell(row)
    const fault = weightFault(column, value, row + 1)
    if (fault !== undefined) throw new FitserveError('training-failed', fault)
    return Number(value)
  })
  if (rows.length > 0 && weights.every((weight) => weight === 0))
    throw new FitserveError(
      'training-failed',
      `One part of the data, of ${counted(rows.length, 'row')}, has only the weight 0 in "${column}", so that nothing can be trained or measured on them. Use fewer folds, another seed, or other weights.`,
    )
  return weights
}

/** Returns the mean of weights, without overflow. */
export function meanWeight(weights: Float64Array): number {
  return weights.reduce((sum, weight) => sum + weight / weights.length, 0)
}
