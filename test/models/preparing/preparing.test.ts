import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bagFitter } from '../../../src/models/encoders/bag.ts'
import { sequenceFitter } from '../../../src/models/encoders/sequence.ts'
import type { PredictorFiles } from '../../../src/models/files/prepared.ts'
import { tablesFile } from '../../../src/models/files/tables-file.ts'
import { loadPredictor } from '../../../src/models/predictor.ts'
import { createPreparer } from '../../../src/models/preparing/preparing.ts'
import { largeModel, type ModelFiles } from '../../helpers/large-model.ts'

const filesOf = (model: ModelFiles): PredictorFiles => ({
  encoder: model['encoder.json'],
  model: model['model.json'],
  weights: model['weights.bin'],
})
/** Bytes of their own, since a preparer takes them. */
const copied =
  ({ encoder, model, weights }: PredictorFiles) =>
  async () => ({
    encoder: Buffer.from(encoder),
    model: Buffer.from(model),
    weights: Buffer.from(weights),
  })
/** The same, with how often they were read: what a thread could not read is read again here. */
function counting(files: PredictorFiles) {
  const read = copied(files)
  const counted = {
    reads: 0,
    read: () => {
      counted.reads += 1
      return read()
    },
  }
  return counted
}
/** Whatever its size, a model is read in a thread. */
const threaded = { largeBytes: 0 }

const word = fc.constantFrom('a', 'The', "don't", 'é', '한국', '😀', 'İ', 'x', 'film', 'good', 'bad', 'ß')
const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '))
type BagOptions = typeof options extends fc.Arbitrary<infer T> ? T : never
const options = fc.record({
  type: fc.constantFrom('multiHot', 'count', 'tfIdf'),
  analyzer: fc.constantFrom('word', 'char', 'charAcross'),
  ngrams: fc.constantFrom<[number, number]>([1, 1], [1, 2], [2, 3], [1, 5]),
  lowercase: fc.boolean(),
})

const dense = (name: string, units: number, from: string) => ({
  class_name: 'Dense',
  config: { name, units, activation: 'sigmoid' },
  inbound_nodes: [[[from, 0, 0, {}]]],
})

/** A model of two columns, a bag of terms and a sequence of words, with weights that all differ. */
function modelOf(texts: readonly string[], bag: BagOptions): PredictorFiles {
  const bags = bagFitter({ ...bag, numWords: 1000, minCount: 1, stripHtml: true, naiveBayes: false }, false)
  const ids = sequenceFitter(
    {
      type: 'sequence',
      numWords: 20,
      minCount: 1,
      lowercase: true,
      stripHtml: true,
      maxLength: 5,
      padding: 'pre',
      truncating: 'post',
      embedding: 3,
      pooling: 'average',
    },
    false,
  )
  for (const each of texts) for (const fitter of [bags, ids]) fitter.add(each)
  const inputs = [
    { name: 'bag', type: 'text', state: bags.finish() },
    { name: 'sequence', type: 'text', state: ids.finish() },
  ] as const
  const [terms, words] = inputs.map(({ state }) =>
    state.vocabulary === '' ? 0 : state.vocabulary.split('\n').length,
  )
  const numbers = terms ?? 0
  const rows = (words ?? 0) + 2
  const tensors = [
    { name: 'embedding/embeddings', shape: [rows, 3], dtype: 'float32' },
    { name: 'output/kernel', shape: [numbers + 3, 1], dtype: 'float32' },
    { name: 'output/bias', shape: [1], dtype: 'float32' },
  ]
  const input = (name: string, length: number) => ({
    class_name: 'InputLayer',
    config: { name, batch_input_shape: [null, length] },
    inbound_nodes: [],
  })
  const layers = [
    ...(numbers > 0 ? [input('numbers', numbers)] : []),
    input('ids', 5),
    {
      class_name: 'Embedding',
      config: { name: 'embedding', input_dim: rows, output_dim: 3 },
      inbound_nodes: [[['ids', 0, 0, {}]]],
    },
    {
      class_name: 'GlobalAveragePooling1D',
      config: { name: 'pool' },
      inbound_nodes: [[['embedding', 0, 0, {}]]],
    },
    {
      class_name: 'Concatenate',
      config: { name: 'all' },
      inbound_nodes: [[...(numbers > 0 ? [['numbers', 0, 0, {}]] : []), ['pool', 0, 0, {}]]],
    },
    dense('output', 1, 'all'),
  ]
  const config = { layers, output_layers: [['output', 0, 0]] }
  const weights = Float32Array.from({ length: rows * 3 + numbers + 3 + 1 }, (_, at) => Math.sin(at + 1))
  const target = { task: 'binary', classes: ['no', 'yes'], threshold: 0.5 }
  const manifest = [{ weights: tensors }]
  return {
    encoder: Buffer.from(JSON.stringify({ format: 1, inputs, target })),
    model: Buffer.from(
      JSON.stringify({ modelTopology: { class_name: 'Model', config }, weightsManifest: manifest }),
    ),
    weights: Buffer.from(weights.buffer),
  }
}

describe('a model whose tables are kept in a file', () => {
  it('answers as one that was read from its terms, to the last bit', async () => {
    const preparer = createPreparer()
    const texts = fc.array(text, { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(texts, texts, options, async (learnt, asked, bag) => {
        const { encoder, ...members } = modelOf(learnt, bag)
        const tables = tablesFile(encoder, 0)
        if (!tables) throw new Error('no tables')
        const here = loadPredictor({ encoder, ...members })
        const there = await preparer.prepare(async () => ({ ...members, tables }))
        expect(there.memoryBytes).toBe(here.memoryBytes)
        expect(there.inputs).toEqual(here.inputs)
        for (const [at, each] of [...learnt, ...asked, null].entries()) {
          const row = { bag: each, sequence: asked[at % asked.length] ?? null }
          expect(there.predict(row)).toEqual(here.predict(row))
        }
      }),
      { numRuns: 50 },
    )
    await preparer.close()
  })
})

describe('a model that a thread has read', () => {
  it('answers as one that was read here, to the last bit', async () => {
    const preparer = createPreparer(threaded)
    const scores = new Set<number>()
    const texts = fc.array(text, { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(texts, texts, options, async (learnt, asked, bag) => {
        const files = modelOf(learnt, bag)
        const here = loadPredictor(files)
        const counted = counting(files)
        const there = await preparer.prepare(counted.read)
        expect(counted.reads, 'the thread has read it').toBe(1)
        expect(there.memoryBytes).toBe(here.memoryBytes)
        expect(there.inputs).toEqual(here.inputs)
        for (const [at, each] of [...learnt, ...asked, null].entries()) {
          const row = { bag: each, sequence: asked[at % asked.length] ?? null }
          const answer = here.predict(row)
          expect(there.predict(row)).toEqual(answer)
          if (!('score' in answer)) continue
          scores.add(answer.score)
          expect(answer.confidence).toBe(answer.probabilities[answer.label])
        }
      }),
      { numRuns: 12 },
    )
    expect(scores.size).toBeGreaterThan(20)
    await preparer.close()
  })

  it('may have long texts, and the weights of an odd place in memory', async () => {
    const files = filesOf(largeModel(20_000, 0.25))
    const preparer = createPreparer(threaded)
    const here = loadPredictor(files)
    const there = await preparer.prepare(copied(files))
    for (const each of ['word1 word2', 'nothing', `word${(1999).toString(36)} word0`])
      expect(there.predictText(each)).toEqual(here.predictText(each))
    const odd = async () => {
      const bytes = Buffer.alloc(files.weights.byteLength + 3)
      bytes.set(files.weights, 3)
      return { ...(await copied(files)()), weights: bytes.subarray(3) }
    }
    expect((await preparer.prepare(odd)).predictText('word1')).toEqual(here.predictText('word1'))
    await preparer.close()
  })

  it.each([
    ['encoder.json', (files: PredictorFiles) => ({ ...files, encoder: files.encoder.subarray(0, -1) })],
    [
      'a long text',
      (files: PredictorFiles) => ({ ...files, encoder: flipped(files.encoder, '"ratios":"', 3) }),
    ],
    ['model.json', (files: PredictorFiles) => ({ ...files, model: Buffer.from('{}') })],
    ['weights.bin', (files: PredictorFiles) => ({ ...files, weights: files.weights.subarray(4) })],
    ['their fit', (files: PredictorFiles) => ({ ...files, ...shorter() })],
  ])('is refused as here where %s is damaged', async (_, damage) => {
    const files = damage(filesOf(largeModel(20_000)))
    const preparer = createPreparer(threaded)
    const counted = counting(files)
    const there = await preparer.prepare(counted.read).catch((error: unknown) => error)
    expect(counted.reads, 'what the thread says is believed').toBe(1)
    let here: unknown
    try {
      loadPredictor(files)
    } catch (error) {
      here = error
    }
    expect(here).toMatchObject({ code: 'corrupt-artifact' })
    expect(told(there)).toEqual(told(here))
    await preparer.close()
  })
})

/** Returns what a log contains of an error. */
function told(error: unknown) {
  const { code, message, cause } = error as Error & { code: string }
  return { code, message, cause: cause instanceof Error ? cause.message : null }
}

function flipped(bytes: Uint8Array, before: string, behind: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.write('!', copy.indexOf(before) + before.length + behind)
  return copy
}

/** A network of fewer inputs than the encoder has. */
function shorter() {
  const { model, weights } = filesOf(largeModel(10_000))
  return { model, weights }
}

describe('a preparer', () => {
  const files = filesOf(largeModel(20_000, 0.25))
  const program = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`)

  it.each([
    ['ends', 'process.exit(1)'],
    ['throws', 'throw new Error("no")'],
    [
      'says that it failed',
      `(await import('node:worker_threads')).parentPort.postMessage({ kind: 'failed', code: null, message: 'no', cause: null })`,
    ],
  ])('reads by itself where its thread %s', async (_, code) => {
    const counted = counting(files)
    const preparer = createPreparer({ ...threaded, program: program(code) })
    const predictor = await preparer.prepare(counted.read)
    expect(predictor.predictText('word1')).toEqual(loadPredictor(files).predictText('word1'))
    expect(counted.reads).toBe(2)
    await preparer.close()
  })

  it('gives up when it is closed, also what waits', async () => {
    const preparer = createPreparer({ ...threaded, program: program('setInterval(() => {}, 1000)') })
    const asked = [1, 2].map(() => preparer.prepare(copied(files)).catch((error: unknown) => error))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await preparer.close()
    for (const each of asked) expect(await each).toMatchObject({ code: 'not-ready' })
    expect(await preparer.prepare(copied(files)).catch((error: unknown) => error)).toMatchObject({
      code: 'not-ready',
    })
  })

  it('takes the bytes that are alone in their memory, and copies others', async () => {
    const alone = (bytes: Uint8Array) => new Uint8Array(bytes)
    const owned = { ...files, encoder: alone(files.encoder), weights: alone(files.weights) }
    const encoderBytes = files.encoder.byteLength
    const shared = new Uint8Array(encoderBytes + files.weights.byteLength + 1)
    shared.set(files.encoder)
    shared.set(files.weights, encoderBytes)
    shared.fill(7, -1)
    const besideOthers = {
      ...files,
      encoder: shared.subarray(0, encoderBytes),
      weights: shared.subarray(encoderBytes, -1),
    }
    const wanted = loadPredictor(files).predictText('word1')
    const preparer = createPreparer(threaded)
    for (const given of [owned, besideOthers]) {
      let reads = 0
      const predictor = await preparer.prepare(async () => {
        reads += 1
        return given
      })
      expect([reads, predictor.predictText('word1')]).toEqual([1, wanted])
    }
    expect([owned.encoder.byteLength, owned.weights.byteLength]).toEqual([0, 0])
    expect(shared.at(-1)).toBe(7)
    await preparer.close()
  })

  it('starts a thread from a number of bytes on', async () => {
    const { byteLength } = files.encoder
    for (const [largeBytes, reads] of [
      [byteLength + 1, 1],
      [byteLength, 2],
      [byteLength - 1, 2],
    ] as const) {
      const counted = counting(files)
      const preparer = createPreparer({ largeBytes, program: program('process.exit(1)') })
      await preparer.prepare(counted.read)
      expect(counted.reads, `from ${largeBytes} on`).toBe(reads)
      await preparer.close()
    }
  })

  it('starts no thread for a small model', async () => {
    const preparer = createPreparer({ program: program('process.exit(1)') })
    const counted = counting(files)
    await preparer.prepare(counted.read)
    expect(counted.reads).toBe(1)
  })
})
