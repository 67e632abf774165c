import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { rowSchema } from '../../src/models/row-schema.ts'
import type { Signature } from '../../src/models/signature.ts'

const SIGNATURE: Signature = {
  task: 'regression',
  target: { name: 'y', type: 'number' },
  inputs: [
    { name: 'rooms', type: 'number', nullable: true, missing: 'median', range: { min: 1, max: 9 } },
    { name: 'area', type: 'number', nullable: false, missing: 'median', range: null },
    {
      name: 'town',
      type: 'category',
      nullable: true,
      missing: 'median',
      categories: ['a', 'b'],
      categoryCount: 2,
      unseen: 'refuse',
    },
    {
      name: 'kind',
      type: 'category',
      nullable: false,
      missing: 'median',
      categories: ['x'],
      categoryCount: 1,
      unseen: 'other',
    },
    {
      name: 'garden',
      type: 'boolean',
      nullable: false,
      missing: 'median',
      categories: [false, true],
      categoryCount: 2,
      unseen: 'other',
    },
    {
      name: 'sold',
      type: 'date',
      nullable: false,
      missing: 'median',
      range: { min: '2024-01-05', max: '2024-12-01' },
    },
    { name: 'notes', type: 'text', nullable: true, missing: 'empty' },
  ],
  ignored: ['id'],
  output: { type: 'value', range: null },
  example: {
    rooms: 2,
    area: 80,
    town: 'a',
    kind: 'x',
    garden: true,
    sold: '2024-01-05',
    notes: 'some words',
  },
}

describe('the JSON Schema of a row', () => {
  const schema = rowSchema(SIGNATURE, 'houses, version 1')
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema)

  it('accepts columns that are not read', () => {
    expect(validate({ ...SIGNATURE.example, id: 7 })).toBe(true)
  })

  it('accepts the example, gaps where the model takes them, and values that it has not seen where it does', () => {
    expect(validate(SIGNATURE.example)).toBe(true)
    expect(validate({ ...SIGNATURE.example, rooms: null, town: null, notes: null, kind: 'new' })).toBe(true)
  })

  it.each([
    ['area', null],
    ['area', 'large'],
    ['town', 'c'],
    ['kind', null],
    ['garden', 'yes'],
    ['sold', 20240105],
    ['other', 1],
  ])('refuses %s = %j', (name, value) => {
    expect(validate({ ...SIGNATURE.example, [name]: value })).toBe(false)
  })

  it('demands each column', () => {
    const { area: _area, ...rest } = SIGNATURE.example
    expect(validate(rest)).toBe(false)
  })

  it('tells ranges and examples', () => {
    expect(schema).toMatchObject({
      title: 'houses, version 1',
      properties: {
        rooms: { description: 'The training rows have 1 to 9.' },
        kind: { examples: ['x'] },
        sold: { examples: ['2024-01-05'], description: 'The training rows have 2024-01-05 to 2024-12-01.' },
      },
    })
  })
})
