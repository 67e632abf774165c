import type { PlotData } from './data.ts'
import { type Figure, type Layer, NAMES_AXIS, type Plot, single } from './spec.ts'
import { printable, short } from './text.ts'
import type { Colors } from './theme.ts'

/** Labels above which only those that most rows have are drawn. */
const MOST_LABELS = 40
const LEAST_HEIGHT = 380
/** Pixels of a label's bar with the space around it, of few labels and of many. */
const BAR = { few: 30, many: 19 }

/** F1 of each label, beside the number of rows that have it. */
export const labels: Plot = {
  // Of the classifiers only those that give a row any number of labels have it.
  drawable: ({ evaluation }) => evaluation?.perClass !== undefined && 'hammingLoss' in evaluation.metrics,
  figure: labelsFigure,
}

function labelsFigure({ subject, evaluation }: PlotData, colors: Colors): Figure {
  const all = Object.entries(evaluation?.perClass ?? {})
  const shown = all.toSorted(([, a], [, b]) => b.support - a.support).slice(0, MOST_LABELS)
  const names = shown.map(([name]) => printable(name, 22))
  const values = shown.map(([, { f1, support }], label) => {
    return { label, f1, text: `${short(f1)}, ${short(support)} ${support === 1 ? 'row' : 'rows'}` }
  })
  const { f1Micro = null, f1Macro = null } = evaluation?.metrics ?? {}
  const facts = [
    `${short(evaluation?.rows ?? 0)} rows`,
    ...(f1Micro === null ? [] : [`micro F1 ${short(f1Micro)}`]),
    ...(f1Macro === null ? [] : [`macro F1 ${short(f1Macro)}`]),
    ...(all.length > shown.length ? [`the ${shown.length} most frequent of ${all.length} labels`] : []),
  ]
  const y = {
    field: 'label',
    type: 'ordinal' as const,
    title: null,
    scale: { domain: names.map((_, at) => at), paddingInner: 0.25, paddingOuter: 0.15 },
    axis: { ...NAMES_AXIS },
  }
  // The number stands to the right of the longest bar.
  const x = {
    field: 'f1',
    type: 'quantitative' as const,
    title: 'F1',
    scale: { domain: [0, 1.3], nice: false },
    axis: { values: [0, 0.2, 0.4, 0.6, 0.8, 1] },
  }
  const text: Layer = {
    data: { values },
    mark: { type: 'text', align: 'left', dx: 5, color: colors.text, fontSize: 11 },
    encoding: { x, y, text: { field: 'text', type: 'nominal' as const } },
  }
  return single(colors, {
    title: 'F1 of each label',
    notes: [
      `${printable(subject, 60)} · ${facts.join(' · ')}`,
      'beside each bar: F1, rows that have the label',
    ],
    height: Math.max(LEAST_HEIGHT, 110 + shown.length * (shown.length > 20 ? BAR.many : BAR.few)),
    layers: [{ data: { values }, mark: { type: 'bar', color: colors.training }, encoding: { x, y } }, text],
    params: [{ name: 'names', value: names }],
  })
}
