import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import type { NamedDataset } from '../../datasets/contract.ts'
import { type FieldProblem, FitserveError, listQuoted, quoted } from '../../errors.ts'
import { answerColumns } from '../../prediction-contract.ts'
import { problemsOf, suggestion, targetNames } from '../../recipe/index.ts'
import { columnFinder } from '../../recipe/table.ts'
import { PRODUCTION } from '../../registry/alias-moves.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import { VersionManifest } from '../../registry/version-files.ts'
import { uncertaintyFaults } from '../../uncertainty-options.ts'
import { PredictionBody } from '../predictions/body.ts'
import { partCount, rangesOf } from '../predictions/ranges.ts'
import type { PredictionRecord } from '../records/records.ts'
import { findOrReport } from './find-or-report.ts'
import { fingerprintOf } from './fingerprint.ts'
import { invalidJob, type OrderChecks } from './order.ts'
import { runningFields } from './running-fields.ts'
import type { OwnFields, Plan } from './submit.ts'

/** Dependencies of `planPrediction`. */
export interface PredictionPlanDependencies extends OrderChecks {
  models: Pick<ModelRegistry, 'entry' | 'manifest'>
  /** Rows that a part answers. Default: 100,000. */
  partRows?: number | undefined
}

/** The part of a version's manifest that describes its inputs and outputs. */
const Answering = VersionManifest.pick({ recipe: true, classes: true, levels: true })

/** Limit on the columns for the scores of classes. A line of NDJSON has them in one object. */
const MAX_SCORE_COLUMNS = 1_000
/** Codes of errors about a model that an order names. */
const UNKNOWN: ReadonlySet<string> = new Set(['unknown-model', 'unknown-version', 'unknown-alias'])

/** The version that an order means. */
interface Answerers {
  model: string
  version: number
  about: z.infer<typeof Answering>
}

/**
 * Checks an order to answer the rows of a data set, and plans its job: several parts if there are many rows. The version
 * is resolved now, so that what is promoted or deleted later changes no row. @throws FitserveError `invalid-job`
 */
export async function planPrediction(
  dependencies: PredictionPlanDependencies,
  input: unknown,
): Promise<Plan> {
  const parsed = PredictionBody.safeParse(input)
  if (!parsed.success) throw invalidJob(problemsOf(parsed.error, PredictionBody, input))
  const body = parsed.data
  const problems: FieldProblem[] = []
  const url = body.webhook && dependencies.webhookFault(body.webhook.url)
  if (url !== undefined) problems.push({ path: '/webhook/url', message: `${url}.` })
  const dataset = await findOrReport(dependencies.dataset, body.dataset, '/dataset', problems)
  const answering = await findVersion(dependencies.models, body.model, problems)
  const columns = dataset ? keptColumns(body, dataset, problems) : []
  if (dataset && answering) {
    problems.push(...missingInputs(answering, dataset))
    problems.push(...nameProblems(body, columns, answering))
    problems.push(...uncertaintyFaults(body, answering.about.recipe.task, answering.about.levels))
  }
  if (!dataset || !answering || problems.length > 0) throw invalidJob(problems)
  return {
    equal: undefined,
    recordsOf: (own) => recordsOf({ body, dataset, answering, columns }, own, dependencies.partRows),
  }
}

async function findVersion(
  models: PredictionPlanDependencies['models'],
  wanted: string,
  problems: FieldProblem[],
): Promise<Answerers | undefined> {
  const at = wanted.indexOf('@')
  const model = at === -1 ? wanted : wanted.slice(0, at)
  try {
    const entry = await models.entry(model, at === -1 ? PRODUCTION : wanted.slice(at + 1))
    return { model, version: entry.version, about: Answering.parse(await models.manifest(model, entry)) }
  } catch (error) {
    if (!(error instanceof FitserveError) || !UNKNOWN.has(error.code)) throw error
    problems.push({ path: '/model', message: error.message })
    return undefined
  }
}

/** Returns the columns that the result repeats, by the names that the data set has for them. */
function keptColumns({ columns }: PredictionBody, dataset: NamedDataset, problems: FieldProblem[]): string[] {
  const columnOf = columnFinder(dataset)
  const known = dataset.columns.map(({ name }) => name)
  const kept: string[] = []
  for (const [index, wanted] of columns.entries()) {
    const path = `/columns/${index}`
    const name = columnOf(wanted)?.name
    if (name === undefined)
      problems.push({
        path,
        message: `The data set has no column${suggestion(wanted, known)} It has: ${listQuoted(known)}.`,
      })
    else if (kept.includes(name))
      problems.push({ path, message: `The column ${quoted(name)} is named twice.` })
    else kept.push(name)
  }
  return kept
}

function missingInputs({ model, version, about }: Answerers, dataset: NamedDataset): FieldProblem[] {
  const columnOf = columnFinder(dataset)
  const missing = about.recipe.inputs.filter((name) => !columnOf(name))
  return missing.map((name) => ({
    path: '/dataset',
    message: `The data set has no column ${quoted(name)}, which version ${version} of ${quoted(model)} takes. Upload the data with the column, or name another version.`,
  }))
}

/** Returns a problem for each column of the answer whose name another column of the result has. */
function nameProblems(body: PredictionBody, kept: readonly string[], { about }: Answerers): FieldProblem[] {
  const classes = about.classes ?? []
  if (body.scores && body.format !== 'ndjson' && classes.length > MAX_SCORE_COLUMNS) {
    const message = `The model has ${classes.length.toLocaleString('en')} classes, and a file of this format has columns for at most ${MAX_SCORE_COLUMNS.toLocaleString('en')}. Order "format":"ndjson", whose lines have the scores in one object.`
    return [{ path: '/scores', message }]
  }
  // Readers of Parquet take names that differ in case only for the same.
  const plain = (name: string) => (body.format === 'parquet' ? name.toLowerCase() : name)
  const taken = new Set<string>()
  const problems: FieldProblem[] = []
  for (const [index, name] of kept.entries()) {
    if (taken.has(plain(name))) {
      const message = `Parquet cannot have ${quoted(name)} and another column whose name differs in case only. Order "format":"csv", or leave one out.`
      problems.push({ path: `/columns/${index}`, message })
    }
    taken.add(plain(name))
  }
  const targets = targetNames(about.recipe)
  const names = targets.length > 1 ? targets : classes
  for (const { name } of answerColumns(about.recipe.task, names, { ...body, uncertainty: body })) {
    if (taken.has(plain(name))) {
      const message = `The result would have two columns called ${quoted(name)}: one of the data set and one of the answer, or two of the answer. Give the answer's columns other names with "prefix":"predicted_", or leave the column out.`
      problems.push({ path: '/prefix', message })
    }
    taken.add(plain(name))
  }
  return problems
}

interface Checked {
  body: PredictionBody
  dataset: NamedDataset
  answering: Answerers
  columns: string[]
}

/** Makes the records of a prediction and of its parts, of which a small one has none. */
function recordsOf(
  { body, dataset, answering, columns }: Checked,
  own: OwnFields,
  partRows: number | undefined,
): { record: PredictionRecord; parts: PredictionRecord[] } {
  const { model, version } = answering
  const { format, scores, notes, interval, set, abstain, prefix } = body
  const uncertainty = { interval, set, abstain }
  const { rows } = dataset
  const ranges = rangesOf(rows, partCount(rows, partRows))
  const record: PredictionRecord = {
    ...own,
    kind: 'prediction',
    fingerprint: fingerprintOf({
      model,
      version,
      dataset: dataset.id,
      columns,
      format,
      scores,
      notes,
      prefix,
      ...uncertainty,
    }),
    model,
    version,
    dataset: dataset.id,
    datasetName: dataset.name,
    rows,
    columns,
    format,
    scores,
    notes,
    prefix,
    ...uncertainty,
    warnings: [],
    createdAt: new Date().toISOString(),
    ...runningFields(body),
    parent: null,
    part: null,
    children: ranges.length === 1 ? [] : ranges.map((): string => uuidv7()),
  }
  const parts = record.children.map((id, index) => ({
    ...record,
    id,
    parent: record.id,
    part: { kind: 'rows' as const, number: index + 1, from: 0, to: 0, ...ranges[index] },
    children: [],
    webhook: null,
  }))
  return { record, parts }
}
