import type { Caller } from '../../access.ts'
import type { RowQuota } from '../requests/row-quota.ts'
import type { LineServing } from './predictions.ts'

/**
 * Returns serving that counts the rows which it answers against a caller's limit, and answers no more than are left. Rows
 * that are answered by an error are not counted. Its calls reject with `rate-limited` where none are left.
 */
export function countedRows(serving: LineServing, quota: RowQuota, caller: Caller): LineServing {
  return {
    async predict(target, rows, options) {
      // A call without rows only asks whether there is such a model.
      const most = rows.length === 0 ? 0 : Math.max(1, Math.min(rows.length, quota.left(caller)))
      const taken = quota.take(caller, most)
      let good = 0
      try {
        const answer = await serving.predict(target, rows.slice(0, most), options)
        good = answer.predictions.filter((prediction) => !('error' in prediction)).length
        return answer
      } finally {
        taken.giveBack(most - good)
      }
    },
  }
}
