/** A bar that begins at zero, to the right if its value is positive, else to the left. */
export interface SignedBar {
  name: string
  value: number
  /** The value as it is written beside the bar. */
  text: string
}

/** Bars to both sides of zero with names and values, as a list: what is drawn can be read, so no table is needed behind it. */
export function SignedBars({ label, bars }: { label: string; bars: readonly SignedBar[] }) {
  const longest = Math.max(...bars.map(({ value }) => Math.abs(value)), Number.MIN_VALUE)
  return (
    <ul class="bars plain-list" aria-label={label}>
      {bars.map(({ name, value, text }) => {
        const half = (Math.abs(value) / longest) * 50
        return (
          <li key={name}>
            <span class="bar-name" title={name}>
              {name}
            </span>
            <span class="bar-value">{text}</span>
            <span class="signed">
              <span
                class={value < 0 ? 'against' : 'for'}
                style={{ width: `${half}%`, left: `${value < 0 ? 50 - half : 50}%` }}
              />
            </span>
          </li>
        )
      })}
    </ul>
  )
}
