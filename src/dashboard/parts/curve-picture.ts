import type { CurvesProps } from './curve.ts'

/** Pixels of the page around and between what is drawn. */
const GAP = 16
const LINE = 20
const STROKE = 24
const FONT = 'system-ui, sans-serif'

/**
 * Draws a chart with its title and legend, in the colours of the theme, as the page shows it.
 * @param chart the canvas with the curves
 * @returns a PNG, as large as the screen has pixels
 */
export function pictureOf(chart: HTMLCanvasElement, { title, curves }: CurvesProps): Promise<Blob> {
  const scale = devicePixelRatio
  const width = chart.width / scale + 2 * GAP
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser cannot draw pictures.')
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim()
  context.font = `14px ${FONT}`
  const legend = curves.length > 1 ? curves : []
  const places = placesOf(
    legend.map(({ name }) => context.measureText(name).width),
    width,
  )
  const lines = legend.length === 0 ? 0 : (places.at(-1)?.line ?? 0) + 1
  const top = GAP + LINE * (1 + lines) + GAP / 2
  canvas.width = width * scale
  canvas.height = (top + GAP) * scale + chart.height
  context.scale(scale, scale)
  context.fillStyle = color('surface')
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.textBaseline = 'middle'
  context.fillStyle = color('text')
  context.font = `bold 14px ${FONT}`
  context.fillText(title, GAP, GAP + LINE / 2, width - 2 * GAP)
  context.font = `14px ${FONT}`
  for (const [at, { name, color: number, dashed }] of legend.entries()) {
    const { x = GAP, line = 0 } = places[at] ?? {}
    const y = GAP + LINE * (1.5 + line)
    context.strokeStyle = color(`curve-${number}`)
    context.lineWidth = 2
    context.setLineDash(dashed ? [6, 4] : [])
    context.beginPath()
    context.moveTo(x, y)
    context.lineTo(x + STROKE, y)
    context.stroke()
    context.fillText(name, x + STROKE + 6, y, width - x - STROKE - GAP)
  }
  context.drawImage(chart, GAP, top, chart.width / scale, chart.height / scale)
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('The picture could not be made.')))),
  )
}

/** Returns where each name of the legend stands: a line has as many as it has room for. */
function placesOf(widths: readonly number[], width: number): readonly { x: number; line: number }[] {
  let x = GAP
  let line = 0
  return widths.map((name) => {
    const needed = STROKE + 6 + name + GAP
    if (x > GAP && x + needed > width) {
      x = GAP
      line += 1
    }
    const place = { x, line }
    x += needed
    return place
  })
}
