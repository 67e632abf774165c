import { describe, expect, it } from 'vitest'
import { fulfils, readConditions } from '../../src/versions/conditions.ts'

const MANIFEST = {
  metrics: { accuracy: 0.914, auc: null, constructor: 1 },
  recipe: {
    optimizer: { type: 'adam', learningRate: 0.003 },
    layers: [{ units: 64 }, { units: 16 }],
    accuracy: 'of the recipe',
    search: null,
    calibration: 'auto',
    target: 'rock and roll',
    text: "don't",
    learningCurve: false,
  },
  dataset: { id: 'ds_1', name: 'reviews' },
  files: {},
}

const isFound = (text: string, manifest: unknown = MANIFEST) => {
  const read = readConditions(text)
  return 'fault' in read ? read.fault : fulfils(manifest, read.conditions)
}

describe('conditions on a version', () => {
  it.each([
    'accuracy > 0.9',
    'accuracy>=0.914',
    'accuracy <= 9.14e-1',
    'metrics.accuracy = 0.9140',
    'recipe.accuracy ~ RECIPE',
    'optimizer.type = adam AND accuracy < 0.92 and optimizer.learningRate = 3e-3',
    "optimizer.type = 'adam'",
    'optimizer.type != "rmsprop"',
    'optimizer ~ learningrate',
    'layers.1.units < 20',
    'layers.length = 2',
    'learningCurve = false',
    'search = null',
    'recipe.search = null',
    'target = "rock and roll" and accuracy > 0.9',
    "accuracy > 0.9 and target ~ 'k AND r'",
    "text = don't and layers.length = 2",
    'text ~ "n\'t"\tAnd\naccuracy > 0',
    'dataset = reviews',
    'dataset = ds_1',
    'dataset ~ view',
  ])('hold: %s', (text) => expect(isFound(text)).toBe(true))

  it.each([
    'accuracy > 0.914',
    'accuracy = 0.9',
    'accuracy > 0.9 and optimizer.type = sgd',
    'mae < 5',
    'mae != 5',
    'optimizer.type > 3',
    'layers.2.units > 0',
    'optimizer.constructor ~ o',
    'toString ~ o',
    'dataset != reviews',
    'dataset != ds_1',
    'auc > 0',
    'target = ""',
  ])('do not hold: %s', (text) => expect(isFound(text)).toBe(false))

  it.each([
    ['accuracy', '"accuracy" is no condition.'],
    ['', '"" is no condition.'],
    ['accuracy > 0.9 and', '"0.9 and" is no number'],
    ['= 3', '"= 3" is no condition.'],
    ['accuracy >', '"accuracy >" is no condition.'],
    ['accuracy == 0.914', '"accuracy == 0.914" is no condition.'],
    ['accuracy => 0.9', '"accuracy => 0.9" is no condition.'],
    ['optimizer.type = adam or accuracy > 0.9', '"optimizer.type = adam or accuracy > 0.9" is no condition.'],
    ['accuracy > 0.9 and target = "rock', '"target = \\"rock" is no condition.'],
    ['target = "rock"and accuracy > 0', 'is no condition.'],
    ['accuracy > ""', '"" is no number'],
    ['accuracy > high', '"high" is no number, and > compares numbers.'],
    ['accuracy < Infinity', '"Infinity" is no number'],
    [Array(11).fill('a = 1').join(' and '), 'At most 10 conditions are possible.'],
  ])('are none: %s', (text, fault) => expect(isFound(text)).toContain(fault))

  it('do not hold for a manifest without what they are about', () => {
    for (const manifest of [{}, { metrics: 3, recipe: [], dataset: null }, null, 'text'])
      expect(isFound('accuracy > 0', manifest)).toBe(false)
  })
})
