import type { FitInput, FitResult } from './fit.ts'

/** What a network's fit follows from beside its recipe and layers: which rows it saw. */
export type RowsKey = readonly (string | number | boolean | null)[]

/**
 * The networks that candidates have fitted on the same table. A candidate that averages the recipe's networks with trees has the
 * very networks that the recipe itself has, so that they need not be fitted twice.
 */
export class FittedNetworks {
  readonly #known = new Map<string, FitResult>()

  /** Returns the network of an equal fit, if there was one. */
  find(input: Fit, rows: RowsKey): FitResult | undefined {
    return this.#known.get(keyOf(input, rows))
  }

  keep(input: Fit, rows: RowsKey, result: FitResult): void {
    this.#known.set(keyOf(input, rows), result)
  }
}

type Fit = Pick<FitInput, 'recipe' | 'plan' | 'epochs'>

function keyOf({ recipe, plan, epochs }: Fit, rows: RowsKey): string {
  // One network does not depend on how many are beside it.
  return JSON.stringify([{ ...recipe, ensemble: 1, otherMembers: [], epochs }, plan, rows])
}
