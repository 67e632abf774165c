/**
 * Returns a name in Unicode's normal form NFC, in which each letter has one spelling only: é may also be written as e
 * and an accent, and a Korean syllable letter by letter.
 */
export function inNfc(name: string): string {
  return name.normalize('NFC')
}

/**
 * Returns a function that finds values by name, whatever normal form the name has. A name that is spelled exactly as
 * asked for comes first, so data sets and versions with two spellings of one name keep both.
 */
export function nfcLookup<T extends object | number | string>(
  entries: Iterable<readonly [name: string, value: T]>,
): (name: string) => T | undefined {
  const exact = new Map(entries)
  const composed = new Map<string, T>()
  for (const [name, value] of exact) {
    const form = inNfc(name)
    if (form !== name && !exact.has(form) && !composed.has(form)) composed.set(form, value)
  }
  return (name) => {
    const found = exact.get(name)
    if (found !== undefined) return found
    const form = inNfc(name)
    return exact.get(form) ?? composed.get(form)
  }
}
