import type { Table, TableColumn } from '../datasets/table.ts'
import { quoted } from '../errors.ts'
import type { History } from '../evaluation/history.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import type { InputStates } from '../models/encoders/row-encoder.ts'
import { counted, isRounding, meanOfShares, threeDigits } from '../numbers.ts'
import { type CompleteRecipe, isTrees, targetNames } from '../recipe/index.ts'
import type { Cell } from '../recipe/table.ts'
import type { Warning } from '../warnings.ts'
import type { BudgetCut } from './budget.ts'

/** Rows below which two columns may well agree by chance. */
const FEWEST_ROWS = 10
/** Correlation from which a number repeats the target. */
const SAME = 0.9999

/**
 * Warns of the epoch after which the network learnt its training rows by heart, and names remedies.
 * @param kept epochs that the kept network, or the kept trees, have learnt for
 */
export function overfittingWarning(
  { network }: Pick<CompleteRecipe, 'network'>,
  history: History,
  kept: number,
): Warning[] {
  const { overfitsAfter } = history
  const losses = history['valLoss']
  if (overfitsAfter === null || !Array.isArray(losses)) return []
  const best = Number(losses[overfitsAfter - 1])
  const last = Number(losses.at(-1))
  const [what, advice] = isTrees({ network })
    ? ['the trees overfit. Those that are kept have', 'Fewer leaves, a larger minRows, l2 or more rows help.']
    : ['the network overfits. The one that is kept has', 'Fewer units, dropout, l2 or more rows help.']
  const remedy =
    kept > overfitsAfter ? `: train for ${overfitsAfter}, or let earlyStopping restore the best epoch` : ''
  return [
    {
      code: 'overfitting',
      message: `After epoch ${overfitsAfter} the validation loss rose from ${threeDigits(best)} to ${threeDigits(last)} while the training loss went on falling: ${what} learnt for ${counted(kept, 'epoch')}${remedy}. ${advice}`,
    },
  ]
}

const CUTS: Record<BudgetCut['what'], (done: string, of: string) => string> = {
  epochs: (done, of) => `training ended after ${done} of ${of} epochs`,
  foldEpochs: (done, of) => `folds were trained for ${done} of ${of} epochs`,
  measuredEpochs: (done, of) => `folds were measured after ${done} of ${of} epochs`,
  lastFitEpochs: (done, of) => `the last fit on all rows ended after ${done} of ${of} epochs`,
  candidates: (done, of) => `${done} of ${of} candidates were measured`,
  wholeCandidates: (done, of) =>
    `of ${of} candidates that were measured ${done === '0' ? 'none' : `only ${done}`} had done all epochs`,
}

function inWords(count: number): string {
  return count.toLocaleString('en')
}

/** Tells what was left out because the recipe's time was over. */
export function budgetWarning(
  { budget }: Pick<CompleteRecipe, 'budget'>,
  cuts: readonly BudgetCut[],
): Warning[] {
  if (!budget || cuts.length === 0) return []
  const told = cuts.map(({ what, done, most, of }) => {
    const range = most === undefined ? inWords(done) : `${inWords(done)} to ${inWords(most)}`
    return CUTS[what](range, inWords(of))
  })
  return [
    {
      code: 'budget-ended',
      message: `The budget of ${counted(budget.seconds, 'second')} was over before all was done: ${told.join(', ')}. The best so far was kept. A larger budget.seconds trains for longer, and "budget": null until all is done; how far a training comes within its budget depends on the speed of the machine.`,
    },
  ]
}

/** Warns where the recipe names a calibration that does not lower the log loss, or that the rows do not allow. */
export function calibrationWarning(
  { calibration }: Pick<CompleteRecipe, 'calibration'>,
  { calibration: figures }: Pick<Evaluation, 'calibration'>,
): Warning[] {
  if (!figures || calibration === 'auto' || calibration === 'none') return []
  const remedy =
    '"calibration": "auto" chooses the method by these rows, and none where none helps; "none" leaves the probabilities as the network gives them.'
  if (figures.method === 'none')
    return [
      {
        code: 'calibration-no-gain',
        message: `The calibration "${calibration}" cannot be fitted to the held-out rows, so the probabilities are not calibrated. ${remedy}`,
      },
    ]
  const { before, after } = figures
  if (after.logLoss <= before.logLoss) return []
  return [
    {
      code: 'calibration-no-gain',
      message: `The calibration "${calibration}" makes probabilities worse: on rows that did not fit it the log loss is ${threeDigits(after.logLoss)}, and ${threeDigits(before.logLoss)} without it. ${remedy}`,
    },
  ]
}

/**
 * Names inputs that give the target away on the training rows: a number that is a regression's target but for
 * scale, or values that stand for exactly one value of the target and the other way round.
 */
export function leakWarnings(recipe: CompleteRecipe, table: Table, rows: Uint32Array): Warning[] {
  return targetNames(recipe).flatMap((name) => leaksOf(name, recipe, table, rows))
}

function leaksOf(targetName: string, recipe: CompleteRecipe, table: Table, rows: Uint32Array): Warning[] {
  const target = table.columns.get(targetName)
  if (!target) return []
  return recipe.inputs.flatMap((name) => {
    const column = table.columns.get(name)
    if (!column || column.type === 'text') return []
    const scaled = recipe.task === 'regression' && column.type === 'number'
    if (!(scaled ? saysTheSame(column, target, rows) : isOneToOne(column, target, rows))) return []
    const how = scaled ? 'it correlates perfectly with' : 'each of its values stands for one value of'
    return [
      {
        code: 'target-leak' as const,
        column: name,
        message: `The column ${quoted(name)} gives the target away: ${how} ${quoted(targetName)}. If its value is not known when predictions are made, leave it out of inputs: the scores are too good to be true.`,
      },
    ]
  })
}

/** Number of terms below which a text is likely to have none that its column knows. */
const FEW_TERMS = 100

/** Names text columns of which few terms were learnt, with their number. */
export function fewTermsWarnings({ encoder }: CompleteRecipe, inputs: InputStates): Warning[] {
  const smaller = (encoder?.minCount ?? 1) > 1 ? ', and so does a smaller minCount of the encoder' : ''
  return inputs.flatMap(({ name, state }) => {
    if (state.kind !== 'text' && state.kind !== 'sequence') return []
    const terms = state.vocabulary === '' ? 0 : state.vocabulary.split('\n', FEW_TERMS).length
    if (terms >= FEW_TERMS) return []
    return [
      {
        code: 'few-terms' as const,
        column: name,
        message: `Only ${terms} different terms were learnt from the texts of ${quoted(name)}, and the model cannot use a text without any of them. More rows help${smaller}.`,
      },
    ]
  })
}

/** Returns whether the correlation of two columns of numbers is nearly 1 or −1. */
function saysTheSame(column: TableColumn, target: TableColumn, rows: Uint32Array): boolean {
  if (column.type !== 'number' || target.type !== 'number') return false
  const xs = new Float64Array(rows.length)
  const ys = new Float64Array(rows.length)
  let count = 0
  for (const row of rows) {
    const x = column.values[row] ?? Number.NaN
    const y = target.values[row] ?? Number.NaN
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue
    xs[count] = x
    ys[count] = y
    count += 1
  }
  return count >= FEWEST_ROWS && Math.abs(correlation(xs.subarray(0, count), ys.subarray(0, count))) > SAME
}

/** Returns a cell; null for a gap. */
function valueAt({ values }: TableColumn, row: number): Cell {
  const value = values[row] ?? null
  return Number.isNaN(value) ? null : value
}

/** Pearson's correlation; 0 if either column is constant but for rounding. */
function correlation(xs: Float64Array, ys: Float64Array): number {
  const meanX = meanOfShares(xs)
  const meanY = meanOfShares(ys)
  let xx = 0
  let yy = 0
  let xy = 0
  for (let at = 0; at < xs.length; at++) {
    const dx = (xs[at] ?? 0) - meanX
    const dy = (ys[at] ?? 0) - meanY
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  const count = xs.length
  if (isRounding(Math.sqrt(xx / count), meanX, count) || isRounding(Math.sqrt(yy / count), meanY, count))
    return 0
  return xy / (Math.sqrt(xx) * Math.sqrt(yy))
}

/** Returns whether each value of the column belongs to one value of the target and back, with pairs that repeat. */
function isOneToOne(column: TableColumn, target: TableColumn, rows: Uint32Array): boolean {
  const forward = new Map<Cell, Cell>()
  const backward = new Map<Cell, Cell>()
  let count = 0
  for (const row of rows) {
    const value = valueAt(column, row)
    const answer = valueAt(target, row)
    if (value === null || answer === null) continue
    count += 1
    if ((forward.get(value) ?? answer) !== answer || (backward.get(answer) ?? value) !== value) return false
    forward.set(value, answer)
    backward.set(answer, value)
  }
  return count >= FEWEST_ROWS && forward.size > 1 && forward.size <= count / 2
}
