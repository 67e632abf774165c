import { describe, expect, it } from 'vitest'
import type { FitCheckpoint } from '../../../src/training/checkpoints/checkpoints.ts'
import { checkpointOf, type FitShape } from '../../../src/training/checkpoints/fit-checkpoint.ts'
import type { Examples, LayerPlan } from '../../../src/training/engine.ts'
import { recipeOf } from '../data/tables.ts'

const checkpoint: FitCheckpoint = {
  kept: null,
  keptTrees: null,
  due: () => false,
  save: async () => undefined,
  end: async () => undefined,
}
const examples = (rows: number, numbers = 2): Examples => ({
  rows: {
    rows,
    width: numbers,
    offsets: new Uint32Array(rows + 1),
    indices: new Uint32Array(),
    values: new Float32Array(),
  },
  inputs: { numbers, sequences: [] },
  targets: new Float32Array(rows),
})
const layer: LayerPlan = { units: 1, activation: 'linear', l1: 0, l2: 0, dropout: 0 }
const shape: FitShape = {
  recipe: recipeOf({}),
  plan: [layer],
  training: examples(10),
  validation: examples(5),
  epochs: 3,
}

describe('the checkpoint of a fit', () => {
  const keyOf = (other: Partial<FitShape> = {}) => {
    const keys: string[] = []
    const next = (key: string) => {
      keys.push(key)
      return checkpoint
    }
    expect(checkpointOf({ ...shape, ...other, checkpoints: { next } })).toBe(checkpoint)
    expect(keys).toHaveLength(1)
    return keys[0]
  }

  it('has one key for fits that give the same weights', () => {
    expect(keyOf()).toMatch(/^[0-9a-f]{64}$/)
    expect(keyOf({ recipe: recipeOf({}), training: examples(10) })).toBe(keyOf())
  })

  it.each<[what: string, other: Partial<FitShape>]>([
    ['recipe', { recipe: recipeOf({ seed: 2 }) }],
    ['engine', { recipe: recipeOf({ engine: 'tensorflow' }) }],
    ['layers', { plan: [{ ...layer, dropout: 0.5 }] }],
    ['number of training rows', { training: examples(11) }],
    ['number of inputs', { training: examples(10, 3) }],
    ['number of validation rows', { validation: examples(6) }],
    ['validation', { validation: null }],
    ['number of epochs', { epochs: 4 }],
  ])('has another key for another %s', (_, other) => {
    expect(keyOf(other)).not.toBe(keyOf())
  })

  it('is none where none are kept', () => {
    expect(checkpointOf(shape)).toBeNull()
  })
})
