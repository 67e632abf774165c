import { type Material, mutated } from '../bytes.ts'
import { mutatedJson } from '../json.ts'
import type { Draws } from '../random.ts'
import { type Answered, bodiless, deletionOfVersion, type Sent, type Target } from '../target.ts'

/* JSON bodies of all routes that take one. */

const TYPE = { 'content-type': 'application/json' }

const TEXT_RECIPE = {
  target: 'label',
  inputs: ['text'],
  encoder: { type: 'multiHot', numWords: 100, ngrams: [1, 2], minCount: 1 },
  layers: [{ units: 2, activation: 'relu', dropout: 0.1, l2: 0.001 }],
  optimizer: { type: 'adam', learningRate: 0.01 },
  learningRateSchedule: { type: 'cosine', alpha: 0 },
  loss: 'binary_crossentropy',
  metrics: ['accuracy'],
  epochs: 2,
  batchSize: 8,
  validation: { split: 0.2 },
  earlyStopping: { monitor: 'valLoss', patience: 2 },
  classWeights: { pos: 1, neg: 2 },
  threshold: { costs: { fp: 1, fn: 20 } },
  calibration: 'platt',
  seed: 3,
}
const TABLE_RECIPE = {
  target: 'price',
  scaling: 'piecewiseLinear',
  bins: 8,
  columns: { sqft: { scaling: 'standard', missing: { value: 1 } } },
  validation: { folds: 3 },
  search: { trials: 3, space: { 'layers.0.units': [2, 4] } },
  layers: [{ units: 2 }],
  epochs: 2,
  ensemble: 2,
  interval: 0.9,
  outside: 'clamp',
}

const ORDERS = [
  { model: 'fuzzed', dataset: 'texts', recipe: TEXT_RECIPE },
  { model: 'fuzzed', dataset: 'houses', recipe: TABLE_RECIPE },
  { model: 'fuzzed', dataset: 'houses', recipe: { network: 'trees', target: 'price', trees: { trees: 5 } } },
  {
    model: 'fuzzed',
    dataset: 'texts',
    promote: 'ifBetter',
    priority: 3,
    limits: { seconds: 5, memoryMb: 500 },
    webhook: { url: 'https://example.com/hook' },
  },
]

const TEXTS = [
  { model: 'texts', text: 'A wonderful film' },
  { model: 'texts', texts: ['A wonderful film', 'Dull'], top: 2 },
  { model: 'texts', text: 'A film', explain: { top: 3 }, notes: true, set: 0.9, abstain: 0.6 },
]
const HOUSES = [
  { model: 'houses', features: { sqft: 1200, rooms: 3 } },
  { model: 'houses', rows: [{ sqft: 1200 }, { rooms: '3' }], interval: 0.9, notes: true, explain: true },
]

const THRESHOLDS = [
  { threshold: 0.3, promote: 'never' },
  { threshold: { costs: { fp: 1, fn: 20 } }, promote: 'never' },
  { threshold: { recall: 0.9 }, promote: 'never' },
]
const HOUSES_AS_CSV: Material = {
  corpus: [Buffer.from('sqft,rooms\n1200,3\n,2\n'), Buffer.from('rooms;sqft\r\n"3";"1.200,5"\r\n')],
  words: [',', ';', '"', '\n', '\r', '\uFEFF', 'sqft', '__proto__', '1e999', '\u0000'],
}

/** The routes: a path, and bodies that it takes. */
const ROUTES: readonly (readonly [
  Sent['method'],
  path: string,
  corpus: Parameters<typeof mutatedJson>[1],
])[] = [
  ['POST', '/predict', TEXTS],
  ['POST', '/predict', HOUSES],
  ['POST', '/models/texts/predict', [{ text: 'A film' }, { texts: ['a', 'b'] }]],
  ['POST', '/dry-run', ORDERS],
  ['POST', '/predictions', [{ model: 'none', dataset: 'texts', columns: ['text'], format: 'csv' }]],
  [
    'POST',
    '/datasets/import',
    [{ url: 's3://bucket/a.csv', name: 'a' }, { url: 'https://example.com/a.csv' }],
  ],
  ['PUT', '/models/texts/schedule', [{ cron: '0 3 * * *', timeZone: 'Europe/Berlin', promote: 'ifBetter' }]],
  ['PUT', '/models/texts/settings', [{ keepVersions: 10 }]],
  ['PUT', '/models/texts/description', [{ description: 'Reviews\nof films', tags: { team: 'search' } }]],
  ['PUT', '/models/texts/versions/1/description', [{ description: null, tags: { best: '' } }]],
  ['PUT', '/models/texts/aliases/other', [{ version: 1 }]],
  [
    'POST',
    '/models/texts/versions/1/evaluate',
    [{ dataset: 'texts' }, { dataset: 'texts', slices: ['label'] }],
  ],
  ['POST', '/gc', [{ dryRun: true }]],
  [
    'POST',
    '/v1/models/texts:predict',
    [{ instances: ['A film', { text: 'Dull' }] }, { inputs: { text: ['a'] } }],
  ],
  ['POST', '/v1/models/houses:regress', [{ examples: [{ sqft: 1200 }], context: {} }]],
  [
    'POST',
    '/v2/models/texts/infer',
    [{ inputs: [{ name: 'text', shape: [2], datatype: 'BYTES', data: ['a', 'b'] }], id: '1' }],
  ],
  [
    'POST',
    '/v2/models/houses/infer',
    [
      {
        inputs: [
          { name: 'sqft', shape: [1, 1], datatype: 'FP64', data: [[1200]] },
          { name: 'rooms', shape: [1], datatype: 'INT32', data: [3], parameters: { content_type: 'np' } },
        ],
        outputs: [{ name: 'value', parameters: { binary_data: true } }],
      },
    ],
  ],
  [
    'POST',
    '/invocations?model=texts',
    [
      { dataframe_split: { columns: ['text'], data: [['a']] } },
      { dataframe_records: [{ text: 'a' }] },
      { instances: ['a'] },
    ],
  ],
]

/** Returns the targets of routes that take JSON. */
export function bodyTargets(): Target[] {
  return [
    ...ROUTES.map(([method, path, corpus], index) => ({
      name: `${method} ${path} ${index}`,
      next: (draws: Draws): Sent => ({ method, path, headers: TYPE, body: mutatedJson(draws, corpus) }),
    })),
    {
      name: 'POST /jobs',
      next: (draws) => ({
        method: 'POST',
        path: '/jobs',
        headers: TYPE,
        body: mutatedJson(draws, ORDERS),
      }),
      undo: cancellation,
    },
    {
      name: 'POST …/threshold',
      share: 0.2,
      next: (draws) => ({
        method: 'POST',
        path: '/models/texts/versions/1/threshold',
        headers: TYPE,
        body: mutatedJson(draws, THRESHOLDS),
      }),
      undo: (answer) => deletionOfVersion('texts', answer),
    },
    {
      name: 'POST /predict/csv',
      next: (draws) => ({
        method: 'POST',
        path: '/predict/csv?model=houses',
        headers: { 'content-type': 'text/csv', accept: draws.of(['text/csv', 'application/json', '*/*']) },
        body: mutated(draws, HOUSES_AS_CSV),
      }),
    },
    {
      name: 'POST /predictions/file',
      share: 0.2,
      next: (draws) => ({
        method: 'POST',
        path: `/predictions/file?model=${draws.of(['houses', 'houses@1', 'texts', 'none@'])}&name=fuzz`,
        headers: { 'content-type': draws.of(['text/csv', 'application/json', 'application/x-ndjson']) },
        body: draws.chance(0.5)
          ? mutated(draws, HOUSES_AS_CSV)
          : mutatedJson(draws, [...HOUSES, [{ sqft: 1, rooms: 2 }]]),
      }),
      undo: cancellation,
    },
    {
      name: 'POST /predict/stream',
      next: (draws) => ({
        method: 'POST',
        path: '/models/texts/predict/stream',
        headers: { 'content-type': 'application/x-ndjson' },
        body: Buffer.concat(
          Array.from({ length: 1 + draws.below(5) }, () => [
            mutatedJson(draws, TEXTS),
            Buffer.from('\n'),
          ]).flat(),
        ),
      }),
    },
    {
      name: 'binary tensors',
      next(draws) {
        const json = mutatedJson(draws, [
          {
            inputs: [{ name: 'text', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: 5 } }],
            outputs: [{ name: 'label', parameters: { binary_data: true } }],
          },
        ])
        const raw = draws.of([
          Buffer.from([1, 0, 0, 0, 97]),
          Buffer.from([255, 255, 255, 255, 97]),
          Buffer.alloc(draws.length() % 100),
        ])
        const length = draws.chance(0.8) ? json.length : draws.of([0, -1, json.length + 1, 2 ** 32])
        return {
          method: 'POST',
          path: '/v2/models/texts/infer',
          headers: {
            'content-type': 'application/octet-stream',
            'inference-header-content-length': `${length}`,
          },
          body: Buffer.concat([json, raw]),
        }
      },
    },
  ]
}

/** Returns what cancels the job that an order has made. */
function cancellation({ status, body }: Answered): Sent | null {
  if (status !== 202) return null
  const [, id = ''] = /"id":"([0-9a-f-]+)"/.exec(body.toString()) ?? []
  return bodiless('DELETE', `/jobs/${id}`)
}
