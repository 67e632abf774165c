/** Something in the store that must not be. */
export interface Fault {
  /** The key, or the folder, where it is. */
  key: string
  message: string
}

/** Collects what a check finds; what it cannot read is a fault too. */
export class Findings {
  readonly faults: Fault[] = []

  add(key: string, message: string): void {
    this.faults.push({ key, message })
  }

  /** Gives the work's result, or undefined where it fails, which is then a fault. */
  async attempt<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.add(key, error instanceof Error ? error.message : String(error))
      return undefined
    }
  }
}

/** Whether names are `1…`, `2…`, … without a gap, whatever zeros are before them. */
export function countsFromOne(names: readonly string[]): boolean {
  const numbers = names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b)
  return numbers.every((number, index) => number === index + 1)
}
