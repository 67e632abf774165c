import { createHash } from 'node:crypto'
import type { Table } from '../datasets/table.ts'
import { readTable } from '../datasets/table.ts'
import { FitserveError } from '../errors.ts'
import type { Comparison } from '../evaluation/comparison.ts'
import { type EncoderFile, readEncoderFile, readLayersModel } from '../models/files/files.ts'
import type { NetworkWeights } from '../models/network/network.ts'
import { type CompleteRecipe, foldCount, type Metric, validationFaults } from '../recipe/index.ts'
import type { ComparedVersion, CompareInput, Comparer } from '../training-contract.ts'
import { encodeExamples, ownTruth } from './data/examples.ts'
import { chooseRows, labelledRows } from './data/rows.ts'
import { columnOf, type OpenTable, readTables } from './data/tables.ts'
import { evaluate } from './evaluate.ts'
import { checkTypes } from './evaluate-version.ts'
import { score } from './score.ts'

type Loaded = ComparedVersion & { encoder: EncoderFile; members: NetworkWeights[] }

/** The versions cannot be compared fairly; the message is the reason. Thrown and caught in this file only. */
class Unfair extends Error {}

/**
 * Compares two versions on rows that neither was trained on. Which rows those are is computed anew from each
 * one's data set, recipe and seed; rows of another data set count as seen where one with equal inputs and target
 * was trained on.
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
  const unseen = new Set(rows)
  let note: string | null = null
  for (const version of [candidate, production]) {
    signal.throwIfAborted()
    if (await removeSeen(open, version, { dataset, table, rows: unseen })) continue
    if (input.dataset === null)
      throw new Unfair(
        'A data set that it was trained on is no longer there, so nobody knows which rows are new to it. Name a data set to compare on.',
      )
    note =
      'A data set that one of them was trained on is no longer there, so rows that it has seen may be among them.'
  }
  if (unseen.size === 0)
    throw new Unfair(
      `None of the ${rows.length} rows is new to both versions. Name a data set to compare on.`,
    )
  const chosen = Uint32Array.from(unseen)
  const values: number[] = []
  for (const version of [candidate, production]) {
    signal.throwIfAborted()
    values.push(await measured(version, { table, rows: chosen, metric: chosenMetric(candidate, metric) }))
  }
  const [own = Number.NaN, other = Number.NaN] = values
  return { fair: true, dataset, rows: chosen.length, candidate: own, production: other, note }
}

function loaded(version: ComparedVersion): Loaded {
  const { encoder, model, weights } = version.files
  return { ...version, encoder: readEncoderFile(encoder), members: readLayersModel(model, weights) }
}

/** Throws `Unfair` unless both versions predict the same column, with the same classes or as numbers. */
function checkSameQuestion({ recipe, encoder: { target } }: Loaded, production: Loaded): void {
  const other = production.encoder.target
  if (recipe.target !== production.recipe.target || target.task !== other.task)
    throw new Unfair('The two versions predict different targets.')
  if (target.task === 'regression' || other.task === 'regression') return
  if (JSON.stringify(target.classes) !== JSON.stringify(other.classes))
    throw new Unfair('The two versions know different classes.')
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
    const { target, inputs } = encoder
    const classes = target.task === 'regression' ? null : target.classes
    const [fault] = validationFaults(each, classes, description)
    if (fault !== undefined) throw new Unfair(`The versions cannot be compared on it: ${fault}`)
    try {
      checkTypes(inputs, description.columns)
    } catch (error) {
      throw error instanceof FitserveError ? new Unfair(error.message) : error
    }
  }
  const columns = [...new Set([...recipe.inputs, ...production.recipe.inputs, recipe.target])]
  const table = await readTable(kept.file, description, { columns })
  return { dataset, table, rows: own ?? labelledRows(recipe, table) }
}

/** Returns the candidate's validation rows, by number in their own data set. */
async function ownValidation(open: OpenTable, { recipe, dataset }: Loaded): Promise<Uint32Array> {
  if (recipe.validation === null)
    throw new Unfair('The recipe keeps no validation rows aside. Name a data set to compare on.')
  if (trainsOnAll(recipe))
    throw new Unfair(
      'The version was at last trained on all its rows, so none is new to it. Name a data set to compare on.',
    )
  const { table, validationFrom } = await readTargets(open, recipe, dataset)
  const { validation } = chooseRows(recipe, table, { from: validationFrom, fold: null })
  const rows = validation ?? new Uint32Array()
  return validationFrom === null ? rows : rows.map((row) => row - validationFrom)
}

/** Removes from `rows` those that a version was trained on; false if its data set is no longer there. */
async function removeSeen(
  open: OpenTable,
  { recipe, dataset }: Loaded,
  compared: { dataset: string; table: Table; rows: Set<number> },
): Promise<boolean> {
  const parts = await trainedRows(open, recipe, dataset)
  if (!parts) return false
  for (const part of parts) {
    if (part.dataset === compared.dataset) for (const row of part.rows) compared.rows.delete(row)
    else await removeEqual(open, recipe, part, compared)
  }
  return true
}

async function removeEqual(
  open: OpenTable,
  recipe: CompleteRecipe,
  part: { dataset: string; rows: Uint32Array },
  compared: { table: Table; rows: Set<number> },
): Promise<void> {
  const kept = await open(part.dataset)
  if (!kept || part.rows.length === 0) return
  const columns = [...recipe.inputs, recipe.target]
  const keyOf = rowKeys(await readTable(kept.file, kept.description, { columns }), columns)
  const seen = new Set<string>()
  for (const row of part.rows) seen.add(keyOf(row))
  const comparedKey = rowKeys(compared.table, columns)
  for (const row of compared.rows) if (seen.has(comparedKey(row))) compared.rows.delete(row)
}

/** Returns a function that gives a short key for each row, equal for rows with equal cells. */
function rowKeys(table: Table, names: readonly string[]): (row: number) => string {
  const columns = names.map((name) => columnOf(table, name))
  return (row) =>
    createHash('sha256')
      .update(JSON.stringify(columns.map((column) => column(row))))
      .digest('base64')
      .slice(0, 24)
}

/** Returns the rows that a version was trained on, by data set; undefined if one is no longer there. */
async function trainedRows(open: OpenTable, recipe: CompleteRecipe, dataset: string) {
  const read = await readTargets(open, recipe, dataset).catch((error: unknown) => {
    if (error instanceof FitserveError && error.code === 'unknown-dataset') return undefined
    throw error
  })
  if (!read) return undefined
  const { table, validationFrom } = read
  const rows = trainsOnAll(recipe)
    ? labelledRows(recipe, table)
    : chooseRows(recipe, table, { from: validationFrom, fold: null }).training
  const own = { dataset, rows: rows.filter((row) => row < (validationFrom ?? table.rows)) }
  const other = recipe.validation?.dataset
  if (other === undefined || validationFrom === null) return [own]
  const below = rows.filter((row) => row >= validationFrom).map((row) => row - validationFrom)
  return [own, { dataset: other, rows: below }]
}

/** Returns whether the kept network was fitted to the validation rows too. */
function trainsOnAll(recipe: CompleteRecipe): boolean {
  return recipe.validation === null || foldCount(recipe) > 0 || recipe.finalEpochs !== null
}

/** Reads only the target, which is enough to draw the rows again. */
function readTargets(open: OpenTable, recipe: CompleteRecipe, dataset: string) {
  return readTables(open, { ...recipe, inputs: [] }, dataset)
}

function chosenMetric({ recipe }: Loaded, metric: Metric['type']): Metric {
  return recipe.metrics.find(({ type }) => type === metric) ?? { type: metric }
}

async function measured(
  { recipe, encoder, members }: Loaded,
  { table, rows, metric }: { table: Table; rows: Uint32Array; metric: Metric },
): Promise<number> {
  const examples = await encodeExamples(encoder, recipe.target, table, rows, () => undefined)
  const truth = ownTruth(encoder.target, recipe.target, table, rows)
  const measuring = { ...recipe, metrics: [metric] }
  const { metrics } = evaluate(measuring, encoder.target, score(members, examples), truth)
  const value = metrics[metric.type] ?? null
  if (value !== null && Number.isFinite(value)) return value
  throw new Unfair(`The metric ${metric.type} has no value on these ${rows.length} rows.`)
}
