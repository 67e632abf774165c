import { type FieldProblem, FitserveError, listKnown } from '../../errors.ts'
import type { AnsweredRow, RowsQuestion } from '../../evaluation/answered-rows.ts'
import { answers as answersOf } from '../../evaluation/answers.ts'
import { doubtedLabels } from '../../evaluation/label-errors.ts'
import { classProbabilitiesOf } from '../../evaluation/probabilities.ts'
import {
  costsOf,
  decisionShiftsOf,
  type TargetState,
  targetWidth,
  targetWriter,
} from '../../models/target.ts'
import { nfcLookup } from '../../normal-form.ts'
import { sigmoid, softplus } from '../../numbers.ts'
import { targetNames } from '../../recipe/index.ts'
import { columnOf } from '../data/tables.ts'
import type { HeldRows } from './held-rows.ts'

/** A row in the order that was asked for, by its index among the held rows. */
export type RankedRow = Omit<AnsweredRow, 'row' | 'features'> & { at: number }

/** Probability below which a logarithm is not taken. */
const SMALLEST = 1e-300

/**
 * Returns the rows that answer a question, in its order: `worst` by their loss (of numbers, by the size of the error),
 * `uncertain` by how close the answer is to another one, `mislabelled` as confident learning ranks them, the rows of a
 * `cell` by the confidence of the answer, and those `near` two numbers by their distance from them.
 * @throws FitserveError `invalid-query` where the version's task has no such rows
 */
export function rankedRows(held: HeldRows, question: RowsQuestion): RankedRow[] {
  const { target } = held.encoder
  if (target.task === 'regression' || target.task === 'severalNumbers')
    return numberRows(held, target, question)
  if (target.task === 'multiLabel') return labelRows(held, target, question)
  return classRows(held, target, question)
}

function refused(path: string, message: string): FitserveError {
  const problem: FieldProblem = { path, message }
  return new FitserveError('invalid-query', message, { problems: [problem] })
}

function numberRows(
  { recipe, table, rows, evaluated, outputs }: HeldRows,
  target: Extract<TargetState, { task: 'regression' | 'severalNumbers' }>,
  question: RowsQuestion,
): RankedRow[] {
  const known = target.task === 'regression' ? ['worst', 'near'] : ['worst']
  if (!known.includes(question.kind))
    throw refused(
      '/kind',
      `The version answers numbers, of which only the rows ${known.map((kind) => `"${kind}"`).join(' and ')} are known, not "${question.kind}".`,
    )
  const names = targetNames(recipe)
  const cells = names.map((name) => columnOf(table, name))
  const units = target.task === 'severalNumbers' ? target.targets.map(({ state }) => state.scale) : [1]
  const told = (values: ArrayLike<number>) =>
    target.task === 'regression'
      ? (values[0] ?? 0)
      : Object.fromEntries(names.map((name, each) => [name, values[each] ?? 0]))
  const all = Array.from(rows, (row, at): RankedRow => {
    // As the data set has them, not as the network learnt them in single precision.
    const actual = cells.map((cell) => Number(cell(row)))
    const predicted = evaluated.subarray(at * outputs, (at + 1) * outputs)
    let score = 0
    for (let each = 0; each < outputs; each++)
      score += Math.abs((actual[each] ?? 0) - (predicted[each] ?? 0)) / (units[each] ?? 1) / outputs
    return { at, score, actual: told(actual), predicted: told(predicted) }
  })
  if (question.kind === 'worst') return all.sort((a, b) => b.score - a.score || a.at - b.at)
  const truth = knownNumber('actual', question.actual)
  const answer = knownNumber('predicted', question.predicted)
  return all
    .map((row) => ({ ...row, score: Math.hypot(Number(row.actual) - truth, Number(row.predicted) - answer) }))
    .sort((a, b) => a.score - b.score || a.at - b.at)
}

function knownNumber(field: 'actual' | 'predicted', text: string | undefined): number {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value))
    throw refused(`/${field}`, 'Rows near a point need "actual" and "predicted" as numbers.')
  return value
}

function labelRows(
  held: HeldRows,
  target: Extract<TargetState, { task: 'multiLabel' }>,
  { kind }: RowsQuestion,
): RankedRow[] {
  if (kind !== 'worst' && kind !== 'uncertain')
    throw refused(
      '/kind',
      `Rows of this version have any number of labels, of which the rows "worst" and "uncertain" are known, not "${kind}".`,
    )
  const { rows, evaluated, outputs } = held
  const { classes, thresholds } = target
  const truth = learntTargets(held)
  return Array.from(rows, (_, at): RankedRow => {
    let loss = 0
    let distance = 1
    const actual: string[] = []
    const predicted: string[] = []
    for (const [each, label] of classes.entries()) {
      const logit = evaluated[at * outputs + each] ?? 0
      const has = truth[at * outputs + each] === 1
      const threshold = thresholds[each] ?? 0.5
      loss += softplus(has ? -logit : logit) / outputs
      distance = Math.min(distance, Math.abs(sigmoid(logit) - threshold))
      if (has) actual.push(label)
      if (sigmoid(logit) >= threshold) predicted.push(label)
    }
    return { at, score: kind === 'worst' ? loss : distance, actual, predicted }
  }).sort((a, b) => (kind === 'worst' ? b.score - a.score : a.score - b.score) || a.at - b.at)
}

function classRows(
  held: HeldRows,
  target: Extract<TargetState, { task: 'binary' | 'multiclass' }>,
  question: RowsQuestion,
): RankedRow[] {
  const { rows, evaluated, outputs, answered } = held
  const names = target.classes
  const classes = names.length
  const probabilities = classProbabilitiesOf(evaluated, classes, rows.length)
  const labels = learntTargets(held)
  const answerOf = answersOf(
    {
      rows: rows.length,
      outputs,
      logits: evaluated,
      answered,
      truth: Float64Array.from(labels),
      costs: costsOf(target),
      decisionShifts: decisionShiftsOf(target),
    },
    target.task === 'binary' ? target.threshold : 0.5,
  )
  const told = (at: number, score: number): RankedRow => {
    const own = probabilities.subarray(at * classes, (at + 1) * classes)
    const predicted = answerOf(at)
    const label = labels[at] ?? 0
    return {
      at,
      score,
      actual: names[label] ?? '',
      predicted: names[predicted] ?? '',
      confidence: own[predicted] ?? 0,
      probability: own[label] ?? 0,
    }
  }
  if (question.kind === 'near')
    throw refused(
      '/kind',
      'The version answers classes, which are not near to each other: ask with kind=cell.',
    )
  if (question.kind === 'mislabelled')
    return doubtedLabels({ classes, probabilities, labels }).map(({ row, likely, margin }) => ({
      ...told(row, margin),
      likely,
    }))
  const all = Array.from(rows, (_, at) => told(at, 0))
  if (question.kind === 'cell') {
    const actual = knownClass(names, 'actual', question.actual)
    const predicted = knownClass(names, 'predicted', question.predicted)
    return all
      .filter((row) => row.actual === actual && row.predicted === predicted)
      .map((row) => ({ ...row, score: row.confidence ?? 0 }))
      .sort((a, b) => b.score - a.score || a.at - b.at)
  }
  if (question.kind === 'worst')
    return all
      .map((row) => ({ ...row, score: -Math.log(Math.max(SMALLEST, row.probability ?? 0)) }))
      .sort((a, b) => b.score - a.score || a.at - b.at)
  return all
    .map((row) => ({
      ...row,
      score: marginOf(probabilities.subarray(row.at * classes, (row.at + 1) * classes)),
    }))
    .sort((a, b) => a.score - b.score || a.at - b.at)
}

/** Returns by how much the likeliest class is likelier than the next one. */
function marginOf(probabilities: Float64Array): number {
  const [first = 0, second = 0] = probabilities.slice().sort().reverse()
  return first - second
}

function knownClass(
  names: readonly string[],
  field: 'actual' | 'predicted',
  wanted: string | undefined,
): string {
  if (wanted === undefined)
    throw refused(`/${field}`, `A cell needs "actual" and "predicted". ${listKnown(names)}`)
  const name = nfcLookup(names.map((each) => [each, each] as const))(wanted)
  if (name === undefined) throw refused(`/${field}`, `The version has no such class. ${listKnown(names)}`)
  return name
}

/** Returns what the network learns of each row: class numbers, or 1 for each label of a row, shape [rows, labels]. */
function learntTargets({ encoder: { target }, recipe, table, rows }: HeldRows): Float32Array {
  const width = targetWidth(target)
  const write = targetWriter(target)
  const cells = targetNames(recipe).map((name) => columnOf(table, name))
  const learnt = new Float32Array(rows.length * width)
  for (const [at, row] of rows.entries())
    write(
      cells.map((cell) => cell(row)),
      learnt,
      at * width,
    )
  return learnt
}
