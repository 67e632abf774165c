import 'uplot/dist/uPlot.min.css'
import uPlot from 'uplot'
import type { CurvesProps } from './curve.ts'

const DASHES = [6, 4]
/** Distances of the marks of an axis of whole numbers. */
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 7 }, (_, power) => step * 10 ** power))
  .toSorted((a, b) => a - b)
/** A logarithmic axis as long as the values need; by default it would end at powers of ten. */
const LOGARITHMIC: uPlot.Scale = { distr: 3, range: (_chart, low, high) => [low / 1.1, high * 1.1] }
const DARK = matchMedia('(prefers-color-scheme: dark)')

/**
 * Draws curves into a place of the page, as wide as that is, in the colours of the theme. Dragging over a part of them shows
 * that part alone, and a double click all again.
 * @param props what to draw now
 * @param onPoint told over which place of x the pointer is; null: over none
 */
export function openChart(
  place: HTMLElement,
  props: () => CurvesProps,
  onPoint: (at: number | null) => void,
): { update: () => void; close: () => void } {
  let chart: uPlot | undefined
  let shape = ''
  const draw = () => {
    const now = props()
    const next = JSON.stringify([now.logarithmic, ...now.curves.map(({ name, color }) => [name, color])])
    if (chart && next === shape) return chart.setData(dataOf(now))
    shape = next
    chart?.destroy()
    chart = new uPlot(optionsOf(place, props, onPoint), dataOf(now), place)
  }
  const again = () => {
    shape = ''
    draw()
  }
  const size = new ResizeObserver(() =>
    chart?.setSize({ width: place.clientWidth, height: props().height ?? 240 }),
  )
  draw()
  size.observe(place)
  DARK.addEventListener('change', again)
  return {
    update: draw,
    close: () => {
      size.disconnect()
      DARK.removeEventListener('change', again)
      chart?.destroy()
    },
  }
}

function dataOf({ x, curves }: CurvesProps): uPlot.AlignedData {
  return [[...x], ...curves.map(({ values }) => [...values])]
}

function optionsOf(
  place: HTMLElement,
  props: () => CurvesProps,
  onPoint: (at: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const font = '12px system-ui, sans-serif'
  const axis = {
    stroke: color('quiet'),
    grid: { stroke: color('line'), width: 1 },
    ticks: { show: false },
    font,
  }
  const { x, xName, curves, height = 240, logarithmic = false } = props()
  return {
    width: place.clientWidth,
    height,
    legend: { show: false },
    scales: { x: { time: false }, y: logarithmic ? LOGARITHMIC : {} },
    axes: [
      // Between two epochs there is none.
      {
        ...axis,
        grid: { show: false },
        size: 28,
        label: xName,
        labelFont: font,
        labelSize: 18,
        ...(x.every(Number.isInteger) ? { incrs: WHOLE_STEPS } : {}),
      },
      { ...axis, size: 56 },
    ],
    series: [
      {},
      ...curves.map((curve) => ({
        stroke: color(`curve-${curve.color}`),
        width: 2,
        points: { show: false },
        ...(curve.dashed ? { dash: DASHES } : {}),
      })),
    ],
    hooks: {
      draw: [(chart) => drawMarks(chart, props, color('quiet'))],
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)],
    },
  }
}

function drawMarks(chart: uPlot, props: () => CurvesProps, color: string): void {
  const { ctx, bbox } = chart
  ctx.save()
  ctx.strokeStyle = color
  ctx.setLineDash([2, 4])
  for (const { at } of props().marks ?? []) {
    const x = chart.valToPos(at, 'x', true)
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}
