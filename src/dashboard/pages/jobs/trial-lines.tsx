import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { axisOf, endOf, startOf } from './trial-axis.ts'

/** Pixels between two axes, and the height of one. */
const STEP = 170
const HEIGHT = 170
/** Room for the names above the axes and the ends of the first and last of them. */
const TOP = 44
const SIDE = 80

interface Props {
  /** The best first. */
  trials: readonly Schemas['Trial'][]
  paths: readonly string[]
}

/** Each trial as a line through its parameters and its score (parallel coordinates); the best one stands out. */
export function TrialLines({ trials, paths }: Props) {
  const { jobs } = useTexts()
  const { number } = useFormat()
  const scored = trials.flatMap(({ params, score, number: place }) =>
    score === null ? [] : [{ params, score, place }],
  )
  if (scored.length < 2 || paths.length < 2) return null
  const axes = [
    ...paths.map((path) => ({ name: path, axis: axisOf(scored.map(({ params }) => params[path])) })),
    { name: jobs.score, axis: axisOf(scored.map(({ score }) => score)) },
  ]
  const x = (place: number) => SIDE + place * STEP
  const y = (share: number) => TOP + (1 - share) * HEIGHT
  const width = 2 * SIDE + (axes.length - 1) * STEP
  const valuesOf = ({ params, score }: (typeof scored)[number]) => [
    ...paths.map((path) => params[path]),
    score,
  ]
  return (
    <Scroll picture label={jobs.lines}>
      <svg
        class="trial-lines"
        width={width}
        height={TOP + HEIGHT + 28}
        viewBox={`0 0 ${width} ${TOP + HEIGHT + 28}`}
        role="img"
        aria-label={jobs.linesAbout}
      >
        {/* The best one is drawn last, above the others. */}
        {scored.toReversed().map((trial) => (
          <polyline
            key={trial.place}
            class={trial === scored[0] ? 'best' : undefined}
            points={valuesOf(trial)
              .map((value, place) => `${x(place)},${y(axes[place]?.axis.share(value) ?? 0).toFixed(1)}`)
              .join(' ')}
          >
            <title>{`${jobs.trial} ${trial.place}: ${number(trial.score)}`}</title>
          </polyline>
        ))}
        {axes.map(({ name, axis }, place) => (
          <g key={name}>
            <line x1={x(place)} x2={x(place)} y1={y(0)} y2={y(1)} />
            <text class="name" x={x(place)} y={16}>
              {endOf(name)}
              <title>{name}</title>
            </text>
            <text x={x(place)} y={TOP - 8}>
              {startOf(axis.last)}
              <title>{axis.last}</title>
            </text>
            <text x={x(place)} y={TOP + HEIGHT + 18}>
              {startOf(axis.first)}
              <title>{axis.first}</title>
            </text>
          </g>
        ))}
      </svg>
    </Scroll>
  )
}
