import type { LearningCurvePoint } from '../schema.ts'
import type { PlotData } from './data.ts'
import { type Figure, type Plot, single } from './spec.ts'
import { printable, rowsText, short } from './text.ts'
import type { Colors } from './theme.ts'

const HEIGHT = 420
/** Metrics that are drawn, the first one that the evaluation has. */
const DRAWN = ['accuracy', 'f1Micro', 'mae'] as const
const TITLES: Record<(typeof DRAWN)[number] | 'loss', string> = {
  accuracy: 'Accuracy',
  f1Micro: 'F1 over all labels',
  mae: 'Mean absolute error',
  loss: 'Loss',
}

/** What the recipe reaches by the number of rows that it is trained on, with 95% intervals. */
export const learningCurve: Plot = {
  drawable: ({ evaluation }) => (evaluation?.learningCurve ?? []).length > 0,
  figure: learningCurveFigure,
}

function learningCurveFigure({ subject, evaluation }: PlotData, colors: Colors): Figure {
  const points = evaluation?.learningCurve ?? []
  const name = DRAWN.find((metric) => typeof points[0]?.metrics[metric] === 'number') ?? 'loss'
  const values = points.map((point) => {
    const value = figureOf(point, name)
    const { low = value, high = value } = point.interval95?.[name] ?? {}
    return { rows: point.rows, value, low, high, text: short(value) }
  })
  const x = {
    field: 'rows',
    type: 'quantitative' as const,
    title: 'Training rows',
    scale: { zero: true, nice: false, padding: 24 },
    axis: { tickCount: 6 },
  }
  const y = {
    field: 'value',
    type: 'quantitative' as const,
    title: TITLES[name],
    scale: { zero: false },
    axis: { tickCount: 6 },
  }
  const folds = evaluation?.folds ? `, in ${evaluation.folds.length} folds` : ''
  return single(colors, {
    title: 'Learning curve',
    notes: [
      `${printable(subject, 60)} · measured on ${rowsText(evaluation?.rows ?? 0)}${folds}`,
      'a quarter, half and all of the training rows · lines: 95% intervals',
    ],
    height: HEIGHT,
    layers: [
      {
        data: { values },
        mark: { type: 'rule', color: colors.training, strokeWidth: 1.6 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        data: { values },
        mark: {
          type: 'line',
          color: colors.training,
          strokeWidth: 2.2,
          point: { color: colors.training, size: 50 },
        },
        encoding: { x, y },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'left', dx: 8, dy: -8, color: colors.text, fontSize: 11 },
        encoding: { x, y, text: { field: 'text', type: 'nominal' as const } },
      },
    ],
  })
}

function figureOf({ loss, metrics }: LearningCurvePoint, name: string): number {
  return (name === 'loss' ? loss : metrics[name]) ?? 0
}
