import { z } from 'zod'
import type { FindDataset, NamedDataset } from '../../datasets/contract.ts'
import { type FieldProblem, FitserveError } from '../../errors.ts'
import {
  type CompleteRecipe,
  certain,
  comparisonDataset,
  comparisonMetricFault,
  completeRecipe,
  fieldOf,
  foldCount,
  JobBody,
  type Promote,
  problemsOf,
  type RecipeInput,
  validationFaults,
} from '../../recipe/index.ts'
import type { Part } from '../records/records.ts'
import { planSearch } from '../search/plan.ts'

/** What an order is held against. */
export interface OrderChecks {
  dataset: FindDataset
  /** What is wrong with the address of a webhook, or undefined. */
  webhookFault: (url: string) => string | undefined
}

/** An order that can be run: complete, checked, divided into its parts. */
export interface Order {
  body: JobBody
  dataset: NamedDataset
  recipe: CompleteRecipe
  /** Folds or trials, in their order; empty where the job runs in one piece. */
  parts: { part: Part; recipe: CompleteRecipe }[]
  warnings: string[]
}

/** Checks the body of `POST /jobs`. @throws FitserveError `invalid-job` with every problem */
export async function checkOrder(checks: OrderChecks, input: unknown): Promise<Order> {
  const { dataset: find, webhookFault } = checks
  const parsed = JobBody.safeParse(input)
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, JobBody)
    throw invalidJob([...problems, ...(await furtherProblems(checks, input, problems))])
  }
  const body = parsed.data
  const problems: FieldProblem[] = []
  const url = body.webhook && webhookFault(body.webhook.url)
  if (url !== undefined) problems.push({ path: '/webhook/url', message: `${url}.` })
  const dataset = await found(find, body.dataset, '/dataset', problems)
  const wanted = body.recipe.validation?.dataset
  const validation =
    wanted === undefined ? undefined : await found(find, wanted, '/recipe/validation/dataset', problems)
  if (!dataset) throw invalidJob(problems)
  const plan = planned(body.recipe, dataset, validation)
  problems.push(...plan.problems)
  if (problems.length > 0 || !plan.recipe) throw invalidJob(problems)
  const { recipe, parts, warnings } = plan
  const promote = await checkedPromotion(find, body.promote, recipe, dataset)
  return { body: { ...body, promote }, dataset, recipe, parts, warnings }
}

/** Holds what decides on a promotion against the recipe, and the data set that it names by its id. */
async function checkedPromotion(
  find: FindDataset,
  promote: Promote,
  recipe: CompleteRecipe,
  dataset: NamedDataset,
): Promise<Promote> {
  if (typeof promote !== 'object') return promote
  const problems: FieldProblem[] = []
  const metric = comparisonMetricFault(promote, recipe.task)
  if (metric !== undefined) problems.push({ path: '/promote/ifBetter/metric', message: metric })
  const path = '/promote/ifBetter/dataset'
  const wanted = comparisonDataset(promote)
  const other = wanted === null ? undefined : await found(find, wanted, path, problems)
  const { classes } = dataset.columns.find(({ name }) => name === recipe.target) ?? {}
  const faults = other ? validationFaults(recipe, classes ? Object.keys(classes) : null, other) : []
  problems.push(...faults.map((message) => ({ path, message })))
  if (problems.length > 0) throw invalidJob(problems)
  return other ? { ifBetter: { ...promote.ifBetter, dataset: other.id } } : promote
}

/** Fields of a recipe that cannot be judged while another one is unreadable. */
const HANGS_ON: Record<string, readonly string[]> = {
  metrics: ['earlyStopping'],
  loss: ['labels'],
  scaling: ['bins', 'columns'],
}
/** Without these nothing can be said of the others. */
const FIRST = ['task', 'target', 'inputs']

/** What is wrong with the readable fields of an unreadable order, so that a client hears of everything at once. */
async function furtherProblems(
  checks: OrderChecks,
  input: unknown,
  problems: readonly FieldProblem[],
): Promise<FieldProblem[]> {
  const { dataset, recipe } = LooseBody.safeParse(input).data ?? {}
  const faulty = new Set(problems.map(({ path = '' }) => fieldOf(path)))
  if (!dataset || !recipe || FIRST.some((field) => faulty.has(field))) return []
  const left = new Set(['search', ...faulty, ...[...faulty].flatMap((field) => HANGS_ON[field] ?? [])])
  const readable = Object.fromEntries(Object.entries(recipe).filter(([field]) => !left.has(field)))
  const order = JobBody.safeParse({ model: 'm', dataset, recipe: readable })
  if (!order.success) return []
  try {
    await checkOrder(checks, order.data)
    return []
  } catch (error) {
    if (!(error instanceof FitserveError) || error.code !== 'invalid-job') throw error
    const found = error.problems ?? []
    return [...found.filter(({ path }) => path === '/dataset'), ...certain(found, readable, [])]
  }
}

const LooseBody = z.looseObject({ dataset: z.string().min(1), recipe: z.looseObject({}).default({}) })

/** Says what is wrong with an order. */
export function invalidJob(problems: readonly FieldProblem[]): FitserveError {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new FitserveError(
    'invalid-job',
    `The job cannot be run. ${first?.path || '/'}: ${first?.message}${more}`,
    { problems },
  )
}

async function found(
  find: FindDataset,
  idOrName: string,
  path: string,
  problems: FieldProblem[],
): Promise<NamedDataset | undefined> {
  try {
    return await find(idOrName)
  } catch (error) {
    if (!(error instanceof FitserveError) || error.code !== 'unknown-dataset') throw error
    problems.push({ path, message: error.message })
    return undefined
  }
}

function planned(input: RecipeInput, dataset: NamedDataset, validation: NamedDataset | undefined) {
  const complete = (recipe: RecipeInput) => {
    const completion = completeRecipe(recipe, dataset, { validation })
    return completion.recipe ? { ...completion, recipe: pinned(completion.recipe, validation) } : completion
  }
  const base = complete(input)
  if (!base.recipe || !input.search) return { ...base, parts: base.recipe ? foldParts(base.recipe) : [] }
  const { search: _search, ...plain } = input
  const plan = planSearch(input.search, plain, base.recipe, complete)
  const warnings = [...base.warnings, ...plan.warnings]
  if (!plan.trials) return { warnings, problems: plan.problems, parts: [] }
  const parts = plan.trials.map(({ params, recipe }, index) => ({
    part: { kind: 'trial' as const, number: index + 1, params },
    recipe,
  }))
  return { recipe: { ...base.recipe, search: plan.search }, parts, warnings, problems: [] }
}

/** A name may point at another data set tomorrow; its id does not. */
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
