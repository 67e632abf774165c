import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useTexts } from '../../texts/texts.tsx'
import { axisOf } from './trial-axis.ts'

type Trial = Schemas['Trial']

const WIDTH = 240
const HEIGHT = 140
const MARGIN = 10
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
                <circle
                  key={place}
                  cx={MARGIN + axis.share(params[path]) * (WIDTH - 2 * MARGIN)}
                  cy={y(score)}
                  r="4"
                >
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
