import { comparisonDataset } from '../../recipe/index.ts'
import { type ByKind, byKind, type JobRecord } from '../records/records.ts'

/** A data set that a job reads. */
export interface UsedDataset {
  id: string
  /** JSON pointer to the field of the order that names it. */
  path: string
}

/** Returns the data sets that a job reads. */
export function datasetsUsed(record: JobRecord): UsedDataset[] {
  const others = byKind(record, OTHERS).flatMap(({ path, id }) => (id == null ? [] : [{ path, id }]))
  return [{ path: '/dataset', id: record.dataset }, ...others]
}

/** The data sets of a job beside its own; those without an id are not there. */
const OTHERS: ByKind<[], { path: string; id: string | null | undefined }[]> = {
  training: ({ recipe, promote }) => [
    { path: '/recipe/validation/dataset', id: recipe.validation?.dataset },
    { path: '/promote/ifBetter/dataset', id: comparisonDataset(promote) },
  ],
  prediction: () => [],
}

/**
 * Returns the data sets of a job that have been deleted. Asked after the job's record (or the entry of its round) is
 * kept, so that any later deletion finds the job and is refused.
 */
export async function datasetsGone(
  stands: (id: string) => Promise<boolean>,
  record: JobRecord,
): Promise<UsedDataset[]> {
  const gone: UsedDataset[] = []
  for (const used of datasetsUsed(record)) if (!(await stands(used.id))) gone.push(used)
  return gone
}
