// Control characters make XML unreadable, and marks of direction turn what stands beside them around.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for them
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g

/** Makes a name from outside fit for a picture: printable, in one line, and at most `most` characters long. */
export function printable(text: string, most: number): string {
  const plain = text.replace(/\p{Surrogate}/gu, '\ufffd').replace(UNPRINTABLE, '\ufffd')
  const letters = Array.from(plain.slice(0, most * 2 + 2))
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : plain
}

/**
 * Writes a number in few characters: three significant digits, more where three would make it a whole one, and all
 * digits of a whole number.
 */
export function short(value: number): string {
  return plain(value).replaceAll('-', '−')
}

/** Writes a number by three significant digits only, where a reader compares lengths: `72,700`. */
export function rough(value: number): string {
  return short(Number(value.toPrecision(3)))
}

/** Returns a number of rows in few characters: `1 row`, `2,000 rows`. */
export function rowsText(count: number): string {
  return `${short(count)} ${count === 1 ? 'row' : 'rows'}`
}

function plain(value: number): string {
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e6) return value.toLocaleString('en-US')
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2)
  if (size >= 1000) return Math.round(value).toLocaleString('en-US')
  // 0.9996 is not 1.
  const three = Number(value.toPrecision(3))
  return String(Number.isInteger(three) ? Number(value.toPrecision(6)) : three)
}
