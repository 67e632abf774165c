import type { PlotData } from './data.ts'
import { type Figure, type Layer, type Panel, type Plot, panel, single } from './spec.ts'
import { printable, rowsText, short } from './text.ts'
import type { Colors } from './theme.ts'

const HEIGHT = 500

interface Curve {
  name: string
  x: readonly number[]
  y: readonly number[]
  /** Area under the curve, or average precision, for the legend. */
  area: number
}

interface Point {
  x: number
  y: number
}

/** True against false positive rate over all thresholds. */
export const roc: Plot = {
  drawable: ({ evaluation }) => Object.keys(evaluation?.roc ?? {}).length > 0,
  figure: rocFigure,
}

function rocFigure(data: PlotData, colors: Colors): Figure {
  const curves = Object.entries(data.evaluation?.roc ?? {}).map(([name, curve]): Curve => {
    return { name, x: curve.falsePositiveRate, y: curve.truePositiveRate, area: curve.area }
  })
  const { negatives = [0, 0], positives = [0, 0] } = answersOf(data)
  const chosen =
    rate(negatives, 1) === null ? null : { x: rate(negatives, 1) ?? 0, y: rate(positives, 1) ?? 0 }
  return draw(data, colors, {
    title: 'ROC curve',
    curves,
    chosen,
    areaName: 'area',
    x: 'False positive rate',
    y: 'True positive rate',
    guides: [
      [
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ],
    ],
    guide: 'dashed: a guess',
  })
}

/** Precision against recall over all thresholds. */
export const precisionRecall: Plot = {
  drawable: ({ evaluation }) => Object.keys(evaluation?.precisionRecall ?? {}).length > 0,
  figure: precisionRecallFigure,
}

function precisionRecallFigure(data: PlotData, colors: Colors): Figure {
  const entries = Object.entries(data.evaluation?.precisionRecall ?? {})
  const curves = entries.map(([name, curve]): Curve => {
    return { name, x: curve.recall, y: curve.precision, area: curve.averagePrecision }
  })
  const { negatives = [0, 0], positives = [0, 0] } = answersOf(data)
  const answered = (negatives[1] ?? 0) + (positives[1] ?? 0)
  const chosen = answered > 0 ? { x: rate(positives, 1) ?? 0, y: (positives[1] ?? 0) / answered } : null
  const [first] = entries
  const guess = entries.length === 1 && first ? first[1].prevalence : null
  return draw(data, colors, {
    title: 'Precision and recall',
    curves,
    chosen,
    areaName: 'average precision',
    x: 'Recall',
    y: 'Precision',
    guides:
      guess === null
        ? []
        : [
            [
              { x: 0, y: guess },
              { x: 1, y: guess },
            ],
          ],
    guide: guess === null ? '' : 'dashed: a guess',
  })
}

/** Counts, or weights, of the two answers to the rows of each class; empty where there are not two classes. */
function answersOf({ evaluation }: PlotData): {
  negatives?: readonly number[]
  positives?: readonly number[]
} {
  const matrix = evaluation?.weightedMatrix ?? evaluation?.confusionMatrix
  const [negatives, positives] = matrix?.length === 2 ? matrix : []
  return negatives && positives ? { negatives, positives } : {}
}

function rate(line: readonly number[], at: number): number | null {
  const all = line.reduce((total, rows) => total + rows, 0)
  return all > 0 ? (line[at] ?? 0) / all : null
}

interface CurvePlot {
  title: string
  curves: readonly Curve[]
  /** The point at which the model's threshold stands, or null. */
  chosen: Point | null
  areaName: string
  x: string
  y: string
  guides: readonly (readonly Point[])[]
  guide: string
}

function position(field: 'x' | 'y' | 'predicted' | 'observed', title: string) {
  return {
    field,
    type: 'quantitative' as const,
    title,
    scale: { domain: [0, 1], nice: false },
    axis: { tickCount: 6 },
  }
}

function draw({ subject, evaluation }: PlotData, colors: Colors, plot: CurvePlot) {
  const x = position('x', plot.x)
  const y = position('y', plot.y)
  const labels = plot.curves.map(({ name, area }) => `${printable(name, 16)} (${short(area)})`)
  const [only] = plot.curves
  const alone = only && plot.curves.length === 1 ? only : null
  const rows = rowsText(evaluation?.rows ?? 0)
  const folds = evaluation?.folds ? [`mean of ${evaluation.folds.length} folds`] : []
  const facts = [
    alone
      ? `class ${printable(alone.name, 24)}: ${plot.areaName} ${short(alone.area)}`
      : `in brackets: ${plot.areaName}`,
    ...(plot.guide ? [plot.guide] : []),
    ...(plot.chosen ? ['point: the answers given'] : []),
  ]
  return single(colors, {
    title: alone ? plot.title : `${plot.title}, each class against all others`,
    notes: [[printable(subject, 60), rows, ...folds].join(' · '), facts.join(' · ')],
    height: HEIGHT,
    layers: [
      ...plot.guides.map((values): Layer => guideLayer(values, colors, { x, y })),
      ...plot.curves.map(
        (curve, at): Layer => ({
          data: {
            values: curve.x.map((value, point) => ({ x: value, y: curve.y[point] ?? 0, line: at, point })),
          },
          mark: { type: 'line', strokeWidth: 2.2, clip: true, strokeJoin: 'round' },
          encoding: {
            x,
            y,
            order: { field: 'point', type: 'quantitative' as const },
            color: {
              field: 'line',
              type: 'nominal' as const,
              title: null,
              scale: { domain: plot.curves.map((_, each) => each), range: [...colors.classes] },
              legend: alone ? null : { labelExpr: 'labels[datum.value]', columns: 3 },
            },
          },
        }),
      ),
      ...(plot.chosen ? [chosenLayer(plot.chosen, colors, { x, y })] : []),
    ],
    params: [{ name: 'labels', value: labels }],
  })
}

interface Axes {
  x: ReturnType<typeof position>
  y: ReturnType<typeof position>
}

function guideLayer(values: readonly Point[], colors: Colors, { x, y }: Axes): Layer {
  return {
    data: { values: [...values] },
    mark: { type: 'line', color: colors.muted, strokeDash: [4, 4], strokeWidth: 1.2 },
    encoding: { x, y },
  }
}

function chosenLayer(point: Point, colors: Colors, { x, y }: Axes): Layer {
  return {
    data: { values: [point] },
    mark: {
      type: 'point' as const,
      filled: true,
      size: 90,
      opacity: 1,
      fill: colors.background,
      stroke: colors.text,
      strokeWidth: 2,
    },
    encoding: { x, y },
  }
}

/** How often a probability came true, above the number of rows that had it. */
export const reliability: Plot = {
  drawable: ({ evaluation }) => evaluation?.reliability !== undefined,
  figure: (data, colors) => ({
    direction: 'column',
    panels: [calibration(data, colors), probabilities(data, colors)],
  }),
}

/** Both panels' labels take the same room, so that their x-axes stand below each other. */
const LABELS = { minExtent: 40, maxExtent: 40 }

function probabilityName({ evaluation }: PlotData): string {
  const [, positive = ''] = evaluation?.classes ?? []
  return evaluation?.reliability?.of === 'answered'
    ? 'Probability of the answered class'
    : `Probability of ${printable(positive, 24)}`
}

function calibration(data: PlotData, colors: Colors): Panel {
  const { subject, evaluation } = data
  const bins = (evaluation?.reliability?.bins ?? []).filter(({ rows }) => rows > 0)
  const error = evaluation?.reliability?.expectedCalibrationError ?? 0
  const x = { ...position('predicted', ''), title: null }
  const y = position('observed', 'Share that came true')
  const axes = { x, y: { ...y, axis: { ...y.axis, ...LABELS } } }
  return panel(colors, {
    title: 'Reliability',
    notes: [
      `${printable(subject, 60)} · ${rowsText(evaluation?.rows ?? 0)}`,
      `expected calibration error ${short(error)} · dashed: as often as predicted`,
    ],
    height: 370,
    layers: [
      {
        data: { values: [0, 1].map((value) => ({ predicted: value, observed: value })) },
        mark: { type: 'line', color: colors.muted, strokeDash: [4, 4], strokeWidth: 1.2 },
        encoding: axes,
      },
      {
        data: { values: bins },
        mark: {
          type: 'line' as const,
          color: colors.training,
          strokeWidth: 2.2,
          point: { filled: true, size: 60, color: colors.training },
        },
        encoding: axes,
      },
    ],
  })
}

function probabilities(data: PlotData, colors: Colors): Panel {
  const x = { ...position('x', probabilityName(data)), field: 'from' }
  return panel(colors, {
    height: 150,
    layers: [
      {
        data: { values: data.evaluation?.reliability?.bins ?? [] },
        mark: { type: 'rect', color: colors.training, stroke: colors.background, strokeWidth: 2 },
        encoding: {
          x,
          x2: { field: 'to' },
          y: {
            field: 'rows',
            type: 'quantitative' as const,
            title: 'Rows',
            axis: { tickCount: 3, tickMinStep: 1, format: '~s', ...LABELS },
          },
          y2: { datum: 0 },
        },
      },
    ],
  })
}
