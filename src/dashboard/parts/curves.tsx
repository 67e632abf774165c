import { useEffect, useRef, useState } from 'preact/hooks'
import { useTexts } from '../texts/texts.tsx'
import type { CurvesProps } from './curve.ts'
import { useFormat } from './format.ts'
import { rangeOf } from './range.ts'
import { SaveChart } from './save-chart.tsx'
import { Scroll } from './scroll.tsx'

/** Rows of the table behind a chart. */
const MAX_ROWS = 200
/** How many times the smallest value the largest one is, from where on logarithms are offered. */
const MANY_TIMES = 5

/** Curves over numbers, drawn as they come, with the same as a table behind them. */
export function Curves(given: CurvesProps) {
  const [logarithmic, setLogarithmic] = useState(false)
  const [at, setAt] = useState<number | null>(null)
  const canBeLogarithmic = hasLogarithms(given)
  // Values that a running job adds may be 0.
  const props = { ...given, logarithmic: logarithmic && canBeLogarithmic }
  const place = useRef<HTMLDivElement>(null)
  const { curves } = useTexts()
  const latest = useRef(props)
  latest.current = props
  const update = useRef<() => void>(() => {})
  useEffect(() => {
    let over = false
    let close = () => {}
    void import('./curve-chart.ts').then(({ openChart }) => {
      if (over || !place.current) return
      const chart = openChart(place.current, () => latest.current, setAt)
      update.current = chart.update
      close = chart.close
    })
    return () => {
      over = true
      close()
    }
  }, [])
  useEffect(() => update.current(), [props.x, props.curves, props.marks, props.logarithmic])
  return (
    <figure class="stack tight">
      <figcaption class="row apart">
        <strong>{props.title}</strong>
        {props.curves.length > 1 && <Legend {...props} />}
      </figcaption>
      <div ref={place} style={{ minHeight: `${props.height ?? 240}px` }} aria-hidden="true" />
      <ReadOut {...props} at={at} />
      {canBeLogarithmic && (
        <label class="check fine">
          <input
            type="checkbox"
            checked={logarithmic}
            onChange={(event) => setLogarithmic(event.currentTarget.checked)}
          />
          {curves.logarithmic}
        </label>
      )}
      <SaveChart chart={props} place={place} />
      <CurveTable {...props} />
    </figure>
  )
}

/** Tells whether all values are positive, and far enough apart for a logarithmic axis to say more. */
function hasLogarithms({ curves }: CurvesProps): boolean {
  const range = rangeOf(curves.flatMap(({ values }) => values))
  return range !== undefined && range.low > 0 && range.high > MANY_TIMES * range.low
}

/** What the curves are where the pointer is. The table says the same to those without a pointer. */
function ReadOut({ xName, x, curves, at }: CurvesProps & { at: number | null }) {
  const { curves: texts } = useTexts()
  const { number } = useFormat()
  const place = at === null ? undefined : x[at]
  return (
    <div class="fine quiet read-out" aria-hidden="true">
      {at === null || place === undefined
        ? texts.zoom
        : [
            `${xName} ${number(place)}`,
            ...curves.flatMap(({ name, values }) => {
              const value = values[at]
              return value === null || value === undefined ? [] : [`${name} ${number(value)}`]
            }),
          ].join(' · ')}
    </div>
  )
}

function Legend({ curves, marks = [] }: CurvesProps) {
  return (
    <div class="row fine">
      {curves.map(({ name, color, dashed }) => (
        <span class={`legend curve-${color}`} key={name}>
          <span class={dashed ? 'stroke dashed' : 'stroke'} />
          {name}
        </span>
      ))}
      {marks.map(({ name, at }) => (
        <span class="quiet" key={name}>
          ┊ {name}: {at}
        </span>
      ))}
    </div>
  )
}

function CurveTable({ title, xName, x, curves }: CurvesProps) {
  const { common } = useTexts()
  const { number } = useFormat()
  const shown = x.slice(-MAX_ROWS)
  const first = x.length - shown.length
  return (
    <details class="fine">
      <summary>{common.asTable}</summary>
      <Scroll label={title} tall>
        <table>
          <thead>
            <tr>
              <th class="number">{xName}</th>
              {curves.map(({ name }) => (
                <th class="number" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((at, i) => (
              <tr key={at}>
                <td class="number">{number(at)}</td>
                {curves.map(({ name, values }) => {
                  const value = values[first + i]
                  return (
                    <td class="number" key={name}>
                      {value === null || value === undefined ? '–' : number(value)}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  )
}
