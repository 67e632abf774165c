import { z } from 'zod'
import type { FindDataset, NamedDataset } from '../../datasets/contract.ts'
import { type FieldProblem, FitserveError } from '../../errors.ts'
import {
  type CompleteRecipe,
  completeRecipe,
  fieldOf,
  foldCount,
  type InputContract,
  JobBody,
  problemsOf,
  problemsSureToStand,
  type RecipeInput,
  targetNames,
} from '../../recipe/index.ts'
import { inTurns } from '../../runtime/steps.ts'
import { joinWarnings, type Warning, type WarningCode } from '../../warnings.ts'
import { familySizeFault } from '../records/family-size.ts'
import type { TrainingPart } from '../records/records.ts'
import { planSearch } from '../search/plan.ts'
import { findOrReport } from './find-or-report.ts'
import { newClassesProblem } from './new-classes.ts'
import { type OrderCost, orderCost } from './order-cost.ts'
import { type MemoryLimit, tooLarge } from './order-limits.ts'
import { checkPromotion, contractProblems, hopelessPromotion } from './promotion-rule.ts'

/** Dependencies of the checks of an order. */
export interface OrderChecks {
  dataset: FindDataset
  /** Returns what is wrong with the address of a webhook, without a full stop; undefined where it may be called. */
  webhookFault: (url: string) => string | undefined
  /** Returns the names of the sets of word vectors that are installed. Default: none is. */
  vectorSets?: (() => Promise<string[]>) | undefined
  /** Memory that the training processes of this service have; undefined where it does not know. */
  memory?: MemoryLimit | undefined
}

/** A checked order: its recipe is complete, and divided into the job's parts. */
export interface Order {
  body: JobBody
  /** The data set to train on. */
  dataset: NamedDataset
  recipe: CompleteRecipe
  /** Folds or trials, in their order; empty where the job runs in one piece. */
  parts: { part: TrainingPart; recipe: CompleteRecipe }[]
  warnings: Warning[]
  cost: OrderCost
}

/** An order that has been read: a body of the right form, or its problems and the part that could be read. */
type ReadOrder =
  | { body: JobBody; problems?: undefined }
  | { body?: undefined; problems: FieldProblem[]; readable: { body: JobBody; given: object } | undefined }

/**
 * Reads and checks the body of `POST /jobs`. A schedule's order is checked when the schedule is set, so that its client
 * hears of mistakes, and again at each run, because the data set and `production` may have changed in between.
 * @param contract what the version that is trained again takes; absent: the order trains no version again
 * @throws FitserveError `invalid-job` with every problem, also of an order that is only partly readable
 */
export async function checkOrder(
  checks: OrderChecks,
  input: unknown,
  contract?: InputContract,
): Promise<Order> {
  const read = readBody(input)
  if (read.body) {
    const { order, problems } = await checkBody(checks, read.body, contract)
    if (!order) throw invalidJob(problems)
    return order
  }
  throw invalidJob([...read.problems, ...(await furtherProblems(checks, read.readable))])
}

/** Reads an order's form. The data set is not looked up yet. */
function readBody(input: unknown): ReadOrder {
  const parsed = JobBody.safeParse(input)
  if (parsed.success) return { body: parsed.data }
  const problems = problemsOf(parsed.error, JobBody, input)
  return { problems, readable: readablePart(input, problems) }
}

/** Checks a readable order against its data sets, and completes its recipe. */
async function checkBody(
  checks: OrderChecks,
  body: JobBody,
  contract?: InputContract,
): Promise<{ order: Order; problems?: undefined } | { order?: undefined; problems: FieldProblem[] }> {
  const { dataset: find, webhookFault } = checks
  const problems: FieldProblem[] = []
  const url = body.webhook && webhookFault(body.webhook.url)
  if (url !== undefined) problems.push({ path: '/webhook/url', message: `${url}.` })
  const dataset = await findOrReport(find, body.dataset, '/dataset', problems)
  const wanted = body.recipe.validation?.dataset
  const validation =
    wanted === undefined
      ? undefined
      : await findOrReport(find, wanted, '/recipe/validation/dataset', problems)
  if (!dataset) return { problems }
  const changes = contract ? contractProblems(body, dataset, contract) : []
  // The recipe is for the types as they were, so its own problems would only mislead.
  if (changes.length > 0) return { problems: [...problems, ...changes] }
  const classes = contract && newClassesProblem(body, dataset, contract)
  if (classes) return { problems: [...problems, classes] }
  const vectorSets = await checks.vectorSets?.()
  const steps = planned(body.recipe, dataset, { validation, vectorSets })
  const { recipe, parts, warnings, problems: faults } = await inTurns(steps)
  problems.push(...faults)
  if (problems.length > 0 || !recipe) return { problems }
  const sizes = parts.map((part) => part.recipe)
  const cost = await inTurns(orderCost(recipe, sizes, dataset))
  const excess = tooLarge(cost, memoryLimits(body, checks))
  if (excess.length > 0) return { problems: excess }
  const hopeless = contract && hopelessPromotion(body.promote, recipe)
  if (hopeless) return { problems: [hopeless] }
  const promote = await checkPromotion(find, body.promote, recipe, dataset)
  if (!promote.checked) return { problems: promote.problems }
  const allWarnings = joinWarnings(warningsOfData(dataset, body, recipe), warnings)
  return {
    order: {
      body: { ...body, promote: promote.checked },
      dataset,
      recipe,
      parts,
      warnings: allWarnings,
      cost,
    },
  }
}

/** Returns the limits on the memory of an order's processes: its own, and that of the service. */
function memoryLimits({ limits }: JobBody, { memory }: OrderChecks): MemoryLimit[] {
  const own = limits?.memoryMb === undefined ? [] : [{ mb: limits.memoryMb, source: '"limits.memoryMb"' }]
  return [...own, ...(memory ? [memory] : [])]
}

/** Returns the warnings about the data set that matter to a recipe: not those of columns that the client left out. */
function warningsOfData(
  { warnings }: NamedDataset,
  { recipe: { inputs } }: JobBody,
  recipe: CompleteRecipe,
): Warning[] {
  const targets = new Set(targetNames(recipe))
  const used = new Set([...targets, ...recipe.inputs])
  return warnings.filter(({ code, column }) => {
    const isTarget = column !== undefined && targets.has(column)
    if (isTarget && OF_INPUTS.has(code)) return false
    if (isTarget && recipe.multiLabel && OF_CLASSES.has(code)) return false
    if (recipe.mergeClasses && code === 'similar-classes') return false
    return column === undefined || inputs === undefined || used.has(column)
  })
}

/** Codes of warnings that say why a column is no input, which says nothing of a target. */
const OF_INPUTS: ReadonlySet<WarningCode> = new Set(['identifier-column', 'row-number', 'times'])

/** Codes of warnings about the classes of a column, which say nothing of a row's labels. */
const OF_CLASSES: ReadonlySet<WarningCode> = new Set(['similar-classes', 'combined-classes'])

/** Fields of a recipe that cannot be judged while another one is unreadable. */
const DEPENDENTS: Record<string, readonly string[]> = {
  metrics: ['earlyStopping'],
  loss: ['labels'],
  scaling: ['bins', 'columns'],
}
/** While one of these is unreadable, nothing can be said of the others. */
const FIRST = ['task', 'target', 'inputs']

const LooseBody = z.looseObject({ dataset: z.string().min(1), recipe: z.looseObject({}).default({}) })

/** Returns an unreadable order without the fields that are at fault; undefined where too little is left. */
function readablePart(
  input: unknown,
  problems: readonly FieldProblem[],
): { body: JobBody; given: object } | undefined {
  const { dataset, recipe } = LooseBody.safeParse(input).data ?? {}
  const faulty = new Set(problems.map(({ path = '' }) => fieldOf(path)))
  if (!dataset || !recipe || FIRST.some((field) => faulty.has(field))) return undefined
  const left = new Set(['search', ...faulty, ...[...faulty].flatMap((field) => DEPENDENTS[field] ?? [])])
  const given = Object.fromEntries(Object.entries(recipe).filter(([field]) => !left.has(field)))
  const { data: body } = JobBody.safeParse({ model: 'm', dataset, recipe: given })
  return body && { body, given }
}

/** Returns the problems of an unreadable order's readable part, so that a client hears of all problems at once. */
async function furtherProblems(
  checks: OrderChecks,
  readable: { body: JobBody; given: object } | undefined,
): Promise<FieldProblem[]> {
  if (!readable) return []
  const { problems = [] } = await checkBody(checks, readable.body)
  const missing = problems.filter(({ path }) => path === '/dataset')
  return [...missing, ...problemsSureToStand(problems, readable.given)]
}

/** Returns the error for an order with these problems; its message names the first one. */
export function invalidJob(problems: readonly FieldProblem[]): FitserveError {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new FitserveError(
    'invalid-job',
    `The job cannot be run. ${first?.path || '/'}: ${first?.message}${more}`,
    { problems },
  )
}

/** Completes a recipe and divides it into the job's parts: folds, trials or none. */
function* planned(
  input: RecipeInput,
  dataset: NamedDataset,
  {
    validation,
    vectorSets,
  }: { validation: NamedDataset | undefined; vectorSets: readonly string[] | undefined },
) {
  const complete = (recipe: RecipeInput) => {
    const completion = completeRecipe(recipe, dataset, { validation, vectorSets })
    return completion.recipe ? { ...completion, recipe: pinned(completion.recipe, validation) } : completion
  }
  const base = complete(input)
  if (!base.recipe) return { ...base, parts: [] }
  if (!input.search) {
    // Candidates are compared in one piece, each on all folds, and one clock runs for a budget.
    if (base.recipe.candidates !== null || base.recipe.budget !== null) return { ...base, parts: [] }
    const folds = foldCount(base.recipe)
    const tooLarge = folds > 0 ? familySizeFault(base.recipe, folds) : undefined
    if (tooLarge === undefined) return { ...base, parts: foldParts(base.recipe) }
    return {
      warnings: base.warnings,
      problems: [{ path: '/recipe/validation', message: tooLarge }],
      parts: [],
    }
  }
  const { search: _search, ...plain } = input
  const plan = yield* planSearch(input.search, plain, base.recipe, complete)
  const warnings = [...base.warnings, ...plan.warnings]
  if (!plan.trials) return { warnings, problems: plan.problems, parts: [] }
  const parts = plan.trials.map(({ params, recipe }, index) => ({
    part: { kind: 'trial' as const, number: index + 1, params },
    recipe,
  }))
  return { recipe: { ...base.recipe, search: plan.search }, parts, warnings, problems: [] }
}

/** Replaces the name of the validation data set by its id, which never points at another one. */
function pinned(recipe: CompleteRecipe, validation: NamedDataset | undefined): CompleteRecipe {
  if (!validation || recipe.validation?.dataset === undefined) return recipe
  return { ...recipe, validation: { ...recipe.validation, dataset: validation.id } }
}

function foldParts(recipe: CompleteRecipe): Order['parts'] {
  const kFold = recipe.validation?.kFold ?? 1
  return Array.from({ length: foldCount(recipe) }, (_, index) => ({
    part: {
      kind: 'fold' as const,
      number: index + 1,
      fold: (index % kFold) + 1,
      repeat: Math.floor(index / kFold) + 1,
    },
    recipe,
  }))
}
