/**
 * Sets a value at a path of a recipe. Objects that the recipe leaves out on the way are taken from its complete form;
 * setting a `type` drops the options of the default type.
 * @param owned copies that earlier calls made for this recipe: they are changed in place, since copying the options of
 *   thousands of columns for each path takes long
 * @returns a changed copy, or the fault of the path, as a sentence
 */
export function setPath(
  recipe: unknown,
  complete: unknown,
  path: readonly string[],
  value: unknown,
  owned: WeakSet<object> = new WeakSet(),
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
    const set = setPath(own[index], memberOf(complete, key), rest, value, owned)
    return 'fault' in set ? set : { value: own.with(index, set.value) }
  }
  const set = setPath(memberOf(own, key), memberOf(complete, key), rest, value, owned)
  if ('fault' in set) return set
  const copy = owned.has(own) ? own : { ...own }
  owned.add(copy)
  Reflect.set(copy, key, set.value)
  return { value: copy }
}

function memberOf(value: unknown, key: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined
  return Reflect.get(value, key)
}
