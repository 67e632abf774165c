/* Both are looked for at the end of what V8 says: before it, V8 may quote the text, which may be anything. */
const TOO_EARLY = /Unexpected end of JSON input$/
const PLACE = /at position (\d+)(?: \(line \d+ column \d+\))?$/

/**
 * Returns what is wrong with a text that is not JSON, with the place where that is known.
 * @param reason what V8 says of it
 * @param length that of the text
 * @param place returns the index in the body of one in the text
 */
export function invalidJson(reason: string, length: number, place: (position: number) => number): string {
  const position = PLACE.exec(reason)?.[1]
  if (TOO_EARLY.test(reason) || Number(position) >= length)
    return 'The body is not valid JSON: it ends too early.'
  return position === undefined
    ? 'The body is not valid JSON.'
    : `The body is not valid JSON: syntax error at character ${place(Number(position)) + 1}.`
}
