import type { PlotData, PlotResults } from './data.ts'
import { type FeatureView, featurePanel, type Series } from './feature-figure.ts'
import type { Plot } from './spec.ts'
import { printable } from './text.ts'

/** Classes or labels that are drawn: those whose probability the feature changes most. */
const MOST_CLASSES = 5
/** Targets that are drawn, each in a panel of its own since their units differ: the first ones. */
const MOST_TARGETS = 4

type Curve = NonNullable<PlotResults['explanation']>['curves'][number]

/** The mean answer by the values of one feature (partial dependence): lines over numbers and dates, bars of categories. */
export const feature: Plot = {
  isOfExplanation: true,
  drawable: (results) => (curveOf(results)?.points.length ?? 0) > 0,
  figure: (data, colors) => {
    const curve = curveOf(data)
    const views = curve ? viewsOf(data, curve) : []
    return { direction: 'column', panels: views.map((view) => featurePanel(data, view, colors)) }
  },
}

function curveOf({ explanation, feature }: Pick<PlotResults, 'explanation' | 'feature'>): Curve | undefined {
  return explanation?.curves.find((curve) => curve.feature === feature)
}

/** Returns what each panel shows: one for each target, or one for a number or all classes. */
function viewsOf({ target, explanation }: PlotData, { names, points }: Curve): FeatureView[] {
  const values = points.map(({ value }) => value)
  const series = (names ?? [target]).map((name, output): Series => {
    return { name, outputs: points.map(({ outputs }) => outputs[output] ?? 0) }
  })
  const isProbability = explanation?.importance.metric === 'logLoss'
  const view = { isProbability, values, left: '' }
  if (!isProbability)
    return series.slice(0, MOST_TARGETS).map((each) => ({
      ...view,
      title: `Mean predicted ${printable(each.name, 30)}`,
      series: [each],
      left: series.length > MOST_TARGETS ? `the first ${MOST_TARGETS} of ${series.length} targets` : '',
    }))
  const [only] = series
  if (only && series.length === 1)
    return [{ ...view, title: `Mean probability of ${printable(only.name, 30)}`, series }]
  const changed = ({ outputs }: Series) => Math.max(...outputs) - Math.min(...outputs)
  const kept = new Set(series.toSorted((a, b) => changed(b) - changed(a)).slice(0, MOST_CLASSES))
  const title = 'Mean probability'
  const left = series.length > kept.size ? `the ${kept.size} of ${series.length} that it changes most` : ''
  return [{ ...view, title, series: series.filter((each) => kept.has(each)), left }]
}
