import { counted } from '../numbers.ts'
import { type ChosenColumns, outputCount } from './columns.ts'
import { embeddingParameters, estimateInputs, parameterCounts } from './cost.ts'
import { kindOfEncoder } from './encoders/index.ts'
import { isTrees } from './network.ts'
import type { AddProblem } from './problems.ts'
import type { CompleteRecipe } from './schema.ts'

/** Largest number of weights and biases of a network: 200 million take 2.4 GB with an optimizer's state. */
const MAX_PARAMETERS = 200_000_000
/**
 * Largest number of units of a layer: a network with few inputs could have ten times as many within `MAX_PARAMETERS`.
 */
const MAX_UNITS = 1_000_000
/** Largest number of values in the widest layer of one training step (4 GB). */
const MAX_STEP_NUMBERS = 1_000_000_000

/** Adds a problem for a network or batch that would not fit into the memory of a usual machine. */
export function checkCost(recipe: CompleteRecipe, columns: ChosenColumns, problem: AddProblem): void {
  // Trees have limits of their own, in check-trees.ts.
  if (isTrees(recipe)) return
  checkParameters(recipe, columns, problem)
  const { encoder } = recipe
  // Null: rows are sparse, and a step holds only their nonzero inputs.
  const laidOut = encoder ? kindOfEncoder(encoder).laidOut(encoder) : 1
  const inputs = laidOut === null ? 1 : estimateInputs(recipe, columns.inputs)
  const widest = Math.max(inputs, laidOut ?? 1, ...recipe.layers.map((layer) => layer.units))
  if (Math.min(recipe.batchSize, 1_000_000) * widest > MAX_STEP_NUMBERS)
    problem(
      '/batchSize',
      `One batch would hold ${recipe.batchSize.toLocaleString('en')} × ${widest.toLocaleString('en')} numbers, more than the limit of ${MAX_STEP_NUMBERS.toLocaleString('en')}. Use a smaller batch or smaller layers.`,
    )
}

function checkParameters(recipe: CompleteRecipe, columns: ChosenColumns, problem: AddProblem): void {
  const { encoder } = recipe
  const limit = MAX_PARAMETERS.toLocaleString('en')
  const embedding = embeddingParameters(recipe, columns.inputs)
  if (embedding > MAX_PARAMETERS) {
    const total = embedding.toLocaleString('en')
    problem(
      '/encoder/embedding',
      `The vectors of the words would have ${total} numbers, more than the limit of ${limit}. Use fewer words or a smaller embedding.`,
    )
    return
  }
  const outputs = outputCount(recipe, columns.target)
  const counts = parameterCounts(estimateInputs(recipe, columns.inputs), recipe.layers, outputs)
  let total = embedding
  for (const [index, count] of counts.entries()) {
    total += count
    if (total <= MAX_PARAMETERS) continue
    problem(
      index < recipe.layers.length ? `/layers/${index}/units` : '/layers',
      `The network would have ${total.toLocaleString('en')} parameters up to this layer, more than the limit of ${limit}. Use fewer units${encoder ? ' or fewer words' : ''}.`,
    )
    return
  }
  const wide = recipe.layers.findIndex(({ units }) => units > MAX_UNITS)
  if (wide >= 0)
    problem(`/layers/${wide}/units`, `A layer can have at most ${MAX_UNITS.toLocaleString('en')} units.`)
  const others = recipe.otherMembers.map(({ layers, network }) => {
    if (network?.type === 'trees') return 0
    const own = parameterCounts(estimateInputs(recipe, columns.inputs), layers, outputs)
    return own.reduce((sum, count) => sum + count, embedding)
  })
  const ofEach = others.reduce((sum, count) => sum + count, total)
  for (const [index, { layers }] of recipe.otherMembers.entries())
    if ((others[index] ?? 0) > MAX_PARAMETERS || layers.some(({ units }) => units > MAX_UNITS))
      problem(
        `/otherMembers/${index}/layers`,
        `Such a network would have ${(others[index] ?? 0).toLocaleString('en')} parameters, or a layer of more than ${MAX_UNITS.toLocaleString('en')} units. At most ${limit} parameters are allowed; use fewer units.`,
      )
  if (ofEach * recipe.ensemble > MAX_PARAMETERS)
    problem(
      '/ensemble',
      `${recipe.ensemble * (1 + others.length)} networks would have ${(ofEach * recipe.ensemble).toLocaleString('en')} parameters, more than the limit of ${limit}. Use at most ${counted(Math.floor(MAX_PARAMETERS / ofEach), 'network')}, or smaller ones.`,
    )
}
