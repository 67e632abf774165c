/** Half of a surrogate pair without the other half. UTF-8 cannot encode it. */
const LONE_SURROGATE = /\p{Surrogate}/u

/** The first half of a surrogate pair at the end of a text. */
export const FIRST_HALF = /[\ud800-\udbff]$/

/** Returns whether a text can be encoded as UTF-8. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}

/** Returns at most `length` characters from the beginning of a text, without half a surrogate pair at the end. */
export function beginning(text: string, length: number): string {
  if (text.length <= length) return text
  return text.slice(0, length).replace(FIRST_HALF, '')
}
