import { z } from 'zod'
import { confusion } from './confusion.ts'
import type { PlotResults } from './data.ts'
import { epochCurves, kfold } from './epochs.ts'
import { labels } from './labels.ts'
import { residuals } from './residuals.ts'
import type { Plot } from './spec.ts'
import { precisionRecall, reliability, roc } from './thresholds.ts'

/**
 * All plots by name, in their usual order. A new plot is an object in a file of its own and a line here; routes,
 * `openapi.yaml` (`npm run openapi`) and the list in the tests follow. No plot loads the libraries that draw, so an API
 * process may read this list.
 */
export const PLOTS = {
  loss: epochCurves('loss'),
  accuracy: epochCurves('accuracy'),
  mae: epochCurves('mae'),
  kfold,
  confusion,
  labels,
  residuals,
  roc,
  pr: precisionRecall,
  reliability,
} as const satisfies Record<string, Plot>

/** A plot's name, as it stands in addresses. */
export type PlotName = keyof typeof PLOTS
export const PlotName = z.enum(Object.keys(PLOTS) as PlotName[])

/** Returns the names of the plots that can be drawn of a history and an evaluation, in their usual order. */
export function plotsOf(results: PlotResults): PlotName[] {
  return PlotName.options.filter((name) => PLOTS[name].drawable(results))
}
