import { useEffect, useRef } from 'preact/hooks'
import { useTexts } from '../texts/texts.tsx'
import type { CurvesProps } from './curve.ts'
import { useFormat } from './format.ts'
import { Scroll } from './scroll.tsx'

/** Rows of the table behind a chart. */
const MAX_ROWS = 200

/** Curves over numbers, drawn as they come, with the same as a table behind them. */
export function Curves(props: CurvesProps) {
  const place = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  latest.current = props
  const update = useRef<() => void>(() => {})
  useEffect(() => {
    let over = false
    let close = () => {}
    void import('./curve-chart.ts').then(({ openChart }) => {
      if (over || !place.current) return
      const chart = openChart(place.current, () => latest.current)
      update.current = chart.update
      close = chart.close
    })
    return () => {
      over = true
      close()
    }
  }, [])
  useEffect(() => update.current(), [props.x, props.curves, props.marks])
  return (
    <figure class="stack tight">
      <figcaption class="row apart">
        <strong>{props.title}</strong>
        {props.curves.length > 1 && <Legend {...props} />}
      </figcaption>
      <div ref={place} style={{ minHeight: `${props.height ?? 240}px` }} aria-hidden="true" />
      <CurveTable {...props} />
    </figure>
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
