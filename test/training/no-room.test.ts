import { afterEach, expect, it, vi } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { FitserveError } from '../../src/errors.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { TableDescription } from '../../src/recipe/table.ts'
import { writeLayersModel } from '../../src/training/keras-files/layers-model.ts'
import { train } from '../../src/training/train.ts'

/** Fails as V8 does where the system has no address space for a memory of WebAssembly. */
function takeRoomAway(): void {
  class Memory {
    constructor() {
      throw new RangeError('WebAssembly.Memory(): could not allocate memory')
    }
  }
  vi.stubGlobal('WebAssembly', { Memory })
}
afterEach(() => vi.unstubAllGlobals())

const WORDS = ["don't", 'wonderful', 'a', 'film', 'internationalisation', 'dull', 'number_7', 'The', 'x1']
const textOf = (row: number) =>
  Array.from({ length: 9 }, (_, at) => WORDS[(row * 7 + at * (row % 5)) % WORDS.length]).join(' ')
const ROWS = 60
const labels = Array.from({ length: ROWS }, (_, row) => (row % 3 === 0 ? 'pos' : 'neg'))
const table: Table = {
  rows: ROWS,
  columns: new Map([
    ['text', { type: 'text', values: labels.map((_, row) => textOf(row)) }],
    ['label', { type: 'category', values: labels }],
  ]),
}
const columns: TableDescription['columns'] = [
  { name: 'text', type: 'text', missing: 0, meanLength: 60 },
  { name: 'label', type: 'category', missing: 0, classes: { neg: 40, pos: 20 } },
]

function trained(engine: 'typed' | 'tensorflow') {
  const input = RecipeInput.parse({ engine, epochs: 3, validation: { split: 0.2 }, inputs: ['text'] })
  const { recipe, problems } = completeRecipe(input, { rows: ROWS, columns })
  if (!recipe) throw new Error(JSON.stringify(problems))
  return train({ recipe, table, onProgress: async () => {}, signal: new AbortController().signal })
}

it('a job of the typed engine ends with an error that names cause and remedy, and the other engine does not need the memory', async () => {
  takeRoomAway()
  const failure = await trained('typed').catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(FitserveError)
  expect(failure).toMatchObject({ code: 'out-of-memory' })
  expect(String(failure)).toMatch(/take \d+ MB in WebAssembly.* NODE_OPTIONS=--disable-wasm-trap-handler/)
  expect((await trained('tensorflow')).rows.training).toBe(48)
})

it('predictions are the same, bit for bit', async () => {
  const { encoder, members } = await trained('typed')
  const files = await writeLayersModel(members)
  const texts = [
    '',
    "don't 'a' film",
    'a\\b "dull" \n\tfilm <br />wonderful',
    'film &amp; a&#39;b',
    'Wonderful ü film',
    ...[...'abcdefgh'].map((letter, row) => `${letter} ${textOf(row)} ${textOf(row + 1)}`),
    `${'film '.repeat(3000)}dull`,
    `${'x'.repeat(70_000)} film`,
  ]
  const answers = async () => {
    vi.resetModules()
    const { loadPredictor } = await import('../../src/models/predictor.ts')
    const { readPlainBody } = await import('../../src/api/fast-path/plain-body.ts')
    const { JsonText } = await import('../../src/models/encoders/words/json-text.ts')
    const predictor = loadPredictor({
      encoder: Buffer.from(JSON.stringify(encoder)),
      model: files['model.json'],
      weights: files['weights.bin'],
    })
    return texts.flatMap((text) => {
      const body = Buffer.from(JSON.stringify({ text }))
      const read = readPlainBody(body, 0, body.length)?.row
      return [text, ...(read instanceof JsonText ? [read] : [])].map((each) => predictor.predictText(each))
    })
  }
  const withRoom = await answers()
  takeRoomAway()
  const without = await answers()
  expect(withRoom.length).toBeGreaterThan(texts.length + 5)
  expect(new Set(withRoom.map((answer) => JSON.stringify(answer))).size).toBeGreaterThan(5)
  expect(without).toEqual(withRoom)
})
