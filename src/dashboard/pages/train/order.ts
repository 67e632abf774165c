import type { Schemas } from '../../api/client.ts'

/** What `POST /jobs` takes: model, data set and recipe. A recipe may lack any field, which the service then chooses. */
export type Order = Schemas['JobRequest']
export type RecipePart = Readonly<Record<string, unknown>>

/** Recipes to begin with, by the names of their texts. They say nothing about columns. */
export const PRESETS = {
  own: {},
  sentiment: {
    encoder: { type: 'multiHot', numWords: 10_000 },
    layers: [{ units: 16 }, { units: 16 }],
    optimizer: { type: 'rmsprop' },
    epochs: 20,
    batchSize: 512,
    earlyStopping: { monitor: 'valLoss', patience: 2 },
  },
  topics: {
    encoder: { type: 'multiHot', numWords: 10_000 },
    layers: [{ units: 64 }, { units: 64 }],
    optimizer: { type: 'rmsprop' },
    epochs: 20,
    batchSize: 512,
    earlyStopping: { monitor: 'valLoss', patience: 2 },
  },
  prices: {
    scaling: 'standard',
    layers: [{ units: 64 }, { units: 64 }],
    optimizer: { type: 'rmsprop' },
    loss: { type: 'meanSquaredError' },
    metrics: [{ type: 'mae' }],
    epochs: 80,
    batchSize: 16,
    validation: { kFold: 4 },
  },
  search: {
    layers: [{ units: 16 }],
    epochs: 10,
    validation: { split: 0.2 },
    search: {
      type: 'random',
      over: { 'layers.0.units': [8, 16, 32, 64], 'layers.0.dropout': [0, 0.2, 0.5] },
      trials: 6,
    },
  },
} as const satisfies Record<string, RecipePart>

export type Preset = keyof typeof PRESETS

/** Fields of a recipe that name columns: a preset leaves them as they are. */
export const COLUMN_FIELDS = ['task', 'target', 'inputs', 'group', 'time', 'weights']

/** Returns a recipe with a preset's fields, and the columns of the one before. */
export function withPreset(recipe: RecipePart, preset: Preset): RecipePart {
  const columns = Object.entries(recipe).filter(([field]) => COLUMN_FIELDS.includes(field))
  return { ...Object.fromEntries(columns), ...PRESETS[preset] }
}

/** Returns a recipe with one field changed; undefined: the service chooses it again. */
export function withField(recipe: RecipePart, field: string, value: unknown): RecipePart {
  const { [field]: _before, ...others } = recipe
  return value === undefined ? others : { ...others, [field]: value }
}
