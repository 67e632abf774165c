import { useMemo, useRef, useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { RowsBehind } from './rows-behind.tsx'

const SIZE = 400
const MARGIN = 44

interface Point {
  truth: number
  answered: number
}

interface Props {
  model: string
  version: number
  residuals: Schemas['Residuals']
}

/** True against answered values; a click, or two numbers, show the rows behind a place. */
export function ResidualPoints({ model, version, residuals }: Props) {
  const { model: texts } = useTexts()
  const { may } = useSession()
  const points = useMemo(() => pointsOf(residuals), [residuals])
  const [chosen, setChosen] = useState<Point>()
  if (points.length === 0) return null
  return (
    <section class="card stack" aria-labelledby="points">
      <h3 id="points">{texts.points}</h3>
      <p class="quiet fine">
        {texts.pointsHint} {may('train') && texts.pointsPress}
      </p>
      <Scatter points={points} chosen={chosen} onChoose={may('train') ? setChosen : undefined} />
      {may('train') && <PointForm key={JSON.stringify(chosen)} chosen={chosen} onChoose={setChosen} />}
      {chosen && (
        <RowsBehind
          model={model}
          version={version}
          question={{ kind: 'near', actual: String(chosen.truth), predicted: String(chosen.answered) }}
          title={texts.nearTitle}
        />
      )}
    </section>
  )
}

function pointsOf({ truth, predicted }: Schemas['Residuals']): Point[] {
  return truth.flatMap((value, at) => {
    const answered = predicted[at]
    return answered === undefined ? [] : [{ truth: value, answered }]
  })
}

interface ScatterProps {
  points: readonly Point[]
  chosen: Point | undefined
  onChoose: ((point: Point) => void) | undefined
}

/** The points as one path, since there may be thousands. Its numbers can be reached by the fields and table below. */
function Scatter({ points, chosen, onChoose }: ScatterProps) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  const picture = useRef<SVGSVGElement>(null)
  const scale = useMemo(() => scaleOf(points), [points])
  const path = useMemo(
    () =>
      points
        .map(({ truth, answered }) => `M${scale.x(truth).toFixed(1)} ${scale.y(answered).toFixed(1)}h0`)
        .join(''),
    [points, scale],
  )
  const choose = (event: MouseEvent) => {
    const box = picture.current?.getBoundingClientRect()
    if (!box || !onChoose) return
    const x = ((event.clientX - box.left) / box.width) * SIZE
    const y = ((event.clientY - box.top) / box.height) * SIZE
    const distance = ({ truth, answered }: Point) => Math.hypot(scale.x(truth) - x, scale.y(answered) - y)
    onChoose(points.reduce((nearest, point) => (distance(point) < distance(nearest) ? point : nearest)))
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the fields below do the same by keyboard.
    <svg
      ref={picture}
      class="scatter"
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      role="img"
      aria-label={texts.points}
      onClick={choose}
    >
      <line
        class="line"
        x1={scale.x(scale.low)}
        y1={scale.y(scale.low)}
        x2={scale.x(scale.high)}
        y2={scale.y(scale.high)}
      />
      <path class="points" d={path} />
      {chosen && <circle class="chosen" cx={scale.x(chosen.truth)} cy={scale.y(chosen.answered)} r="7" />}
      <text x={MARGIN} y={SIZE - MARGIN / 2 + 4}>
        {number(scale.low)}
      </text>
      <text x={SIZE / 2} y={SIZE - MARGIN / 2 + 4} text-anchor="middle">
        {texts.truth} →
      </text>
      <text x={SIZE} y={SIZE - MARGIN / 2 + 4} text-anchor="end">
        {number(scale.high)}
      </text>
      <text x={4} y={14}>
        ↑ {texts.answered}: {number(scale.high)}
      </text>
    </svg>
  )
}

/** Returns where values lie in the picture; both axes have the same range, so that right answers are on the diagonal. */
function scaleOf(points: readonly Point[]) {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { truth, answered } of points) {
    low = Math.min(low, truth, answered)
    high = Math.max(high, truth, answered)
  }
  const span = high - low || 1
  const room = SIZE - MARGIN
  return {
    low,
    high,
    x: (value: number) => MARGIN + ((value - low) / span) * (room - 8),
    y: (value: number) => 24 + (1 - (value - low) / span) * (room - 32),
  }
}

interface PointFormProps {
  chosen: Point | undefined
  onChoose: (point: Point) => void
}

/** Asks for a place by its two numbers. */
function PointForm({ chosen, onChoose }: PointFormProps) {
  const { model: texts } = useTexts()
  const [truth, setTruth] = useState(chosen?.truth)
  const [answered, setAnswered] = useState(chosen?.answered)
  const field = (label: string, value: number | undefined, set: (value: number) => void) => (
    <label class="field">
      {label}
      <input
        type="number"
        step="any"
        required
        value={value}
        onInput={({ currentTarget }) => set(currentTarget.valueAsNumber)}
      />
    </label>
  )
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault()
        if (truth !== undefined && answered !== undefined) onChoose({ truth, answered })
      }}
    >
      {field(texts.truth, truth, setTruth)}
      {field(texts.answered, answered, setAnswered)}
      <button type="submit" class="button small">
        {texts.showRows}
      </button>
    </form>
  )
}
