/** A half of a surrogate pair alone, which no UTF-8 can carry. */
const LONE_SURROGATE = /\p{Surrogate}/u

export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}

/** The beginning of a text, without half a character at its end. */
export function beginning(text: string, length: number): string {
  if (text.length <= length) return text
  const cut = text.slice(0, length)
  return isWellFormed(cut.slice(-1)) ? cut : cut.slice(0, -1)
}
