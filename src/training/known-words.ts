import { wordCounter } from '../models/encoders/sequence.ts'
import { knownWordCounter, type WordVectors } from '../models/encoders/word-vectors.ts'
import { type CompleteRecipe, VECTORS_COMMAND, vectorSetsOf } from '../recipe/index.ts'
import type { Warning } from '../warnings.ts'
import { inputOf, typeOf } from './data/examples.ts'
import type { TrainingTable } from './data/tables.ts'

/** Share of the words of texts that vectors have to know: texts in another language have fewer. */
const LEAST_KNOWN = 0.6
/** Rows whose words are counted, at most. */
const MOST_ROWS = 500

/**
 * Leaves candidates out whose word vectors are not there, or know too few words of the texts. The recipe's own vectors stay.
 * @returns the recipe with the other candidates, a warning for each set that is not tried, and one if the recipe's own vectors
 * know too few words
 */
export function withFittingVectors(
  recipe: CompleteRecipe,
  table: TrainingTable,
): { recipe: CompleteRecipe; warnings: Warning[] } {
  const warnings = ownVectorsWarning(recipe, table)
  if (recipe.candidates === null) return { recipe, warnings }
  const names = vectorSetsOf(recipe)
  names.delete(recipe.vectors)
  const unfit = new Set<string>()
  for (const name of names) {
    const fault = faultOf(name, recipe, table)
    if (fault === undefined) continue
    unfit.add(name)
    warnings.push({
      code: 'vectors-left-out',
      message: `The word vectors "${name}" were not tried: ${fault}. To train with them anyway, set the recipe's "vectors" to "${name}"; to train without, to "none".`,
    })
  }
  if (unfit.size === 0) return { recipe, warnings }
  const left = recipe.candidates.filter(({ vectors }) => vectors === undefined || !unfit.has(vectors))
  return { recipe: { ...recipe, candidates: left.length > 0 ? left : null }, warnings }
}

/** Warns of vectors that the recipe itself has, and that know too few words of the texts. */
function ownVectorsWarning(recipe: CompleteRecipe, table: TrainingTable): Warning[] {
  const { vectors } = recipe
  const set = table.vectorSets?.get(vectors)
  const share = set ? knownShare(set, recipe, table) : 1
  if (share >= LEAST_KNOWN) return []
  return [
    {
      code: 'few-known-words',
      message: `The word vectors "${vectors}" know ${percentOf(share)} of the words of the texts, so that they tell ${share === 0 ? 'nothing' : 'little'} of them: they may be made for another language. To train without them, set the recipe's "vectors" to "none".`,
    },
  ]
}

/** Writes a share as whole percent, rounded down. */
function percentOf(share: number): string {
  return `${Math.floor(100 * share)}%`
}

function faultOf(name: string, recipe: CompleteRecipe, table: TrainingTable): string | undefined {
  const set = table.vectorSets?.get(name)
  if (!set) return `they are not installed where the job runs, or damaged there (${VECTORS_COMMAND})`
  const share = knownShare(set, recipe, table)
  if (share >= LEAST_KNOWN) return undefined
  return `they know ${percentOf(share)} of the words of the texts, and ${100 * LEAST_KNOWN}% are needed`
}

/** Returns the share of the words of some rows' texts that a set has. */
function knownShare(set: WordVectors, { inputs, encoder }: CompleteRecipe, table: TrainingTable): number {
  if (!encoder) return 0
  const knownOf = knownWordCounter(set, encoder)
  const wordsOf = wordCounter(encoder)
  let known = 0
  let words = 0
  const step = Math.max(1, Math.ceil(table.rows / MOST_ROWS))
  for (const name of inputs.filter((input) => typeOf(table, input) === 'text')) {
    const cellOf = inputOf(table, name)
    for (let row = 0; row < table.rows; row += step) {
      known += knownOf(cellOf(row))
      words += wordsOf(cellOf(row))
    }
  }
  return words === 0 ? 0 : known / words
}
