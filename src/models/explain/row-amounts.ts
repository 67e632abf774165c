/**
 * What the positions of a row contribute. They are asked for in the order of the row's entries, mostly: the terms of a text
 * are found in the order in which they are encoded. So the next entry is looked at first.
 */
export class RowAmounts {
  readonly #positions: Uint32Array
  readonly #amounts: Float64Array
  #next = 0
  #byPosition: Map<number, number> | null = null

  /** @param positions each once @param amounts one for each */
  constructor(positions: Uint32Array, amounts: Float64Array) {
    this.#positions = positions
    this.#amounts = amounts
  }

  /** Returns the amount of a position; 0 if the row does not have it. */
  of(position: number): number {
    const next = this.#next
    if (this.#positions[next] === position) {
      this.#next = next + 1
      return this.#amounts[next] ?? 0
    }
    this.#byPosition ??= new Map(Array.from(this.#positions, (each, at) => [each, at]))
    const at = this.#byPosition.get(position)
    if (at === undefined) return 0
    this.#next = at + 1
    return this.#amounts[at] ?? 0
  }
}

/** What some positions contribute. */
interface Amounts {
  /** Each once. */
  readonly positions: Uint32Array
  /** One for each position. */
  readonly amounts: Float64Array
}

/** Returns the sums of what each position contributes. */
export function sumOfAmounts(parts: readonly Amounts[]): RowAmounts {
  const [first, ...others] = parts
  if (!first) return new RowAmounts(new Uint32Array(), new Float64Array())
  // Members of one kind take the same row.
  if (others.every(({ positions }) => positions === first.positions)) {
    const sums = first.amounts.slice()
    for (const { amounts } of others)
      for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] ?? 0) + (amounts[at] ?? 0)
    return new RowAmounts(first.positions, sums)
  }
  const sums = new Map<number, number>()
  for (const { positions, amounts } of parts)
    for (const [at, position] of positions.entries())
      sums.set(position, (sums.get(position) ?? 0) + (amounts[at] ?? 0))
  return new RowAmounts(Uint32Array.from(sums.keys()), Float64Array.from(sums.values()))
}
