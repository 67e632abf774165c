import { createHash } from 'node:crypto'
import type { OpenTable } from '../datasets/kept-tables.ts'
import type { Table } from '../datasets/table.ts'
import { readTable } from '../datasets/table.ts'
import { FitserveError } from '../errors.ts'
import type { Comparison } from '../evaluation/comparison.ts'
import { readEncoderFile, readModel } from '../models/files/files.ts'
import type { TargetState } from '../models/target.ts'
import { inNfc } from '../normal-form.ts'
import { counted } from '../numbers.ts'
import {
  type CompleteRecipe,
  cellSpeller,
  type Metric,
  type Spellings,
  targetNames,
  trainsOnAll,
  validationFaults,
} from '../recipe/index.ts'
import { columnFinder } from '../recipe/table.ts'
import type { ComparedVersion, CompareInput, Comparer } from '../training-contract.ts'
import { type AnsweringVersion, answersTo, measuredBoth } from './compared-answers.ts'
import { chooseRows, labelledRows } from './data/rows.ts'
import { spellingsOfVersion, withSpellings } from './data/spellings.ts'
import { columnOf, readTables } from './data/tables.ts'
import { weightsOf } from './data/weights.ts'
import { checkTypes } from './evaluate-version.ts'
import { type HeldOut, readHeldOut } from './held-out.ts'

type Loaded = ComparedVersion & AnsweringVersion

/** The versions cannot be compared fairly; the message is the reason. Thrown and caught in this file only. */
class Unfair extends Error {}

/**
 * Compares two versions on rows that neither was trained on. Each version names the rows that it held out; of versions of
 * earlier releases they are drawn anew from data set, recipe and seed. Rows of another data set count as seen where one with
 * equal inputs and target was trained on. Of rows that it was trained on a version is measured by its held-out answers, where
 * it has them.
 * @throws FitserveError `corrupt-artifact`; the signal's reason when aborted
 */
export function createComparer(open: OpenTable): Comparer {
  return async (input) => {
    try {
      return await compare(open, input)
    } catch (error) {
      if (error instanceof Unfair) return { fair: false, reason: error.message }
      throw error
    }
  }
}

async function compare(open: OpenTable, input: CompareInput): Promise<Comparison> {
  const { metric, signal } = input
  const candidate = loaded(input.candidate)
  const production = loaded(input.production)
  checkSameQuestion(candidate, production)
  const { dataset, rows, table } = await comparedRows(open, input.dataset, candidate, production)
  let note: string | null = null
  const placesOf = async (version: Loaded) => {
    signal.throwIfAborted()
    const places = await seenRows(open, version, { dataset, table, rows })
    if (places) return places
    if (input.dataset === null)
      throw new Unfair(
        'A data set that it was trained on is no longer there, so nobody knows which rows are new to it. Name a data set to compare on.',
      )
    note =
      'A data set that one of them was trained on is no longer there, so rows that it has seen may be among them.'
    return new Map<number, number>()
  }
  const own = await placesOf(candidate)
  const other = await placesOf(production)
  const chosen = rows.filter((row) => own.get(row) !== SEEN && other.get(row) !== SEEN)
  if (chosen.length === 0)
    throw new Unfair(
      `None of ${counted(rows.length, 'row')} is new to both versions. Name a data set to compare on.`,
    )
  const answers = await answersTo(candidate, table, chosen, own)
  signal.throwIfAborted()
  const others = await answersTo(production, table, chosen, other)
  const spellings = spellingsOfVersion(candidate.recipe, candidate.encoder.target)
  const compared = {
    table: withSpellings(candidate.recipe, table, spellings),
    rows: chosen,
    weights: comparedWeights(candidate, table, chosen),
  }
  const metricUsed = chosenMetric(candidate, metric)
  const values = measuredBoth(metricUsed, targetNames(candidate.recipe), compared, [
    answers,
    { ...others, target: withClassesSpelled(others.target, [...spellings.values()][0]) },
  ])
  const [ownValue, otherValue] = values.map((value) => finiteOrUnfair(value, metric, chosen.length))
  return {
    fair: true,
    dataset,
    rows: chosen.length,
    candidate: ownValue ?? Number.NaN,
    production: otherValue ?? Number.NaN,
    note,
  }
}

/** Returns a target with the candidate's spelling of each class, where the candidate merges spellings. */
function withClassesSpelled(target: TargetState, spellings: Spellings | undefined): TargetState {
  if (!spellings || !('classes' in target)) return target
  return { ...target, classes: target.classes.map(cellSpeller(spellings, undefined)) }
}

/** Returns the weights of the compared rows by the candidate's recipe; undefined where all rows count alike. */
function comparedWeights({ recipe }: Loaded, table: Table, rows: Uint32Array): Float64Array | undefined {
  if (recipe.weights === null || !table.columns.has(recipe.weights)) return undefined
  try {
    return weightsOf(table, recipe.weights, rows)
  } catch (error) {
    throw error instanceof FitserveError ? new Unfair(error.message) : error
  }
}

function finiteOrUnfair(value: number | null, metric: string, rows: number): number {
  if (value !== null && Number.isFinite(value)) return value
  throw new Unfair(
    `The metric ${metric} has no value on ${counted(rows, 'row')}. Where the versions know different classes, use accuracy.`,
  )
}

function loaded(version: ComparedVersion): Loaded {
  const { encoder, model, weights, heldOut } = version.files
  return {
    ...version,
    encoder: readEncoderFile(encoder),
    members: readModel(model, weights),
    heldOut: heldOut ? readHeldOut(heldOut) : null,
  }
}

/** Returns what a version answers for a row. */
function kindOfAnswer({ task }: TargetState): 'number' | 'class' | 'labels' {
  if (task === 'regression' || task === 'severalNumbers') return 'number'
  return task === 'multiLabel' ? 'labels' : 'class'
}

/** Throws `Unfair` unless both versions predict the same column, both classes, both labels or both numbers. */
function checkSameQuestion({ recipe, encoder: { target } }: Loaded, production: Loaded): void {
  const other = production.encoder.target
  if (
    inNfc(JSON.stringify(targetNames(recipe))) !== inNfc(JSON.stringify(targetNames(production.recipe))) ||
    kindOfAnswer(target) !== kindOfAnswer(other)
  )
    throw new Unfair('The two versions predict different targets.')
}

/** Returns the rows to compare on, before any is left out, and a table with the columns that the two versions read. */
async function comparedRows(
  open: OpenTable,
  named: string | null,
  candidate: Loaded,
  production: Loaded,
): Promise<{ dataset: string; table: Table; rows: Uint32Array }> {
  const { recipe } = candidate
  const dataset = named ?? recipe.validation?.dataset ?? candidate.dataset
  const own = named === null ? await ownValidation(open, candidate) : undefined
  const kept = await open(dataset)
  if (!kept) throw new Unfair('The data set to compare on is no longer there.')
  const { description } = kept
  for (const { recipe: each, encoder } of [candidate, production]) {
    const { inputs } = encoder
    // Classes that a version does not know are no obstacle: they count against it.
    const [fault] = validationFaults(each, null, description)
    if (fault !== undefined) throw new Unfair(`The versions cannot be compared on it: ${fault}`)
    try {
      checkTypes(inputs, description.columns)
    } catch (error) {
      throw error instanceof FitserveError ? new Unfair(error.message) : error
    }
  }
  const weights = recipe.weights !== null && columnFinder(description)(recipe.weights) ? [recipe.weights] : []
  const columns = [
    ...new Set([...recipe.inputs, ...production.recipe.inputs, ...targetNames(recipe), ...weights]),
  ]
  const table = await readTable(kept.file, description, { columns })
  return { dataset, table, rows: own ?? labelledRows(recipe, table) }
}

/** Returns the candidate's validation rows, by number in their own data set. */
async function ownValidation(open: OpenTable, { recipe, dataset, heldOut }: Loaded): Promise<Uint32Array> {
  if (recipe.validation === null)
    throw new Unfair('The recipe keeps no validation rows aside. Name a data set to compare on.')
  if (trainsOnAll(recipe)) {
    if (heldOut && heldOut.values.length > 0) return heldOut.rows.slice().sort()
    throw new Unfair(
      'The version was at last trained on all its rows, so none is new to it, and it has too many to keep answers of the folds. Name a data set to compare on.',
    )
  }
  if (heldOut) return heldOut.rows
  const { table, validationFrom } = await readTargets(open, recipe, dataset)
  const { validation } = chooseRows(recipe, table, { from: validationFrom, fold: null, keepEqual: false })
  const rows = validation ?? new Uint32Array()
  return validationFrom === null ? rows : rows.map((row) => row - validationFrom)
}

/** In place of the place of a held-out answer: there is none, and the row cannot be compared. */
const SEEN = -1

/**
 * Finds the compared rows that a version was trained on.
 * @returns by row the place of its held-out answer, or `SEEN`; undefined if the version's data set is no longer there
 */
async function seenRows(
  open: OpenTable,
  { recipe, dataset, heldOut }: Loaded,
  compared: { dataset: string; table: Table; rows: Uint32Array },
): Promise<Map<number, number> | undefined> {
  const parts = await trainedRows(open, recipe, dataset, heldOut)
  if (!parts) return undefined
  const answered = heldOut && heldOut.values.length > 0 ? heldOut.rows : []
  const held = new Map(Array.from(answered, (row, place) => [row, place]))
  const seen = new Map<number, number>()
  for (const part of parts) {
    const placeOf = (row: number) => (part.dataset === dataset ? held.get(row) : undefined) ?? SEEN
    if (part.dataset === compared.dataset) for (const row of part.rows) seen.set(row, placeOf(row))
    else await addEqual(open, recipe, { ...part, placeOf }, { ...compared, seen })
  }
  return seen
}

/** Adds the compared rows that are equal to rows of another data set. */
async function addEqual(
  open: OpenTable,
  recipe: CompleteRecipe,
  part: { dataset: string; rows: Uint32Array; placeOf: (row: number) => number },
  { table, rows, seen }: { table: Table; rows: Uint32Array; seen: Map<number, number> },
): Promise<void> {
  const kept = await open(part.dataset)
  if (!kept || part.rows.length === 0) return
  const columns = [...recipe.inputs, ...targetNames(recipe)]
  const keyOf = rowKeys(await readTable(kept.file, kept.description, { columns }), columns)
  const places = new Map<string, number>()
  for (const row of part.rows) places.set(keyOf(row), part.placeOf(row))
  const comparedKey = rowKeys(table, columns)
  for (const row of rows) {
    const place = places.get(comparedKey(row))
    if (place !== undefined) seen.set(row, place)
  }
}

/** Returns a function that gives a short key for each row, equal for rows with equal cells. */
function rowKeys(table: Table, names: readonly string[]): (row: number) => string {
  const columns = names.map((name) => columnOf(table, name))
  return (row) =>
    createHash('sha256')
      .update(inNfc(JSON.stringify(columns.map((column) => column(row)))))
      .digest('base64')
      .slice(0, 24)
}

/** Returns the rows that a version was trained on, by data set; undefined if one is no longer there. */
async function trainedRows(
  open: OpenTable,
  recipe: CompleteRecipe,
  dataset: string,
  heldOut: HeldOut | null,
) {
  const read = await readTargets(open, recipe, dataset).catch((error: unknown) => {
    if (error instanceof FitserveError && error.code === 'unknown-dataset') return undefined
    throw error
  })
  if (!read) return undefined
  const { table, validationFrom } = read
  const rows = () => {
    if (trainsOnAll(recipe)) return labelledRows(recipe, table)
    // Versions of earlier releases do not tell which rows they held out: they are drawn again.
    if (!heldOut)
      return chooseRows(recipe, table, { from: validationFrom, fold: null, keepEqual: false }).training
    const aside = new Set(heldOut.rows)
    return labelledRows(recipe, table).filter((row) => !aside.has(row))
  }
  const trained = rows()
  const own = { dataset, rows: trained.filter((row) => row < (validationFrom ?? table.rows)) }
  const other = recipe.validation?.dataset
  if (other === undefined || validationFrom === null) return [own]
  const below = trained.filter((row) => row >= validationFrom).map((row) => row - validationFrom)
  return [own, { dataset: other, rows: below }]
}

/** Reads only the target, which is enough to draw the rows again. */
function readTargets(open: OpenTable, recipe: CompleteRecipe, dataset: string) {
  return readTables(open, { ...recipe, inputs: [] }, dataset)
}

function chosenMetric({ recipe }: Loaded, metric: Metric['type']): Metric {
  return recipe.metrics.find(({ type }) => type === metric) ?? { type: metric }
}
