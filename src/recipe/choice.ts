import { choiceForTables } from './choice-tables.ts'
import { choiceForTexts } from './choice-texts.ts'
import { choiceForTrees, suggestsTrees, treesForMany } from './choice-trees.ts'
import { DEFAULT_BINS, defaultBatchSize, defaultEpochs, defaultLayers, TASK_DEFAULTS } from './defaults.ts'
import { DEFAULT_ENCODER } from './encoders/bag.ts'
import type { Choice, Facts } from './facts.ts'
import type { RecipeInput } from './schema.ts'

/** Fields that turn automatic choice off: a recipe with one of them describes its own network. */
const OWN = ['encoder', 'layers', 'optimizer'] as const

/**
 * Returns the values of the fields that a recipe leaves out. If it names an encoder, layers or an optimizer, or
 * searches over them, it describes its own network, and all other values are those of the book and of Keras. Otherwise
 * they are chosen together, by the data.
 */
export function chooseFor(input: RecipeInput, facts: Facts): Choice {
  if (input.network?.type === 'trees') return choiceForTrees(input.network, facts)
  if (describesNetwork(input)) return plainChoice(facts)
  if (suggestsTrees(input, facts)) return treesForMany(facts)
  return facts.inputs.some(({ type }) => type === 'text') ? choiceForTexts(facts) : choiceForTables(facts)
}

/** Returns whether a recipe describes a network of its own, so that nothing of it is chosen by the data. */
export function describesNetwork(input: RecipeInput): boolean {
  const searched = Object.keys(input.search?.over ?? {}).map((path) => path.split('.')[0])
  return OWN.some((field) => (input[field] ?? null) !== null || searched.includes(field))
}

/** Returns the values of the first chapters of Chollet's book. */
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
