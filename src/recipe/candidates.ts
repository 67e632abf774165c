import type { FieldProblem } from '../errors.ts'
import { defined } from './defined.ts'
import { Candidate, CandidateInput, type CompleteRecipe, RecipeInput } from './schema.ts'

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

/**
 * Returns the candidates that the data suggest, without the fields that the client has chosen; null where nothing is
 * left to choose, and where the client says how to validate: folds that are asked for are jobs of their own.
 */
export function suggestedCandidates(
  input: RecipeInput,
  suggested: readonly CandidateInput[],
): CandidateInput[] | null {
  if (input.search || input.validation !== undefined) return null
  const given = new Set(FIELDS.filter((field) => Object.hasOwn(input, field)))
  const left = suggested.flatMap((candidate) => {
    const own = Object.entries(candidate).filter(([field]) => !given.has(field))
    return own.length > 0 ? [CandidateInput.parse(Object.fromEntries(own))] : []
  })
  return left.length > 0 ? left : null
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
