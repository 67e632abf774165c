import type { FieldProblem } from '../errors.ts'
import { mayHaveTrees, saysLayers } from './choice-trees.ts'
import { defined } from './defined.ts'
import { hasTreeMembers } from './network.ts'
import { Candidate, CandidateInput, type CompleteRecipe, RecipeInput } from './schema.ts'
import { NO_VECTORS } from './vectors.ts'

/** The fields in which candidates may differ. */
const FIELDS = Object.keys(CandidateInput.shape)

/**
 * Returns the recipes among which a training chooses: the recipe itself, then each of its candidates in its place. None
 * of them has candidates.
 */
export function candidateRecipes(recipe: CompleteRecipe): CompleteRecipe[] {
  const own = { ...recipe, candidates: null }
  return [own, ...(recipe.candidates ?? []).map((candidate) => ({ ...own, ...defined(candidate) }))]
}

/** Returns the names of the sets of word vectors that a recipe or one of its candidates has. */
export function vectorSetsOf(recipe: CompleteRecipe): Set<string> {
  const names = new Set(candidateRecipes(recipe).map(({ vectors }) => vectors))
  names.delete(NO_VECTORS)
  return names
}

/**
 * Returns what the networks of a recipe's own layers follow from: candidates of which it is equal have networks in common, in
 * means with other members too.
 */
export function networkFamily(recipe: CompleteRecipe): string {
  return JSON.stringify({ ...recipe, candidates: null, ensemble: 1, otherMembers: [] })
}

/** Memory of fitted networks that are kept for later candidates, in MB. What would be more is fitted again. */
export const MOST_KEPT_MB = 100

/** Rows of each class in a sample, at least: some to learn it, and some to measure it. */
export const LEAST_OF_CLASS = 20
/** Rows of a table up to which candidates are trained on all of them. */
export const SAMPLE_ROWS = 4_000

/**
 * Returns whether a recipe's candidates are compared on a sample of so many rows with a target: not with folds or a number of
 * validation rows, nor by another data set.
 */
export function mayCompareOnSample({ task, validation }: CompleteRecipe, rows: number): boolean {
  return task !== 'multiLabel' && validation?.split !== undefined && rows > SAMPLE_ROWS
}

/**
 * Returns a candidate as it is tried on a sample of so many rows with a target: one network of each kind, with about as many
 * steps in an epoch.
 */
export function onSample(recipe: CompleteRecipe, rows: number): CompleteRecipe {
  const near = (recipe.batchSize * SAMPLE_ROWS) / rows
  const batchSize = Math.max(Math.min(recipe.batchSize, LEAST_BATCH), Math.round(near))
  return { ...recipe, batchSize, ensemble: 1, finalEpochs: null }
}

/** Rows of a step on a sample, at least. */
const LEAST_BATCH = 32

/**
 * Returns the candidates that the data suggest, without the fields that the client has chosen; null where nothing is
 * left to choose, and where the client says how to validate: folds that are asked for are jobs of their own.
 */
export function suggestedCandidates(
  input: RecipeInput,
  suggested: readonly CandidateInput[],
  task: CompleteRecipe['task'],
): CandidateInput[] | null {
  if (input.search || input.validation !== undefined) return null
  const fitting = suggested
    // Half of the fields of trees make no candidate.
    .filter(({ network }) => network === undefined || !saysLayers(input, task))
    .map((candidate) => (mayHaveTrees(input) ? candidate : withoutTrees(candidate)))
  const named = defined(input)
  const given = new Set(FIELDS.filter((field) => Object.hasOwn(named, field)))
  const left = fitting.flatMap((candidate) => {
    const own = Object.entries(candidate).filter(([field]) => !given.has(field))
    return own.length > 0 ? [CandidateInput.parse(Object.fromEntries(own))] : []
  })
  // Candidates that differ in a field which the client has chosen are one.
  const distinct = [...new Map(left.map((candidate) => [JSON.stringify(candidate), candidate])).values()]
  return distinct.length > 0 ? distinct : null
}

/** Returns the networks of a candidate that averages them with trees. */
function withoutTrees(candidate: CandidateInput): CandidateInput {
  const { otherMembers = [], ...rest } = candidate
  return hasTreeMembers({ otherMembers }) ? rest : candidate
}

/**
 * Completes a recipe's candidates.
 * @param complete completes and checks a recipe in which a candidate has taken its place
 * @returns the candidates in their complete form, and all problems with pointers below `/recipe/candidates`
 */
export function completeCandidates(
  recipe: CompleteRecipe,
  candidates: readonly CandidateInput[],
  complete: (input: RecipeInput) => { recipe: CompleteRecipe; problems: readonly FieldProblem[] },
): { candidates: Candidate[]; problems: FieldProblem[] } {
  const problems: FieldProblem[] = []
  const completed = candidates.map((candidate, index) => {
    const whole = complete(RecipeInput.parse({ ...recipe, ...candidate, candidates: null }))
    for (const { path = '', message } of whole.problems) {
      const field = fieldOfPath(path)
      // A field of the recipe may be at fault only together with one of the candidate.
      const below = Object.hasOwn(candidate, field) ? path.slice('/recipe'.length) : ''
      problems.push({ path: `/recipe/candidates/${index}${below}`, message })
    }
    const own = Object.entries(whole.recipe).filter(([field]) => Object.hasOwn(candidate, field))
    return Candidate.parse(Object.fromEntries(own))
  })
  return { candidates: completed, problems }
}

function fieldOfPath(path: string): string {
  return path.split('/')[2] ?? ''
}
