/** Ratio of the ends of a range from which its values lie on a logarithmic axis, as rates of learning do. */
const MANY_TIMES = 30

/** Where the values of a parameter lie. */
export interface Axis {
  /** The place of a value, from 0 to 1. */
  share: (value: unknown) => number
  /** The ends as they are written. */
  first: string
  last: string
}

/** Returns the axis of some values: numbers by their size, all else side by side in the order of their texts. */
export function axisOf(values: readonly unknown[]): Axis {
  const numbers = values.filter((value) => typeof value === 'number')
  if (numbers.length === values.length) {
    const low = Math.min(...numbers)
    const high = Math.max(...numbers)
    const bend = low > 0 && high / low >= MANY_TIMES ? Math.log : (value: number) => value
    const span = bend(high) - bend(low) || 1
    const share = (value: unknown) => (bend(Number(value)) - bend(low)) / span
    return { share, first: shortText(low), last: shortText(high) }
  }
  const texts = [...new Set(values.map((value) => JSON.stringify(value) ?? ''))].toSorted()
  const last = Math.max(1, texts.length - 1)
  return {
    share: (value) => texts.indexOf(JSON.stringify(value) ?? '') / last,
    first: texts[0] ?? '',
    last: texts.at(-1) ?? '',
  }
}

/** Writes a number as JSON does, with three digits at most of what is drawn at random. */
function shortText(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/** Characters for which there is room at an axis. */
const MAX_CHARACTERS = 20

/** Shortens a text at an end of an axis, whose first characters say most. */
export function startOf(text: string): string {
  const characters = [...text]
  return characters.length <= MAX_CHARACTERS ? text : `${characters.slice(0, MAX_CHARACTERS - 1).join('')}…`
}

/** Shortens the name of an axis: the last part of a path says most. */
export function endOf(text: string): string {
  const characters = [...text]
  return characters.length <= MAX_CHARACTERS ? text : `…${characters.slice(1 - MAX_CHARACTERS).join('')}`
}
