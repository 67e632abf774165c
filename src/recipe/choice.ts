import { choiceForTables } from './choice-tables.ts'
import { choiceForTexts } from './choice-texts.ts'
import { DEFAULT_BINS, defaultBatchSize, defaultEpochs, defaultLayers, TASK_DEFAULTS } from './defaults.ts'
import { DEFAULT_ENCODER } from './encoders/bag.ts'
import type { Choice, Facts } from './facts.ts'
import type { RecipeInput } from './schema.ts'

/** Fields by which a recipe describes a network of its own. */
const OWN = ['encoder', 'layers', 'optimizer'] as const

/**
 * The values of what a recipe leaves open. Where it names encoder, layers or optimizer, or searches over them, it
 * describes a network of its own and all else is plain: the book's values, and Keras's. Where it names none of
 * them, they are chosen together, by the data.
 */
export function chooseFor(input: RecipeInput, facts: Facts): Choice {
  const searched = Object.keys(input.search?.over ?? {}).map((path) => path.split('.')[0])
  if (OWN.some((field) => (input[field] ?? null) !== null || searched.includes(field)))
    return plainChoice(facts)
  return facts.inputs.some(({ type }) => type === 'text') ? choiceForTexts(facts) : choiceForTables(facts)
}

/** As in the first chapters of Chollet's book. */
function plainChoice({ task, inputs, rows }: Facts): Choice {
  const hasText = inputs.some(({ type }) => type === 'text')
  return {
    encoder: DEFAULT_ENCODER,
    scaling: 'standard',
    bins: DEFAULT_BINS,
    layers: defaultLayers(task, hasText),
    optimizer: { type: TASK_DEFAULTS[task].optimizer },
    learningRateSchedule: null,
    loss: TASK_DEFAULTS[task].loss,
    epochs: defaultEpochs(hasText, rows),
    batchSize: defaultBatchSize(rows),
    ensemble: 1,
  }
}
