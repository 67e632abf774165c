import { z } from 'zod'
import { CompleteRecipe, type RecipeInput, type RetrainBody } from '../../recipe/index.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import { setOwn } from '../../set-own.ts'

const Trained = z.object({ dataset: z.object({ name: z.string() }), recipe: CompleteRecipe })

/**
 * The order that trains a model again: `production`'s recipe with changes, on the data set that is named or the
 * newest under the name that it was trained from.
 * @throws FitserveError `unknown-model`, `unknown-alias`, `corrupt-artifact`
 */
export async function retrainOrder(
  models: Pick<ModelRegistry, 'entry' | 'manifest'>,
  model: string,
  body: RetrainBody,
): Promise<unknown> {
  const manifest = await models.manifest(model, await models.entry(model, 'production'))
  const { dataset, recipe } = Trained.parse(manifest)
  return {
    ...body,
    model,
    dataset: body.dataset ?? dataset.name,
    recipe: withOverrides(recipe, body.recipe ?? {}),
  }
}

/** Choices that depend on another one, and are made anew where that one changes. */
const DEPENDENT: { [Key in keyof RecipeInput]: (keyof RecipeInput)[] } = {
  validation: ['earlyStopping', 'finalEpochs'],
  task: ['loss', 'metrics', 'labels', 'targetTransform', 'classWeights', 'earlyStopping'],
  loss: ['labels'],
  labels: ['loss'],
  inputs: ['encoder', 'columns'],
}
/** Parts of which the given form takes the place of the old one: their keys exclude each other. */
const WHOLE = ['validation', 'classWeights', 'missing']

/** A recipe with changes merged into it, object by object; a list or another `type` takes the old one's place. */
export function withOverrides(
  recipe: CompleteRecipe,
  overrides: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const base: Record<string, unknown> = { ...recipe }
  for (const [key, dependents] of Object.entries(DEPENDENT))
    if (Object.hasOwn(overrides, key)) for (const each of dependents) delete base[each]
  for (const [key, value] of Object.entries(overrides))
    setOwn(base, key, WHOLE.includes(key) ? value : merged(base[key], value))
  return base
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
