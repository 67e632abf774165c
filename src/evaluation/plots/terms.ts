import type { PlotData, PlotResults } from './data.ts'
import { type Figure, NAMES_AXIS, type Panel, type Plot, panel } from './spec.ts'
import { printable, rough } from './text.ts'
import type { Colors } from './theme.ts'

/** Classes, labels or targets that are drawn: the first ones. */
const MOST_NAMES = 5
/** Terms for and against a class that are drawn, of a single one and of several. */
const TERMS = { alone: 10, several: 5 }
/** Pixels around the bars of the first panel and of each further one, and of a bar with the space around it. */
const AROUND = { first: 150, further: 100 }
const STEP = 22
/** Share of the axis beyond the longest bar on either side, where its number stands. */
const NUMBER_SHARE = 0.15

type TermsOfName = NonNullable<NonNullable<PlotResults['explanation']>['terms']>[number]

/** The terms that speak most for and against each class, label or target. */
export const terms: Plot = {
  isOfExplanation: true,
  drawable: (results) => namesWithTerms(results).length > 0,
  figure: (data, colors) => {
    const all = namesWithTerms(data)
    const panels = all
      .slice(0, MOST_NAMES)
      .map((each, at) => termsPanel(data, { each, isFirst: at === 0, names: all.length }, colors))
    return { direction: 'column', panels } satisfies Figure
  },
}

function namesWithTerms({ explanation }: Pick<PlotResults, 'explanation'>): TermsOfName[] {
  return (explanation?.terms ?? []).filter(({ positive, negative }) => positive.length + negative.length > 0)
}

interface Shown {
  each: TermsOfName
  isFirst: boolean
  /** Number of all names that have terms. */
  names: number
}

function termsPanel(data: PlotData, { each, isFirst, names }: Shown, colors: Colors): Panel {
  const most = names === 1 ? TERMS.alone : TERMS.several
  // From the one that speaks most for the class down to the one that speaks most against it.
  const shown = [...each.positive.slice(0, most), ...each.negative.slice(0, most).reverse()]
  const values = shown.map(({ weight }, term) => ({ term, weight, text: rough(weight) }))
  const weights = shown.map(({ weight }) => weight)
  const least = Math.min(0, ...weights)
  const greatest = Math.max(0, ...weights)
  const room = ((greatest - least) * NUMBER_SHARE) / (1 - 2 * NUMBER_SHARE)
  const domain = [least < 0 ? least - room : 0, greatest > 0 ? greatest + room : 0]
  const x = {
    field: 'weight',
    type: 'quantitative' as const,
    title: data.explanation?.termsBy === 'weights' ? 'Weight of the term' : 'Mean contribution of the term',
    scale: { domain, nice: false },
    axis: { tickCount: 6 },
  }
  const y = {
    field: 'term',
    type: 'ordinal' as const,
    title: null,
    scale: { domain: values.map(({ term }) => term), paddingInner: 0.25, paddingOuter: 0.15 },
    axis: {
      ...NAMES_AXIS,
      labelPadding: 6,
    },
  }
  const text = (isFor: boolean) => ({
    data: { values: values.filter(({ weight }) => weight > 0 === isFor) },
    mark: {
      type: 'text' as const,
      align: isFor ? ('left' as const) : ('right' as const),
      dx: isFor ? 5 : -5,
      color: colors.text,
      fontSize: 11,
    },
    encoding: { x, y, text: { field: 'text', type: 'nominal' as const } },
  })
  const left = names > MOST_NAMES ? ` · the first ${MOST_NAMES} of ${names}` : ''
  return panel(colors, {
    title: `Terms for and against ${printable(each.name === 'value' ? data.target : each.name, 30)}`,
    notes: isFirst ? [`${printable(data.subject, 60)} · blue: for · orange: against${left}`] : [],
    height: (isFirst ? AROUND.first : AROUND.further) + shown.length * STEP,
    layers: [
      {
        data: { values },
        mark: { type: 'bar' },
        encoding: {
          x,
          y,
          color: {
            condition: { test: 'datum.weight > 0', value: colors.training },
            value: colors.validation,
          },
        },
      },
      text(true),
      text(false),
    ],
    params: [{ name: 'names', value: termNames(shown) }],
  })
}

/** Returns the terms as they are drawn, each with its column where there are several. */
function termNames(shown: TermsOfName['positive']): string[] {
  const isOfOne = new Set(shown.map(({ feature }) => feature)).size === 1
  return shown.map(({ term, feature }) => {
    const name = printable(withSpaces(term), isOfOne ? 22 : 15)
    return isOfOne ? name : `${name} (${printable(feature, 8)})`
  })
}

/** Shows the spaces at the ends of a run of characters, which nobody would see. */
function withSpaces(term: string): string {
  return term.replace(/^ +| +$/g, (spaces) => '␣'.repeat(spaces.length))
}
