/**
 * Sets a value at a path of a recipe. Objects that the recipe leaves out on the way are taken from its complete form;
 * setting a `type` drops the options of the default type.
 * @returns a changed copy, or the fault of the path, as a sentence
 */
export function setPath(
  recipe: unknown,
  complete: unknown,
  path: readonly string[],
  value: unknown,
): { value: unknown } | { fault: string } {
  const [key, ...rest] = path
  if (key === undefined) return { value }
  if (key === '' || key === '__proto__') return { fault: 'The path has an empty or reserved part.' }
  const replacesType = rest.length === 0 && key === 'type'
  const own = recipe ?? (replacesType ? {} : complete)
  if (own === null || typeof own !== 'object')
    return {
      fault: `The recipe has no object at this path that could have a ${JSON.stringify(key.slice(0, 50))}.`,
    }
  if (Array.isArray(own)) {
    const index = /^\d{1,4}$/.test(key) ? Number(key) : -1
    if (index < 0 || index >= own.length)
      return {
        fault: `There is no entry ${JSON.stringify(key.slice(0, 50))}: the list has ${own.length} entries, which count from 0.`,
      }
    const set = setPath(own[index], memberOf(complete, key), rest, value)
    return 'fault' in set ? set : { value: own.with(index, set.value) }
  }
  const set = setPath(memberOf(own, key), memberOf(complete, key), rest, value)
  return 'fault' in set ? set : { value: { ...own, [key]: set.value } }
}

function memberOf(value: unknown, key: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined
  return Reflect.get(value, key)
}
