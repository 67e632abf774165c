/** What a term adds to an answer, and its places in the text: start and end (excluded) in UTF-16 units. */
interface Marked {
  contribution: number
  spans?: readonly (readonly [number, number])[] | undefined
  /** Number of all places, if these are more than `spans`. */
  count?: number | undefined
}

/** A piece of a text with what the terms there add to the answer; undefined: no term is there. */
export interface Segment {
  text: string
  weight: number | undefined
}

/**
 * Divides a text into pieces that the same terms cover, so that each can be coloured by itself. A term's contribution is
 * shared out among its places; where terms overlap, as words and pairs of words do, their shares add up.
 */
export function segmentsOf(text: string, terms: readonly Marked[]): Segment[] {
  const changes = new Map<number, { weight: number; terms: number }>()
  const change = (at: number, weight: number, count: number) => {
    const before = changes.get(at) ?? { weight: 0, terms: 0 }
    changes.set(at, { weight: before.weight + weight, terms: before.terms + count })
  }
  for (const { contribution, spans = [], count = spans.length } of terms) {
    for (const [start, end] of spans) {
      change(start, contribution / count, 1)
      change(end, -contribution / count, -1)
    }
  }
  const segments: Segment[] = []
  let from = 0
  let weight = 0
  let covering = 0
  const close = (to: number) => {
    if (to > from) segments.push({ text: text.slice(from, to), weight: covering > 0 ? weight : undefined })
    from = to
  }
  for (const [at, step] of [...changes].toSorted(([a], [b]) => a - b)) {
    close(at)
    weight += step.weight
    covering += step.terms
  }
  close(text.length)
  return segments
}
