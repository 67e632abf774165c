import { z } from 'zod'
import { confusion } from './confusion.ts'
import type { PlotResults } from './data.ts'
import { epochCurves, kfold } from './epochs.ts'
import { feature } from './feature.ts'
import { importance } from './importance.ts'
import { labels } from './labels.ts'
import { learningCurve } from './learning-curve.ts'
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
  'learning-curve': learningCurve,
  importance,
  terms,
  feature,
} as const satisfies Record<string, Plot>

/** A plot's name. It stands in addresses, `feature` with the feature's own name behind it: `feature-age`. */
export type PlotName = keyof typeof PLOTS
export const PlotName = z.enum(Object.keys(PLOTS) as PlotName[])

const OF_FEATURE = 'feature-'

/** Reads a plot's name in an address, and the feature that it may name; null if no plot is called so. */
export function parsePlotName(text: string): { name: PlotName; feature: string | null } | null {
  if (text.startsWith(OF_FEATURE)) return { name: 'feature', feature: text.slice(OF_FEATURE.length) }
  const name = PlotName.safeParse(text)
  return name.success && name.data !== 'feature' ? { name: name.data, feature: null } : null
}

/** Returns the names in addresses of the plots of single features. */
export function featurePlotsOf({ explanation }: Pick<PlotResults, 'explanation'>): string[] {
  const drawn = (explanation?.curves ?? []).filter(({ points }) => points.length > 0)
  return drawn.map((curve) => `${OF_FEATURE}${curve.feature}`)
}

/** Tells whether a plot is drawn from a version's explanation. */
export function isOfExplanation(name: PlotName): boolean {
  const plot: Plot = PLOTS[name]
  return plot.isOfExplanation === true
}

/** Returns the names of the plots that can be drawn of these results, in their usual order. */
export function plotsOf(results: PlotResults): PlotName[] {
  return PlotName.options.filter((name) => PLOTS[name].drawable(results))
}
