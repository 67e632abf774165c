import { describe, expect, it } from 'vitest'
import { overfitsAfter } from '../../src/evaluation/overfitting.ts'
import { Random } from '../../src/evaluation/random.ts'

const falling = (epochs: number) => Array.from({ length: epochs }, (_, epoch) => 1 - (0.9 * epoch) / epochs)

describe('overfitting', () => {
  // Validation loss of the book's IMDB network (Chollet, Deep Learning with Python, 4.1.4), read from its figure.
  const book = [
    0.38, 0.3, 0.28, 0.275, 0.279, 0.3, 0.31, 0.325, 0.35, 0.38, 0.41, 0.44, 0.47, 0.51, 0.54, 0.57, 0.6,
    0.63, 0.66, 0.69,
  ]

  it("begins after the fourth epoch of the book's IMDB run, told early or late", () => {
    for (const epochs of [6, 8, 10, 20]) expect(overfitsAfter(falling(epochs), book.slice(0, epochs))).toBe(4)
    expect(overfitsAfter(falling(4), book.slice(0, 4))).toBeNull()
    expect(overfitsAfter(falling(5), book.slice(0, 5))).toBeNull()
  })

  it('is the lowest epoch of the best window, as calculated by hand', () => {
    // 20 epochs: windows of 3. (4 + 9 + 5) / 3 = 6 is above (6 + 5 + 6) / 3 = 5.67, so epoch 2 is an outlier.
    const outlier = [9, 4, 9, 8, 7, 6, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]
    expect(overfitsAfter(falling(20), outlier)).toBe(7)
  })

  it('needs a rise of 2%, and a training loss that falls', () => {
    const to = (end: number) => [3, 2, 1, 1 + end / 3, 1 + (2 * end) / 3, 1 + end]
    expect(overfitsAfter(falling(6), to(0.021))).toBe(3)
    expect(overfitsAfter(falling(6), to(0.019))).toBeNull()
    expect(overfitsAfter([6, 5, 4, 5, 5, 5], to(2))).toBeNull()
  })

  it('is looked for in the epochs that both columns have, from three on', () => {
    const rising = [2, 1, 5, 6]
    expect(overfitsAfter(falling(4), [...rising, 7])).toBe(2)
    expect(overfitsAfter(falling(5), rising)).toBe(2)
    expect(overfitsAfter(falling(3), [1, 2, 3])).toBe(1)
    expect(overfitsAfter(falling(2), [1, 2])).toBeNull()
    expect(overfitsAfter([3, null, 1, 0], rising)).toBeNull()
    expect(overfitsAfter(falling(4), [2, 1, null, 6])).toBeNull()
  })

  it('needs a training loss that is lower at the end, and epochs that are each worse', () => {
    expect(
      overfitsAfter([6, 5, 4, 4.5, 4.2, 4], [3, 2, 1, 2, 3, 4]),
      'as low as at the best epoch',
    ).toBeNull()
    expect(overfitsAfter([6, 5, 4, 4.5, 4.2, 3.9], [3, 2, 1, 2, 3, 4])).toBe(3)
    // Noise of 1.5 / 1.65 a step; five deviations are more than any rise here.
    expect(overfitsAfter(falling(6), [4, 1, 4, 1.1, 1.1, 1.2])).toBeNull()
    expect(
      overfitsAfter(falling(6), [4, 1, 4, 1, 2, 3]),
      'the first of two lowest is not followed by a rise',
    ).toBeNull()
    expect(overfitsAfter(falling(6), [4, 1, 4, 0.9, 2, 3])).toBe(4)
    expect(overfitsAfter(falling(6), [4, 1, 4, 0.9, 3, 3]), 'equal ones are not worse').toBeNull()
  })

  it('is not seen in one bad epoch at the end, nor where the loss only falls or there are no rows', () => {
    const once = [...Array.from({ length: 19 }, (_, epoch) => 1 / (epoch + 1)), 0.07]
    expect(overfitsAfter(falling(20), once)).toBeNull()
    expect(overfitsAfter(falling(20), once.slice(0, 19))).toBeNull()
    expect(overfitsAfter(falling(3), [null, null, null])).toBeNull()
    expect(overfitsAfter([], [])).toBeNull()
  })

  it('is hardly ever seen in noise around a level, and always when that rises', () => {
    const random = new Random(1, 'noise')
    const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
    for (const epochs of [20, 50, 200]) {
      const runs = (rise: number) =>
        Array.from({ length: 200 }, () =>
          overfitsAfter(
            falling(epochs),
            Array.from({ length: epochs }, (_, epoch) => 1 + (rise * epoch) / epochs + 0.1 * normal()),
          ),
        ).filter((epoch) => epoch !== null).length
      expect(runs(0), `${epochs} epochs`).toBeLessThanOrEqual(6)
      expect(runs(3), `${epochs} epochs`).toBe(200)
    }
  })
})
