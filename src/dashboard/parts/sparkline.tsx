const WIDTH = 120
const HEIGHT = 32
const MARGIN = 3

/** A curve without axes, for its shape only: its values are written beside it. */
export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return null
  const low = Math.min(...known)
  const span = Math.max(...known) - low || 1
  const step = (WIDTH - 2 * MARGIN) / Math.max(1, values.length - 1)
  const points = values.flatMap((value, i) => {
    if (value === null) return []
    const y = HEIGHT - MARGIN - ((value - low) / span) * (HEIGHT - 2 * MARGIN)
    return [`${(MARGIN + i * step).toFixed(1)},${y.toFixed(1)}`]
  })
  const [x = '0', y = '0'] = points.at(-1)?.split(',') ?? []
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" preserveAspectRatio="none">
      <polyline points={points.join(' ')} />
      <circle cx={x} cy={y} r="2.5" />
    </svg>
  )
}
