/** One bar of a chart. */
export interface Bar {
  name: string
  value: number
  /** The value as it is written beside the bar. */
  text: string
  /** Whether it stands out. */
  strong?: boolean
}

/**
 * Horizontal bars with names and values, as a list: what is drawn can be read, so no table is needed behind it.
 * @param most the value of a bar as long as the chart. Default: the largest value
 */
export function Bars({ label, bars, most }: { label: string; bars: readonly Bar[]; most?: number }) {
  const longest = most ?? Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE)
  return (
    <ul class="bars plain-list" aria-label={label}>
      {bars.map(({ name, value, text, strong }) => (
        <li key={name} class={strong ? 'strong' : undefined}>
          <span class="bar-name" title={name}>
            {name}
          </span>
          <span class="bar-value">{text}</span>
          <span class="meter">
            <span style={{ width: `${(Math.max(0, value) / longest) * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  )
}
