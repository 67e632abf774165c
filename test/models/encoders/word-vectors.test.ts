import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bag, bagFitter } from '../../../src/models/encoders/bag.ts'
import { NO_LONG_TEXTS } from '../../../src/models/encoders/long-texts.ts'
import { packed } from '../../../src/models/encoders/packed.ts'
import { type InputStates, inputTables, rowEncoder } from '../../../src/models/encoders/row-encoder.ts'
import { SparseRow, SparseRowsBuilder } from '../../../src/models/encoders/sparse-row.ts'
import type { WordVectors } from '../../../src/models/encoders/word-vectors.ts'
import { encoderFileSteps } from '../../../src/models/files/files.ts'
import { tablesFile, tablesFileSteps } from '../../../src/models/files/tables-file.ts'
import { predictorOf } from '../../../src/models/predictor.ts'
import type { BagEncoder } from '../../../src/recipe/index.ts'
import { atOnce } from '../../../src/runtime/steps.ts'
import { vectorsOf } from '../../helpers/word-vectors.ts'

// Made by word_vectors.py with numpy.
const fixture = z
  .object({
    words: z.array(z.string()),
    scales: z.array(z.number()),
    values: z.array(z.array(z.number())),
    training: z.array(z.string()),
    asked: z.array(
      z.object({
        text: z.string(),
        inputs: z.array(z.number()),
        byWord: z.record(z.string(), z.array(z.number())),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../fixtures/word_vectors.json', import.meta.url), 'utf8')))

const SET = vectorsOf('small-6', fixture)
const DIMENSIONS = SET.dimensions
const OPTIONS: BagEncoder = {
  type: 'multiHot',
  numWords: 1000,
  minCount: 1,
  ngrams: [1, 2],
  analyzer: 'word',
  lowercase: true,
  stripHtml: true,
  unicode: 'nfkc',
  naiveBayes: false,
}

function learn(
  options: Partial<BagEncoder> = {},
  set: WordVectors | null = SET,
  texts: readonly string[] = fixture.training,
): InputStates {
  const fitter = bagFitter({ ...OPTIONS, ...options }, false, set)
  for (const text of texts) fitter.add(text)
  return [{ name: 'text', type: 'text', state: fitter.finish() }]
}

function encoded(states: InputStates, text: string | null, tables?: Parameters<typeof rowEncoder>[1]) {
  const row = new SparseRow()
  rowEncoder(states, tables).encode(() => text, row)
  return [...row.indices.subarray(0, row.length)].map((index, at) => [index, row.values[at] ?? 0] as const)
}

describe('word vectors beside terms', () => {
  it("are the means of a text's words, as numpy has them, behind the inputs of the terms", () => {
    const plain = learn({}, null)
    const states = learn()
    const width = rowEncoder(plain).width
    expect(rowEncoder(states).width).toBe(width + DIMENSIONS)
    for (const { text, inputs } of fixture.asked) {
      const row = encoded(states, text)
      expect(row.slice(0, row.length - inputs.length)).toEqual(encoded(plain, text))
      const dense = row.slice(row.length - inputs.length)
      expect(dense.map(([index]) => index)).toEqual(inputs.map((_, at) => width + at))
      for (const [at, [, value]] of dense.entries()) expect(value).toBeCloseTo(inputs[at] ?? Number.NaN, 5)
    }
    expect(encoded(states, null)).toEqual([])
  })

  it('are nothing where the training texts do not differ, however their means are rounded', () => {
    const words = ['one', 'two', 'three']
    const scales = [0.1, 0.07, 0.013]
    const values = words.map((_, word) =>
      Array.from({ length: 50 }, (_, at) => ((at * 37 + word * 53) % 255) - 127),
    )
    const set = vectorsOf('other-50', { words, scales, values })
    const text = 'one two two two one two two'
    for (const texts of [[text], [text, text, `${text} ${text} ${text}`]]) {
      const states = learn({}, set, texts)
      const width = rowEncoder(learn({}, null, texts)).width
      const inputs = encoded(states, 'three three').filter(([index]) => index >= width)
      expect(Math.max(...inputs.map(([, value]) => Math.abs(value)))).toBe(0)
    }
  })

  it('are the same for words that no training text has, by any other encoder of terms', () => {
    const inputsOf = (changes: Partial<BagEncoder>) =>
      fixture.asked.map(({ text, inputs }) => {
        const row = encoded(learn(changes), text)
        return row.slice(row.length - inputs.length).map(([, value]) => value)
      })
    const byWord = inputsOf({})
    expect(inputsOf({ analyzer: 'char', ngrams: [2, 3] })).toEqual(byWord)
    expect(inputsOf({ type: 'tfIdf', minCount: 2 })).toEqual(byWord)
  })

  it('are read again from their files, in steps, and on the tables of another thread', () => {
    const words = Array.from({ length: 20_000 }, (_, at) => `word${at.toString(36)}`)
    const values = words.map((_, at) => [at % 127, (at * 7) % 100, -(at % 50)])
    const set = vectorsOf('large-3', { words, scales: words.map((_, at) => 0.001 + at / 1e6), values })
    const states = learn({}, set, words.slice(0, 300))
    const target = { task: 'binary', classes: ['a', 'b'], threshold: 0.5 } as const
    const bytes = Buffer.from(JSON.stringify({ format: 1, inputs: states, target }))
    const { file, texts } = atOnce(encoderFileSteps(bytes))
    expect(texts.size).toBeGreaterThanOrEqual(3)
    const tables = atOnce(inputTables(file.inputs, texts))
    const kept = tablesFile(bytes, 0)
    if (!kept) throw new Error('no tables were kept')
    const fromFile = atOnce(tablesFileSteps(kept))
    for (const text of ['word1 wordzz unknown', words.slice(5_000, 5_400).join(' ')]) {
      expect(encoded(file.inputs, text, structuredClone(tables))).toEqual(encoded(states, text))
      expect(encoded(fromFile.file.inputs, text, fromFile.tables)).toEqual(encoded(states, text))
    }
  })

  it('are refused where they are damaged', () => {
    for (const damage of [
      { values: 'AAAA' },
      { words: 'one\ntwo' },
      { scales: SET.values },
      { centre: '' },
      { factors: packed(new Float32Array(DIMENSIONS).fill(3e38)) },
    ]) {
      const [column] = structuredClone(learn())
      if (column?.state.kind !== 'text' || !column.state.vectors) throw new Error('no vectors')
      const state = { ...column.state, vectors: { ...column.state.vectors, ...damage } }
      expect(() => rowEncoder([{ ...column, state }])).toThrow(RangeError)
    }
  })

  it('are left alone by naive-Bayes ratios', () => {
    const [column] = learn()
    if (column?.state.kind !== 'text') throw new Error('no bag')
    const encoder = rowEncoder([column])
    const builder = new SparseRowsBuilder(encoder.width)
    const row = new SparseRow()
    for (const text of fixture.training) {
      encoder.encode(() => text, row)
      builder.add(row)
    }
    const rows = builder.build()
    const before = rows.values.slice()
    const terms = encoder.width - DIMENSIONS
    const labels = fixture.training.map((_, at) => at % 2)
    const weighed = bag.weighByLabels?.(column.state, {
      rows,
      labels,
      classes: 2,
      base: 0,
      width: encoder.width,
    })
    const changed = [...rows.indices].filter((_, at) => rows.values[at] !== before[at])
    expect(changed.length).toBeGreaterThan(10)
    expect(Math.max(...changed)).toBeLessThan(terms)
    // A version encodes as its training rows were.
    const states: InputStates = weighed ? [{ ...column, state: weighed }] : []
    const first = encoded(states, fixture.training[0] ?? '').map(([, value]) => value)
    expect(first).toEqual([...rows.values.subarray(0, rows.offsets[1])])
  })
})

describe('the explanation of a model with word vectors', () => {
  const states = learn()
  const { width } = rowEncoder(states)
  const kernel = Float32Array.from({ length: width }, (_, at) => Math.sin(at + 1))
  const model = predictorOf({
    file: { format: 1, inputs: states, target: { task: 'binary', classes: ['no', 'yes'], threshold: 0.5 } },
    tables: atOnce(inputTables(states, NO_LONG_TEXTS)),
    members: [
      {
        fronts: [],
        layers: [{ inputs: width, units: 1, activation: 'sigmoid', kernel, bias: Float32Array.of(0.25) }],
      },
    ],
  })
  const explain = (text: string) => atOnce(model.explain({ text }, {}))

  it("gives a word the product of its term and its vector's share, which add up to the logit", () => {
    const [column] = states
    const vocabulary = column?.state.kind === 'text' ? column.state.vocabulary.split('\n') : []
    for (const { text, byWord } of fixture.asked.filter(({ inputs }) => inputs.length > 0)) {
      const { base, explanation, explained, score } = explain(text) as ReturnType<typeof explain> & {
        score: number
      }
      const sum = explanation.reduce((all, { contribution }) => all + contribution, base + explained.rest)
      expect(sum).toBeCloseTo(explained.output, 6)
      expect(1 / (1 + Math.exp(-sum))).toBeCloseTo(score, 6)
      for (const [word, shares] of Object.entries(byWord)) {
        const place = vocabulary.indexOf(word)
        const own = place < 0 ? 0 : (kernel[place] ?? 0)
        const vector = shares.reduce(
          (all, share, at) => all + share * (kernel[width - DIMENSIONS + at] ?? 0),
          0,
        )
        const told = explanation.filter(({ term }) => term === word)
        expect(told).toHaveLength(1)
        expect(told[0]?.contribution).toBeCloseTo(own + vector, 5)
      }
    }
  })

  it('names words that no training text had, with their places, and counts them as known', () => {
    const { explanation, notes } = explain('A luminous, LUMINOUS zzz')
    expect(explanation.find(({ term }) => term === 'luminous')).toMatchObject({
      spans: [
        [2, 10],
        [12, 20],
      ],
    })
    expect(notes).toMatchObject([{ code: 'unknown-words', share: 0.25 }])
  })

  it('adds up by runs of characters too', () => {
    const inputs = learn({ analyzer: 'char', ngrams: [2, 4] })
    const wide = rowEncoder(inputs).width
    const weights = Float32Array.from({ length: wide }, (_, at) => Math.cos(at))
    const member = {
      fronts: [],
      layers: [
        { inputs: wide, units: 1, activation: 'sigmoid' as const, kernel: weights, bias: Float32Array.of(0) },
      ],
    }
    const file = {
      format: 1 as const,
      inputs,
      target: { task: 'binary' as const, classes: ['a', 'b'], threshold: 0.5 },
    }
    const runs = predictorOf({ file, tables: atOnce(inputTables(inputs, NO_LONG_TEXTS)), members: [member] })
    for (const { text } of fixture.asked.slice(0, 5)) {
      const { base, explanation, explained } = atOnce(runs.explain({ text }, {}))
      const sum = explanation.reduce((all, { contribution }) => all + contribution, base + explained.rest)
      expect(sum).toBeCloseTo(explained.output, 6)
    }
  })
})
