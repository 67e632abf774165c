import { z } from 'zod'
import { compareCodePoints } from '../code-points.ts'
import { nfcLookup } from '../normal-form.ts'
import { isRounding, LEAST_WITH_LOG, meanOfShares, rangeOf } from '../numbers.ts'
import {
  type CompleteRecipe,
  type CostMatrix,
  costMatrix,
  costThreshold,
  labelsOf,
  type Task,
  targetNames,
  transformOf,
} from '../recipe/index.ts'
import type { Cell } from '../recipe/table.ts'
import { CalibrationState } from './calibration.ts'
import { IntervalState, SetState } from './conformal.ts'
import { deviationOf } from './encoders/quantiles.ts'

/** How the labels of a row are read. */
type MultiLabel = NonNullable<CompleteRecipe['multiLabel']>

/** Share of each class among the training rows; absent in versions of earlier releases. */
const Shares = z.array(z.number())

/** How a network has learnt a number. */
const RegressionState = z.object({
  task: z.literal('regression'),
  /** True if the network learnt ln(1 + value), before shifting and scaling. */
  log: z.boolean(),
  shift: z.number(),
  scale: z.number(),
  /** Smallest and largest value of the training rows; absent in versions of earlier releases. */
  range: z.object({ min: z.number(), max: z.number() }).optional(),
  /** Errors of held-out rows. Absent: there were too few, or an earlier release trained the version. */
  interval: IntervalState.optional(),
})
type RegressionState = z.infer<typeof RegressionState>

/** What each answer costs, by true and answered class: of two classes `threshold` follows from it. Absent: no costs. */
const Costs = z.array(z.array(z.number()))

/**
 * The meaning of a network's outputs, as it is kept in `encoder.json`. Without `calibration` they are probabilities as they
 * are.
 */
export const TargetState = z.discriminatedUnion('task', [
  z.object({
    task: z.literal('binary'),
    /** The negative class, then the positive one. */
    classes: z.array(z.string()).length(2),
    /** Smallest probability, calibrated, for which the answer is the positive class. */
    threshold: z.number(),
    shares: Shares.optional(),
    costs: Costs.optional(),
    calibration: CalibrationState.optional(),
    /** Places of true classes among the answers to held-out rows. Absent as `interval` may be. */
    set: SetState.optional(),
  }),
  z.object({
    task: z.literal('multiclass'),
    classes: z.array(z.string()).min(2),
    shares: Shares.optional(),
    costs: Costs.optional(),
    /** True if the classes are in order, and the outputs those of ordinal.ts. Absent: one output for each class. */
    ordinal: z.literal(true).optional(),
    calibration: CalibrationState.optional(),
    /** Taken from the calibrated logits before the likeliest class is looked for. Absent: nothing is. */
    decisionShifts: z.array(z.number()).optional(),
    set: SetState.optional(),
  }),
  z.object({
    task: z.literal('multiLabel'),
    /** The labels, in the order of the network's outputs. */
    classes: z.array(z.string()).min(1),
    /** Smallest probability for which each label is answered. */
    thresholds: z.array(z.number()),
    /** What stands between the labels of a text. */
    separator: z.string(),
    /** Share of the training rows that have each label. */
    shares: z.array(z.number()),
  }),
  RegressionState,
  z.object({
    task: z.literal('severalNumbers'),
    /** The targets, in the order of the network's outputs. */
    targets: z.array(z.object({ name: z.string(), state: RegressionState })).min(1),
  }),
])
export type TargetState = z.infer<typeof TargetState>

/** Returns what the answers of a classifier cost; undefined where the version has no costs. */
export function costsOf(target: TargetState): CostMatrix | undefined {
  return target.task === 'binary' || target.task === 'multiclass' ? target.costs : undefined
}

/** Returns what is taken from the logits of several classes before the likeliest is looked for; undefined: nothing is. */
export function decisionShiftsOf(target: TargetState): readonly number[] | undefined {
  return target.task === 'multiclass' ? target.decisionShifts : undefined
}

/** Returns the different classes in order: by value if all are numbers, else by code point. */
export function orderClasses(values: Iterable<string>): string[] {
  const classes = [...new Set(values)]
  const numeric = classes.every((value) => value.trim() !== '' && Number.isFinite(Number(value)))
  return classes.sort((a, b) => (numeric ? Number(a) - Number(b) : 0) || compareCodePoints(a, b))
}

/**
 * Learns the target: a classifier's classes from all rows, a regression's transform from the training rows only.
 * @param all values of all rows that are used
 * @param training values of the training rows
 * @param weights how much each training row counts in the shares of the classes. Default: all count alike
 */
export function fitTarget(
  recipe: CompleteRecipe,
  all: Iterable<Cell>,
  training: Iterable<Cell>,
  weights: ArrayLike<number> | null = null,
): TargetState {
  if (recipe.multiLabel) return fitLabels(recipe.multiLabel, all, training)
  if (recipe.task !== 'regression') {
    const classes = withPositiveLast(classesInOrder(recipe.rank, labels(all)), recipe.positive)
    const shares = classShares(recipe.classWeights, classes, training, weights)
    const ordinal = recipe.rank === null ? {} : { ordinal: true as const }
    if (recipe.cost === null) {
      if (recipe.task === 'multiclass') return { task: 'multiclass', classes, shares, ...ordinal }
      return { task: 'binary', classes, threshold: thresholdOf(recipe), shares }
    }
    const costs = costMatrix(recipe.cost, classes)
    if (recipe.task === 'multiclass') return { task: 'multiclass', classes, shares, costs, ...ordinal }
    return { task: 'binary', classes, threshold: costThreshold(costs), shares, costs }
  }
  const [name = ''] = targetNames(recipe)
  return fitNumber(transformOf(recipe, name), training)
}

/** Returns two classes such that the positive one is the last. @param positive null: they are so by their order */
function withPositiveLast(classes: string[], positive: string | null): string[] {
  return positive !== null && classes[0] === positive ? classes.reverse() : classes
}

/** Returns the threshold of a recipe. One that validation rows choose takes its place once there are answers. */
function thresholdOf({ threshold }: CompleteRecipe): number {
  return typeof threshold === 'number' ? threshold : 0.5
}

/** Learns several targets from the training rows. @param training values of each target, by its name */
export function fitSeveral(
  recipe: CompleteRecipe,
  training: readonly (readonly [name: string, values: Iterable<Cell>])[],
): TargetState {
  return {
    task: 'severalNumbers',
    targets: training.map(([name, values]) => ({
      name,
      state: fitNumber(transformOf(recipe, name), values),
    })),
  }
}

function fitNumber(transform: ReturnType<typeof transformOf>, training: Iterable<Cell>): RegressionState {
  const log = transform === 'log'
  const own = numbers(training)
  const values = own.map((value) => (log ? Math.log1p(value) : value))
  if (transform === 'none' || values.length === 0) return { task: 'regression', log, shift: 0, scale: 1 }
  const range = rangeOf(own)
  const mean = meanOfShares(values)
  const deviation = deviationOf(values, mean)
  const varies = Number.isFinite(deviation) && !isRounding(deviation, mean, values.length)
  const scale = varies ? deviation : 1
  return { task: 'regression', log, shift: mean, scale, range }
}

function fitLabels(
  { separator, threshold }: MultiLabel,
  all: Iterable<Cell>,
  training: Iterable<Cell>,
): TargetState {
  const known = new Set<string>()
  for (const cell of all)
    if (cell !== null) for (const label of labelsOf(String(cell), separator)) known.add(label)
  const classes = orderClasses(known)
  const counts = new Map(classes.map((name) => [name, 0]))
  let rows = 0
  for (const cell of training) {
    rows += 1
    for (const label of labelsOf(String(cell), separator)) counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  return {
    task: 'multiLabel',
    classes,
    // Those that validation rows choose take their place once there are answers.
    thresholds: classes.map(() => (threshold === 'f1' ? 0.5 : threshold)),
    separator,
    shares: classes.map((name) => (counts.get(name) ?? 0) / Math.max(1, rows)),
  }
}

/** Returns the task of a recipe that a target is of. */
export function taskOf({ task }: TargetState): Task {
  return task === 'severalNumbers' ? 'regression' : task
}

/**
 * Returns the number of outputs of a network for a target: one for two classes and for a number, else one for each, but of
 * ordered classes the first needs none.
 */
export function outputsOf(state: TargetState): number {
  return isOrdinal(state) ? scoresOf(state) - 1 : scoresOf(state)
}

/** Returns how many numbers are known of each row that is answered: one for two classes and for a number, else one for each. */
export function scoresOf(state: TargetState): number {
  if (state.task === 'severalNumbers') return state.targets.length
  return state.task === 'binary' || state.task === 'regression' ? 1 : state.classes.length
}

/** Returns whether the classes of a target are in order. */
export function isOrdinal(state: TargetState): boolean {
  return state.task === 'multiclass' && state.ordinal === true
}

/** Returns the numbers that the network learns of a row: 1, or one for each label or target. */
export function targetWidth(state: TargetState): number {
  return state.task === 'multiLabel' || state.task === 'severalNumbers' ? outputsOf(state) : 1
}

/**
 * Returns a function that writes what the network learns of a row's targets: the class's position, the transformed
 * numbers, or 1 for each label of the row, among zeros. Labels that the state does not know are left out.
 */
export function targetWriter(
  state: TargetState,
): (cells: readonly Cell[], into: Float32Array, at: number) => void {
  if (state.task !== 'multiLabel') {
    const each =
      state.task === 'severalNumbers'
        ? state.targets.map((one) => targetNumbers(one.state))
        : [targetNumbers(state)]
    return (cells, into, at) => {
      for (const [index, numberOf] of each.entries()) into[at + index] = numberOf(cells[index] ?? null)
    }
  }
  const positionOf = nfcLookup(state.classes.map((name, position) => [name, position] as const))
  return ([cell = null], into, at) => {
    for (const label of labelsOf(String(cell), state.separator)) {
      const position = positionOf(label)
      if (position !== undefined) into[at + position] = 1
    }
  }
}

/** Returns the classes in the order of a list, those that it lacks at the end; without a list as `orderClasses`. */
function classesInOrder(rank: CompleteRecipe['rank'], values: Iterable<string>): string[] {
  const classes = orderClasses(values)
  if (rank === null || rank === true) return classes
  const placeOf = nfcLookup(rank.map((name, place) => [name, place] as const))
  const place = (name: string) => placeOf(name) ?? rank.length
  return classes.sort((a, b) => place(a) - place(b))
}

/** Returns the classes' shares of the training rows, each row counted as often as it and its class weigh. */
function classShares(
  weights: CompleteRecipe['classWeights'],
  classes: readonly string[],
  training: Iterable<Cell>,
  rowWeights: ArrayLike<number> | null,
): number[] {
  const counts = new Map(classes.map((name) => [name, 0]))
  let row = 0
  for (const value of training) {
    const name = String(value)
    counts.set(name, (counts.get(name) ?? 0) + (rowWeights?.[row++] ?? 1))
  }
  const weighed = classes.map((name) => {
    const count = counts.get(name) ?? 0
    if (weights === 'balanced') return Math.min(1, count)
    return count * (weights !== null && Object.hasOwn(weights, name) ? (weights[name] ?? 1) : 1)
  })
  const sum = weighed.reduce((total, weight) => total + weight, 0)
  return weighed.map((weight) => (sum > 0 ? weight / sum : 1 / classes.length))
}

/**
 * Returns a function from a value to the number that the network learns: the class's position, or the transformed
 * number. A value that has no ln(1 + x) counts as the next one that has, so that a loss over such rows stays finite.
 */
export function targetNumbers(
  state: Exclude<TargetState, { task: 'multiLabel' | 'severalNumbers' }>,
): (value: Cell) => number {
  if (state.task !== 'regression') {
    const positionOf = nfcLookup(state.classes.map((name, position) => [name, position] as const))
    return (value) => positionOf(String(value)) ?? -1
  }
  return (value) => {
    const number = Number(value)
    const learnt = state.log ? Math.log1p(Math.max(number, LEAST_WITH_LOG)) : number
    return (learnt - state.shift) / state.scale
  }
}

/**
 * Returns a function from a value to the truth that a regression is measured against, in the target's own unit: what
 * comes back of the 32-bit number that the network learns, or the value itself where the network can learn none.
 */
export function trueNumbers(state: Extract<TargetState, { task: 'regression' }>): (value: Cell) => number {
  const numberOf = targetNumbers(state)
  return (value) =>
    state.log && Number(value) < LEAST_WITH_LOG ? Number(value) : ownUnit(state, Math.fround(numberOf(value)))
}

/** Returns a regression's output in the target's own unit, limited to finite numbers. */
export function ownUnit(state: Extract<TargetState, { task: 'regression' }>, output: number): number {
  const value = output * state.scale + state.shift
  const number = state.log ? Math.expm1(value) : value
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, number))
}

/**
 * Returns what a regression answers for an output, in the target's own unit. Under a logarithm a small step outside of
 * what was learnt multiplies the value, so the answer goes no farther beyond the training rows' range than that range is
 * wide, on the logarithm's scale, and is not negative where no training row is.
 */
export function answerInOwnUnit(state: Extract<TargetState, { task: 'regression' }>, output: number): number {
  const value = ownUnit(state, output)
  if (!state.log || !state.range) return value
  const low = Math.log1p(state.range.min)
  const high = Math.log1p(state.range.max)
  const least = state.range.min >= 0 ? 0 : -1
  const smallest = Math.max(least, Math.expm1(2 * low - high))
  return Math.min(Math.max(value, smallest), Math.expm1(2 * high - low))
}

/** Returns numbers of several targets, shape [rows, targets], each in the unit that `unit` gives it. */
export function inUnits(
  { targets }: Extract<TargetState, { task: 'severalNumbers' }>,
  numbers: ArrayLike<number>,
  unit: (state: RegressionState, number: number) => number,
): Float64Array {
  return Float64Array.from(numbers, (number, at) => {
    const target = targets[at % targets.length]
    return target ? unit(target.state, number) : number
  })
}

function labels(values: Iterable<Cell>): string[] {
  const seen = new Set<string>()
  for (const value of values) if (value !== null) seen.add(String(value))
  return [...seen]
}

function numbers(values: Iterable<Cell>): number[] {
  return Array.from(values, Number)
}
