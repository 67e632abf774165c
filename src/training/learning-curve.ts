import type { Evaluation, LearningCurvePoint } from '../evaluation/schema.ts'
import { execute, type RunInput } from './runs.ts'

/** Shares of the training rows that are trained on beside all of them. */
const SHARES = [0.25, 0.5]

/**
 * Returns what a recipe reaches with a quarter, half and all of its training rows, on the same validation rows or folds.
 * @param whole the evaluation with all rows, and the number of rows that its networks were trained on
 * @throws what `execute` throws
 */
export async function learningCurve(
  input: RunInput,
  whole: { evaluation: Evaluation; fittedRows: number },
): Promise<LearningCurvePoint[]> {
  const { recipe } = input
  const points: LearningCurvePoint[] = []
  for (const share of SHARES) {
    const { evaluation, fittedRows } = await execute({
      ...input,
      // After a split the fit on all rows would not be looked at.
      recipe: recipe.validation?.kFold === undefined ? { ...recipe, finalEpochs: null } : recipe,
      run: { kind: 'whole' },
      trainingShare: share,
      checkpoints: undefined,
      onProgress: (progress) =>
        input.onProgress({ ...progress, epochEnded: false, foldValues: null, etaSeconds: null }),
    })
    if (evaluation) points.push(pointOf(share, fittedRows, evaluation))
  }
  return [...points, pointOf(1, whole.fittedRows, whole.evaluation)]
}

function pointOf(share: number, rows: number, evaluation: Evaluation): LearningCurvePoint {
  const { loss, metrics, interval95 } = evaluation
  return { share, rows, loss, metrics, ...(interval95 && { interval95 }) }
}
