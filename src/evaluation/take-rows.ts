import type { Scored } from './losses.ts'

/** Returns some of the scored rows, in the order of their numbers here. A row may be taken several times. */
export function takeRows(scored: Scored, rows: Uint32Array): Scored {
  const { outputs, logits, truth, weights, answered } = scored
  const width = scored.rows === 0 ? 1 : truth.length / scored.rows
  return {
    ...scored,
    rows: rows.length,
    logits: taken(logits, outputs, rows),
    truth: taken(truth, width, rows),
    weights: weights && taken(weights, 1, rows),
    answered: answered && Uint32Array.from(rows, (row) => answered[row] ?? 0),
  }
}

/** @param width numbers of a row */
function taken(values: Float64Array, width: number, rows: Uint32Array): Float64Array {
  const result = new Float64Array(rows.length * width)
  // Iterators take several times as long, and this is done for many rows in every epoch.
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0
    for (let each = 0; each < width; each++) result[at * width + each] = values[row * width + each] ?? 0
  }
  return result
}

/** Returns the numbers of the rows at even places (half 0) or at odd ones (half 1). */
export function halfOfRows(rows: number, half: 0 | 1): Uint32Array {
  const places = new Uint32Array(Math.ceil((rows - half) / 2))
  for (let at = 0; at < places.length; at++) places[at] = 2 * at + half
  return places
}

/** Puts scored rows one behind the other. @param parts at least one, all with as many outputs, and all or none weighted */
export function joinScored(parts: readonly Scored[]): Scored {
  const weights = parts.flatMap(({ weights: own }) => (own ? [own] : []))
  return {
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    outputs: parts[0]?.outputs ?? 1,
    logits: concatenated(parts.map(({ logits }) => logits)),
    truth: concatenated(parts.map(({ truth }) => truth)),
    ...(weights.length > 0 ? { weights: concatenated(weights) } : {}),
  }
}

/** Returns the numbers of all parts, one part behind the other. */
export function concatenated(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
