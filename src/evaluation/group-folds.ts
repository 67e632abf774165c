import type { Random } from './random.ts'

/** Rows that must not be parted, with their number in each class. */
interface Group {
  /** Rows. */
  size: number
  /** Rows by class number, for the classes that the group has. */
  classes: Map<number, number>
}

/** Divisions that are drawn, of which the most even one is kept. */
const DRAWS = 10
/** Times that each group may move within a division. */
const PASSES = 5
/** Groups times parts that are looked at in all: more draws and passes than fit into it are left out. */
const MOST_LOOKS = 2e7

/**
 * Divides rows into parts of given shares such that no group is parted. The parts' sizes come as near to the shares as the
 * groups allow, and so do each class's: the sum of (rows − expected rows)² / expected rows, over all rows and over each
 * class, is kept small. Larger groups are dealt first, as by scikit-learn's GroupKFold and StratifiedGroupKFold, and those
 * of about the same size in random order; then single groups move as long as that evens the parts out. Of several such
 * divisions the most even one is kept.
 * @param groupOf number of each row's group, from 0
 * @param classOf class number of each row, or null for a regression
 * @param shares share of the rows that each part is to have; there are at least as many groups
 * @returns the part of each row, from 0; none is empty
 */
export function divideGroups(
  groupOf: Uint32Array,
  classOf: ArrayLike<number> | null,
  shares: readonly number[],
  random: Random,
): Uint32Array {
  const groups = groupsOf(groupOf, classOf)
  const looks = Math.floor(MOST_LOOKS / (groups.length * shares.length))
  let best: Parts | undefined
  const draws = Math.min(DRAWS, Math.max(1, Math.floor(looks / (PASSES + 1))))
  for (let draw = 0; draw < draws; draw++) {
    const parts = divided(groups, shares, random, Math.min(PASSES, looks))
    if (!best || parts.deviation() < best.deviation()) best = parts
  }
  const partOf = best?.partOf ?? new Uint32Array()
  return groupOf.map((group) => partOf[group] ?? 0)
}

function divided(groups: readonly Group[], shares: readonly number[], random: Random, passes: number): Parts {
  const parts = new Parts(groups, shares)
  const order = random.shuffle(Uint32Array.from(groups, (_, group) => group))
  const octave = (group: number) => Math.floor(Math.log2(groups[group]?.size ?? 1))
  // The sort is stable, so groups of about one size stay shuffled.
  order.sort((a, b) => octave(b) - octave(a))
  for (const group of order) parts.put(group, parts.cheapest(group))
  for (let pass = 0; pass < passes && parts.evenOut(order); pass++);
  parts.fillEmpty(order)
  return parts
}

function groupsOf(groupOf: Uint32Array, classOf: ArrayLike<number> | null): Group[] {
  const groups: Group[] = []
  for (const [row, number] of groupOf.entries()) {
    const group = groups[number] ?? { size: 0, classes: new Map<number, number>() }
    groups[number] = group
    group.size += 1
    const label = classOf?.[row]
    if (label !== undefined) group.classes.set(label, (group.classes.get(label) ?? 0) + 1)
  }
  return groups
}

/** The parts while groups are put into them. */
class Parts {
  /** The part of each group. */
  readonly partOf: Uint32Array
  readonly #groups: readonly Group[]
  readonly #shares: readonly number[]
  readonly #total: number
  readonly #classTotals = new Map<number, number>()
  readonly #sizes: Float64Array
  readonly #counts: Map<number, number>[]
  readonly #members: Uint32Array

  constructor(groups: readonly Group[], shares: readonly number[]) {
    this.#groups = groups
    this.#shares = shares
    this.#total = groups.reduce((sum, { size }) => sum + size, 0)
    for (const { classes } of groups)
      for (const [label, rows] of classes)
        this.#classTotals.set(label, (this.#classTotals.get(label) ?? 0) + rows)
    this.partOf = new Uint32Array(groups.length)
    this.#sizes = new Float64Array(shares.length)
    this.#counts = shares.map(() => new Map())
    this.#members = new Uint32Array(shares.length)
  }

  put(group: number, part: number): void {
    this.partOf[group] = part
    this.#add(group, part, 1)
  }

  /** Returns the part whose deviation grows least by a group; of equal ones the first. */
  cheapest(group: number): number {
    let best = 0
    let least = Number.POSITIVE_INFINITY
    for (let part = 0; part < this.#shares.length; part++) {
      const cost = this.#costOf(group, part)
      if (cost < least) {
        least = cost
        best = part
      }
    }
    return best
  }

  /** Moves each group to the part where it fits best, the smallest first. Returns whether any has moved. */
  evenOut(order: Uint32Array): boolean {
    let moved = false
    for (let at = order.length - 1; at >= 0; at--) {
      const group = order[at] ?? 0
      const from = this.partOf[group] ?? 0
      if ((this.#members[from] ?? 0) < 2) continue
      this.#add(group, from, -1)
      const to = this.cheapest(group)
      // Equal but for rounding is not better.
      const isBetter = this.#costOf(group, to) < this.#costOf(group, from) - 1e-9
      this.put(group, isBetter ? to : from)
      moved ||= isBetter
    }
    return moved
  }

  /** Gives each empty part the group that costs least there, from a part that has several. */
  fillEmpty(order: Uint32Array): void {
    for (let part = 0; part < this.#shares.length; part++) {
      if ((this.#members[part] ?? 0) > 0) continue
      const free = [...order].filter((group) => (this.#members[this.partOf[group] ?? 0] ?? 0) > 1)
      const [first] = free
      if (first === undefined) return
      const best = free.reduce(
        (least, group) => (this.#costOf(group, part) < this.#costOf(least, part) ? group : least),
        first,
      )
      this.#add(best, this.partOf[best] ?? 0, -1)
      this.put(best, part)
    }
  }

  /** Returns the sum of (rows − expected rows)² / expected rows, over all rows and each class. */
  deviation(): number {
    let sum = 0
    const add = (rows: number, expected: number) => {
      sum += (rows - expected) ** 2 / expected
    }
    for (const [part, share] of this.#shares.entries()) {
      add(this.#sizes[part] ?? 0, share * this.#total)
      for (const [label, total] of this.#classTotals) add(this.#counts[part]?.get(label) ?? 0, share * total)
    }
    return sum
  }

  /** Growth of the sum of deviations by a group, but for what is the same in every part. */
  #costOf(group: number, part: number): number {
    const { size, classes } = this.#groups[group] ?? { size: 0, classes: [] }
    const share = this.#shares[part] ?? 1
    const counts = this.#counts[part]
    let cost = (size * (2 * (this.#sizes[part] ?? 0) + size)) / (share * this.#total)
    for (const [label, rows] of classes)
      cost += (rows * (2 * (counts?.get(label) ?? 0) + rows)) / (share * (this.#classTotals.get(label) ?? 1))
    return cost
  }

  #add(group: number, part: number, sign: 1 | -1): void {
    const { size, classes } = this.#groups[group] ?? { size: 0, classes: [] }
    const counts = this.#counts[part]
    this.#sizes[part] = (this.#sizes[part] ?? 0) + sign * size
    this.#members[part] = (this.#members[part] ?? 0) + sign
    for (const [label, rows] of classes) counts?.set(label, (counts.get(label) ?? 0) + sign * rows)
  }
}
