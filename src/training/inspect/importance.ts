import type { VersionExplanation } from '../../evaluation/explanation.ts'
import { Random } from '../../evaluation/random.ts'
import { mean } from '../../numbers.ts'
import type { Row } from '../../recipe/table.ts'
import { atOnce } from '../../runtime/steps.ts'
import { setOwn } from '../../set-own.ts'
import type { JudgedRows } from './judged-rows.ts'

const REPEATS = 5
/** Columns whose importance is measured; of more, those that contribute most to some rows. */
const MOST_COLUMNS = 100
/** Rows whose explanations choose these columns. */
const MOST_EXPLAINED = 100
/** Answers that are computed at most. */
const MOST_ANSWERS = 500_000

/**
 * Measures the permutation importance of columns (Breiman 2001; Fisher, Rudin and Dominici 2019): by how much the mean loss
 * grows if the values of one column are shuffled among the rows. Mean and population standard deviation are over the
 * shuffles, as of scikit-learn's `permutation_importance`.
 */
export function importanceOf(
  judged: JudgedRows,
  columns: readonly string[],
): VersionExplanation['importance'] {
  const chosen = columns.length <= MOST_COLUMNS ? columns : mostContributing(judged, columns)
  const most = Math.max(20, Math.floor(MOST_ANSWERS / (REPEATS * Math.max(1, chosen.length))))
  const rows = judged.rows.slice(0, most)
  const lossOver = (rowOf: (at: number) => Row) =>
    mean(rows.map((_, at) => judged.lossOf(judged.predictor.predict(rowOf(at)), at)))
  const baseline = lossOver((at) => rows[at] ?? {})
  const features = chosen.map((feature, index) => {
    const random = new Random(index + 1, 'importance')
    const increases = Array.from({ length: REPEATS }, () => {
      const order = Uint32Array.from(rows, (_, at) => at)
      random.shuffle(order)
      return (
        lossOver((at) => {
          const row = { ...rows[at] }
          setOwn(row, feature, rows[order[at] ?? 0]?.[feature] ?? null)
          return row
        }) - baseline
      )
    })
    const average = mean(increases)
    const deviation = Math.sqrt(mean(increases.map((increase) => (increase - average) ** 2)))
    return { feature, mean: average, deviation }
  })
  const isClassifier = judged.target.task !== 'regression' && judged.target.task !== 'severalNumbers'
  return {
    metric: isClassifier ? 'logLoss' : 'meanAbsoluteError',
    repeats: REPEATS,
    baseline,
    features: features.sort((a, b) => b.mean - a.mean),
  }
}

/** Returns the columns whose contributions to some rows are the largest on average. */
function mostContributing({ predictor, rows }: JudgedRows, columns: readonly string[]): string[] {
  const sums = new Map(columns.map((name) => [name, 0]))
  for (const row of rows.slice(0, MOST_EXPLAINED))
    for (const { feature, contribution } of atOnce(predictor.explain(row, {})).explanation)
      if (feature !== undefined) sums.set(feature, (sums.get(feature) ?? 0) + Math.abs(contribution))
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_COLUMNS)
    .map(([name]) => name)
}
