/**
 * Returns what is wrong with a text that is not JSON, with the place where that is known.
 * @param reason what V8 says of it
 * @param length that of the text
 * @param place returns the index in the body of one in the text
 */
export function invalidJson(reason: string, length: number, place: (position: number) => number): string {
  const position = /at position (\d+)/.exec(reason)?.[1]
  if (/end of JSON input/.test(reason) || Number(position) >= length)
    return 'The body is not valid JSON: it ends too early.'
  return position === undefined
    ? 'The body is not valid JSON.'
    : `The body is not valid JSON: syntax error at character ${place(Number(position)) + 1}.`
}
