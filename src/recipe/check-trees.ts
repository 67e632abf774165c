import { quoted } from '../errors.ts'
import { DATE_FEATURES, LAYERS_ONLY, TREE_BINS } from './choice-trees.ts'
import { type ChosenColumns, outputCount } from './columns.ts'
import { TASK_DEFAULTS } from './defaults.ts'
import type { LossName } from './losses.ts'
import { isTrees, MOST_TREE_NODES, nodesOfEpoch, type Trees, treesOf } from './network.ts'
import { completeOptimizer } from './optimizers.ts'
import type { Missing } from './parts.ts'
import { type AddProblem, pointer } from './problems.ts'
import type { CompleteRecipe, RecipeInput } from './schema.ts'
import { isDateType } from './table.ts'
import type { Task } from './task.ts'

/** The losses of each task that trees are grown for. */
const LOSSES: Record<Task, readonly LossName[]> = {
  binary: ['binaryCrossentropy'],
  multiclass: ['categoricalCrossentropy', 'sparseCategoricalCrossentropy'],
  multiLabel: ['binaryCrossentropy'],
  regression: ['meanSquaredError', 'meanAbsoluteError', 'huber'],
}

/** Bytes of a bin in a histogram. */
const BIN_BYTES = 20
/** Limit on the bytes of the histograms of all leaves. */
const MOST_BYTES = 2 ** 30

/** Checks what trees do not take, and that they fit into memory. */
export function checkTrees(recipe: CompleteRecipe, columns: ChosenColumns, problem: AddProblem): void {
  const trees = treesOf(recipe)
  if (!trees) return
  checkInputs(columns, problem)
  checkLayerFields(recipe, problem)
  checkNumbers(recipe, columns, problem)
  checkGrowing(recipe, trees, columns, problem)
}

/**
 * Checks the trees whose answers are averaged with those of networks. They see columns in bins of their own.
 * @param input the recipe as the client wrote it
 */
export function checkTreeMembers(
  recipe: CompleteRecipe,
  input: RecipeInput,
  columns: ChosenColumns,
  problem: AddProblem,
): void {
  if (isTrees(recipe)) return
  const nodes: number[] = []
  for (const [index, member] of recipe.otherMembers.entries()) {
    const path = `/otherMembers/${index}`
    const trees = member.network && treesOf({ network: member.network })
    if (!trees) {
      for (const field of ['loss', 'epochs'] as const)
        if (input.otherMembers?.[index]?.[field] !== undefined)
          problem(
            `${path}/${field}`,
            `These networks have the ${field} of the recipe; only trees have their own. Remove it, or set the member's network to "trees".`,
          )
      continue
    }
    if (member.layers.length > 0)
      problem(`${path}/layers`, 'Trees have no layers. Remove these, or the network.')
    const usual = completeOptimizer({ type: TASK_DEFAULTS[recipe.task].optimizer })
    if (JSON.stringify(member.optimizer) !== JSON.stringify(usual))
      problem(`${path}/optimizer`, 'Trees have no optimizer. Remove it, or the network.')
    checkInputs(columns, problem)
    const own = { ...recipe, loss: member.loss ?? recipe.loss, epochs: member.epochs ?? recipe.epochs }
    checkGrowing(own, trees, columns, (field, message) => {
      const isOwn = Object.hasOwn(member, field.split('/')[1] ?? '')
      problem(isOwn ? `${path}${field}` : field, message)
    })
    nodes.push(nodesOfEpoch(trees, outputCount(recipe, columns.target)) * recipe.ensemble * own.epochs)
  }
  const all = nodes.reduce((sum, count) => sum + count, 0)
  // Each by itself was checked above.
  if (all > MOST_TREE_NODES && nodes.every((count) => count <= MOST_TREE_NODES))
    problem(
      '/otherMembers',
      `The trees of all members may have ${all.toLocaleString('en')} nodes, more than the limit of ${MOST_TREE_NODES.toLocaleString('en')}. Use fewer epochs or leaves, or fewer members.`,
    )
}

function checkGrowing(
  recipe: CompleteRecipe,
  trees: Trees,
  columns: ChosenColumns,
  problem: AddProblem,
): void {
  const losses = LOSSES[recipe.task]
  if (!losses.includes(recipe.loss.type))
    problem('/loss', `Trees for the task ${recipe.task} are grown by the loss ${losses.join(' or ')}.`)
  if (recipe.rank !== null)
    problem(
      '/rank',
      'Trees do not know an order of the classes. Set it to null, or use the network "layers".',
    )
  if (recipe.ensemble > 1 && trees.rowShare === 1 && trees.featureShare === 1)
    problem(
      '/ensemble',
      'All members would be equal. Use 1, or a "rowShare" or "featureShare" below 1 in network.',
    )
  checkSizes(recipe, trees, columns, problem)
}

function checkInputs({ inputs }: ChosenColumns, problem: AddProblem): void {
  const text = inputs.find(({ type }) => type === 'text')
  if (text)
    problem(
      '/inputs',
      `Trees take numbers, categories, booleans and dates, and ${quoted(text.name)} is a text. Leave it out of inputs, or use the network "layers".`,
    )
}

/** Checks that fields which only layers have are as they stand in a complete recipe of trees. */
function checkLayerFields(recipe: CompleteRecipe, problem: AddProblem): void {
  const refuse = (field: string, value: unknown) =>
    problem(
      `/${field}`,
      `${field} belongs to the network "layers", and the recipe makes trees. Leave it out, or set it to ${JSON.stringify(value)}.`,
    )
  if (recipe.layers.length > 0) refuse('layers', LAYERS_ONLY.layers)
  if (recipe.outputL1 > 0) refuse('outputL1', 0)
  if (recipe.otherMembers.length > 0) refuse('otherMembers', [])
  if (recipe.batchSize !== LAYERS_ONLY.batchSize) refuse('batchSize', LAYERS_ONLY.batchSize)
  if (recipe.learningRateSchedule !== null) refuse('learningRateSchedule', null)
  const usual = completeOptimizer({ type: TASK_DEFAULTS[recipe.task].optimizer })
  if (JSON.stringify(recipe.optimizer) !== JSON.stringify(usual)) refuse('optimizer', usual.type)
  if (recipe.engine === 'tensorflow') refuse('engine', 'auto')
}

function checkNumbers(recipe: CompleteRecipe, { inputs }: ChosenColumns, problem: AddProblem): void {
  const unscaled = 'Trees only look at the order of numbers, so that no scaling changes them.'
  if (recipe.scaling !== 'standard') problem('/scaling', `${unscaled} Leave it out, or use "standard".`)
  if (recipe.bins > TREE_BINS) problem('/bins', `Trees take at most ${TREE_BINS} bins of a number.`)
  if (recipe.outside !== 'clamp')
    problem('/outside', 'Beyond the training range trees answer as at its end. Leave it out, or use "clamp".')
  const ownBin =
    'To trees a gap is a bin of its own. Leave missing out, or use "bin", {"value": number} or "refuse".'
  if (isFilling(recipe.missing)) problem('/missing', ownBin)
  for (const { name } of inputs) {
    const { scaling, bins = 0, missing } = recipe.columns[name] ?? {}
    const path = `/columns${pointer([name])}`
    if (scaling !== undefined) problem(`${path}/scaling`, `${unscaled} Remove it.`)
    if (bins > TREE_BINS) problem(`${path}/bins`, `Trees take at most ${TREE_BINS} bins of a number.`)
    if (isFilling(missing)) problem(`${path}/missing`, ownBin)
  }
}

/** Returns whether gaps are to be filled with what the other rows have, which trees do not do. */
function isFilling(missing: Missing | undefined): boolean {
  return missing === 'mean' || missing === 'median'
}

function checkSizes(recipe: CompleteRecipe, trees: Trees, columns: ChosenColumns, problem: AddProblem): void {
  const outputs = outputCount(recipe, columns.target)
  const ofEpoch = nodesOfEpoch(trees, outputs) * recipe.ensemble
  if (ofEpoch * recipe.epochs > MOST_TREE_NODES)
    problem(
      '/epochs',
      `The trees may have ${(ofEpoch * recipe.epochs).toLocaleString('en')} nodes, more than the limit of ${MOST_TREE_NODES.toLocaleString('en')}. Use at most ${Math.floor(MOST_TREE_NODES / ofEpoch).toLocaleString('en')} epochs, or fewer leaves.`,
    )
  const bins = columns.inputs.reduce((sum, column) => sum + binsOf(recipe, column), 0)
  const bytes = bins * BIN_BYTES * (trees.leaves + 1)
  if (bytes > MOST_BYTES)
    problem(
      '/network/leaves',
      `The sums by bin of all leaves would take ${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MB, more than the limit of ${MOST_BYTES / 2 ** 20} MB. Use at most ${Math.max(2, Math.floor(MOST_BYTES / BIN_BYTES / bins) - 1)} leaves, smaller bins, or fewer inputs.`,
    )
}

function binsOf(recipe: CompleteRecipe, { name, type }: ChosenColumns['inputs'][number]): number {
  const bins = (isTrees(recipe) ? (recipe.columns[name]?.bins ?? recipe.bins) : TREE_BINS) + 1
  if (isDateType(type)) return DATE_FEATURES * bins
  return type === 'number' ? bins : TREE_BINS + 1
}
