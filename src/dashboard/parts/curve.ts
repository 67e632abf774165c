/** A curve: a value for each place of x; null where there is none. */
export interface Curve {
  name: string
  values: readonly (number | null)[]
  /** Which of the four colours of curves. */
  color: 1 | 2 | 3 | 4
  dashed?: boolean
}

/** A place of x that means something. */
export interface Mark {
  at: number
  name: string
}

/** Curves over the same places of x. */
export interface CurvesProps {
  title: string
  xName: string
  x: readonly number[]
  curves: readonly Curve[]
  marks?: readonly Mark[]
  /** Pixels. Default: 240. */
  height?: number
  /** Whether a step up the chart multiplies the value, in place of adding to it. Default: false. */
  logarithmic?: boolean
}
