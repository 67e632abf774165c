import { describe, expect, it } from 'vitest'
import { packed } from '../../../src/models/encoders/packed.ts'
import { buffersOf } from '../../../src/models/files/buffers.ts'
import { openedSteps, preparedSteps, type TabledFiles } from '../../../src/models/files/prepared.ts'
import { filesOfEncoder, tablesFile } from '../../../src/models/files/tables-file.ts'
import { loadPredictor } from '../../../src/models/predictor.ts'
import { isKernelMemory } from '../../../src/runtime/kernel-memory.ts'
import { atOnce } from '../../../src/runtime/steps.ts'
import { largeModel } from '../../helpers/large-model.ts'
import { vectorsOf } from '../../helpers/word-vectors.ts'

const { 'encoder.json': encoder, 'model.json': model, 'weights.bin': weights } = largeModel(5_000, 0.25)

/** The model's files with its tables. @param state what differs in the encoder of its texts */
function tabled(state: object = {}): TabledFiles {
  const { inputs, ...rest } = JSON.parse(String(encoder))
  const other = { ...rest, inputs: [{ ...inputs[0], state: { ...inputs[0].state, ...state } }] }
  const tables = tablesFile(Buffer.from(JSON.stringify(other)), 0)
  if (!tables) throw new Error('no tables')
  return { model, weights, tables }
}

describe('the file of tables', () => {
  it('stands for the encoder, to the last bit', () => {
    const predictor = loadPredictor(tabled())
    const other = loadPredictor({ encoder, model, weights })
    const texts = ['word1 word2 nothing', '', `word${(499).toString(36)} word0`, 'é word7']
    expect(texts.map((text) => predictor.predictText(text))).toEqual(
      texts.map((text) => other.predictText(text)),
    )
    expect(predictor.memoryBytes).toBe(other.memoryBytes)
    expect(predictor.predictText('word1 word2')).not.toEqual(predictor.predictText('nothing'))
  })

  it('is made of the same encoder with the same bytes', () => {
    expect(Buffer.from(tabled().tables).equals(tabled().tables)).toBe(true)
  })

  it('may stand anywhere in memory', () => {
    const { tables, ...members } = tabled()
    const shifted = Buffer.alloc(tables.byteLength + 3)
    shifted.set(tables, 3)
    const predictor = loadPredictor({ ...members, tables: shifted.subarray(3) })
    expect(predictor.predictText('word1 word2')).toEqual(loadPredictor(tabled()).predictText('word1 word2'))
  })

  it('is not kept in memory by what is left of it once a kernel has the tables', () => {
    const files = tabled()
    const { tables } = atOnce(openedSteps(atOnce(preparedSteps(files))))
    const own = buffersOf(tables).filter((buffer) => !isKernelMemory(buffer))
    const [first] = tables
    expect(own).toEqual([first?.kind === 'text' ? first.ratios?.buffer : null])
    expect(own[0]?.byteLength).toBe(5_000 * 4)
    expect(files.tables.byteLength).toBe(0)
  })

  it('is not kept in memory by the vectors of words either', () => {
    const words = Array.from({ length: 500 }, (_, at) => `word${at.toString(36)}`)
    const set = vectorsOf('some-2', { words, scales: words.map(() => 0.5), values: words.map(() => [1, -1]) })
    const numbers = packed(Float32Array.of(0.25, 2))
    const files = tabled({ vectors: { ...set, centre: numbers, factors: numbers } })
    const prepared = atOnce(preparedSteps(files))
    const vectorsOfFirst = ({ tables: [first] }: typeof prepared) => first?.kind === 'text' && first.vectors
    const before = structuredClone(vectorsOfFirst(prepared))
    const opened = atOnce(openedSteps(prepared))
    expect(vectorsOfFirst(opened)).toEqual(before)
    expect(files.tables.byteLength).toBe(0)
  })

  it('is made of large vocabularies only, and named after their encoder', () => {
    expect([...filesOfEncoder(encoder).keys()]).toEqual(['encoder.json'])
    const large = largeModel(100_000)['encoder.json']
    const files = filesOfEncoder(large)
    expect(files.get('encoder.json')).toBe(large)
    const others = [...files.keys()].filter((name) => name !== 'encoder.json')
    expect(others).toEqual([expect.stringMatching(/^tables-[0-9a-f]{64}\.bin$/)])
    const numbers = { kind: 'number', shift: 0, scale: 1, fill: 0, indicator: false, refuseGaps: false }
    const inputs = [{ name: 'x', type: 'number', state: numbers }]
    const target = { task: 'regression', log: false, shift: 0, scale: 1 }
    expect(tablesFile(Buffer.from(JSON.stringify({ format: 1, inputs, target })), 0)).toBeNull()
  })

  it.each<[string, (tables: Buffer) => Buffer]>([
    ['an end too early', (tables) => tables.subarray(0, -64)],
    ['a head too early', (tables) => tables.subarray(0, 2)],
    [
      'another format',
      (tables) =>
        Buffer.from(String(tables.toString('latin1')).replace('"format":1', '"format":2'), 'latin1'),
    ],
    [
      'a column without tables',
      (tables) =>
        Buffer.from(
          tables.toString('latin1').replace('"kind":"text","terms"', '"kind":"tent","terms"'),
          'latin1',
        ),
    ],
  ])('is refused with %s', (_, damage) => {
    const { tables, ...members } = tabled()
    const bytes = Buffer.from(tables)
    expect(damage(bytes).equals(bytes)).toBe(false)
    expect(() => loadPredictor({ ...members, tables: damage(bytes) })).toThrow(
      expect.objectContaining({ code: 'corrupt-artifact' }),
    )
  })
})
