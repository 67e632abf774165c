import { useTexts } from '../texts/texts.tsx'
import { Scroll } from './scroll.tsx'

interface Props {
  title: string
  /** Ends of the bars, one more than `counts`, as they are written. */
  edges: readonly string[]
  counts: readonly number[]
  /** Writes a number of rows. */
  write: (count: number) => string
}

/** Numbers of rows by intervals, as upright bars with the same as a table behind them. */
export function Histogram({ title, edges, counts, write }: Props) {
  const { common } = useTexts()
  const most = Math.max(...counts, 1)
  const bars = counts.map((count, place) => ({
    name: `${edges[place]} – ${edges[place + 1]}`,
    count,
    share: count / most,
  }))
  return (
    <figure class="stack tight">
      <div class="histogram" aria-hidden="true">
        {bars.map(({ name, count, share }) => (
          <span key={name} title={`${name}: ${write(count)}`}>
            {/* A bar of few rows is not to look like one of none. */}
            <span style={{ height: count === 0 ? '0' : `max(2px, ${share * 100}%)` }} />
          </span>
        ))}
      </div>
      <figcaption class="row apart fine quiet">
        <span>{edges[0]}</span>
        <span>{edges.at(-1)}</span>
      </figcaption>
      <details class="fine">
        <summary>{common.asTable}</summary>
        <Scroll label={title} tall>
          <table>
            <thead>
              <tr>
                <th>{title}</th>
                <th class="number">{common.rows}</th>
              </tr>
            </thead>
            <tbody>
              {bars.map(({ name, count }) => (
                <tr key={name}>
                  <td>{name}</td>
                  <td class="number">{write(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </figure>
  )
}
