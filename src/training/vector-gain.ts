import type { Choice } from '../evaluation/choice.ts'
import { type CompleteRecipe, NO_VECTORS } from '../recipe/index.ts'

/*
 * Word vectors beside the terms make a version larger by some 30 MB, so a candidate that adds them to a classifier has to gain
 * more than any other (D-314).
 */

/** Share of the rows, as accuracy, that word vectors have to answer rightly more. */
export const LEAST_GAIN = 0.01
/** What rounding takes from a difference of accuracies. */
const ROUNDING = 1e-9

/** A candidate's figures on some rows. */
export interface CandidateFigures {
  recipe: Pick<CompleteRecipe, 'vectors'>
  /** The figure that decides, the smaller the better. */
  figure: number
  /** Share of the rows that are answered rightly; null for a regression. */
  accuracy: number | null
}

/**
 * Returns the figures that decide among candidates: that of one with word vectors is infinite where the recipe itself has none
 * and it does not gain enough over the best without any.
 */
export function decidingFigures(candidates: readonly CandidateFigures[]): number[] {
  const without = bestOfKind(candidates, false)?.accuracy ?? null
  const isOwn = candidates[0] !== undefined && hasVectors(candidates[0])
  return candidates.map((candidate) => {
    const { accuracy, figure } = candidate
    if (isOwn || !hasVectors(candidate) || accuracy === null || without === null) return figure
    return accuracy >= without + LEAST_GAIN - ROUNDING ? figure : Number.POSITIVE_INFINITY
  })
}

/** Returns what a version tells of word vectors that were compared; undefined where none were, or nothing depended on them. */
export function vectorsTold(candidates: readonly CandidateFigures[]): Choice['vectors'] {
  if (candidates[0] === undefined || hasVectors(candidates[0])) return undefined
  const best = bestOfKind(candidates, true)
  const without = bestOfKind(candidates, false)
  if (best?.accuracy == null || without?.accuracy == null) return undefined
  return { name: best.recipe.vectors, accuracy: best.accuracy, without: without.accuracy }
}

function bestOfKind(candidates: readonly CandidateFigures[], vectors: boolean): CandidateFigures | undefined {
  const [first, ...others] = candidates.filter(
    (each) => hasVectors(each) === vectors && Number.isFinite(each.figure),
  )
  return first && others.reduce((best, each) => (each.figure < best.figure ? each : best), first)
}

function hasVectors({ recipe }: CandidateFigures): boolean {
  return recipe.vectors !== NO_VECTORS
}
