/** Tells whether a text, such as the value of a `<select>`, is one of the keys of an object. */
export function isKeyOf<Known extends object>(
  known: Known,
  text: string,
): text is Extract<keyof Known, string> {
  return Object.hasOwn(known, text)
}
