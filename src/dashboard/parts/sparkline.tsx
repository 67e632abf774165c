import { type Range, rangeOf } from './range.ts'

const WIDTH = 120
const HEIGHT = 32
const MARGIN = 3

type Values = readonly (number | null)[]

interface Props {
  values: Values
  /** A curve that is drawn faintly behind it, to compare with. */
  behind?: Values
  /** What the height stands for. Default: the range of the values. */
  range?: Range | undefined
}

/** A curve without axes, for its shape only: its values are written beside it. */
export function Sparkline({ values, behind, range }: Props) {
  const own = rangeOf(values)
  if (!own) return null
  const { low, high } = range ?? own
  const places = Math.max(values.length, behind?.length ?? 0)
  const pointsOf = (curve: Values) =>
    curve.flatMap((value, i) => {
      if (value === null) return []
      const x = MARGIN + (i / Math.max(1, places - 1)) * (WIDTH - 2 * MARGIN)
      const y = HEIGHT - MARGIN - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN)
      return [`${x.toFixed(1)},${y.toFixed(1)}`]
    })
  const points = pointsOf(values)
  const [x = '0', y = '0'] = points.at(-1)?.split(',') ?? []
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" preserveAspectRatio="none">
      {behind && <polyline class="behind" points={pointsOf(behind).join(' ')} />}
      <polyline points={points.join(' ')} />
      {/* A line without length: its round cap stays round, however the picture is stretched. */}
      <path class="end" d={`M${x},${y}h0`} />
    </svg>
  )
}
