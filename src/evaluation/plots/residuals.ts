import type { PlotData } from './data.ts'
import { type Panel, type Plot, panel } from './spec.ts'
import { printable, rowsText, short } from './text.ts'
import type { Colors } from './theme.ts'

const HEIGHT = 420
const LEFT = 400
const RIGHT = 240
const WHOLE = LEFT + RIGHT
/** Targets that are shown at most. */
const MOST_TARGETS = 4

/**
 * Predicted against true values of a sample of rows, beside the distribution of all rows' residuals; of several targets
 * the first ones' predicted against true values, one below the other.
 */
export const residuals: Plot = {
  drawable: ({ evaluation }) => evaluation?.residuals !== undefined || ofTargets(evaluation).length > 0,
  figure: (data, colors) => {
    const targets = ofTargets(data.evaluation)
    if (targets.length === 0)
      return { direction: 'row', panels: [scatter(data, colors), distribution(data, colors)] }
    const panels = targets
      .slice(0, MOST_TARGETS)
      .map(([target, evaluation]) => scatter({ ...data, target, evaluation }, colors, WHOLE))
    return { direction: 'column', panels }
  },
}

/** Returns the evaluation of each of several targets as if it were the only one. */
function ofTargets(evaluation: PlotData['evaluation']): [name: string, own: PlotData['evaluation']][] {
  return Object.entries(evaluation?.perTarget ?? {}).flatMap(([name, own]) =>
    evaluation && own.residuals ? [[name, { ...evaluation, ...own }]] : [],
  )
}

function scatter({ subject, target, evaluation }: PlotData, colors: Colors, width = LEFT): Panel {
  const { predicted = [], truth = [] } = evaluation?.residuals ?? {}
  const values = predicted.map((value, row) => ({ predicted: value, truth: truth[row] ?? 0 }))
  const low = Math.min(...predicted, ...truth)
  const high = Math.max(...predicted, ...truth)
  const domain = high > low ? [low, high] : [low - 1, high + 1]
  const format = Math.max(Math.abs(low), Math.abs(high)) >= 10_000 ? { format: '~s' } : {}
  const name = printable(target, 24)
  const position = (field: 'predicted' | 'truth', title: string) => ({
    field,
    type: 'quantitative' as const,
    title,
    scale: { domain, zero: false, nice: true },
    axis: { tickCount: 6, ...format },
  })
  const x = position('truth', `True ${name}`)
  const y = position('predicted', `Predicted ${name}`)
  const sampled = (evaluation?.rows ?? 0) > values.length ? `, ${short(values.length)} shown` : ''
  const diagonal = domain.map((value) => ({ truth: value, predicted: value }))
  return panel(colors, {
    title: 'Predicted and true values',
    notes: [`${printable(subject, 34)} · ${rowsText(evaluation?.rows ?? 0)}${sampled}`, errorsOf(evaluation)],
    width,
    height: HEIGHT,
    layers: [
      {
        data: { values },
        mark: {
          // A thousand sentences for a screen reader would help nobody.
          type: 'point' as const,
          filled: true,
          color: colors.training,
          aria: false,
          size: values.length > 300 ? 18 : 34,
          opacity: values.length > 300 ? 0.6 : 0.75,
        },
        encoding: { x, y },
      },
      {
        data: { values: diagonal },
        mark: { type: 'line', color: colors.text, strokeDash: [4, 4], strokeWidth: 1.2 },
        encoding: { x, y },
      },
    ],
  })
}

function errorsOf(evaluation: PlotData['evaluation']): string {
  const told = (['mae', 'rmse', 'r2'] as const).flatMap((name) => {
    const value = evaluation?.metrics[name]
    return typeof value === 'number'
      ? [`${{ mae: 'MAE', rmse: 'RMSE', r2: 'R²' }[name]} ${short(value)}`]
      : []
  })
  return told.join(' · ')
}

function distribution({ target, evaluation }: PlotData, colors: Colors): Panel {
  const { edges = [], counts = [], below = 0, above = 0 } = evaluation?.residuals?.histogram ?? {}
  const values = counts.map((rows, bin) => ({ from: edges[bin] ?? 0, to: edges[bin + 1] ?? 0, rows }))
  const low = edges[0] ?? 0
  const high = edges.at(-1) ?? 0
  const format = Math.max(Math.abs(low), Math.abs(high)) >= 10_000 ? { format: '~s' } : {}
  const title = target.length > 10 ? 'Predicted − true' : `Predicted − true (${printable(target, 10)})`
  const x = {
    field: 'from',
    type: 'quantitative' as const,
    title,
    scale: { nice: false, zero: false },
    axis: { tickCount: 5, grid: false, ...format },
  }
  const beyond = below + above > 0 ? `${rowsText(below + above)} beyond the axis` : ''
  return panel(colors, {
    title: 'Residuals',
    notes: [`median ${short(evaluation?.residualQuantiles?.['0.5'] ?? 0)}`, beyond],
    width: RIGHT,
    height: HEIGHT,
    layers: [
      {
        data: { values },
        mark: { type: 'rect', color: colors.training, stroke: colors.background, strokeWidth: 1 },
        encoding: {
          x,
          x2: { field: 'to' },
          y: { field: 'rows', type: 'quantitative', title: 'Rows', axis: { tickCount: 5, tickMinStep: 1 } },
          y2: { datum: 0 },
        },
      },
      {
        data: { values: low <= 0 && high >= 0 ? [{ from: 0 }] : [] },
        mark: { type: 'rule', color: colors.text, strokeDash: [4, 4], strokeWidth: 1.2 },
        encoding: { x },
      },
    ],
  })
}
