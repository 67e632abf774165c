/**
 * Returns numbers from 0 up to 1 of a linear congruential generator. Python scripts that made figures of scikit-learn for
 * tests draw the same ones: `s = (s * 1664525 + 1013904223) % 2**32`, beginning with the seed.
 */
export function congruential(count: number, seed: number): number[] {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  })
}
