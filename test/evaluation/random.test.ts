import { describe, expect, it } from 'vitest'
import { Random } from '../../src/evaluation/random.ts'

const numbers = (random: Random, count: number) => Array.from({ length: count }, () => random.uint32())

// Calculated in Python, with sfc32 as PractRand has it. Models, folds and trials of a seed stay the same for ever.
describe('random numbers', () => {
  it('are those of a seed and a purpose', () => {
    expect(numbers(new Random(1, 'shuffle'), 4)).toEqual([3568611203, 606106928, 447619348, 2271845224])
    expect(numbers(new Random(0, ''), 3)).toEqual([963334312, 2435466123, 1357853777])
    expect(new Random(1, 'shuffle').next()).toBe(3568611203 / 2 ** 32)
  })

  it('differ for seeds that are equal in their lower 32 bits', () => {
    expect(numbers(new Random(5_000_000_001, 'shuffle'), 3)).toEqual([1745181680, 3166352646, 2238330923])
    expect(numbers(new Random(5_000_000_001 % 2 ** 32, 'shuffle'), 1)).not.toEqual([1745181680])
  })

  it('bring values into an order', () => {
    const order = [1, 5, 4, 3, 2, 7, 0, 6]
    expect(new Random(1, 'shuffle').shuffle([0, 1, 2, 3, 4, 5, 6, 7])).toEqual(order)
    expect([...new Random(1, 'shuffle').shuffle(Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7))]).toEqual(order)
    const random = new Random(1, 'shuffle')
    random.shuffle([0, 1, 2])
    expect(random.uint32(), 'an order of three takes two numbers').toBe(447619348)
    expect(new Random(1, 'shuffle').shuffle([])).toEqual([])
  })

  it('go on from a state', () => {
    const random = new Random(1, 'shuffle')
    numbers(random, 2)
    const state = random.state()
    const next = numbers(random, 3)
    const other = new Random(7, 'dropout')
    other.restore(state)
    expect(numbers(other, 3)).toEqual(next)
    expect(state).toHaveLength(4)
  })
})
