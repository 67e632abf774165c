import type { FindDataset, NamedDataset } from '../../datasets/contract.ts'
import { type FieldProblem, FitserveError } from '../../errors.ts'

/** Looks a data set up; adds a problem and returns undefined where it is unknown. */
export async function findOrReport(
  find: FindDataset,
  idOrName: string,
  path: string,
  problems: FieldProblem[],
): Promise<NamedDataset | undefined> {
  try {
    return await find(idOrName)
  } catch (error) {
    if (!(error instanceof FitserveError) || error.code !== 'unknown-dataset') throw error
    problems.push({ path, message: error.message })
    return undefined
  }
}
