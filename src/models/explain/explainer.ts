/*
 * The entry point of the explanations: why a model answers a row as it does. A row is compared with the empty row
 * (difference.ts): what each input adds to a member's logits is the matter of its kind (member.ts, dense.ts, trees.ts),
 * how the members come together that of heads.ts, and columns.ts tells which term or feature an input belongs to.
 */

import type { Row } from '../../recipe/table.ts'
import type { Steps } from '../../runtime/steps.ts'
import type { RowEncoder } from '../encoders/row-encoder.ts'
import type { SparseRow } from '../encoders/sparse-row.ts'
import type { PreparedModel } from '../files/prepared.ts'
import { isForest, lastActivation } from '../network/weights.ts'
import { isOrdinal, outputsOf, type TargetState } from '../target.ts'
import { logitsWithoutWords } from '../unknown-texts.ts'
import type { ChosenOutput } from './choice.ts'
import { type Amount, amountsByColumn, notesOf, readTexts, toldAmount } from './columns.ts'
import { denseExplainer } from './dense.ts'
import { differenceOf, emptyRow, type RowDifference } from './difference.ts'
import type { ExplainedNote, ExplainedScale, Explanation } from './explanation.ts'
import { headOf, meanGradient } from './heads.ts'
import type { MemberExplainer } from './member.ts'
import { type RowAmounts, sumOfAmounts } from './row-amounts.ts'
import { binsOfRow, treesExplainer } from './trees.ts'

/** Explains the answers of one model. */
export interface Explainer {
  /**
   * Explains one output for a row in which `Predictor.check` found nothing.
   * @param encoded the encoded row, which is read before the first step ends; so are the row's texts, whose terms have just been
   * found
   * @param top contributions that are listed. Default: all
   */
  explain(row: Row, encoded: SparseRow, chosen: ChosenOutput, top?: number): Steps<Explanation>
}

/** Returns the explainer of a model. What it prepares takes about the time of one prediction. */
export function createExplainer({ file, members }: PreparedModel, encoder: RowEncoder): Explainer {
  const { inputs, target } = file
  const empty = emptyRow(encoder)
  const explainers = members.map((member) => ({
    ...(isForest(member) ? treesExplainer(member) : denseExplainer(member, empty)),
    isForest: isForest(member),
  }))
  const bases = explainers.map(({ base }) => base)
  const hasForest = explainers.some((member) => member.isForest)
  const activation = lastActivation(members[0])
  const outputs = outputsOf(target)
  const withoutWords = logitsWithoutWords(inputs, target)
  return {
    *explain(row, encoded, { position, negated, name }, top) {
      const texts = readTexts(encoder, row)
      const change = differenceOf(encoded, empty)
      const bins = hasForest ? binsOfRow(encoded) : change
      const rows = explainers.map((member) => (member.isForest ? bins : change))
      // Without a known word the network is not asked, so that there is nothing to explain.
      const isUnknown = encoded.length === 0 && withoutWords !== null
      const head = headOf(
        { activation, ordinal: isOrdinal(target), members: isUnknown ? 1 : members.length, outputs },
        position,
      )
      const starts = isUnknown ? [withoutWords] : bases
      const ends = isUnknown
        ? starts
        : explainers.map((member, index) => Float64Array.from(member.logits(rows[index] ?? change)))
      const weights = meanGradient(head, starts, ends)
      const amounts = isUnknown ? sumOfAmounts([]) : yield* sumOfMembers(explainers, rows, weights, outputs)
      const { scale, shift, factor } = scaleOf(target, position)
      const own = negated ? -factor : factor
      const all = amountsByColumn(encoder, amounts, texts, own)
      const { listed, rest } = largest(all, top ?? all.length)
      const notes: ExplainedNote[] = notesOf(encoder, row, texts)
      return {
        base: head.value(starts) * own + shift,
        explanation: listed.map((amount) => toldAmount(amount, inputs.length === 1)),
        explained: { ...name, scale, output: head.value(ends) * own + shift, rest },
        notes,
      }
    },
  }
}

/**
 * Returns what each position of a row adds to the members' logits, weighed by the derivatives of the head.
 * @param rows the row as each member takes it
 */
function* sumOfMembers(
  members: readonly MemberExplainer[],
  rows: readonly RowDifference[],
  weights: Float64Array,
  outputs: number,
): Steps<RowAmounts> {
  const parts = []
  for (const [index, member] of members.entries()) {
    const row = rows[index]
    if (!row) continue
    const own = weights.subarray(index * outputs, (index + 1) * outputs)
    parts.push({ positions: row.indices, amounts: yield* member.contributions(row, own) })
    yield
  }
  return sumOfAmounts(parts)
}

/** Returns the unit of an explained output, and the linear function that brings a regression's output to it. */
function scaleOf(
  target: TargetState,
  position: number,
): { scale: ExplainedScale; shift: number; factor: number } {
  const number = target.task === 'severalNumbers' ? target.targets[position]?.state : target
  if (number?.task !== 'regression')
    return { scale: isOrdinal(target) ? 'logProbability' : 'logit', shift: 0, factor: 1 }
  return { scale: number.log ? 'logValue' : 'value', shift: number.shift, factor: number.scale }
}

/** Returns the contributions of the largest sizes, in order, and the sum of the others. */
function largest(all: Amount[], top: number): { listed: Amount[]; rest: number } {
  const bySize = (a: Amount, b: Amount) => Math.abs(b.contribution) - Math.abs(a.contribution)
  if (top >= all.length) return { listed: all.sort(bySize), rest: 0 }
  // A long text has hundreds of terms, of which ten are asked for: mostly a size is compared with the smallest that is listed.
  const listed: Amount[] = []
  let rest = 0
  for (const amount of all) {
    const smallest = listed[top - 1]
    if (smallest && Math.abs(amount.contribution) <= Math.abs(smallest.contribution)) {
      rest += amount.contribution
      continue
    }
    listed.splice(placeOf(amount, listed), 0, amount)
    if (listed.length > top) rest += listed.pop()?.contribution ?? 0
  }
  return { listed, rest }
}

/** Returns where an amount comes among others in order: behind those that are as large. */
function placeOf({ contribution }: Amount, listed: readonly Amount[]): number {
  const size = Math.abs(contribution)
  let low = 0
  let high = listed.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (Math.abs(listed[middle]?.contribution ?? 0) >= size) low = middle + 1
    else high = middle
  }
  return low
}
