import { describe, expect, it } from 'vitest'
import { type InputStates, rowEncoder, weighByLabels } from '../../../src/models/encoders/row-encoder.ts'
import { SparseRow, SparseRowsBuilder } from '../../../src/models/encoders/sparse-row.ts'
import type { Cell } from '../../../src/recipe/table.ts'

describe('all columns of a row', () => {
  const numberOf = (name: string, more: object = {}): InputStates[number] => ({
    name,
    type: 'number',
    state: { kind: 'number', shift: 0, scale: 1, fill: 0, indicator: false, refuseGaps: false, ...more },
  })
  const words = (name: string): InputStates[number] => ({
    name,
    type: 'text',
    state: {
      kind: 'sequence',
      lowercase: true,
      stripHtml: false,
      maxLength: 2,
      padding: 'post',
      truncating: 'post',
      embedding: 3,
      pooling: 'max',
      refuseGaps: false,
      vocabulary: 'good',
    },
  })
  const bag = (name: string): InputStates[number] => ({
    name,
    type: 'text',
    state: {
      kind: 'text',
      type: 'count',
      analyzer: 'word',
      ngrams: [1, 1],
      lowercase: true,
      stripHtml: false,
      refuseGaps: false,
      vocabulary: 'good\nbad',
      idf: null,
      ratios: null,
    },
  })
  const encode = (states: InputStates, cells: Record<string, Cell>) => {
    const encoder = rowEncoder(states)
    const row = new SparseRow()
    row.add(99, 99)
    encoder.encode((name) => cells[name] ?? null, row)
    return Array.from({ length: row.length }, (_, at) => [row.indices[at], row.values[at]])
  }

  it('stand side by side: numbers as the recipe has them, and words behind all of them', () => {
    const states = [numberOf('a'), words('t'), numberOf('b', { indicator: true }), words('u')]
    const encoder = rowEncoder(states)
    expect(encoder.columns.map(({ base }) => base)).toEqual([0, 3, 1, 5])
    expect(encoder.inputs).toMatchObject({ numbers: 3, sequences: [{ base: 3 }, { base: 5 }], curves: [] })
    expect(encoder.width).toBe(7)
    expect(encode(states, { a: 5, t: 'good x', b: null, u: 'good' })).toEqual([
      [0, 5],
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 1],
      [5, 2],
    ])
  })

  it('have one input at least', () => {
    const none = { kind: 'piecewiseLinear' as const, edges: [], fill: 0, indicator: false, refuseGaps: false }
    expect(rowEncoder([{ name: 'a', type: 'number', state: none }]).inputs.numbers).toBe(1)
    expect(rowEncoder([words('t')]).inputs.numbers).toBe(0)
  })

  it('have their bins behind the inputs of networks, where trees stand beside these', () => {
    const shared = { bins: { kind: 'number' as const, edges: [1] }, isShared: true as const }
    const states = [
      { ...numberOf('a'), ...shared },
      { ...numberOf('b'), ...shared },
    ]
    const encoder = rowEncoder(states)
    expect(encoder.inputs).toMatchObject({ numbers: 4, firstFeature: 2 })
    expect(encoder.inputs.features).toHaveLength(2)
    expect(encoder.columns.map(({ base, bins }) => [base, bins?.base])).toEqual([
      [0, 2],
      [1, 3],
    ])
    expect(encode(states, { a: 5, b: 0.5 })).toEqual([
      [0, 5],
      [1, 0.5],
      [2, 2],
      [3, 1],
    ])
    const alone = rowEncoder([{ ...numberOf('a'), bins: shared.bins }])
    expect(alone.inputs.firstFeature).toBeUndefined()
    expect(alone.inputs.features).toEqual([{ bins: 3, categorical: false }])
  })

  it('may learn from labels, which scale the values of bags in place', () => {
    const states = [numberOf('a'), bag('t')]
    const encoder = rowEncoder(states)
    const builder = new SparseRowsBuilder(encoder.width, 2)
    const row = new SparseRow()
    for (const [a, t] of [
      [7, 'good good'],
      [8, 'bad'],
    ] as const) {
      encoder.encode((name) => (name === 'a' ? a : t), row)
      builder.add(row)
    }
    const rows = builder.build()
    const before = [...rows.values]
    const [plain, weighed] = weighByLabels(states, rows, [0, 1], 2)
    expect(plain).toBe(states[0])
    expect(weighed?.state).toMatchObject({ kind: 'text', ratios: expect.any(String) })
    expect([rows.values[0], rows.values[2]]).toEqual([7, 8])
    expect(rows.values[1]).not.toBe(before[1])
    expect(rows.values[3]).not.toBe(before[3])
    // The encoder then gives what the rows have become.
    const again = new SparseRow()
    rowEncoder([plain, weighed].flatMap((state) => state ?? [])).encode(
      (name) => (name === 'a' ? 7 : 'good good'),
      again,
    )
    expect([...again.values.subarray(0, 2)]).toEqual([...rows.values.subarray(0, 2)])
  })
})

describe('collected rows', () => {
  it('lie one behind the other, however many and long they are', () => {
    for (const expected of [0, 3000]) {
      const builder = new SparseRowsBuilder(100_000, expected)
      const row = new SparseRow()
      const rows = 3000
      for (let at = 0; at < rows; at++) {
        row.clear()
        for (let index = 0; index <= at % 60; index++) row.add(index, at)
        builder.add(row)
      }
      const built = builder.build()
      expect([built.rows, built.width, built.offsets.length]).toEqual([rows, 100_000, rows + 1])
      const lengths = Array.from({ length: rows }, (_, at) => (at % 60) + 1)
      const total = lengths.reduce((sum, length) => sum + length, 0)
      expect([built.offsets[rows], built.indices.length, built.values.length]).toEqual([total, total, total])
      let start = 0
      for (const [at, length] of lengths.entries()) {
        if (built.offsets[at] !== start) throw new Error(`row ${at} begins at ${built.offsets[at]}`)
        if (built.values[start] !== at || built.indices[start + length - 1] !== length - 1)
          throw new Error(`row ${at} has other values`)
        start += length
      }
    }
  })

  it('may be longer than a row has room for at first', () => {
    const row = new SparseRow()
    for (let index = 0; index < 1000; index++) row.add(index, index / 2)
    expect([row.length, row.indices[999], row.values[999], row.indices[255], row.indices[256]]).toEqual([
      1000, 999, 499.5, 255, 256,
    ])
  })
})
