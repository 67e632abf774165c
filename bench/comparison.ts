import type { Outcome } from './record.ts'

/** The arguments of every comparison. */
export interface Bench {
  /** Fewer rounds and rows: to see that all runs, not to learn how fast. */
  quick: boolean
  /** The folder with the public data sets; undefined: there is none. */
  datasets: string | undefined
  /** Does a step and says so, with the seconds that it took. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>
}

/** A part of `npm run bench`, chosen by its name. */
export interface Comparison {
  name: string
  /** Data sets that it cannot do without. */
  needs?: readonly string[]
  run(bench: Bench): Promise<Outcome>
}

/** Seconds that work took, and what it gave. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const start = performance.now()
  const result = await work()
  return { seconds: (performance.now() - start) / 1000, result }
}

export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
