import type { Steps } from '../../runtime/steps.ts'

/** A function on a straight path, whose places go from 0 to 1. */
export interface PathFunction {
  /** What the whole path adds to each variable. */
  readonly direction: Float64Array
  /** Returns the function's value at a place. */
  value(place: number): number
  /** Returns its gradient by the variables. The next call may reuse the array. */
  gradient(place: number): Float64Array
}

/** Nodes and weights of the Gauss–Legendre rules of one and five points on −1 to 1 (Abramowitz and Stegun, table 25.4). */
const RULES = [
  { nodes: [0], weights: [2] },
  {
    nodes: [-0.906179845938664, -0.5384693101056831, 0, 0.5384693101056831, 0.906179845938664],
    weights: [
      0.23692688505618908, 0.47862867049936647, 0.5688888888888889, 0.47862867049936647, 0.23692688505618908,
    ],
  },
]
/** Error of the integral over one piece, relative to the function's values, that is small enough. */
const TOLERANCE = 1e-11
/** Limit on the pieces of a path, so that its work is bounded. */
const MOST_PIECES = 4096

/**
 * Integrates a function's gradient along a path, in steps: the mean gradient on the path. What the integral has to add up
 * to is known for each piece, the difference of the function's values. So each piece is halved until it does, as in
 * adaptive quadrature, but by an error that is exact.
 * @param ends where the first pieces begin and end, rising from 0 to 1: the corners of the function, for example
 */
export function* pathIntegral(path: PathFunction, ends: readonly number[] = [0, 1]): Steps<Float64Array> {
  const size = path.direction.length
  const integral = new Float64Array(size)
  const ofPiece = new Float64Array(size)
  const integrate = (start: number, end: number, { nodes, weights }: (typeof RULES)[number]): number => {
    ofPiece.fill(0)
    const half = (end - start) / 2
    for (const [index, node] of nodes.entries()) {
      const gradient = path.gradient(start + half * (1 + node))
      const weight = half * (weights[index] ?? 0)
      for (let at = 0; at < size; at++) ofPiece[at] = (ofPiece[at] ?? 0) + weight * (gradient[at] ?? 0)
    }
    return dot(ofPiece, path.direction)
  }
  const pieces = piecesBetween(ends, path)
  let left = MOST_PIECES
  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    const { start, end, from, to } = piece
    const middle = (start + end) / 2
    const allowed = TOLERANCE * (1 + Math.abs(from) + Math.abs(to))
    const isExact = RULES.some((rule) => Math.abs(integrate(start, end, rule) - (to - from)) <= allowed)
    if (isExact || left <= 0 || middle <= start || middle >= end)
      for (let at = 0; at < size; at++) integral[at] = (integral[at] ?? 0) + (ofPiece[at] ?? 0)
    else {
      const value = path.value(middle)
      pieces.push({ start, end: middle, from, to: value }, { start: middle, end, from: value, to })
    }
    left -= 1
    yield
  }
  return integral
}

interface Piece {
  readonly start: number
  readonly end: number
  /** The function's values at the two ends. */
  readonly from: number
  readonly to: number
}

function piecesBetween(ends: readonly number[], path: PathFunction): Piece[] {
  const values = ends.map((end) => path.value(end))
  return ends.slice(1).map((end, index) => ({
    start: ends[index] ?? 0,
    end,
    from: values[index] ?? 0,
    to: values[index + 1] ?? 0,
  }))
}

/** Returns Σ aᵢ bᵢ. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0)
  return sum
}
