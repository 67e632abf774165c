import type { VersionExplanation } from '../../evaluation/explanation.ts'
import { NO_LONG_TEXTS, unpacked } from '../../models/encoders/long-texts.ts'
import { type InputStates, rowEncoder } from '../../models/encoders/row-encoder.ts'
import { termsOf as vocabularyOf } from '../../models/encoders/text.ts'
import { type NetworkWeights, networksOf } from '../../models/network/network.ts'
import { isOrdinal, outputsOf } from '../../models/target.ts'
import { atOnce } from '../../runtime/steps.ts'
import type { HeldRows } from './held-rows.ts'
import { type JudgedRows, namesOf } from './judged-rows.ts'

/** Terms that are listed for and against a class. */
const MOST_TERMS = 30
/** Rows whose explanations are averaged, for all names together, and rows in which a term must be. */
const MOST_EXPLAINED = 1000
const LEAST_ROWS = 3

type Terms = Pick<VersionExplanation, 'terms'>['terms']
type Term = NonNullable<Terms>[number]['positive'][number]

/**
 * Returns the terms that speak most for and against each class, label or target: by their weights, where the network has no
 * hidden layer; else by what they contribute on average to the rows that have them.
 */
export function termsOf(
  { encoder, members }: HeldRows,
  judged: JudgedRows,
): { terms: Terms; by: VersionExplanation['termsBy'] } {
  const texts = encoder.inputs.filter(({ type }) => type === 'text')
  if (texts.length === 0) return { terms: null, by: null }
  const named = namesOf(judged)
  const names = named.length === 0 ? ['value'] : named
  const networks = networksOf(members)
  const isLinear = networks.every(({ layers, fronts }) => layers.length === 1 && fronts.length === 0)
  const weights = texts.every(({ state }) => state.kind === 'text') && isLinear && !isOrdinal(encoder.target)
  if (!weights)
    return {
      terms: names.map((name) => listed(name, contributedBy(judged, names, name))),
      by: 'contributions',
    }
  const outputs = outputsOf(encoder.target)
  const isSoftmax = encoder.target.task === 'multiclass'
  const of = (output: number) => weightedTerms(encoder.inputs, networks, output, outputs, isSoftmax)
  return { terms: names.map((name, at) => listed(name, of(at))), by: 'weights' }
}

function listed(name: string, terms: Term[]) {
  const sorted = terms.sort((a, b) => b.weight - a.weight)
  return {
    name,
    positive: sorted.slice(0, MOST_TERMS).filter(({ weight }) => weight > 0),
    negative: sorted
      .slice(-MOST_TERMS)
      .reverse()
      .filter(({ weight }) => weight < 0),
  }
}

/**
 * Returns what one occurrence of each term adds to an output, before a text's weights are scaled to length 1. Of several
 * classes it is less the mean over the classes, to which their probabilities are indifferent.
 */
function weightedTerms(
  inputs: InputStates,
  members: readonly NetworkWeights[],
  output: number,
  outputs: number,
  isSoftmax: boolean,
): Term[] {
  const { columns } = rowEncoder(inputs)
  return inputs.flatMap(({ name, state }, index) => {
    const column = columns[index]
    if (state.kind !== 'text' || !column) return []
    const terms = vocabularyOf(state)
    const numbers = (text: string | null) =>
      text === null ? null : atOnce(unpacked(text, terms.length, NO_LONG_TEXTS))
    const idf = numbers(state.idf)
    const ratios = numbers(state.ratios)
    return terms.map((term, position): Term => {
      let weight = 0
      for (const { layers } of members) {
        const kernel = layers[0]?.kernel
        const start = (column.base + position) * outputs
        const own = kernel?.[start + output] ?? 0
        // The mean of differences is exactly zero where the classes are alike; the difference from a mean is not.
        let above = 0
        for (let each = 0; each < outputs; each++) above += (own - (kernel?.[start + each] ?? 0)) / outputs
        weight += (isSoftmax ? above : own) / members.length
      }
      return { term, feature: name, weight: weight * (idf?.[position] ?? 1) * (ratios?.[position] ?? 1) }
    })
  })
}

function contributedBy({ predictor, rows }: JudgedRows, names: readonly string[], name: string): Term[] {
  const [only] = predictor.inputs
  const sums = new Map<string, { term: string; feature: string; sum: number; rows: number }>()
  const options = predictor.classes.includes(name)
    ? { label: name }
    : predictor.targets.includes(name)
      ? { target: name }
      : {}
  for (const row of rows.slice(0, Math.ceil(MOST_EXPLAINED / names.length)))
    for (const { term, feature = only?.name ?? '', contribution } of atOnce(predictor.explain(row, options))
      .explanation) {
      if (term === undefined) continue
      const key = JSON.stringify([feature, term])
      const known = sums.get(key) ?? { term, feature, sum: 0, rows: 0 }
      sums.set(key, { ...known, sum: known.sum + contribution, rows: known.rows + 1 })
    }
  return [...sums.values()]
    .filter((each) => each.rows >= LEAST_ROWS)
    .map(({ term, feature, sum, rows }) => ({ term, feature, weight: sum / rows }))
}
