import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import { EVALUATION_FILE, Evaluation } from '../../evaluation/schema.ts'
import { placeOfRule, thresholdTable } from '../../evaluation/threshold-table.ts'
import { filesOfEncoder } from '../../models/files/tables-file.ts'
import { type CompleteRecipe, Threshold } from '../../recipe/index.ts'
import { serveTasks, stackOf } from '../../runtime/serve-tasks.ts'
import { HELD_OUT_FILE } from '../../training-contract.ts'
import { columnOf } from '../data/tables.ts'
import { evaluate } from '../evaluate.ts'
import { readHeldOut, writeHeldOut } from '../held-out.ts'
import { LocalFile, LocalVersion, readChecked } from '../local-version.ts'
import { measuredRows, withIntervals } from '../measured-rows.ts'
import { scoredAnswers, slicedRows } from '../sliced-rows.ts'
import { answeredTable, type HeldRows, InspectedVersion, readHeldRows } from './held-rows.ts'

/** A request for the files of a version of two classes, as they are if it answers from another threshold on. */
export const ThresholdTask = z.object({
  version: LocalVersion.pick({ recipe: true, encoder: true }),
  /** The version with the rows that it held out; null where they cannot be read. */
  held: InspectedVersion.nullable(),
  /** Its evaluation; null: it has none. */
  evaluation: LocalFile.nullable(),
  threshold: Threshold,
  /** Folder that takes the files that differ: encoder and its tables, evaluation and held-out answers. */
  folder: z.string(),
})
type ThresholdTask = z.infer<typeof ThresholdTask>

/** Runs the process that sets thresholds: it does one task at a time for the process that started it. */
export function serve(): void {
  serveTasks(async (message) => {
    try {
      return { kind: 'done', ...(await writeOtherThreshold(ThresholdTask.parse(message))) }
    } catch (error) {
      if (error instanceof FitserveError) return { kind: 'refused', code: error.code, message: error.message }
      return { kind: 'failed', message: stackOf(error) }
    }
  })
}

/** What changes in `encoder.json`. All else stays as it is, also what other releases may have written. */
const BinaryEncoder = z.looseObject({
  target: z.looseObject({ task: z.literal('binary'), threshold: z.number() }),
})

/**
 * Writes the files that another threshold changes. Where the held-out rows cannot be read, that is the encoder with its tables.
 * @returns the threshold, the recipe that has it, and the new evaluation; null where the rows cannot be read
 * @throws FitserveError `corrupt-artifact`, `not-found` where a rule has no answers to choose from
 */
async function writeOtherThreshold({ version, evaluation, threshold, held, folder }: ThresholdTask) {
  const recipe: CompleteRecipe = { ...version.recipe, threshold, cost: null }
  const old = evaluation && Evaluation.parse(JSON.parse(String(await readChecked(evaluation))))
  const rows = held && (await readHeldRows(held))
  const number = chosenThreshold(threshold, old, rows)
  const encoder = BinaryEncoder.parse(JSON.parse(String(await readChecked(version.encoder))))
  const { costs: _, ...target } = encoder.target
  const write = (name: string, content: string | Uint8Array) => writeFile(join(folder, name), content)
  const changed = JSON.stringify({ ...encoder, target: { ...target, threshold: number } })
  for (const [name, content] of filesOfEncoder(Buffer.from(changed))) await write(name, content)
  if (!held || !rows || !old) return { threshold: number, recipe, evaluation: null }
  const anew = evaluationAt(rows, recipe, number, old)
  await write(EVALUATION_FILE, JSON.stringify(anew))
  // The rows were answered from the old threshold on.
  const answers = { ...readHeldOut(await readChecked(held.heldOut)), answered: undefined }
  await write(HELD_OUT_FILE, writeHeldOut(answers))
  return { threshold: number, recipe, evaluation: anew }
}

/** Returns a threshold as a number: a rule looks it up among those of the evaluation, or of the rows. */
function chosenThreshold(threshold: Threshold, evaluation: Evaluation | null, held: HeldRows | null): number {
  if (typeof threshold === 'number') return threshold
  const table =
    evaluation?.thresholds ?? (held ? thresholdTable(scoredAnswers(ownAnswersTo(held))) : undefined)
  const number = table?.thresholds[placeOfRule(table, threshold)]
  if (number !== undefined) return number
  throw new FitserveError(
    'not-found',
    'A rule chooses the threshold out of answers to rows that the version held out, and it has none. Give a number, such as 0.3.',
  )
}

/** Returns the answers that the version itself would give to the rows, by its own calibration. */
function ownAnswersTo(held: HeldRows) {
  const { rows, outputs, answers } = held
  return { ...answeredTable(held), answers: { rows, outputs, values: answers } }
}

/**
 * Returns the evaluation of held-out rows that are answered from a threshold on. Figures by fold are left out, since a version
 * does not keep which rows a fold had.
 */
function evaluationAt(
  held: HeldRows,
  recipe: CompleteRecipe,
  threshold: number,
  old: Evaluation,
): Evaluation {
  const own = ownAnswersTo(held)
  if (own.target.task !== 'binary') throw new RangeError('a threshold is of two classes')
  const target = { ...own.target, threshold, costs: undefined }
  const { rows, outputs, evaluated: values } = held
  const measured = { ...own, recipe, target, answers: { rows, outputs, values } }
  const scored = scoredAnswers(measured)
  const evaluation = {
    ...withoutFolds(old),
    ...evaluate(recipe, target, scored),
    slices: slicedRows(measured),
  }
  // Figures of the order alone stay as they are: the maps of parts of the rows would disturb it.
  const { roc, precisionRecall, thresholds } = old
  const auc = old.metrics['auc']
  const metrics = auc === undefined ? evaluation.metrics : { ...evaluation.metrics, auc }
  const answered = measuredRows(recipe, target, scoredAnswers({ ...own, target }), scored.truth)
  const { losses } = measuredRows(recipe, target, scored, scored.truth)
  const cell = recipe.group === null ? null : columnOf(held.table, recipe.group)
  const group = cell && ((place: number) => cell(rows[place] ?? 0))
  const told = withIntervals(
    { ...evaluation, metrics, ...(roc && { roc }), ...(precisionRecall && { precisionRecall }) },
    { scored: answered.scored, losses },
    { recipe, target, group },
  )
  return { ...told, ...(thresholds && { thresholds }) }
}

/** Leaves out what was measured from other thresholds on. */
function withoutFolds(evaluation: Evaluation): Evaluation {
  const { folds, mean, deviation, best, last, linearBaseline, costs, ...rest } = evaluation
  return rest
}
