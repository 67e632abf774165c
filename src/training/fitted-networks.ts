import { type CompleteRecipe, MOST_KEPT_MB, networkFamily } from '../recipe/index.ts'
import { arraysOf } from './checkpoints/checkpoints.ts'
import type { FitInput, FitResult } from './fit.ts'

/** What a network's fit follows from beside its recipe and layers: which rows it saw. */
export type RowsKey = readonly (string | number | boolean | null)[]

/**
 * The networks that candidates have fitted on the same table. A candidate that averages the recipe's networks with trees has
 * the very networks that the recipe itself has, so that they need not be fitted twice. Only networks that a later candidate can
 * have are kept, until the last one of these has ended, and no more of them than fit into some memory.
 */
export class FittedNetworks {
  readonly #families: readonly string[]
  readonly #mostBytes: number
  readonly #known = new Map<string, Map<string, FitResult>>()
  #current = 0
  #bytes = 0

  /**
   * @param candidates recipes in the order in which they are trained
   * @param mostBytes memory of all networks that are kept; what would be more is fitted again. Default: that of `estimateCost`
   */
  constructor(candidates: readonly CompleteRecipe[], mostBytes = MOST_KEPT_MB * 1e6) {
    this.#families = candidates.map(networkFamily)
    this.#mostBytes = mostBytes
  }

  /** Memory of the networks that are kept, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Says that the next fits are those of a candidate, by its number, and drops what neither it nor a later one can have. */
  begin(candidate: number): void {
    this.#current = candidate
    for (const [family, networks] of this.#known) {
      if (this.#families.lastIndexOf(family) >= candidate) continue
      for (const result of networks.values()) this.#bytes -= bytesOf(result)
      this.#known.delete(family)
    }
  }

  /** Returns the network of an equal fit of the recipe's own layers, if there was one. */
  find(input: Fit, rows: RowsKey): FitResult | undefined {
    return this.#known.get(this.#family)?.get(keyOf(input, rows))
  }

  /** Keeps the network of a fit, if a later candidate can have it and there is room. */
  keep(input: Fit, rows: RowsKey, result: FitResult): void {
    const family = this.#family
    const bytes = bytesOf(result)
    if (this.#families.lastIndexOf(family) <= this.#current || this.#bytes + bytes > this.#mostBytes) return
    const networks = this.#known.get(family) ?? new Map<string, FitResult>()
    const key = keyOf(input, rows)
    if (networks.has(key)) return
    this.#known.set(family, networks.set(key, result))
    this.#bytes += bytes
  }

  get #family(): string {
    return this.#families[this.#current] ?? ''
  }
}

type Fit = Pick<FitInput, 'recipe' | 'plan' | 'epochs'>

function keyOf({ recipe, plan, epochs }: Fit, rows: RowsKey): string {
  // One network does not depend on how many are beside it.
  return JSON.stringify([{ ...recipe, ensemble: 1, otherMembers: [], epochs }, plan, rows])
}

/** Bytes of a value of an epoch, with its share of the object. */
const VALUE_BYTES = 24

function bytesOf({ weights, epochs, crossFit }: FitResult): number {
  const numbers = arraysOf(weights).reduce((sum, { byteLength }) => sum + byteLength, 0)
  const values = epochs.length * Object.keys(epochs[0] ?? {}).length
  return numbers + (crossFit?.logits.byteLength ?? 0) + values * VALUE_BYTES
}
