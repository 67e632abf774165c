import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bagFitter } from '../../../../src/models/encoders/bag.ts'
import { inputTables, openedTables, rowEncoder } from '../../../../src/models/encoders/row-encoder.ts'
import { SparseRow } from '../../../../src/models/encoders/sparse-row.ts'
import { JsonText } from '../../../../src/models/encoders/words/json-text.ts'
import { atOnce } from '../../../../src/runtime/steps.ts'

afterEach(() => vi.unstubAllGlobals())

type Bag = Parameters<typeof bagFitter>[0]

const word = fc.constantFrom(
  'a',
  'The',
  "don't",
  'é',
  'internationalisation',
  'film',
  'good',
  '한국',
  '😀',
  'ß',
  '.',
  '&eacute;',
)
const text = fc.oneof(
  fc.array(word, { maxLength: 14 }).map((words) => words.join(' ')),
  // Longer than one block of the kernel, and than its room for a text.
  fc.array(word, { minLength: 2, maxLength: 5 }).map((words) => `${words.join(' ')} `.repeat(400)),
  fc.constant('good film '.repeat(1639)),
)
const options: fc.Arbitrary<Bag> = fc.record({
  type: fc.constantFrom('multiHot', 'multiHot', 'count', 'tfIdf'),
  numWords: fc.constantFrom(3, 10, 1000),
  minCount: fc.constantFrom(1, 2),
  ngrams: fc.constantFrom<[number, number]>([1, 1], [1, 3], [2, 2], [2, 4], [3, 6], [1, 5]),
  analyzer: fc.constantFrom('word', 'char', 'charAcross'),
  lowercase: fc.boolean(),
  stripHtml: fc.boolean(),
  unicode: fc.constantFrom('nfc', 'nfkc'),
  naiveBayes: fc.constant(false),
})

function inputsOf(texts: readonly string[], bag: Bag, ratios: boolean) {
  const fitter = bagFitter(bag, false)
  for (const each of texts) fitter.add(each)
  const state = fitter.finish()
  const width = state.vocabulary === '' ? 0 : state.vocabulary.split('\n').length
  const numbers = Float32Array.from({ length: width }, (_, at) => Math.sin(at + 1))
  const weights = numbers.map((each) => Math.cos(3 * each))
  const kept = ratios ? Buffer.from(numbers.buffer).toString('base64') : null
  return { inputs: [{ name: 'text', type: 'text' as const, state: { ...state, ratios: kept } }], weights }
}

/** A text as it stands in JSON, if it may stand there as a `JsonText`. */
function formsOf(each: string): (string | JsonText)[] {
  const json = Buffer.from(JSON.stringify(each))
  const isPlain = /^[ -~é]*$/.test(each) && !each.includes('\\')
  return isPlain ? [each, new JsonText(json, 1, json.length - 1)] : [each]
}

function encoded(encoder: ReturnType<typeof rowEncoder>, cell: string | JsonText): [number, number][] {
  const row = new SparseRow()
  encoder.encode(() => cell, row)
  return Array.from(row.indices.subarray(0, row.length), (position, at) => [position, row.values[at] ?? 0])
}

/** Returns what is told of a text's terms and of their places. */
function located(encoder: ReturnType<typeof rowEncoder>, text: string) {
  const found = encoder.columns[0]?.encoder.locate?.(text)
  const terms = found?.terms.map(({ term, count, known, position, spans }) => [
    term,
    count,
    known,
    position,
    spans,
  ])
  return { ...found, terms }
}

describe('terms that a kernel finds', () => {
  it('are those that are found without one, in the same order and places, and their weights have the same sum', () => {
    let sums = 0
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 5 }),
        fc.array(text, { minLength: 1, maxLength: 4 }),
        options,
        fc.boolean(),
        (learnt, asked, bag, ratios) => {
          const { inputs, weights } = inputsOf(learnt, bag, ratios)
          const tables = atOnce(inputTables(inputs, new Map()))
          const opened = rowEncoder(inputs, atOnce(openedTables(inputs, tables, weights)))
          vi.stubGlobal('WebAssembly', { Memory: WithoutRoom })
          const plain = rowEncoder(inputs, atOnce(inputTables(inputs, new Map())))
          const wanted = asked.map((each) => encoded(plain, each))
          const places = asked.map((each) => located(plain, each))
          vi.unstubAllGlobals()
          for (const [index, each] of asked.entries()) {
            // Before and after the same text has been encoded, and after another one.
            expect(located(opened, each)).toEqual(places[index])
            encoded(opened, each)
            expect(located(opened, each)).toEqual(places[index])
            encoded(opened, asked[0] ?? '')
            expect(located(opened, each)).toEqual(places[index])
            for (const form of formsOf(each)) {
              expect(encoded(opened, form)).toEqual(wanted[index])
              const sum = opened.columns[0]?.encoder.sum?.(form, 0.25)
              if (sum === undefined) continue
              sums += 1
              const terms = wanted[index] ?? []
              expect(sum).toBe(terms.reduce((total, [at, value]) => total + value * (weights[at] ?? 0), 0.25))
            }
          }
        },
      ),
      { numRuns: 250 },
    )
    expect(sums).toBeGreaterThan(20)
  })

  it('have no sum where the values are not 1, where no weights are given, and in a text without a known term', () => {
    const bag = {
      type: 'multiHot',
      numWords: 10,
      minCount: 1,
      ngrams: [1, 2],
      analyzer: 'word',
      lowercase: true,
      stripHtml: true,
      unicode: 'nfc',
      naiveBayes: false,
    } satisfies Bag
    const sumOf = (options: Bag, asked: string | null, isWeighed = true) => {
      const { inputs, weights } = inputsOf(['good film'], options, false)
      const tables = atOnce(inputTables(inputs, new Map()))
      const opened = atOnce(openedTables(inputs, tables, isWeighed ? weights : undefined))
      return rowEncoder(inputs, opened).columns[0]?.encoder.sum?.(asked, 0)
    }
    expect(sumOf(bag, 'good')).toBeTypeOf('number')
    expect(sumOf(bag, 'bad')).toBeUndefined()
    expect(sumOf(bag, null)).toBeUndefined()
    expect(sumOf(bag, 'good', false)).toBeUndefined()
    expect(sumOf({ ...bag, type: 'count' }, 'good')).toBeUndefined()
  })
})

/** Fails as V8 does where the system has no address space for a memory of WebAssembly. */
class WithoutRoom {
  constructor() {
    throw new RangeError('WebAssembly.Memory(): could not allocate memory')
  }
}
