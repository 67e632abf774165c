import {
  type CompleteRecipe,
  type InputContract,
  isTrees,
  NetworkInput,
  type RecipeInput,
  type RetrainBody,
} from '../../recipe/index.ts'
import { PRODUCTION } from '../../registry/alias-moves.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import { takenInputs, VersionManifest } from '../../registry/version-files.ts'
import { setOwn } from '../../set-own.ts'

/** The part of a version's manifest that a retrain begins with. */
const TrainedFrom = VersionManifest.pick({ dataset: true, recipe: true, classes: true }).partial({
  classes: true,
})

/** An order in the form of `POST /jobs`. Its recipe is merged from two and not checked yet. */
export interface RetrainOrder extends Omit<RetrainBody, 'recipe'> {
  model: string
  /** Id or name of the data set. */
  dataset: string
  recipe: Record<string, unknown>
}

/**
 * Returns the order that trains a model again: `production`'s recipe with changes, on the given data set or else on
 * the newest one under the name that `production` was trained from.
 * @returns the order, and what `production` takes
 * @throws FitserveError `unknown-model`, `unknown-alias`, `corrupt-artifact`
 */
export async function retrainOrder(
  { models }: { models: Pick<ModelRegistry, 'entry' | 'manifest' | 'readArtifact'> },
  model: string,
  body: RetrainBody,
): Promise<{ order: RetrainOrder; contract: InputContract }> {
  const entry = await models.entry(model, PRODUCTION)
  const { dataset, recipe, classes } = TrainedFrom.parse(await models.manifest(model, entry))
  const order = {
    ...body,
    model,
    dataset: body.dataset ?? dataset.name,
    recipe: withOverrides(recipe, body.recipe ?? {}),
  }
  const inputs = await takenInputs(models, model, entry)
  return { order, contract: { version: entry.version, inputs, classes: classes ?? undefined } }
}

/** Fields that depend on another one, and are chosen anew when that one changes. */
const DEPENDENT: { [Key in keyof RecipeInput]: (keyof RecipeInput)[] } = {
  validation: ['earlyStopping', 'finalEpochs'],
  multiLabel: ['task', 'labels'],
  task: [
    'multiLabel',
    'loss',
    'metrics',
    'labels',
    'targetTransform',
    'classWeights',
    'cost',
    'rank',
    'earlyStopping',
  ],
  cost: ['threshold'],
  loss: ['labels'],
  labels: ['loss'],
  inputs: ['encoder', 'columns'],
}
/** Fields that layers and trees do not share, and that are chosen anew when one takes the place of the other. */
const OF_NETWORK: (keyof CompleteRecipe)[] = [
  'scaling',
  'bins',
  'outside',
  'layers',
  'outputL1',
  'otherMembers',
  'optimizer',
  'learningRateSchedule',
  'epochs',
  'batchSize',
  'ensemble',
  'candidates',
]
/** Fields that replace the old value instead of being merged with it: their keys exclude each other. */
const REPLACED = ['validation', 'classWeights', 'cost', 'missing']

/** Returns a recipe with changes merged into it, object by object; a list or another `type` replaces the old one. */
export function withOverrides(
  recipe: CompleteRecipe,
  overrides: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const base: Record<string, unknown> = { ...recipe }
  for (const [key, dependents] of Object.entries(DEPENDENT))
    if (Object.hasOwn(overrides, key)) for (const each of dependents) delete base[each]
  if (isOtherNetwork(recipe, overrides['network'])) {
    for (const each of OF_NETWORK) delete base[each]
    if (typeof recipe.missing === 'string' && recipe.missing !== 'refuse') delete base['missing']
  }
  // Recipes of trees said so before there was a name for their bin of gaps.
  else if (isTrees(recipe) && recipe.missing === 'median') base['missing'] = 'bin'
  // The network is not chosen anew, so neither is whether it is fitted to all rows at last.
  if (isDrawnOnce(recipe.validation) && isDrawnOnce(overrides['validation']))
    base['finalEpochs'] = recipe.finalEpochs
  for (const [key, value] of Object.entries(overrides))
    setOwn(base, key, REPLACED.includes(key) ? value : merged(base[key], value))
  return base
}

/** Tells whether a change asks for layers in place of trees, or the other way round. */
function isOtherNetwork({ network }: CompleteRecipe, change: unknown): boolean {
  const wanted = NetworkInput.safeParse(change)
  return wanted.success && wanted.data.type !== network.type
}

/** Tells whether validation rows are a share or a number of a table's own rows. */
function isDrawnOnce(validation: unknown): boolean {
  return isObject(validation) && (Object.hasOwn(validation, 'split') || Object.hasOwn(validation, 'rows'))
}

function merged(before: unknown, change: unknown): unknown {
  if (!isObject(before) || !isObject(change)) return change
  if (Object.hasOwn(change, 'type') && Reflect.get(change, 'type') !== Reflect.get(before, 'type'))
    return change
  const result: Record<string, unknown> = { ...before }
  for (const [key, value] of Object.entries(change))
    setOwn(result, key, merged(Object.hasOwn(result, key) ? result[key] : undefined, value))
  return result
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
