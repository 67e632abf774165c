import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { JobBody, problemsOf, RetrainBody } from '../../src/recipe/index.ts'

function messagesOf(schema: z.ZodType, body: unknown): Record<string, string> {
  const { error } = schema.safeParse(body)
  const problems = error ? problemsOf(error, schema) : []
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
