import type { PlotData } from './data.ts'
import { type Figure, type Layer, type Plot, single } from './spec.ts'
import { printable, rowsText, short } from './text.ts'
import { type Colors, WIDTH } from './theme.ts'

/** Classes above which those with the fewest rows are drawn as one. */
const MOST_CLASSES = 60
/** Classes up to which the cells have room for counts. */
const COUNTED_CLASSES = 16
/**
 * Depth of a cell's colour (square root of its share) above which its letters take the background's colour, to be
 * readable.
 */
const DEEP = 0.55

interface Cell {
  truth: number
  answered: number
  rows: number
  share: number
  right: boolean
}

/** True against answered classes: the share of each class's rows that got each answer. */
export const confusion: Plot = {
  drawable: ({ evaluation }) => evaluation?.confusionMatrix !== undefined,
  figure: confusionFigure,
}

function confusionFigure({ subject, evaluation }: PlotData, colors: Colors): Figure {
  const { names, matrix, together } = largestOf(evaluation?.classes ?? [], evaluation?.confusionMatrix ?? [])
  const size = names.length
  const cells = matrix.flatMap((line, truth) => {
    const all = line.reduce((total, rows) => total + rows, 0)
    return line.map((rows, answered): Cell => {
      return { truth, answered, rows, share: all > 0 ? rows / all : 0, right: truth === answered }
    })
  })
  const fontSize = size <= 10 ? 12 : size <= 20 ? 11 : size <= 40 ? 9.5 : 8.5
  const side = Math.max(11, Math.min(110, 460 / size))
  const accuracy = evaluation?.metrics['accuracy']
  const facts = [
    rowsText(evaluation?.rows ?? 0),
    ...(typeof accuracy === 'number' ? [`accuracy ${short(accuracy)}`] : []),
    ...(together > 0 ? [`the ${together} smallest classes are one`] : []),
  ]
  const axes = axesOf(names, fontSize)
  return single(colors, {
    title: 'Confusion matrix',
    notes: [
      `${printable(subject, 60)} · ${facts.join(' · ')}`,
      `share of the rows of the true class: blue answered right, orange mistaken`,
    ],
    height: Math.round(Math.min(760, 190 + side * size + Math.min(90, longest(names) * fontSize * 0.5))),
    layers: [
      // Most pairs of many classes never occur; the background stands for their cells.
      ...cellLayers(size > COUNTED_CLASSES ? cells.filter(({ rows }) => rows > 0) : cells, axes, colors),
      ...(size <= COUNTED_CLASSES ? [counts(cells, axes, colors, fontSize)] : []),
    ],
    ...(size > COUNTED_CLASSES ? { fill: colors.wrong[0] } : {}),
    resolve: { scale: { color: 'independent' } },
    params: [{ name: 'names', value: names }],
  })
}

/** Keeps the classes with the most rows, in their own order, and makes one of the rest. */
function largestOf(classes: readonly string[], matrix: readonly (readonly number[])[]) {
  const names = classes.map((name) => printable(name, 18))
  if (classes.length <= MOST_CLASSES) return { names, matrix, together: 0 }
  const support = matrix.map((line) => line.reduce((total, rows) => total + rows, 0))
  const bySize = classes.map((_, at) => at).sort((a, b) => (support[b] ?? 0) - (support[a] ?? 0) || a - b)
  const kept = bySize.slice(0, MOST_CLASSES - 1).sort((a, b) => a - b)
  const placeOf = new Map(kept.map((at, place) => [at, place]))
  const small = Array.from({ length: MOST_CLASSES }, () => new Array<number>(MOST_CLASSES).fill(0))
  for (const [truth, line] of matrix.entries())
    for (const [answered, rows] of line.entries()) {
      const target = small[placeOf.get(truth) ?? MOST_CLASSES - 1]
      const place = placeOf.get(answered) ?? MOST_CLASSES - 1
      if (target) target[place] = (target[place] ?? 0) + rows
    }
  const together = classes.length - kept.length
  return { names: [...kept.map((at) => names[at] ?? ''), `${together} others`], matrix: small, together }
}

function axesOf(names: readonly string[], labelFontSize: number) {
  const domain = names.map((_, at) => at)
  const upright = names.length <= 12 && longest(names) * names.length * labelFontSize * 0.65 < WIDTH - 140
  const common = {
    labelFontSize,
    labelExpr: 'names[datum.value]',
    labelLimit: 110,
    ticks: false,
    domain: false,
  }
  return {
    x: {
      field: 'answered',
      type: 'ordinal' as const,
      title: 'Answered class',
      scale: { domain, paddingInner: names.length > 25 ? 0 : 0.03, paddingOuter: 0 },
      axis: { ...common, labelAngle: upright ? 0 : -90, labelOverlap: false, orient: 'bottom' as const },
    },
    y: {
      field: 'truth',
      type: 'ordinal' as const,
      title: 'True class',
      scale: { domain, paddingInner: names.length > 25 ? 0 : 0.03, paddingOuter: 0 },
      axis: { ...common, labelOverlap: false },
    },
  }
}

type Axes = ReturnType<typeof axesOf>

/** Cells coloured by the square root of their share, so that a few hundredths can be seen. */
function cellLayers(cells: readonly Cell[], { x, y }: Axes, colors: Colors): Layer[] {
  const layer = (right: boolean, range: readonly [string, string]): Layer => ({
    data: { values: cells.filter((cell) => cell.right === right) },
    mark: { type: 'rect' },
    encoding: {
      x,
      y,
      color: {
        field: 'share',
        type: 'quantitative' as const,
        legend: null,
        scale: { type: 'sqrt', domain: [0, 1], range: [...range], interpolate: 'rgb' },
      },
    },
  })
  return [layer(true, colors.right), layer(false, colors.wrong)]
}

function counts(cells: readonly Cell[], { x, y }: Axes, colors: Colors, fontSize: number): Layer {
  const values = cells.map((cell) => ({
    ...cell,
    text:
      cells.length <= 36
        ? `${short(cell.rows)} (${percent(cell.share)})`
        : cell.rows > 0
          ? short(cell.rows)
          : '',
  }))
  return {
    data: { values },
    mark: { type: 'text', fontSize },
    encoding: {
      x,
      y,
      text: { field: 'text', type: 'nominal' as const },
      color: {
        condition: { test: `sqrt(datum.share) > ${DEEP}`, value: colors.background },
        value: colors.text,
      },
    },
  }
}

function percent(share: number): string {
  const value = share * 100
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)}%`
}

function longest(names: readonly string[]): number {
  return names.reduce((most, name) => Math.max(most, [...name].length), 0)
}
