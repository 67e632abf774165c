import { answers, probabilities } from './answers.ts'
import { curvesOf } from './curves.ts'
import { levelsOf } from './levels.ts'
import type { Scored } from './losses.ts'
import { ReliabilityCounts } from './reliability.ts'
import type { Evaluation, PrecisionRecallCurve, Reliability, RocCurve } from './schema.ts'

/** Classes above which an evaluation has no confusion matrix, which grows with their square. */
const MATRIX_CLASSES = 200
/** Pairs of mistaken classes that an evaluation lists. */
const MOST_CONFUSIONS = 200
/** Classes that an evaluation lists one by one. */
const MOST_CLASSES = 1_000
/** Classes that get curves, where there are more than two. */
const CURVED_CLASSES = 5
/** Columns of the x-axis that `thinned` keeps points of: for the one curve of two classes, and for each of many. */
const COLUMNS = { one: 256, many: 64 }

/** Rows by true and answered class, summed up for each class. Arrays are in the order of the classes. */
export interface ConfusionCounts {
  /** Rows of the class. */
  support: Float64Array
  /** Rows that were answered with it. */
  answered: Float64Array
  /** Rows of the class that were answered with it. */
  hits: Float64Array
}

/**
 * Counts true against answered classes. With many classes nearly all of their pairs never occur, so the matrix
 * is counted by pairs, and left out above 200 classes.
 */
export function confusionOf(scored: Scored, classes: readonly string[], threshold: number) {
  const { weights } = scored
  const pairs = new Map<number, number>()
  const weighted = new Map<number, number>()
  const size = classes.length
  const answerOf = answers(scored, threshold)
  for (let row = 0; row < scored.rows; row++) {
    const pair = (scored.truth[row] ?? 0) * size + answerOf(row)
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
    if (weights) weighted.set(pair, (weighted.get(pair) ?? 0) + (weights[row] ?? 0))
  }
  return confusionOfPairs(pairs, classes, weights ? weighted : undefined)
}

/**
 * Sums pairs of classes up.
 * @param pairs rows by `true class · number of classes + answered class`
 * @param weights sums of the rows' weights by the same. Default: all rows count alike
 */
export function confusionOfPairs(
  pairs: ReadonlyMap<number, number>,
  classes: readonly string[],
  weights?: ReadonlyMap<number, number>,
) {
  const counted = countPairs(pairs, classes)
  const levels = levelsOf(weights ?? pairs, classes)
  const more = levels ? { levels } : {}
  if (!weights)
    return { counts: counted.counts, matrices: { ...counted.matrices, ...more }, weighted: undefined }
  const { counts: weighted, matrices } = countPairs(weights, classes)
  const weightedMatrix = 'confusionMatrix' in matrices ? matrices.confusionMatrix : undefined
  return {
    counts: counted.counts,
    matrices: { ...counted.matrices, ...(weightedMatrix ? { weightedMatrix } : {}), ...more },
    weighted,
  }
}

function countPairs(pairs: ReadonlyMap<number, number>, classes: readonly string[]) {
  const size = classes.length
  const counts: ConfusionCounts = {
    support: new Float64Array(size),
    answered: new Float64Array(size),
    hits: new Float64Array(size),
  }
  const matrix = size <= MATRIX_CLASSES ? classes.map(() => classes.map(() => 0)) : undefined
  for (const [pair, rows] of pairs) {
    const truth = Math.floor(pair / size)
    const answered = pair % size
    counts.support[truth] = (counts.support[truth] ?? 0) + rows
    counts.answered[answered] = (counts.answered[answered] ?? 0) + rows
    if (truth === answered) counts.hits[truth] = rows
    const line = matrix?.[truth]
    if (line) line[answered] = rows
  }
  const confusions = [...pairs]
    .filter(([pair]) => Math.floor(pair / size) !== pair % size)
    .sort(([a, many], [b, more]) => more - many || a - b)
    .slice(0, MOST_CONFUSIONS)
    .map(([pair, rows]) => ({
      truth: classes[Math.floor(pair / size)] ?? '',
      answered: classes[pair % size] ?? '',
      rows,
    }))
  return { counts, matrices: matrix ? { confusionMatrix: matrix, confusions } : { confusions } }
}

/**
 * Returns precision, recall and F1 (0 where they are undefined) by class; only the largest of more than 1,000 classes.
 * @param weighted the same counts by the rows' weights, of which the shares are then taken
 */
export function perClassOf(
  { support, answered, hits }: ConfusionCounts,
  classes: readonly string[],
  weighted: ConfusionCounts = { support, answered, hits },
): NonNullable<Evaluation['perClass']> {
  const kept = classes.length > MOST_CLASSES ? new Set(largest(support, MOST_CLASSES)) : undefined
  const entries = classes.flatMap((name, at) => {
    if (kept?.has(at) === false) return []
    const all = weighted.support[at] ?? 0
    const found = weighted.answered[at] ?? 0
    const right = weighted.hits[at] ?? 0
    const precision = ratio(right, found)
    const recall = ratio(right, all)
    const f1 = ratio(2 * precision * recall, precision + recall)
    return [[name, { precision, recall, f1, support: support[at] ?? 0 }] as const]
  })
  return Object.fromEntries(entries)
}

/** Returns the curves of the positive class, or of the classes with the most rows, each against all others. */
export function classCurves(scored: Scored, classes: readonly string[]): NamedCurves[] {
  const binary = scored.outputs === 1
  const support = new Float64Array(classes.length)
  let counted = 0
  for (const [row, label] of scored.truth.entries()) {
    if (scored.weights?.[row] === 0) continue
    support[label] = (support[label] ?? 0) + 1
    counted += 1
  }
  const chosen = binary ? [1] : largest(support, CURVED_CLASSES)
  const probabilityOf = probabilities(scored)
  return chosen.flatMap((label) => {
    const size = support[label] ?? 0
    const positives = new Float64Array(size)
    const negatives = new Float64Array(counted - size)
    const weights = scored.weights && {
      positives: new Float64Array(size),
      negatives: new Float64Array(counted - size),
    }
    let positive = 0
    let negative = 0
    for (let row = 0; row < scored.rows; row++) {
      const weight = scored.weights?.[row] ?? 1
      if (weight === 0) continue
      const score = probabilityOf(row, label)
      if (scored.truth[row] === label) {
        if (weights) weights.positives[positive] = weight
        positives[positive++] = score
      } else {
        if (weights) weights.negatives[negative] = weight
        negatives[negative++] = score
      }
    }
    const curves = curvesOf({ positives, negatives, weights }, binary ? COLUMNS.one : COLUMNS.many)
    return curves ? [{ name: classes[label] ?? '', ...curves }] : []
  })
}

/** The curves of one class against all others. */
export interface NamedCurves {
  name: string
  roc: RocCurve
  precisionRecall: PrecisionRecallCurve
}

/**
 * Compares probabilities with the share that came true: the positive class's, or of many classes the answered one's.
 */
export function reliabilityOf(scored: Scored, threshold: number): Reliability {
  const counts = new ReliabilityCounts()
  const binary = scored.outputs === 1
  const probabilityOf = probabilities(scored)
  const answerOf = answers(scored, threshold)
  for (let row = 0; row < scored.rows; row++) {
    const label = binary ? 1 : answerOf(row)
    counts.add(probabilityOf(row, label), scored.truth[row] === label, scored.weights?.[row])
  }
  return counts.result(binary ? 'positive' : 'answered')
}

/** Positions of the `count` largest values, largest first, without those of 0. */
function largest(values: Float64Array, count: number): number[] {
  const all = Array.from(values, (_, at) => at).filter((at) => (values[at] ?? 0) > 0)
  return all.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b).slice(0, count)
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
