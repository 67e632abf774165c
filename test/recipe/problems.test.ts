import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { JobBody, problemsOf, RetrainBody } from '../../src/recipe/index.ts'

function messagesOf(schema: z.ZodType, body: unknown): Record<string, string> {
  const { error } = schema.safeParse(body)
  const problems = error ? problemsOf(error, schema, body) : []
  return Object.fromEntries(problems.map(({ path = '', message }) => [path, message]))
}

describe('a key in the wrong place', () => {
  const order = { model: 'a', dataset: 'b' }

  it.each<[string, z.ZodType, object, string, string]>([
    [
      'beside the recipe',
      JobBody,
      { ...order, target: 'label' },
      '/target',
      'It belongs in "recipe": {"recipe": {"target": …}}.',
    ],
    [
      'beside the recipe of a retrain',
      RetrainBody,
      { epochs: 3 },
      '/epochs',
      'It belongs in "recipe": {"recipe": {"epochs": …}}.',
    ],
    [
      'in the recipe',
      JobBody,
      { ...order, recipe: { promote: 'never' } },
      '/recipe/promote',
      'It belongs at the top level of the body: {"promote": …}.',
    ],
    [
      'one object too far out',
      JobBody,
      { ...order, recipe: { kFold: 4 } },
      '/recipe/kFold',
      'It belongs in "recipe.validation": {"recipe": {"validation": {"kFold": …}}}.',
    ],
    [
      'in the list around its object',
      JobBody,
      { ...order, dropout: 0.2 },
      '/dropout',
      'It belongs in "recipe.layers": {"recipe": {"layers": [{"dropout": …}]}}.',
    ],
    ['that has two', JobBody, { ...order, monitor: 'loss' }, '/monitor', 'It belongs in "recipe.'],
    ['that has none', RetrainBody, { foo: 'x' }, '/foo', 'Known keys: dataset, recipe, promote'],
  ])('%s is told its own', (_where, schema, body, path, message) => {
    const told = messagesOf(schema, body)
    expect(Object.keys(told)).toEqual([path])
    expect(told[path]).toContain(message)
  })
})

it('messages are in plain words for every kind of check', () => {
  const schema = z.strictObject({
    id: z.uuid(),
    at: z.iso.datetime(),
    text: z.string().regex(/^a$/).startsWith('a'),
    step: z.number().multipleOf(5),
    one: z.union([z.string(), z.number()]),
    needed: z.record(z.string(), z.unknown()),
    key: z.record(z.enum(['a']), z.number()),
    url: z.url(),
    base: z.base64(),
    mail: z.email(),
    ip: z.ipv4(),
    not: z.never(),
    none: z.null(),
    exact: z.literal(3),
    date: z.date(),
    set: z.set(z.string()).min(2),
    tuple: z.tuple([z.string()]),
  })
  const body = {
    id: 'x',
    at: 'x',
    text: 'x',
    step: 3,
    one: true,
    key: { b: 1 },
    url: 'x',
    base: '%',
    mail: 'x',
    ip: 'x',
    not: 1,
    none: 1,
    exact: 4,
    date: 1,
    set: new Set(),
    tuple: [1, 2],
  }
  const messages = Object.values(messagesOf(schema, body))
  expect(messages.length).toBeGreaterThanOrEqual(Object.keys(body).length)
  for (const message of messages) expect(message).toMatch(/^(Expected|This|Unknown) /)
  expect(messages.join('\n')).not.toMatch(
    /Invalid|Too (small|big)|pattern|regex|record|nonoptional|undefined/,
  )
})

it.each<[schema: z.ZodType, value: unknown, message: string]>([
  [z.string(), 7, 'Expected a string, got a number'],
  [z.string(), true, 'Expected a string, got a boolean'],
  [z.string(), null, 'Expected a string, got null'],
  [z.number(), '7', 'Expected a number, got a string'],
  [z.int(), 'x', 'Expected a number, got a string'],
  [z.int(), 1.5, 'Expected a whole number'],
  [z.boolean(), 1, 'Expected true or false, got a number'],
  [z.array(z.string()), {}, 'Expected an array, got an object'],
  [z.strictObject({}), [], 'Expected an object, got an array'],
  [z.string().min(1), '', 'Expected a string that is not empty'],
  [z.string().min(1_000), 'a', 'Expected at least 1,000 characters, got 1'],
  [z.string().max(1), 'ab', 'Expected at most 1 character, got 2'],
  [z.array(z.string()).min(1), [], 'Expected at least one item'],
  [z.array(z.string()).min(2), [], 'Expected at least 2 items'],
  [z.array(z.string()).max(1), ['a', 'b'], 'Expected at most 1 item, got 2'],
  [z.number().min(5), 4, 'Expected a number of at least 5, got 4'],
  [z.number().gt(5), 5, 'Expected a number above 5, got 5'],
  [z.number().max(1_000), 1_001, 'Expected a number of at most 1,000, got 1,001'],
  [z.number().lt(5), 5, 'Expected a number below 5, got 5'],
  [z.number().min(0), -0.25, 'Expected a number of at least 0, got -0.25'],
  [z.int().max(64), 1e30, 'Expected a number of at most 64, got 1e+30'],
  [z.number().multipleOf(5), 3, 'Expected a multiple of 5'],
  [z.literal('a'), 'b', 'Expected "a"'],
  [z.literal(3), 4, 'Expected 3'],
  [z.enum(['a', 'b']), 'c', 'Expected one of "a", "b"'],
  [z.uuid(), 'x', 'Expected a UUID'],
  [z.iso.datetime(), 'x', 'Expected a time in UTC such as 2026-01-31T12:00:00.000Z'],
  [z.string().regex(/^a$/), 'x', 'This text does not have the expected form'],
  [z.string().regex(/^a$/, 'Use "a".'), 'x', 'Use "a".'],
  [z.union([z.string(), z.number()]), true, 'This value has none of the accepted forms'],
])('value %# is refused in plain words', (schema, value, message) => {
  expect(messagesOf(z.strictObject({ field: schema }), { field: value })).toEqual({ '/field': message })
})

it('a key that is too long is told with its place', () => {
  const schema = z.strictObject({ field: z.record(z.string().max(2), z.int()) })
  expect(messagesOf(schema, { field: { abc: 1 } })).toEqual({
    '/field/abc': 'Expected at most 2 characters, got 3',
  })
})

it('a field that is left out is told with its type', () => {
  const schema = z.strictObject({ text: z.string(), count: z.int(), any: z.strictObject({ a: z.string() }) })
  expect(messagesOf(schema, {})).toEqual({
    '/text': 'This field is required (a string).',
    '/count': 'This field is required (a number).',
    '/any': 'This field is required (an object).',
  })
})

it('an unknown key where none is taken is told so', () => {
  expect(messagesOf(z.strictObject({ a: z.strictObject({}) }), { a: { 'x/y~z': 1 } })).toEqual({
    '/a/x~1y~0z': 'Unknown key "x/y~z". No keys are taken here.',
  })
})
