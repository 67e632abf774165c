import { z } from 'zod'
import { History } from '../history.ts'
import { Evaluation } from '../schema.ts'

export const PLOTS = [
  'loss',
  'accuracy',
  'mae',
  'kfold',
  'confusion',
  'residuals',
  'roc',
  'pr',
  'reliability',
] as const
export const PlotName = z.enum(PLOTS)
export type PlotName = z.infer<typeof PlotName>

export const PLOT_FORMATS = ['svg', 'png'] as const
export const PlotFormat = z.enum(PLOT_FORMATS)
export type PlotFormat = z.infer<typeof PlotFormat>

export const PLOT_THEMES = ['light', 'dark'] as const
export const PlotTheme = z.enum(PLOT_THEMES)
export type PlotTheme = z.infer<typeof PlotTheme>

/** What a plot is drawn from. */
export const PlotData = z.object({
  /** What it is about, for the title (`imdb, version 3`). */
  subject: z.string(),
  /** Name of the loss, and of the target, for the axes. */
  loss: z.string(),
  target: z.string(),
  history: History.nullable(),
  evaluation: Evaluation.nullable(),
})
export type PlotData = z.infer<typeof PlotData>

/** The column that a k-fold's plot shows. */
export function foldColumn(history: History): string | undefined {
  return ['valMae', 'valLoss', 'loss'].find((name) => Array.isArray(history[name]))
}

/** The plots that there are of a history and an evaluation, in their usual order. */
export function plotsOf({ history, evaluation }: Pick<PlotData, 'history' | 'evaluation'>): PlotName[] {
  const has = (column: string) => {
    const values = history?.[column]
    return Array.isArray(values) && values.some((value) => value !== null)
  }
  const drawable: Record<PlotName, boolean> = {
    loss: has('loss'),
    accuracy: has('accuracy') || has('valAccuracy'),
    mae: has('mae') || has('valMae'),
    kfold: history?.folds !== undefined && history.folds.length > 0 && foldColumn(history) !== undefined,
    confusion: evaluation?.confusionMatrix !== undefined,
    residuals: evaluation?.residuals !== undefined,
    roc: Object.keys(evaluation?.roc ?? {}).length > 0,
    pr: Object.keys(evaluation?.precisionRecall ?? {}).length > 0,
    reliability: evaluation?.reliability !== undefined,
  }
  return PLOTS.filter((name) => drawable[name])
}
