import type { z } from 'zod'
import { readTable, type Table } from '../datasets/table.ts'
import { FitserveError } from '../errors.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import type { InputStates } from '../models/encoders/row-encoder.ts'
import { readEncoderFile, readModel } from '../models/files/files.ts'
import { isOrdinal, type TargetState } from '../models/target.ts'
import { readingOption, targetNames, unknownNumberFault } from '../recipe/index.ts'
import { type ColumnDescription, type ColumnType, columnFinder, readingOf } from '../recipe/table.ts'
import { serveTasks, stackOf } from '../runtime/serve-tasks.ts'
import { withBaseline } from './baseline.ts'
import { calibratedScores } from './calibration/calibrate.ts'
import { encodeExamples, ownTruth } from './data/examples.ts'
import { labelledRows } from './data/rows.ts'
import { spellingsOfVersion, withSpellings } from './data/spellings.ts'
import { weightsOf } from './data/weights.ts'
import { evaluate, ownAnswers } from './evaluate.ts'
import { LocalVersion, readChecked } from './local-version.ts'
import { measuredRows, withIntervals } from './measured-rows.ts'
import { byClass } from './ordinal.ts'
import { score } from './score.ts'
import { slicedRows } from './sliced-rows.ts'

/** A request to the evaluating process: the files of a version and of a data set, all on this machine. */
export const EvaluateTask = LocalVersion
export type EvaluateTask = z.infer<typeof EvaluateTask>

/**
 * Runs the evaluating process: it does one task at a time for the process that started it, until that one is gone,
 * below the priority of predictions.
 */
export function serve(): void {
  serveTasks(answer)
}

async function answer(message: unknown): Promise<object> {
  try {
    return { kind: 'done', evaluation: await evaluateVersion(EvaluateTask.parse(message)) }
  } catch (error) {
    if (error instanceof FitserveError) return { kind: 'refused', code: error.code, message: error.message }
    return {
      kind: 'failed',
      message: stackOf(error),
    }
  }
}

/** Returns a version's loss and metrics on all rows of a table that have a target, as Keras's `model.evaluate`. */
export async function evaluateVersion(task: EvaluateTask): Promise<Evaluation> {
  const { recipe, description } = task
  const { inputs, target } = readEncoderFile(await readChecked(task.encoder))
  checkTypes(inputs, description.columns)
  const members = readModel(await readChecked(task.model), await readChecked(task.weights))
  // Another data set may lack the weights: then all rows count alike.
  const weights = recipe.weights !== null && columnFinder(description)(recipe.weights) ? recipe.weights : null
  const read: Table = await readTable(task.table, description, {
    columns: [...recipe.inputs, ...targetNames(recipe), ...(weights === null ? [] : [weights])],
  })
  checkClasses(target, targetNames(recipe)[0] ?? '', read)
  const table = withSpellings(recipe, read, spellingsOfVersion(recipe, target))
  const rows = labelledRows(recipe, table)
  const encoded = await encodeExamples({ inputs, target }, targetNames(recipe), table, rows, () => undefined)
  const examples = weights === null ? encoded : { ...encoded, weights: givenWeights(table, weights, rows) }
  const own = ownTruth(target, targetNames(recipe), table, rows)
  const truth = own ?? examples.targets
  // The training rows are not at hand, so the baseline knows the shares or the mean of these rows.
  const scored = calibratedScores(target, byClass(score(members, examples), isOrdinal(target)))
  const answers = { rows, outputs: scored.outputs, values: ownAnswers(target, scored.logits) }
  const evaluation = {
    ...evaluate(recipe, target, scored, { truth: own }),
    ...(recipe.weights === null ? {} : { weightedBy: weights }),
    slices: slicedRows({ recipe, target, inputs, table, answers, weights }),
  }
  const measured = measuredRows(recipe, target, scored, own ?? scored.truth)
  return withBaseline(
    withIntervals(evaluation, measured, { recipe, target, group: null }),
    { recipe, target },
    { truth, training: truth },
    { truth: examples.weights, training: examples.weights },
  )
}

/** Checks that the rows have only classes that a version knows. @throws FitserveError `invalid-job` */
function checkClasses(target: TargetState, name: string, table: Table): void {
  const column = table.columns.get(name)
  if (column?.type !== 'number' || !('classes' in target)) return
  // Number('01') is 1, but the class of the number 1 is "1".
  const known = target.classes.map(Number).filter((number, at) => String(number) === target.classes[at])
  const fault = unknownNumberFault('The data set', name, column.values, new Set(known))
  if (fault !== undefined) throw new FitserveError('invalid-job', fault)
}

/** Returns the weights of rows of another data set. @throws FitserveError `invalid-job` */
function givenWeights(table: Table, column: string, rows: Uint32Array): Float64Array {
  try {
    return weightsOf(table, column, rows)
  } catch (error) {
    throw error instanceof FitserveError ? new FitserveError('invalid-job', error.message) : error
  }
}

/**
 * Checks that columns can be read as an encoder needs them: a text and a category are read alike, a number is no text.
 * @throws FitserveError `invalid-job`
 */
export function checkTypes(
  inputs: readonly { name: string; type: ColumnType; state?: InputStates[number]['state'] }[],
  columns: readonly ColumnDescription[],
): void {
  const columnOf = columnFinder({ columns })
  for (const { name, type, state } of inputs) {
    const found = columnOf(name)?.type
    if (readingOf(found) === readingOf(type)) continue
    const remedy = name.includes(',')
      ? ''
      : ` Upload it with ${readingOption({ name, type, format: state?.kind === 'date' ? state.format : undefined })}.`
    throw new FitserveError(
      'invalid-job',
      `Its column ${JSON.stringify(name)} is a ${found}, and the version was trained on a ${type}.${remedy}`,
    )
  }
}
