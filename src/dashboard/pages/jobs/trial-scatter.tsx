import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useTexts } from '../../texts/texts.tsx'

type Trial = Schemas['Trial']

const WIDTH = 240
const HEIGHT = 140
const MARGIN = 10
/** Ratio of the ends of a range from which its values lie on a logarithmic axis, as rates of learning do. */
const MANY_TIMES = 30

/** The scores of trials over the values of each parameter, side by side. The leaderboard has the same as a table. */
export function TrialScatter({ trials, paths }: { trials: readonly Trial[]; paths: readonly string[] }) {
  const { jobs } = useTexts()
  const { number } = useFormat()
  const scored = trials.flatMap(({ params, score, number: place }) =>
    score === null ? [] : [{ params, score, place }],
  )
  if (scored.length < 2) return null
  const scores = scored.map(({ score }) => score)
  const low = Math.min(...scores)
  const high = Math.max(...scores)
  const y = (score: number) => MARGIN + (1 - (score - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN)
  return (
    <div class="grid">
      {paths.map((path) => {
        const axis = axisOf(scored.map(({ params }) => params[path]))
        return (
          <figure class="stack tight" key={path}>
            <figcaption>
              <code>{path}</code>
            </figcaption>
            <svg
              class="trial-points"
              viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
              role="img"
              aria-label={jobs.scatter(path)}
            >
              {scored.map(({ params, score, place }) => (
                <circle key={place} cx={axis.x(params[path])} cy={y(score)} r="4">
                  <title>{`${JSON.stringify(params[path])}: ${number(score)}`}</title>
                </circle>
              ))}
            </svg>
            <span class="row apart fine quiet">
              <span>{axis.first}</span>
              <span>{axis.last}</span>
            </span>
            <span class="fine quiet">
              {jobs.score}: {number(low)} – {number(high)}
            </span>
          </figure>
        )
      })}
    </div>
  )
}

interface Axis {
  x: (value: unknown) => number
  /** The ends as they are written. */
  first: string
  last: string
}

/** Returns where values lie: numbers by their size, all else side by side in the order of their texts. */
function axisOf(values: readonly unknown[]): Axis {
  const room = WIDTH - 2 * MARGIN
  const numbers = values.filter((value) => typeof value === 'number')
  if (numbers.length === values.length) {
    const low = Math.min(...numbers)
    const high = Math.max(...numbers)
    const bend = low > 0 && high / low >= MANY_TIMES ? Math.log : (value: number) => value
    const span = bend(high) - bend(low) || 1
    const x = (value: unknown) => MARGIN + ((bend(Number(value)) - bend(low)) / span) * room
    return { x, first: String(low), last: String(high) }
  }
  const texts = [...new Set(values.map((value) => JSON.stringify(value) ?? ''))].toSorted()
  const step = room / Math.max(1, texts.length - 1)
  return {
    x: (value) => MARGIN + texts.indexOf(JSON.stringify(value) ?? '') * step,
    first: texts[0] ?? '',
    last: texts.at(-1) ?? '',
  }
}
