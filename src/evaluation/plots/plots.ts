import { z } from 'zod'
import { confusion } from './confusion.ts'
import type { PlotResults } from './data.ts'
import { epochCurves, kfold } from './epochs.ts'
import { importance } from './importance.ts'
import { labels } from './labels.ts'
import { residuals } from './residuals.ts'
import type { Plot } from './spec.ts'
import { terms } from './terms.ts'
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
  importance,
  terms,
} as const satisfies Record<string, Plot>

/** A plot's name, as it stands in addresses. */
export type PlotName = keyof typeof PLOTS
export const PlotName = z.enum(Object.keys(PLOTS) as PlotName[])

/** Tells whether a plot is drawn from a version's explanation. */
export function isOfExplanation(name: PlotName): boolean {
  const plot: Plot = PLOTS[name]
  return plot.isOfExplanation === true
}

/** Returns the names of the plots that can be drawn of these results, in their usual order. */
export function plotsOf(results: PlotResults): PlotName[] {
  return PlotName.options.filter((name) => PLOTS[name].drawable(results))
}
