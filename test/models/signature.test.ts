import { describe, expect, it } from 'vitest'
import { rowEncoder } from '../../src/models/encoders/row-encoder.ts'
import { type EncoderFile, readEncoderFile } from '../../src/models/files/files.ts'
import { signatureOf } from '../../src/models/signature.ts'

const gaps = { indicator: false, refuseGaps: true }
const number = { kind: 'number', shift: 0, scale: 1, fill: 0, ...gaps }
const category = { kind: 'category', valueType: 'string', values: ['a', 'b'], indicator: false }

function fileOf(inputs: unknown[], target: unknown): EncoderFile {
  return readEncoderFile(Buffer.from(JSON.stringify({ format: 1, inputs, target })))
}

describe('a signature', () => {
  const file = fileOf(
    [
      { name: 'rooms', type: 'number', state: { ...number, range: { min: 2, max: 9 } } },
      { name: 'old', type: 'number', state: { ...number, fill: 3, refuseGaps: false } },
      {
        name: 'age',
        type: 'number',
        state: { ...gaps, kind: 'quantile', quantiles: [1, 5, 9], fill: 0, range: { min: 1, max: 9 } },
      },
      {
        name: 'income',
        type: 'number',
        state: {
          ...gaps,
          kind: 'piecewiseLinear',
          edges: [1, 5, 9],
          beyond: { shift: 5, scale: 3 },
          fill: 5,
          range: { min: 1, max: 9 },
        },
      },
      { name: 'zip', type: 'category', state: { ...category, refuseGaps: true, refuseUnseen: true } },
      {
        name: 'sea',
        type: 'boolean',
        state: {
          ...category,
          valueType: 'boolean',
          values: ['false', 'true'],
          refuseGaps: false,
          refuseUnseen: true,
        },
      },
      {
        name: 'many',
        type: 'category',
        state: {
          ...category,
          values: Array.from({ length: 300 }, (_, index) => `v${index}`),
          refuseGaps: false,
          refuseUnseen: false,
        },
      },
    ],
    { task: 'binary', classes: ['no', 'yes'], threshold: 0.4 },
  )
  const signature = signatureOf(file)

  it('names what each column takes', () => {
    expect(signature.inputs).toMatchObject([
      { name: 'rooms', type: 'number', nullable: false, range: { min: 2, max: 9 } },
      { name: 'old', type: 'number', nullable: true, range: null },
      { name: 'age', type: 'number', range: { min: 1, max: 9 } },
      { name: 'income', type: 'number', range: { min: 1, max: 9 } },
      { name: 'zip', type: 'category', categories: ['a', 'b'], categoryCount: 2, unseen: 'refuse' },
      { name: 'sea', type: 'boolean', categories: [false, true], categoryCount: 2 },
      { name: 'many', type: 'category', categoryCount: 300, unseen: 'other' },
    ])
    expect(signature.inputs[6]?.categories).toHaveLength(100)
  })

  it('names ends, classes, and what a missing value counts as, as the contract spells them', () => {
    const recipe = { target: 'bought', missing: 'mean' as const, columns: { old: { missing: { value: 3 } } } }
    const { inputs, target } = signatureOf(file, recipe)
    expect(inputs[0]).toMatchObject({ minimum: 2, maximum: 9, missing: 'refuse' })
    expect(inputs[1]).toMatchObject({ name: 'old', missing: 'value' })
    expect(inputs[1]).not.toHaveProperty('minimum')
    expect(inputs[5]).toMatchObject({ classes: [false, true], missing: 'empty' })
    expect(target).toEqual({ name: 'bought', type: 'category', classes: ['no', 'yes'] })
    expect(signature.target.name).toBeNull()
    expect(signature.inputs[1]?.missing).toBe('median')
  })

  it('describes a target of numbers by its ends, and several by those of each', () => {
    const range = { min: 1, max: 9 }
    const one = { task: 'regression', log: false, shift: 0, scale: 1, range }
    const recipe = { missing: 'median' as const, columns: {} }
    expect(signatureOf(fileOf([], one), { ...recipe, target: 'price' }).target).toEqual({
      name: 'price',
      type: 'number',
      minimum: 1,
      maximum: 9,
    })
    const targets = ['a', 'b'].map((name) => ({ name, state: one }))
    const several = signatureOf(fileOf([], { task: 'severalNumbers', targets }), {
      ...recipe,
      target: ['a', 'b'],
    })
    expect(several.target).toMatchObject({
      name: null,
      type: 'number',
      targets: [{ name: 'a', minimum: 1 }, { name: 'b' }],
    })
  })

  it('has an example that no column refuses, within what was learnt', () => {
    expect(signature.example).toEqual({
      rooms: 2,
      old: 3,
      age: 1,
      income: 5,
      zip: 'a',
      sea: false,
      many: 'v0',
    })
    for (const { name, encoder } of rowEncoder(file.inputs).columns)
      expect(encoder.fault(signature.example[name] ?? null)).toBeUndefined()
  })

  it('has a gap as the example of a category without a known value', () => {
    const state = { ...category, values: [], refuseGaps: false, refuseUnseen: true }
    const { example } = signatureOf(fileOf([{ name: 'c', type: 'category', state }], file.target))
    expect(example).toEqual({ c: null })
  })

  it.each([
    [
      file.target,
      { type: 'label', classes: ['no', 'yes'], positive: 'yes', threshold: 0.4, calibration: null },
    ],
    [
      { ...file.target, calibration: { method: 'temperature', temperature: 2 } },
      { type: 'label', classes: ['no', 'yes'], positive: 'yes', threshold: 0.4, calibration: 'temperature' },
    ],
    [
      { task: 'multiclass', classes: ['a', 'b', 'c'] },
      { type: 'label', classes: ['a', 'b', 'c'], positive: null, threshold: null, calibration: null },
    ],
    [
      { task: 'regression', log: false, shift: 0, scale: 1, range: { min: 1, max: 5 } },
      { type: 'value', range: { min: 1, max: 5 } },
    ],
    [
      { task: 'regression', log: false, shift: 0, scale: 1 },
      { type: 'value', range: null },
    ],
  ])('tells the form of the answer', (target, output) => {
    expect(signatureOf(fileOf([], target)).output).toEqual(output)
  })
})
