import { type FieldProblem, listQuoted, ProblemList, quoted } from '../errors.ts'
import { counted } from '../numbers.ts'
import type { Warning } from '../warnings.ts'
import { checkCosts } from './answer-costs.ts'
import { checkCost } from './check-cost.ts'
import { checkTreeMembers, checkTrees } from './check-trees.ts'
import { checkVectors } from './check-vectors.ts'
import { warningsOfTarget, warnOfData } from './check-warnings.ts'
import { warningOfTrees } from './choice-trees.ts'
import { type ChosenColumns, classNames } from './columns.ts'
import { checkCoordinates, warningOfCoordinates } from './coordinates.ts'
import { HAS_BINS } from './cost.ts'
import { ENCODERS, kindOfEncoder } from './encoders/index.ts'
import { checkGroup } from './groups.ts'
import { LossName, lossEntry, lossesOf } from './losses.ts'
import { MetricName, metricEntry, metricsOf } from './metrics.ts'
import { validationName } from './monitor.ts'
import { suggestion } from './names.ts'
import { isTrees } from './network.ts'
import { type AddProblem, pointer } from './problems.ts'
import { checkRank } from './rank.ts'
import type { CompleteRecipe, RecipeInput } from './schema.ts'
import { isDateType, type TableDescription } from './table.ts'
import { targetNames, transformOf } from './targets.ts'
import { checkThreshold } from './threshold.ts'
import { checkTime } from './times.ts'
import { checkWeights } from './weights.ts'

/** A complete recipe, and what it is checked against. */
export interface CheckInput {
  recipe: CompleteRecipe
  /** The recipe as the client wrote it: some values are wrong only if the client chose them. */
  input: RecipeInput
  columns: ChosenColumns
  table: TableDescription
  /** Names of the sets of word vectors that are installed. */
  vectorSets: readonly string[]
}

/**
 * Checks a complete recipe against its columns, rows and cost.
 * @returns every problem, with pointers below `/recipe`, and warnings about the data
 */
export function check({ recipe, input, columns, table, vectorSets }: CheckInput): {
  problems: FieldProblem[]
  warnings: Warning[]
} {
  const problems = new ProblemList()
  const warnings: Warning[] = []
  const problem: AddProblem = (path, message) =>
    problems.add(() => ({
      path: `/recipe${path}`,
      message: typeof message === 'string' ? message : message(),
    }))
  checkLossAndMetrics(recipe, input, problem)
  checkClassWeights(recipe, columns, problem)
  const classes = classNames(recipe.task, columns.target)
  checkCosts(recipe, classes, problem)
  checkRank(recipe, classes, problem)
  checkCalibration(recipe, problem)
  checkLearningCurve(recipe, problem)
  checkBudget(recipe, problem)
  checkEncoder(recipe, input, columns, problem)
  checkVectors(recipe, columns, vectorSets, problem)
  checkColumns(recipe, columns, problem)
  checkCoordinates(recipe, columns.inputs, problem)
  checkRows(recipe, columns, table, problem, warnings)
  checkThreshold(recipe, classes, problem)
  checkGroup(recipe, columns, problem)
  checkTime(recipe, columns, problem)
  checkWeights(columns, problem)
  checkEarlyStopping(recipe, problem)
  if (recipe.engine === 'typed' && input.encoder && ENCODERS[input.encoder.type].needsTensorFlow)
    problem(
      '/engine',
      `The engine "typed" trains stacks of dense layers only, and the encoder ${input.encoder.type} has an embedding. Use "auto" or "tensorflow".`,
    )
  checkTrees(recipe, columns, problem)
  checkTreeMembers(recipe, input, columns, problem)
  checkCost(recipe, columns, problem)
  if (recipe.coordinates && input.coordinates === undefined)
    warnings.push(warningOfCoordinates(recipe.coordinates))
  if (input.network === undefined && isTrees(recipe)) warnings.push(warningOfTrees(table.rows))
  warnings.push(...warningsOfTarget(input, recipe, columns))
  warnOfData(input, recipe, columns, table, warnings)
  return { problems: problems.told('/recipe'), warnings }
}

function checkLossAndMetrics(recipe: CompleteRecipe, input: RecipeInput, problem: AddProblem): void {
  const { task } = recipe
  const losses = lossesOf(task)
  if (!losses.includes(recipe.loss.type))
    problem(
      '/loss',
      `The loss ${recipe.loss.type} does not fit the task ${task}. Use ${losses.join(' or ')}.`,
    )
  const takesDelta = (name: LossName) => lossEntry(name).options?.delta !== undefined
  if (recipe.loss.delta !== undefined && !takesDelta(recipe.loss.type)) {
    const fitting = LossName.out.options.filter(takesDelta)
    problem('/loss/delta', `delta is an option of the loss ${fitting.join(' or ')} only. Remove it.`)
  }
  const metrics = metricsOf(task)
  const takesK = (name: MetricName) => metricEntry(name).options?.k !== undefined
  for (const [index, metric] of recipe.metrics.entries()) {
    if (!metrics.includes(metric.type))
      problem(
        `/metrics/${index}`,
        `The metric ${metric.type} does not fit the task ${task}. Use ${metrics.join(', ')}.`,
      )
    else if (metricEntry(metric.type).ranksOnly && recipe.rank === null)
      problem(
        `/metrics/${index}`,
        `The metric ${metric.type} is of ordered classes. Set "rank", or use ${metrics.filter((name) => !metricEntry(name).ranksOnly).join(', ')}.`,
      )
    if (metric.k !== undefined && !takesK(metric.type))
      problem(
        `/metrics/${index}/k`,
        `k is an option of the metric ${MetricName.out.options.filter(takesK).join(' or ')} only. Remove it.`,
      )
    if (recipe.metrics.findIndex((each) => each.type === metric.type) < index)
      problem(`/metrics/${index}`, `The metric ${metric.type} is listed twice. Remove one.`)
  }
  const { labels } = lossEntry(recipe.loss.type)
  if (recipe.labels && labels && recipe.labels !== labels) {
    const fitting = LossName.out.options.filter((name) => lossEntry(name).labels === recipe.labels)
    const form = recipe.labels === 'integer' ? 'Integer' : 'One-hot'
    problem(
      '/labels',
      `${form} labels need the loss ${fitting.join(' or ')}. Use that loss, or leave out labels.`,
    )
  }
  // A complete recipe has the threshold 0.5 for every task, and clients may send it back.
  if (task !== 'binary' && recipe.threshold !== 0.5)
    problem(
      '/threshold',
      `A threshold applies to the task binary only, not to ${task}. ${task === 'multiLabel' ? 'Give it as "multiLabel": {"threshold": …}.' : 'Remove it.'}`,
    )
  if (recipe.multiLabel?.threshold === 'f1' && recipe.validation === null)
    problem(
      '/multiLabel/threshold',
      'Validation rows choose the thresholds, and validation is null. Give a number such as 0.5, or validate.',
    )
  if (input.labels && task !== 'multiclass')
    problem('/labels', `labels applies to the task multiclass only, not to ${task}. Remove it.`)
  if (task !== 'regression' && recipe.targetTransform !== 'none')
    problem('/targetTransform', 'Only the target of a regression can be transformed. Use "none".')
}

function checkClassWeights(
  { task, classWeights }: CompleteRecipe,
  { target }: ChosenColumns,
  problem: AddProblem,
): void {
  if (classWeights === null) return
  if (task === 'regression') {
    problem('/classWeights', 'A regression has no classes to weight. Remove classWeights.')
    return
  }
  if (task === 'multiLabel') {
    problem(
      '/classWeights',
      'classWeights weighs the one class of a row, and with multiLabel a row has any number of labels. Remove it; a smaller "threshold" in multiLabel answers rare labels more often.',
    )
    return
  }
  const classes = classNames(task, target)
  if (classWeights === 'balanced' || classes === undefined) return
  const known = new Set(classes)
  for (const name of Object.keys(classWeights))
    if (!known.has(name))
      problem(
        `/classWeights${pointer([name])}`,
        () => `Unknown class${suggestion(name, classes)} The target has: ${listQuoted(classes)}.`,
      )
}

function checkLearningCurve({ learningCurve, validation }: CompleteRecipe, problem: AddProblem): void {
  if (learningCurve && validation === null)
    problem(
      '/learningCurve',
      'A learning curve is measured on validation rows, and validation is null. Validate, or remove learningCurve.',
    )
}

function checkBudget({ budget, search, learningCurve }: CompleteRecipe, problem: AddProblem): void {
  if (budget === null) return
  if (search !== null)
    problem(
      '/budget',
      'A budget limits the time of one job, and the trials of a search are jobs of their own. Remove budget or search; fewer trials of the search take less time.',
    )
  if (learningCurve)
    problem(
      '/budget',
      'A learning curve compares trainings that have done all their epochs, and a budget may end them sooner. Remove budget or learningCurve.',
    )
}

function checkCalibration(recipe: CompleteRecipe, problem: AddProblem): void {
  const { calibration, task, validation, classWeights } = recipe
  if (calibration === 'auto' || calibration === 'none') return
  if (task !== 'binary' && task !== 'multiclass')
    problem(
      '/calibration',
      `Only probabilities of classes are calibrated, with the task binary or multiclass, and this task is ${task}. Remove calibration.`,
    )
  else if (validation === null)
    problem('/calibration', 'Validation rows calibrate, and validation is null. Validate, or use "none".')
  else if (calibration === 'isotonic' && task === 'multiclass' && classWeights !== null)
    problem(
      '/calibration',
      'With more than two classes, "isotonic" cannot keep the answers that classWeights asks for. Use "platt".',
    )
}

function checkEncoder(
  recipe: CompleteRecipe,
  input: RecipeInput,
  columns: ChosenColumns,
  problem: AddProblem,
): void {
  if (input.encoder && !columns.inputs.some((column) => column.type === 'text'))
    problem('/encoder', 'No input column is a text, so the encoder has nothing to encode. Remove it.')
  const { encoder } = recipe
  if (encoder) kindOfEncoder(encoder).check(encoder, recipe.task, problem)
}

function checkColumns(recipe: CompleteRecipe, columns: ChosenColumns, problem: AddProblem): void {
  const treesOnly =
    'Only trees have a bin for gaps. Use "median", "mean", "refuse" or a value, or the network "trees".'
  if (recipe.missing === 'bin' && !isTrees(recipe)) problem('/missing', treesOnly)
  for (const column of columns.inputs) {
    const options = recipe.columns[column.name] ?? {}
    const path = `/columns${pointer([column.name])}`
    const isScaled = column.type === 'number' || isDateType(column.type)
    if (options.scaling !== undefined && !isScaled)
      problem(
        `${path}/scaling`,
        `The column is a ${column.type}, and only numbers and dates are scaled. Remove the option.`,
      )
    if (options.bins !== undefined && !isTrees(recipe) && !HAS_BINS[options.scaling ?? recipe.scaling])
      problem(
        `${path}/bins`,
        'bins applies to the scaling piecewiseLinear only. Remove it, or use that scaling.',
      )
    if (options.unseen !== undefined && column.type !== 'category')
      problem(
        `${path}/unseen`,
        `The column is a ${column.type}, and only categories can have unseen values. Remove the option.`,
      )
    if (typeof options.missing === 'object' && column.type !== 'number')
      problem(
        `${path}/missing`,
        `The column is a ${column.type}, and only gaps of numbers can be filled with a value. Remove the option.`,
      )
    if (options.missing === 'bin' && !isTrees(recipe)) problem(`${path}/missing`, treesOnly)
    if ((options.missing ?? recipe.missing) === 'refuse' && column.missing > 0)
      problem(
        options.missing === undefined ? '/missing' : `${path}/missing`,
        `The column ${quoted(column.name)} has ${column.missing === 1 ? 'a gap' : `${column.missing} gaps`}, and the recipe refuses gaps. Fill them in the data, or set missing to "mean", "median" or a value.`,
      )
  }
}

function checkRows(
  recipe: CompleteRecipe,
  columns: ChosenColumns,
  table: TableDescription,
  problem: AddProblem,
  warnings: Warning[],
): void {
  const { validation } = recipe
  const rows = table.rows - columns.target.missing
  for (const { name, missing } of columns.targets)
    if (missing > 0)
      warnings.push({
        code: 'rows-without-target',
        column: name,
        count: missing,
        message:
          missing === 1
            ? `One row has no value in ${quoted(name)} and is left out.`
            : `${missing} rows have no value in ${quoted(name)} and are left out.`,
      })
  const untimed = columns.roles.time?.missing ?? 0
  if (columns.roles.time && untimed > 0)
    warnings.push({
      code: 'rows-without-time',
      column: columns.roles.time.name,
      count: untimed,
      message: `${untimed === 1 ? 'One row has' : `${untimed} rows have`} no value in ${quoted(columns.roles.time.name)} and ${untimed === 1 ? 'is' : 'are'} left out.`,
    })
  if (validation?.rows !== undefined && validation.rows >= rows)
    problem(
      '/validation/rows',
      `The data set has ${counted(rows, 'row')} with a target, and at least one must be left for training. Use fewer rows.`,
    )
  if (
    validation?.split !== undefined &&
    (Math.round(rows * validation.split) < 1 || Math.round(rows * validation.split) >= rows)
  )
    problem(
      '/validation/split',
      `The data set has ${counted(rows, 'row')} with a target, and this share leaves none for validation or none for training. Use another share, or set validation to null to train on all rows.`,
    )
  if (recipe.finalEpochs !== null && (validation === null || validation.dataset !== undefined))
    problem(
      '/finalEpochs',
      validation === null
        ? 'Without validation, all rows are used for training already. Remove finalEpochs.'
        : 'When another data set validates, all rows are used for training already. Remove finalEpochs.',
    )
  for (const { name, min = 0 } of recipe.task === 'regression' ? columns.targets : [])
    if (transformOf(recipe, name) === 'log' && min <= -1)
      problem(
        typeof recipe.targetTransform === 'string'
          ? '/targetTransform'
          : `/targetTransform${pointer([name])}`,
        `The smallest value of the target${columns.targets.length > 1 ? ` ${quoted(name)}` : ''} is ${min}, and ln(1 + x) needs values above -1. Use "standardize" or "none".`,
      )
  checkTransforms(recipe, problem)
}

/** Checks the names of transforms by target. */
function checkTransforms(recipe: CompleteRecipe, problem: AddProblem): void {
  const { targetTransform } = recipe
  if (typeof targetTransform === 'string') return
  const names = targetNames(recipe)
  if (names.length === 1)
    problem('/targetTransform', 'With one target, give its transform alone, such as "log".')
  else
    for (const name of Object.keys(targetTransform))
      if (!names.includes(name))
        problem(
          `/targetTransform${pointer([name])}`,
          `Unknown target${suggestion(name, names)} The targets are: ${listQuoted(names)}.`,
        )
}

function checkEarlyStopping(recipe: CompleteRecipe, problem: AddProblem): void {
  if (!recipe.earlyStopping) return
  const names = ['loss', ...recipe.metrics.map((metric) => metric.type)]
  const known = [...names, ...names.map(validationName)]
  const { monitor } = recipe.earlyStopping
  if (!known.includes(monitor))
    problem(
      '/earlyStopping/monitor',
      `Unknown column of the history${suggestion(monitor, known)} Use one of ${known.join(', ')}.`,
    )
  else if (recipe.validation === null && monitor.startsWith('val'))
    problem(
      '/earlyStopping/monitor',
      `Without validation rows, the history has no ${monitor}. Use one of ${names.join(', ')}.`,
    )
}
