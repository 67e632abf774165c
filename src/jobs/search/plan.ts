import { clipped, type FieldProblem, MAX_PROBLEMS } from '../../errors.ts'
import { Random } from '../../evaluation/random.ts'
import {
  type CompleteRecipe,
  type Completion,
  DEFAULT_TRIALS,
  foldCount,
  MAX_TRIALS,
  pointer,
  problemsOf,
  RecipeInput,
  type Search,
  suggestion,
} from '../../recipe/index.ts'
import type { Steps } from '../../runtime/steps.ts'
import type { Warning } from '../../warnings.ts'
import { familySizeFault } from '../records/family-size.ts'
import { columnNames, scoreColumn } from './score.ts'
import { setPath } from './set-path.ts'

/** A recipe to be tried, and the values under the searched paths that distinguish it. */
export interface TrialPlan {
  params: Record<string, unknown>
  recipe: CompleteRecipe
}

/** The trials of a search, or the problems that keep it from being run. */
export type SearchPlan =
  | { trials: TrialPlan[]; search: Search; warnings: Warning[]; problems: readonly [] }
  | { trials?: undefined; warnings: Warning[]; problems: FieldProblem[] }

/** Combinations up to which a random search shuffles the whole list; from a larger space it draws points. */
const MAX_LISTED = 100_000
/** Limit on the fits of a search, trials times folds; an ensemble counts as one fit. */
const MAX_FITS = 5_000
/** Parts of a recipe that all trials of a search share. */
const FIXED = [
  'task',
  'target',
  'group',
  'time',
  'weights',
  'cost',
  'rank',
  'positive',
  'validation',
  'search',
  'finalEpochs',
  'budget',
]

/**
 * Lists the recipes that a search tries. A grid gives every combination in order, the last path changing fastest, or
 * the first `trials` of them; a random search gives `trials` different combinations, drawn by the recipe's seed. Each
 * value and each trial is checked in a recipe of its own, which takes long over a wide table; so it goes in steps.
 * @param input the recipe as it was ordered, and `base` its complete form
 * @param complete completes and checks one trial's recipe
 */
export function* planSearch(
  search: Search,
  input: RecipeInput,
  base: CompleteRecipe,
  complete: (trial: RecipeInput) => Completion,
): Steps<SearchPlan> {
  const problems: FieldProblem[] = []
  const warnings: Warning[] = []
  const over = Object.entries(search.over)
  const whole = withColumns(base)
  const trialOf = (point: readonly number[]) => tryPoint(over, point, input, whole, complete)
  checkPlan(search, base, problems)
  for (const [at, [path, values]] of over.entries())
    problems.push(...(yield* pathProblems(at, path, values, over, trialOf)))
  if (problems.length > 0) return { warnings, problems: problems.slice(0, MAX_PROBLEMS) }
  const sizes = over.map(([, values]) => values.length)
  const all = sizes.reduce((product, size) => product * size, 1)
  if (search.type === 'grid' && search.trials === undefined && all > MAX_TRIALS)
    return {
      warnings,
      problems: [
        {
          path: '/recipe/search/over',
          message: `The grid has ${all.toLocaleString('en')} recipes; at most ${MAX_TRIALS} can be tried. Give fewer values, or type random.`,
        },
      ],
    }
  const points = choosePoints(search, sizes, all, base.seed)
  const fits = points.length * foldCount(base)
  if (fits > MAX_FITS) {
    const message = `${points.length} recipes of ${foldCount(base)} folds each are ${fits.toLocaleString('en')} fits; a search has at most ${MAX_FITS.toLocaleString('en')}. Give fewer trials, folds or repeats.`
    return { warnings, problems: [{ path: '/recipe/search/trials', message }] }
  }
  const tooLarge = familySizeFault(base, points.length)
  if (tooLarge !== undefined)
    return { warnings, problems: [{ path: '/recipe/search/trials', message: tooLarge }] }
  if (search.type === 'grid' && points.length < all)
    warnings.push({
      code: 'grid-cut',
      message: `Of the grid's ${all.toLocaleString('en')} recipes the first ${points.length} are tried.`,
    })
  const trials: TrialPlan[] = []
  for (const point of points) {
    yield
    const { params, completion } = trialOf(point)
    if (completion.recipe) trials.push({ params, recipe: { ...completion.recipe, search: null } })
    else
      problems.push(
        ...completion.problems.map(({ path, message }) => ({
          path: '/recipe/search/over',
          message: `With ${shown(params)} the recipe cannot be trained. ${path}: ${message}`,
        })),
      )
    if (problems.length >= MAX_PROBLEMS) break
  }
  if (problems.length > 0) return { warnings, problems: problems.slice(0, MAX_PROBLEMS) }
  const metric = scoreColumn(search)
  return { trials, search: { ...search, trials: trials.length, metric }, warnings, problems: [] }
}

/** Returns the recipe with an entry for every input column, since all their options may be searched over. */
function withColumns(recipe: CompleteRecipe): CompleteRecipe {
  const { columns, inputs } = recipe
  const all = inputs.map((name) => [name, (Object.hasOwn(columns, name) && columns[name]) || {}] as const)
  return { ...recipe, columns: Object.fromEntries(all) }
}

function checkPlan(search: Search, base: CompleteRecipe, problems: FieldProblem[]): void {
  if (base.validation === null)
    problems.push({
      path: '/recipe/validation',
      message: 'A search compares recipes on validation rows. Give a split, rows, kFold or a data set.',
    })
  const known = columnNames(base)
  if (search.metric !== undefined && !known.includes(search.metric))
    problems.push({
      path: '/recipe/search/metric',
      message: `Unknown column of the history${suggestion(search.metric, known)} Use one of ${known.join(', ')}.`,
    })
}

/** Characters of a trial's values in a message. */
const MAX_SHOWN = 500

function shown(params: Readonly<Record<string, unknown>>): string {
  return clipped(JSON.stringify(params), MAX_SHOWN)
}

/** Returns the problems of a path, or of each of its values while all other paths have their first value. */
function* pathProblems(
  at: number,
  path: string,
  values: readonly unknown[],
  over: readonly (readonly [string, readonly unknown[]])[],
  trialOf: (point: readonly number[]) => ReturnType<typeof tryPoint>,
): Steps<FieldProblem[]> {
  const place = `/recipe/search/over${pointer([path])}`
  const [top = ''] = path.split('.')
  if (FIXED.includes(top))
    return [{ path: place, message: `All recipes of a search share ${top}; it cannot be searched over.` }]
  const problems: FieldProblem[] = []
  for (const index of values.keys()) {
    yield
    const point = over.map((_, each) => (each === at ? index : 0))
    const { completion, faults } = trialOf(point)
    const fault = faults.get(at)
    // The path is wrong, whatever the value.
    if (fault !== undefined) return [{ path: place, message: fault }]
    if (completion.recipe) continue
    const own = completion.problems.filter((problem) => belongsTo(problem.path ?? '', path))
    problems.push(...own.map(({ message }) => ({ path: `${place}/${index}`, message })))
  }
  return problems
}

/** Tells whether a problem's pointer is at, below or above a searched path. */
function belongsTo(problem: string, path: string): boolean {
  const place = `/recipe${pointer(path.split('.'))}`
  return problem === place || problem.startsWith(`${place}/`) || place.startsWith(`${problem}/`)
}

function tryPoint(
  over: readonly (readonly [string, readonly unknown[]])[],
  point: readonly number[],
  input: RecipeInput,
  base: CompleteRecipe,
  complete: (trial: RecipeInput) => Completion,
) {
  const params: Record<string, unknown> = {}
  let recipe: unknown = { ...input, search: undefined }
  const faults = new Map<number, string>()
  const owned = new WeakSet<object>()
  // A type comes before its options, which it may bring with it.
  const order = over.map((_, at) => at).sort((a, b) => rank(over[a]?.[0]) - rank(over[b]?.[0]) || a - b)
  for (const at of order) {
    const [path = '', values = []] = over[at] ?? []
    const value = values[point[at] ?? 0]
    const set = setPath(recipe, base, path.split('.'), value, owned)
    if ('fault' in set) faults.set(at, set.fault)
    else recipe = set.value
  }
  for (const [at, [path, values]] of over.entries()) params[path] = values[point[at] ?? 0]
  const parsed = RecipeInput.safeParse(recipe)
  const completion: Completion = parsed.success
    ? complete(parsed.data)
    : { warnings: [], problems: problemsOf(parsed.error, RecipeInput, recipe, '/recipe') }
  return { params, completion, faults }
}

const rank = (path = '') => (path.endsWith('type') ? 0 : 1)

function choosePoints(search: Search, sizes: readonly number[], all: number, seed: number): number[][] {
  const wanted = Math.min(all, search.trials ?? (search.type === 'grid' ? all : DEFAULT_TRIALS))
  const pointOf = (index: number): number[] => {
    let rest = index
    return sizes
      .toReversed()
      .map((size) => {
        const digit = rest % size
        rest = Math.floor(rest / size)
        return digit
      })
      .reverse()
  }
  if (search.type === 'grid') return Array.from({ length: wanted }, (_, index) => pointOf(index))
  const random = new Random(seed, 'search')
  if (all <= MAX_LISTED)
    return random
      .shuffle(Array.from({ length: all }, (_, index) => index))
      .slice(0, wanted)
      .map(pointOf)
  const drawn = new Map<string, number[]>()
  while (drawn.size < wanted) {
    const point = sizes.map((size) => Math.floor(random.next() * size))
    drawn.set(point.join(), point)
  }
  return [...drawn.values()]
}
