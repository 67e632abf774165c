import { inNfc } from '../../normal-form.ts'
import { counted } from '../../numbers.ts'

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
        fault: `There is no entry ${JSON.stringify(key.slice(0, 50))}: the list has ${counted(own.length, 'entry', 'entries')}, counted from 0.`,
      }
    const set = setPath(own[index], memberOf(complete, key), rest, value, owned)
    return 'fault' in set ? set : { value: own.with(index, set.value) }
  }
  const ofComplete = spelledIn(complete, key) ?? key
  const name = spelledIn(own, key) ?? ofComplete
  const set = setPath(memberOf(own, name), memberOf(complete, ofComplete), rest, value, owned)
  if ('fault' in set) return set
  const copy = owned.has(own) ? own : { ...own }
  owned.add(copy)
  Reflect.set(copy, name, set.value)
  return { value: copy }
}

/** Returns a key as an object spells it, which may be in another normal form; undefined where it has none such. */
function spelledIn(value: unknown, key: string): string | undefined {
  if (value === null || typeof value !== 'object') return undefined
  if (Object.hasOwn(value, key)) return key
  // ASCII has one form only, and most paths are searched for in thousands of columns.
  if (Buffer.byteLength(key) === key.length) return undefined
  const form = inNfc(key)
  return Object.keys(value).find((name) => inNfc(name) === form)
}

function memberOf(value: unknown, key: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined
  return Reflect.get(value, key)
}
