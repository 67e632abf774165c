/** Objects within objects of a row, at most. */
export const MOST_NESTED = 20

/** A value of a nested object: the keys that lead to it, and the name of its column. */
export interface Leaf {
  path: readonly string[]
  name: string
  value: unknown
}

/** Returns the name of the column of a value within nested objects: `a.b`. */
export function nameOfPath(path: readonly string[]): string {
  return path.join('.')
}

/** Returns whether a value is an object with keys. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Yields the values of an object and of the objects within it, in their order. Objects below `MOST_NESTED` others are yielded
 * as they are.
 */
export function* leavesOf(object: object, path: readonly string[] = []): Generator<Leaf> {
  for (const [key, value] of Object.entries(object)) {
    const own = [...path, key]
    if (isObject(value) && own.length <= MOST_NESTED) yield* leavesOf(value, own)
    else yield { path: own, name: nameOfPath(own), value }
  }
}
