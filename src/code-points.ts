/**
 * Compares two texts by code point. JavaScript's own `<` compares UTF-16 codes, which puts characters beyond
 * the Basic Multilingual Plane before U+E000.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    if (a.charCodeAt(at) === b.charCodeAt(at)) continue
    // The second half of a surrogate pair is compared together with its first.
    const before = at > 0 ? a.charCodeAt(at - 1) : 0
    const start = before >= 0xd800 && before < 0xdc00 ? at - 1 : at
    const difference = (a.codePointAt(start) ?? 0) - (b.codePointAt(start) ?? 0)
    return difference || (a.codePointAt(at) ?? 0) - (b.codePointAt(at) ?? 0)
  }
  return a.length - b.length
}
