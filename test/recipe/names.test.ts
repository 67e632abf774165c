import { describe, expect, it } from 'vitest'
import { nearest, RecipeInput, suggestion } from '../../src/recipe/index.ts'

describe('a name that is not known', () => {
  it('is answered with the most similar one', () => {
    expect(suggestion('adan', ['sgd', 'adam', 'adamW'])).toBe(' "adan". Did you mean "adam"?')
    expect(suggestion('foo', ['sgd', 'adam'])).toBe(' "foo".')
    expect(suggestion('foo', [])).toBe(' "foo".')
    expect(suggestion('ADAM', ['adam'])).toBe(' "ADAM". Did you mean "adam"?')
  })

  it('may differ in a third of the letters, rounded up', () => {
    expect(nearest('abcdxx', ['abcdef'])).toBe('abcdef')
    expect(nearest('abcxxx', ['abcdef'])).toBeUndefined()
    expect(nearest('abcdxxx', ['abcdefg'])).toBe('abcdefg')
    expect(nearest('abcxxxx', ['abcdefg'])).toBeUndefined()
    expect(nearest('b', ['a'])).toBe('a')
    expect(nearest('abcd', ['abcdef'])).toBe('abcdef')
    expect(nearest('abcdefgh', ['abcdef'])).toBe('abcdef')
    expect(nearest('abc', ['abcdef'])).toBeUndefined()
    expect(nearest('abcdefghi', ['abcdef'])).toBeUndefined()
  })

  it('is compared up to 100 characters, with up to 5,000 names', () => {
    const long = (length: number) => 'a'.repeat(length)
    expect(nearest(long(100), [long(100)])).toBe(long(100))
    expect(nearest(long(101), [long(101)])).toBeUndefined()
    const names = Array.from({ length: 5_001 }, (_, at) => `name${at}`)
    expect(nearest('name77x', names.slice(1))).toBe('name77')
    expect(nearest('name77x', names)).toBeUndefined()
    expect(suggestion(long(100), [])).toBe(` "${long(100)}".`)
    expect(suggestion(long(101), [])).toBe('.')
    expect(suggestion(7, ['7'])).toBe('.')
  })
})

describe('a part of a recipe with a type', () => {
  const message = (optimizer: unknown) =>
    RecipeInput.safeParse({ optimizer }).error?.issues.map((issue) => [issue.path.join('/'), issue.message])

  it('is given by its name, in any spelling, or as an object', () => {
    const wanted = { type: 'adamW' }
    for (const optimizer of ['adamW', 'ADAM_W', 'adam-w', { type: 'adam_w' }, { type: 'adamw' }])
      expect(RecipeInput.parse({ optimizer }).optimizer).toEqual(wanted)
    const momentum = { type: 'sgd', momentum: 0.5 }
    expect(RecipeInput.parse({ optimizer: { ...momentum, type: 'SGD' } }).optimizer).toEqual(momentum)
  })

  it.each([[7], [null], [true], [[]], [{ learningRate: 1 }]])('is not %j', (given) => {
    expect(RecipeInput.safeParse({ optimizer: given }).success).toBe(false)
  })

  it('is told where its name is wrong', () => {
    const known = 'Use one of sgd, rmsprop, adam, adamW, adagrad.'
    expect(message('adan')).toEqual([
      ['optimizer', expect.stringContaining(`"adan". Did you mean "adam"? ${known}`)],
    ])
    expect(message({ type: 'adan' })).toEqual([['optimizer/type', expect.stringContaining(known)]])
    expect(message({ type: 7 })).toEqual([
      ['optimizer/type', expect.stringContaining(`Unknown optimizer. ${known}`)],
    ])
  })
})
