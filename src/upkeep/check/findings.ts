/** Something that is wrong in the store. */
export interface Fault {
  /** The key or folder of the fault. */
  key: string
  /** A sentence for people. */
  message: string
}

/** Message of a fault: a file is damaged, or was there a moment ago and is not now. */
export const UNREADABLE = 'It cannot be read.'

/** Collects the faults that a check finds; a file that cannot be read is one too. */
export class Findings {
  readonly faults: Fault[] = []

  /** Adds a fault. */
  add(key: string, message: string): void {
    this.faults.push({ key, message })
  }

  /** Returns the result of the work; if it fails, adds its error as a fault and returns undefined. */
  async attempt<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.add(key, error instanceof Error ? error.message : String(error))
      return undefined
    }
  }
}

/** Tells whether names begin with the numbers 1, 2, … without a gap; leading zeros are allowed. */
export function countsFromOne(names: readonly string[]): boolean {
  const numbers = names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b)
  return numbers.every((number, index) => number === index + 1)
}
