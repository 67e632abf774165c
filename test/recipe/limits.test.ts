import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { JobBody, RecipeInput, RetrainBody } from '../../src/recipe/index.ts'

const bag = (options: object) => ({ encoder: { type: 'multiHot', ...options } })
const sequence = (options: object) => ({ encoder: { type: 'sequence', ...options } })
const layer = (options: object) => ({ layers: [{ units: 1, ...options }] })
const schedule = (type: string, options: object) => ({ learningRateSchedule: { type, ...options } })
const optimizer = (type: string, options: object) => ({ optimizer: { type, ...options } })
const over = (paths: object) => ({ search: { type: 'grid', over: paths } })
const list = <Item>(length: number, item: Item): Item[] => Array.from({ length }, () => item)
/** An object of so many members. */
const members = <Value>(count: number, value: Value) =>
  Object.fromEntries(list(count, value).map((each, at) => [`k${at}`, each]))
/** So many paths of a search, with so many values each. */
const paths = (count: number, values: number) =>
  over(Object.fromEntries(list(count, null).map((_, at) => [`p${at}`, list(values, 1)])))

/** Recipes with values that are taken, and with those that are refused: the ones next to each limit. */
interface Limit {
  taken: object[]
  refused: object[]
}
const limit = <Value>(
  name: string,
  recipe: (value: Value) => object,
  taken: readonly Value[],
  refused: readonly Value[],
): [name: string, limit: Limit] => [name, { taken: taken.map(recipe), refused: refused.map(recipe) }]

const LIMITS = [
  limit('inputs', (count: number) => ({ inputs: list(count, 'a') }), [1, 4_000], [0, 4_001]),
  limit('columns', (count: number) => ({ columns: members(count, {}) }), [0, 4_000], [4_001]),
  limit('classes with weights', (count: number) => ({ classWeights: members(count, 1) }), [1_000], [1_001]),
  limit('classes with costs', (count: number) => ({ cost: members(count, {}) }), [1_000], [1_001]),
  limit('costs of a class', (count: number) => ({ cost: { a: members(count, 1) } }), [1_000], [1_001]),
  limit('rank', (count: number) => ({ rank: list(count, 'a') }), [1, 1_000], [0, 1_001]),
  limit('an input', (name: string) => ({ inputs: [name] }), ['a'], ['']),
  limit('target', (target: string) => ({ target }), ['a'], ['']),
  limit('bins', (bins: number) => ({ bins }), [2, 1024], [1, 1025, 2.5]),
  limit('bins of a column', (bins: number) => ({ columns: { a: { bins } } }), [2, 1024], [1, 1025]),
  limit('layers', (count: number) => ({ layers: list(count, { units: 1 }) }), [0, 50], [51]),
  limit('units', (units: number) => layer({ units }), [1, 1e9], [0, 1e9 + 1, 1.5]),
  limit('outputL1', (outputL1: number) => ({ outputL1 }), [0, 100], [-0.001]),
  limit('l1', (l1: number) => layer({ l1 }), [0, 100], [-0.001]),
  limit('l2', (l2: number) => layer({ l2 }), [0, 100], [-0.001]),
  limit('dropout', (dropout: number) => layer({ dropout }), [0, 0.999], [-0.001, 1]),
  limit('metrics', (count: number) => ({ metrics: list(count, 'mae') }), [0, 20], [21]),
  limit('k', (k: number) => ({ metrics: [{ type: 'topK', k }] }), [1, 1000], [0, 1001, 1.5]),
  limit('delta', (delta: number) => ({ loss: { type: 'huber', delta } }), [1e-9, 1e9], [0, -1, 1e9 + 1]),
  limit('epochs', (epochs: number) => ({ epochs }), [1, 1_000_000], [0, 1_000_001, 1.5]),
  limit(
    'finalEpochs',
    (finalEpochs: number | string | null) => ({ finalEpochs }),
    [1, 1_000_000, 'best', null],
    [0, 1_000_001, 'last'],
  ),
  limit('batchSize', (batchSize: number) => ({ batchSize }), [1, 1_000_000], [0, 1_000_001, 1.5]),
  limit('threshold', (threshold: number) => ({ threshold }), [0.001, 0.999], [0, 1]),
  limit('ensemble', (ensemble: number) => ({ ensemble }), [1, 64], [0, 65, 1.5]),
  limit('seed', (seed: number) => ({ seed }), [0, 4_294_967_295], [-1, 4_294_967_296, 0.5]),
  limit(
    'class weights',
    (weight: number) => ({ classWeights: { a: weight } }),
    [1e-9, 1e9],
    [0, -1, 1e9 + 1],
  ),
  limit('split', (split: number) => ({ validation: { split } }), [0.001, 0.999], [0, 1]),
  limit('rows', (rows: number) => ({ validation: { rows } }), [1], [0, 1.5]),
  limit('kFold', (kFold: number) => ({ validation: { kFold } }), [2], [1, 2.5]),
  limit('validation.dataset', (dataset: string) => ({ validation: { dataset } }), ['a'], ['']),
  limit('repeats', (repeats: number) => ({ validation: { kFold: 2, repeats } }), [1, 100], [0, 101]),
  limit(
    'smoothing',
    (smoothing: number) => ({ validation: { kFold: 2, smoothing } }),
    [0, 0.999],
    [-0.001, 1],
  ),
  limit(
    'patience',
    (patience: number | null) => ({ earlyStopping: { patience } }),
    [0, 1_000_000, null],
    [-1, 1_000_001, 0.5],
  ),
  limit(
    'monitor',
    (monitor: string) => ({ earlyStopping: { monitor } }),
    ['ab', 'valLoss', 'val_loss', 'a'.repeat(40), `val${'a'.repeat(40)}`],
    ['a', '', 'a b', 'val-loss', `w${'a'.repeat(43)}`],
  ),
  limit('alpha', (alpha: number) => schedule('cosine', { alpha }), [0, 1], [-0.001, 1.001]),
  limit('factor', (factor: number) => schedule('reduceOnPlateau', { factor }), [0.001, 0.999], [0, 1]),
  limit(
    'patience of a plateau',
    (patience: number) => schedule('reduceOnPlateau', { patience }),
    [1, 100_000],
    [0, 100_001],
  ),
  limit(
    'minLearningRate',
    (minLearningRate: number) => schedule('reduceOnPlateau', { minLearningRate }),
    [0, 1],
    [-0.001],
  ),
  limit(
    'learningRate',
    (learningRate: number) => optimizer('sgd', { learningRate }),
    [1e-9, 1e9],
    [0, -1, 1e9 + 1],
  ),
  limit('momentum', (momentum: number) => optimizer('sgd', { momentum }), [0, 1], [-0.001, 1.001]),
  limit('weightDecay', (weightDecay: number) => optimizer('adamW', { weightDecay }), [0, 1], [-0.001]),
  limit(
    'initialAccumulatorValue',
    (value: number) => optimizer('adagrad', { initialAccumulatorValue: value }),
    [0, 1],
    [-0.001],
  ),
  limit('words of a bag', (numWords: number) => bag({ numWords }), [1, 2_000_000], [0, 2_000_001]),
  limit('minCount of a bag', (minCount: number) => bag({ minCount }), [1, 1_000_000], [0, 1_000_001]),
  limit(
    'ngrams',
    (ngrams: number[]) => bag({ ngrams }),
    [
      [1, 1],
      [1, 6],
      [6, 6],
    ],
    [[0, 1], [1, 7], [1], [1, 2, 3]],
  ),
  limit('words of a sequence', (numWords: number) => sequence({ numWords }), [1, 2_000_000], [0, 2_000_001]),
  limit(
    'minCount of a sequence',
    (minCount: number) => sequence({ minCount }),
    [1, 1_000_000],
    [0, 1_000_001],
  ),
  limit('maxLength', (maxLength: number) => sequence({ maxLength }), [1, 100_000], [0, 100_001]),
  limit('embedding', (embedding: number) => sequence({ embedding }), [1, 4096], [0, 4097]),
  limit(
    'trials',
    (trials: number) => ({ search: { type: 'random', over: { a: [1] }, trials } }),
    [1, 500],
    [0, 501],
  ),
  limit(
    'a path of a search',
    (path: string) => over({ [path]: [1] }),
    ['a', 'a'.repeat(200)],
    ['', 'a'.repeat(201)],
  ),
  limit('paths of a search', (count: number) => paths(count, 1), [1, 100], [0, 101]),
  limit('values of a path', (count: number) => over({ a: list(count, 1) }), [1, 100], [0, 101]),
  limit('values of a search', (count: number) => paths(20, count), [50], [51]),
  // {"a":["…"]} has ten characters beside the text.
  limit(
    'characters of a search',
    (count: number) => over({ a: ['x'.repeat(count - 10)] }),
    [100_000],
    [100_001],
  ),
]

const order = (options: object) => ({ model: 'm', dataset: 'd', ...options })
const ORDERS = [
  limit('priority', (priority: number) => ({ priority }), [1, 1000], [0, 1001, 1.5]),
  limit('seconds', (seconds: number) => ({ limits: { seconds } }), [1, 31_536_000], [0, 31_536_001]),
  limit('memoryMb', (memoryMb: number) => ({ limits: { memoryMb } }), [64, 16_777_216], [63, 16_777_217]),
  limit('url', (length: number) => ({ webhook: { url: 'x'.repeat(length) } }), [1, 2000], [0, 2001]),
  limit('dataset', (dataset: string) => ({ dataset }), ['d'], ['']),
]

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

describe('each limit of a recipe holds at its exact value', () => {
  it.each(LIMITS)('%s', (_name, { taken, refused }) => {
    for (const each of taken) expect([each, takes(RecipeInput, each)]).toEqual([each, true])
    for (const each of refused) expect([each, takes(RecipeInput, each)]).toEqual([each, false])
  })
})

describe('each limit of an order holds at its exact value', () => {
  it.each(ORDERS)('%s', (_name, { taken, refused }) => {
    for (const each of taken)
      expect([each, takes(JobBody, order(each)), takes(RetrainBody, each)]).toEqual([each, true, true])
    for (const each of refused)
      expect([each, takes(JobBody, order(each)), takes(RetrainBody, each)]).toEqual([each, false, false])
  })

  it.each([
    ['a', true],
    ['A', true],
    [`a${'b'.repeat(63)}`, true],
    ['a._-9', true],
    ['', false],
    [`a${'b'.repeat(64)}`, false],
    ['1a', false],
    ['_a', false],
    ['a b', false],
    ['a\n', false],
    ['é', false],
    ['a/b', false],
  ])('the name of a model may be %j: %s', (model, wanted) => {
    expect(takes(JobBody, order({ model }))).toBe(wanted)
  })
})
