import { type FieldProblem, quoted } from '../errors.ts'
import type { Warning } from '../warnings.ts'
import { completeCandidates, suggestedCandidates } from './candidates.ts'
import { check } from './check.ts'
import { chooseFor, describesNetwork } from './choice.ts'
import { MEMBER_EPOCHS } from './choice-trees.ts'
import {
  answerCount,
  type ChosenColumns,
  chooseColumns,
  targetFault,
  taskOf,
  valueCount,
  withTableNames,
} from './columns.ts'
import {
  defaultValidation,
  EARLY_STOPPING_DEFAULTS,
  FOLD_DEFAULTS,
  LAYER_DEFAULTS,
  MULTI_LABEL_DEFAULTS,
  SCHEDULE_DEFAULTS,
  TASK_DEFAULTS,
} from './defaults.ts'
import { defined } from './defined.ts'
import { ENCODERS, Encoder, type EncoderInput } from './encoders/index.ts'
import type { Choice } from './facts.ts'
import { groupCount } from './groups.ts'
import { completeLoss } from './losses.ts'
import { mergedTable } from './merged-classes.ts'
import { completeMetric } from './metrics.ts'
import { type Network, TREES_DEFAULTS } from './network.ts'
import { completeOptimizer, type OptimizerInput } from './optimizers.ts'
import type { EarlyStopping, Layer, LayerInput, MultiLabel, Schedule, Validation } from './parts.ts'
import type { CompleteRecipe, OtherMembers, OtherMembersInput, RecipeInput } from './schema.ts'
import type { ColumnDescription, TableDescription } from './table.ts'
import type { Task } from './task.ts'
import { checkValidation } from './validation.ts'
import { AUTO_VECTORS, NO_VECTORS } from './vectors.ts'

/** A complete recipe, or all problems that were found; in both cases with warnings about the data. */
export type Completion =
  | { recipe: CompleteRecipe; warnings: Warning[]; problems: readonly [] }
  | { recipe?: undefined; warnings: Warning[]; problems: FieldProblem[] }

/** Options of `completeRecipe`. */
export interface CompletionOptions {
  /** Description of the data set that `validation.dataset` names. Absent: it is not checked. */
  validation?: TableDescription | undefined
  /** Names of the sets of word vectors that are installed. Default: none is. */
  vectorSets?: readonly string[] | undefined
}

/**
 * Fills in the fields that a recipe leaves out, by its task and the table, and checks the result against the table.
 * Returns all problems at once, with pointers below `/recipe`. Does not check a `search`.
 */
export function completeRecipe(
  given: RecipeInput,
  ownTable: TableDescription,
  options: CompletionOptions = {},
): Completion {
  const { table, warnings: merged } = given.mergeClasses
    ? mergedTable(ownTable, given)
    : { table: ownTable, warnings: [] }
  const input = withTableNames(withoutAuto(given), table)
  const problems: FieldProblem[] = []
  const columns = chooseColumns(input, table, problems)
  if (!columns) return { warnings: [], problems }
  const doubtful = problems.length > 0 ? OF_INPUTS : []
  const several = columns.targets.length > 1
  const task = input.task ?? suggestedTask(input, columns, several)
  const multiLabel = completeMultiLabel(input, task)
  const fault = several ? undefined : targetFault({ task, multiLabel }, columns.target, table.rows)
  if (several) problems.push(...severalFaults({ task, multiLabel }, columns.targets, table.rows, input))
  if (!several && input.multiLabel && task !== 'multiLabel')
    problems.push({
      path: '/recipe/multiLabel',
      message: `multiLabel is a task of its own, and the recipe names the task ${task}. Remove one of the two.`,
    })
  else if (fault) problems.push({ path: input.task ? '/recipe/task' : '/recipe/target', message: fault })
  const filled = fill(input, { task, multiLabel }, columns, table)
  const { vectorSets = [] } = options
  const { problems: found, warnings: ofData } = check({ recipe: filled, input, columns, table, vectorSets })
  const warnings = [...merged, ...ofData]
  const candidates = candidatesOf(input, filled, { columns, table, vectorSets, found })
  const recipe = { ...filled, candidates }
  checkValidation(recipe, columns, table, options.validation, found)
  if (problems.length === 0 && found.length === 0) return { recipe, warnings, problems: [] }
  const unsure = [...doubtful, ...(fault ? OF_TASK : [])]
  return {
    warnings,
    problems: problems.length > 0 ? [...problems, ...problemsSureToStand(found, input, unsure)] : found,
  }
}

/** Returns a recipe without "auto" for its vectors, which is what is done where it names none. */
function withoutAuto({ vectors, ...input }: RecipeInput): RecipeInput {
  return vectors === undefined || vectors === AUTO_VECTORS ? input : { ...input, vectors }
}

/** Completes the candidates of a recipe, its own or those that the data suggest. Adds what is wrong to `found`. */
function candidatesOf(
  input: RecipeInput,
  recipe: CompleteRecipe,
  {
    columns,
    table,
    vectorSets,
    found,
  }: {
    columns: ChosenColumns
    table: TableDescription
    vectorSets: readonly string[]
    found: FieldProblem[]
  },
): CompleteRecipe['candidates'] {
  const { task, multiLabel } = recipe
  if (input.candidates && input.candidates.length > 0) {
    const path = '/recipe/candidates'
    if (input.search)
      found.push({ path, message: 'A search tries recipes by itself. Remove candidates or search.' })
    else if (recipe.validation === null)
      found.push({
        path,
        message: 'Candidates are compared on validation rows, and validation is null. Remove one of the two.',
      })
  }
  const wanted =
    input.candidates === undefined
      ? suggestedCandidates(input, choiceOf(input, recipe, columns, table, vectorSets).candidates ?? [], task)
      : input.candidates
  if (!wanted || wanted.length === 0) return null
  const { candidates, problems } = completeCandidates(recipe, wanted, (each) => {
    const whole = fill(each, { task, multiLabel }, columns, table)
    return {
      recipe: whole,
      problems: check({ recipe: whole, input: each, columns, table, vectorSets }).problems,
    }
  })
  // What is wrong with the recipe itself is wrong with each candidate.
  if (found.length === 0) found.push(...problems)
  return candidates
}

/** Returns the values that the data suggest for the fields that a recipe leaves out. */
function choiceOf(
  input: RecipeInput,
  recipe: Pick<CompleteRecipe, 'task' | 'multiLabel'>,
  columns: ChosenColumns,
  table: TableDescription,
  vectorSets: readonly string[] = [],
) {
  const rows = table.rows - columns.target.missing
  const classes = answerCount(recipe, columns.target)
  const target = columns.targets.length > 1 ? null : columns.target
  return chooseFor(input, {
    task: recipe.task,
    inputs: withValues(columns, table),
    rows,
    classes,
    target,
    vectorSets,
  })
}

/** Returns the task of a recipe that names none. */
function suggestedTask(input: RecipeInput, { target }: ChosenColumns, several: boolean): Task {
  if (input.multiLabel) return 'multiLabel'
  if (several) return 'regression'
  return input.rank ? 'multiclass' : taskOf(target)
}

/** Returns why several targets cannot be learnt by one network. */
function severalFaults(
  recipe: Pick<CompleteRecipe, 'task' | 'multiLabel'>,
  targets: readonly ColumnDescription[],
  rows: number,
  { multiLabel }: RecipeInput,
): FieldProblem[] {
  if (recipe.task !== 'regression' || multiLabel)
    return [
      {
        path: multiLabel ? '/recipe/multiLabel' : '/recipe/task',
        message:
          'Several targets are numbers that one network learns, with the task regression. Name one target, or use the task regression.',
      },
    ]
  return targets.flatMap((target, index) => {
    const path = `/recipe/target/${index}`
    if (target.type !== 'number')
      return [
        {
          path,
          message: `${quoted(target.name)} is a ${target.type}, and each of several targets must be a number. Train a model of its own for it.`,
        },
      ]
    const fault = targetFault(recipe, target, rows)
    return fault === undefined ? [] : [{ path, message: fault }]
  })
}

/** Returns the recipe's top-level field in a pointer into an order: `layers` for `/recipe/layers/0/units`. */
export function fieldOf(path: string): string {
  return (path.split('/')[2] ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
}

/** Fields that can be wrong only because a column was misnamed. */
const OF_INPUTS = ['encoder', 'engine']
/** Fields that can be wrong only because the target does not suit the task. */
const OF_TASK = [
  'target',
  'encoder',
  'loss',
  'metrics',
  'labels',
  'classWeights',
  'targetTransform',
  'threshold',
  'positive',
  'cost',
  'rank',
  'multiLabel',
]

/**
 * Returns the problems that remain whatever else is wrong with a recipe: those of fields that the client gave and that
 * do not depend on a faulty field.
 * @param unsure fields that depend on a faulty one
 */
export function problemsSureToStand(
  problems: readonly FieldProblem[],
  given: object,
  unsure: readonly string[] = [],
): FieldProblem[] {
  return problems.filter(({ path = '' }) => {
    const field = fieldOf(path)
    return Object.hasOwn(given, field) && !unsure.includes(field)
  })
}

function fill(
  input: RecipeInput,
  { task, multiLabel }: Pick<CompleteRecipe, 'task' | 'multiLabel'>,
  columns: ChosenColumns,
  table: TableDescription,
): CompleteRecipe {
  const hasText = columns.inputs.some((column) => column.type === 'text')
  const rows = table.rows - columns.target.missing
  const choice = choiceOf(input, { task, multiLabel }, columns, table)
  const labels = task === 'multiclass' ? labelForm(input) : null
  const validation = completeValidation(input, rows, columns, choice.validation)
  const earlyStopping = completeEarlyStopping(input, validation !== null && validation.kFold === undefined)
  const epochs = input.epochs ?? choice.epochs
  const several = columns.targets.length > 1
  return {
    task,
    target: several ? columns.targets.map(({ name }) => name) : columns.target.name,
    inputs: columns.inputs.map((column) => column.name),
    group: input.group ?? null,
    time: input.time ?? null,
    weights: input.weights ?? null,
    encoder: hasText ? (input.encoder ? completeEncoder(input.encoder) : choice.encoder) : null,
    vectors: input.vectors ?? NO_VECTORS,
    scaling: input.scaling ?? choice.scaling,
    bins: input.bins ?? choice.bins,
    outside: input.outside ?? choice.outside ?? 'clamp',
    coordinates: input.coordinates === undefined ? (choice.coordinates ?? null) : input.coordinates,
    missing: input.missing ?? choice.missing ?? 'median',
    columns: input.columns ?? {},
    mergeClasses: input.mergeClasses ?? false,
    multiLabel,
    targetTransform: input.targetTransform ?? (task === 'regression' ? 'standardize' : 'none'),
    network: completeNetwork(input.network ?? choice.network),
    layers: input.layers?.map(completeLayer) ?? choice.layers,
    outputL1: input.outputL1 ?? 0,
    otherMembers: (input.otherMembers ?? choice.otherMembers ?? []).map((member) =>
      completeMember(member, task, input.optimizer ?? choice.optimizer),
    ),
    labels,
    optimizer: completeOptimizer(input.optimizer ?? choice.optimizer),
    loss: completeLoss(
      input.loss ?? { type: labels === 'integer' ? 'sparseCategoricalCrossentropy' : choice.loss },
    ),
    metrics: (input.metrics ?? [{ type: TASK_DEFAULTS[task].metric }]).map(completeMetric),
    learningRateSchedule:
      input.learningRateSchedule === undefined
        ? choice.learningRateSchedule
        : input.learningRateSchedule && completeSchedule(input.learningRateSchedule),
    classWeights: input.classWeights ?? null,
    epochs,
    batchSize: input.batchSize ?? choice.batchSize,
    validation,
    earlyStopping,
    finalEpochs: completeFinalEpochs(input, {
      validation,
      earlyStopping,
      usual: usualFinalEpochs(choice, epochs),
    }),
    threshold: input.threshold ?? 0.5,
    positive: input.positive ?? null,
    cost: input.cost ?? null,
    rank: input.rank ?? null,
    calibration: input.calibration ?? defaultCalibration(input, task, validation),
    learningCurve: input.learningCurve ?? false,
    budget: input.budget ?? null,
    ensemble: input.ensemble ?? choice.ensemble,
    engine: input.engine ?? 'auto',
    seed: input.seed ?? 1,
    search: input.search ?? null,
    candidates: null,
  }
}

/** @param optimizer that of the recipe's own networks */
function completeMember(member: OtherMembersInput, task: Task, optimizer: OptimizerInput): OtherMembers {
  const network = completeNetwork(member.network)
  const layers = (member.layers ?? []).map(completeLayer)
  if (network.type === 'layers')
    return { layers, optimizer: completeOptimizer(member.optimizer ?? optimizer) }
  return {
    layers,
    optimizer: completeOptimizer(member.optimizer ?? { type: TASK_DEFAULTS[task].optimizer }),
    network,
    loss: completeLoss(member.loss ?? { type: TASK_DEFAULTS[task].loss }),
    epochs: member.epochs ?? MEMBER_EPOCHS,
  }
}

function completeLayer(layer: LayerInput): Layer {
  return { ...LAYER_DEFAULTS, ...defined(layer), units: layer.units }
}

/** Returns the inputs that have a value: an upload takes an empty column for text, but it makes no table of texts. */
function withValues({ inputs }: ChosenColumns, table: TableDescription): ChosenColumns['inputs'] {
  const present = inputs.filter(({ missing }) => missing < table.rows)
  return present.length > 0 ? present : inputs
}

function completeValidation(
  { validation }: RecipeInput,
  rows: number,
  { roles }: ChosenColumns,
  usual: Validation | undefined,
): CompleteRecipe['validation'] {
  const units = roles.time ? timesAfterFirst(roles.time) : roles.group && groupCount(roles.group)
  const given = validation === undefined ? (usual ?? defaultValidation(rows, units)) : validation
  if (given?.kFold === undefined) return given
  const shuffle = roles.time === undefined
  return { ...FOLD_DEFAULTS, shuffle, ...defined(validation ?? { kFold: given.kFold }) }
}

/** Returns how many folds a time column allows: the first time is trained on only. */
function timesAfterFirst(column: ColumnDescription): number | undefined {
  const times = valueCount(column)
  return times === undefined ? undefined : times - 1
}

function completeMultiLabel({ multiLabel, validation }: RecipeInput, task: Task): MultiLabel | null {
  if (task !== 'multiLabel') return null
  const given = typeof multiLabel === 'object' ? (multiLabel ?? {}) : {}
  // Without validation rows nothing chooses a threshold.
  return { ...MULTI_LABEL_DEFAULTS, ...(validation === null && { threshold: 0.5 }), ...defined(given) }
}

/** Returns `auto` for networks that the service chooses; one that a client describes answers what it computes, as in Keras. */
function defaultCalibration(
  input: RecipeInput,
  task: Task,
  validation: CompleteRecipe['validation'],
): CompleteRecipe['calibration'] {
  if (validation === null || describesNetwork(input)) return 'none'
  return task === 'binary' || task === 'multiclass' ? 'auto' : 'none'
}

function labelForm(input: RecipeInput): 'integer' | 'oneHot' {
  if (input.labels) return input.labels
  return input.loss?.type === 'sparseCategoricalCrossentropy' ? 'integer' : 'oneHot'
}

function completeEncoder(input: EncoderInput): Encoder {
  return Encoder.parse({ ...ENCODERS[input.type].defaults, ...defined(input) })
}

function completeNetwork(input: RecipeInput['network']): Network {
  if (input?.type !== 'trees') return { type: 'layers' }
  return { ...TREES_DEFAULTS, ...defined(input) }
}

function usualFinalEpochs({ finalEpochs = 'best' }: Choice, epochs: number): CompleteRecipe['finalEpochs'] {
  if (finalEpochs === 'none') return null
  return finalEpochs === 'all' ? epochs : 'best'
}

function completeSchedule(input: NonNullable<RecipeInput['learningRateSchedule']>): Schedule {
  return Object.assign({ ...SCHEDULE_DEFAULTS[input.type] }, defined(input))
}

function completeEarlyStopping(input: RecipeInput, validates: boolean): EarlyStopping | null {
  if (input.earlyStopping === null) return null
  if (input.earlyStopping === undefined) return validates ? EARLY_STOPPING_DEFAULTS : null
  return { ...EARLY_STOPPING_DEFAULTS, ...defined(input.earlyStopping) }
}

/**
 * Returns the epochs of the last fit on all rows. Folds leave no model, so that it must make one; after a split it is the
 * default of networks that are chosen by the data, unless the recipe keeps another epoch than the best one.
 * @param options.usual epochs of a last fit where the recipe does not name them; null: there is none
 */
function completeFinalEpochs(
  input: RecipeInput,
  {
    validation,
    earlyStopping,
    usual,
  }: Pick<CompleteRecipe, 'validation' | 'earlyStopping'> & { usual: CompleteRecipe['finalEpochs'] },
): CompleteRecipe['finalEpochs'] {
  if (validation?.kFold !== undefined) return input.finalEpochs ?? usual ?? 'best'
  if (input.finalEpochs !== undefined) return input.finalEpochs
  const holdsOut = validation !== null && validation.dataset === undefined
  return holdsOut && earlyStopping?.restoreBest && !describesNetwork(input) ? usual : null
}
