import { inNfc } from '../../normal-form.ts'
import type { Cell } from '../../recipe/table.ts'

/** Rows divided into groups that must not be parted. */
export interface Groups {
  /** Number of each row's group, from 0. */
  groupOf: Uint32Array
  /** Number of groups. */
  count: number
  /** True if rows that are equal in all inputs are in one group. */
  holdsEqual: boolean
}

/**
 * Puts the rows with one value of a column into one group; a row without a value is a group by itself. Groups that share
 * equal rows are joined, unless too few would be left to divide, or one that is larger than a part.
 * @param cell the column, by row
 * @param rows numbers of the rows
 * @param firsts for each of the rows the place of the first one that is equal to it; null: none are equal
 * @param parts number of parts that the rows are to be divided into
 */
export function groupsOf(
  cell: (row: number) => Cell,
  rows: Uint32Array,
  firsts: Uint32Array | null,
  parts: number,
): Groups {
  const own = numbered(rows, cell)
  if (!firsts) return { ...own, holdsEqual: true }
  const merged = joined(own, firsts)
  const most = Math.max(largest(own), rows.length / parts)
  return merged.count >= parts && largest(merged) <= most
    ? { ...merged, holdsEqual: true }
    : { ...own, holdsEqual: false }
}

type Numbered = Pick<Groups, 'groupOf' | 'count'>

function numbered(rows: Uint32Array, cell: (row: number) => Cell): Numbered {
  const numbers = new Map<Cell, number>()
  let count = 0
  const groupOf = rows.map((row) => {
    const value = cell(row)
    if (value === null) return count++
    const key = typeof value === 'string' ? inNfc(value) : value
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, count)
    return count++
  })
  return { groupOf, count }
}

/** Joins groups that share equal rows: a union-find over the groups' numbers. */
function joined({ groupOf, count }: Numbered, firsts: Uint32Array): Numbered {
  const parents = Uint32Array.from({ length: count }, (_, group) => group)
  const rootOf = (group: number) => {
    let root = group
    while (parents[root] !== root) {
      // Halves the path for the next search.
      parents[root] = parents[parents[root] ?? 0] ?? 0
      root = parents[root] ?? 0
    }
    return root
  }
  for (const [at, first] of firsts.entries())
    if (first !== at) parents[rootOf(groupOf[at] ?? 0)] = rootOf(groupOf[first] ?? 0)
  return numbered(groupOf, rootOf)
}

function largest({ groupOf, count }: Numbered): number {
  const sizes = new Uint32Array(count)
  for (const group of groupOf) sizes[group] = (sizes[group] ?? 0) + 1
  return sizes.reduce((most, size) => Math.max(most, size), 0)
}
