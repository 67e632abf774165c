import { type EpochValues, historyOf } from '../evaluation/history.ts'
import { Random } from '../evaluation/random.ts'
import {
  type InputShape,
  isForest,
  lastActivation,
  type Member,
  type NetworkWeights,
  networksOf,
  outputsOfMember,
} from '../models/network/network.ts'
import type { TargetState } from '../models/target.ts'
import type { Forest } from '../models/trees/forest.ts'
import { defined, hasTreeMembers, isTrees, monitorOf, treesOf } from '../recipe/index.ts'
import { type BudgetCut, joinCuts } from './budget.ts'
import { checkpointOf } from './checkpoints/fit-checkpoint.ts'
import { endedByTime } from './early-stop.ts'
import type { Examples, LayerPlan } from './engine.ts'
import { mostlyFilled } from './engine.ts'
import type { EngineName } from './engines.ts'
import { type FitInput, type FitProgress, type FitResult, fitNetwork } from './fit.ts'
import type { FittedNetworks, RowsKey } from './fitted-networks.ts'
import { besideBins, onlyBins, withoutBins } from './mixed.ts'
import { averaged } from './score.ts'
import { fitInThreads } from './threads/member-threads.ts'
import { fitTrees } from './trees/fit.ts'

/** Networks of a recipe, fitted. */
export interface EnsembleResult {
  /** The networks whose outputs are to be averaged, one unless the recipe asks for more; none if it makes trees. */
  members: NetworkWeights[]
  /** The trees, one forest unless the recipe asks for more; none if it makes networks. */
  forests: Forest[]
  /** The mean over the members of each value of an epoch. */
  epochs: EpochValues[]
  /**
   * Averaged answers to the validation rows, each at an epoch that the row itself did not choose. Shape [rows, outputs];
   * null without such rows.
   */
  answers: Float64Array | null
  engine: EngineName
  /** The best epochs of the trees among the other members, by kind; null where there are none or nothing chose them. */
  treeEpochs: readonly (number | null)[]
  /** Epochs of the members that left out some when the time was over; null: none did. */
  cut: Omit<BudgetCut, 'what'> | null
}

/** Input of `fitEnsemble`; `plan` is that of the recipe's own layers. */
export interface EnsembleInput extends FitInput {
  target: TargetState
  /** Layers of the recipe's other members, in their order. Default: none. */
  otherPlans?: readonly (readonly LayerPlan[])[]
  /** Epochs of the trees among the other members, by kind. Default, and where null: those that they have in the recipe. */
  treeEpochs?: readonly (number | null)[] | undefined
  /** Networks that may be fitted at once; threads that grow trees. */
  threads: number
  /** Networks that were fitted before on the same table, and which rows this fit sees. Default: none are known. */
  fitted?: { networks: FittedNetworks; rows: RowsKey } | undefined
}

/**
 * Fits a recipe's networks, its other members too, on the same rows, with starting weights, row order and dropout of their own;
 * each keeps its own best epoch. Where it takes a while they are fitted side by side in threads, which gives the same networks.
 * Progress counts the epochs of all; its values are new while the first network learns. Epochs are those of the networks, where
 * there are trees beside them.
 * @throws what `fitNetwork` throws
 */
export async function fitEnsemble(input: EnsembleInput): Promise<EnsembleResult> {
  const { recipe } = input
  const members = membersOf(input)
  const seeds = members.map((member) => member.recipe.seed)
  const threads = Math.min(members.length, input.threads)
  const results =
    threads > 1 && recipe.otherMembers.length === 0 && !isTrees(recipe) && isLong(input)
      ? await sideBySide(input, seeds, threads)
      : await oneAfterTheOther(input, members)
  const fitted = results.map(({ member }) => member)
  const first = results.slice(0, recipe.ensemble)
  const alike = results.filter(({ member }) => isForest(member) === isTrees(recipe))
  return {
    members: networksOf(fitted),
    forests: fitted.filter(isForest),
    epochs: meanEpochs((hasTreeMembers(recipe) ? alike : results).map(({ epochs }) => epochs)),
    answers: averageAnswers(results),
    engine: first[0]?.engine ?? 'typed',
    treeEpochs: bestTreeEpochs(input, results),
    cut: cutOf(members, results),
  }
}

/** One network, or the trees of one seed: its part of the recipe, its layers and the rows as it sees them. */
type MemberInput = Pick<EnsembleInput, 'recipe' | 'plan' | 'training' | 'validation' | 'epochs' | 'fitted'>

/** Returns the members of a recipe: those of its own layers, then those of each of its other members. */
function membersOf(input: EnsembleInput): MemberInput[] {
  const { recipe, plan, otherPlans = [], treeEpochs = [], epochs } = input
  const { training, validation } = input
  const isMixed = training.inputs.firstFeature !== undefined
  const forNetworks = isMixed
    ? { training: withoutBins(training), validation: validation && withoutBins(validation) }
    : { training, validation }
  const forTrees = isMixed
    ? { training: onlyBins(training), validation: validation && onlyBins(validation) }
    : forNetworks
  const kinds = [
    { own: {}, plan, epochs, fitted: input.fitted, rows: isTrees(recipe) ? forTrees : forNetworks },
    ...recipe.otherMembers.map((member, at) => {
      const grown = member.network?.type === 'trees'
      const ownEpochs = treeEpochs[at] ?? member.epochs ?? epochs
      return {
        own: defined(member),
        plan: otherPlans[at] ?? plan,
        epochs: grown ? ownEpochs : epochs,
        // Only networks of a recipe's own layers are those of other candidates.
        fitted: undefined,
        rows: grown ? forTrees : forNetworks,
      }
    }),
  ]
  return kinds.flatMap(({ own, rows, ...kind }, at) =>
    Array.from({ length: recipe.ensemble }, (_, index) => {
      const seed = memberSeed(recipe.seed, at * recipe.ensemble + index)
      return { ...kind, ...rows, recipe: { ...recipe, ...own, seed } }
    }),
  )
}

function cutOf(members: readonly MemberInput[], results: readonly MemberResult[]): EnsembleResult['cut'] {
  const cuts = members.flatMap(({ recipe, epochs: of }, at) => {
    const { epochs = [] } = results[at] ?? {}
    return endedByTime(recipe.earlyStopping, epochs, of) ? [{ done: epochs.length, of }] : []
  })
  return joinCuts<Omit<BudgetCut, 'what'>>(cuts)
}

/** Returns the epochs after which the trees of each kind of other members were best, by the mean of the monitored values. */
function bestTreeEpochs({ recipe }: EnsembleInput, results: readonly MemberResult[]): (number | null)[] {
  const { ensemble, otherMembers, earlyStopping } = recipe
  return otherMembers.map(({ network }, at) => {
    if (network?.type !== 'trees' || !earlyStopping?.restoreBest) return null
    const own = results.slice((at + 1) * ensemble, (at + 2) * ensemble)
    return historyOf(meanEpochs(own.map(({ epochs }) => epochs)), monitorOf(recipe)).bestEpoch
  })
}

function averageAnswers(results: readonly MemberResult[]): Float64Array | null {
  const answers = results.flatMap(({ crossFit }) => (crossFit ? [crossFit.logits] : []))
  const member = results[0]?.member
  return answers.length > 0 && member
    ? averaged(answers, outputsOfMember(member), lastActivation(member))
    : null
}

/** A fitted member. */
interface MemberResult extends Pick<FitResult, 'epochs' | 'crossFit' | 'engine'> {
  member: Member
}

/** Fits one network or the trees of one seed. @param inputs of the ensemble's rows */
async function fitMember(
  input: FitInput & Pick<EnsembleInput, 'threads' | 'fitted'>,
  { numbers, firstFeature }: InputShape,
): Promise<MemberResult> {
  const trees = treesOf(input.recipe)
  if (trees) {
    const { forest, ...result } = await fitTrees(input, trees, input.threads)
    return {
      member: firstFeature === undefined ? forest : { ...forest, first: firstFeature },
      engine: 'typed',
      ...result,
    }
  }
  const { fitted } = input
  const known = fitted?.networks.find(input, fitted.rows)
  const fit = known ?? (await fitNetwork(input))
  if (!known) fitted?.networks.keep(input, fitted.rows, fit)
  const { member, ...result } = memberOf(fit)
  return {
    member: firstFeature === undefined || isForest(member) ? member : besideBins(member, numbers),
    ...result,
  }
}

function memberOf({ weights, ...result }: FitResult): MemberResult {
  return { member: weights, ...result }
}

async function oneAfterTheOther(
  input: EnsembleInput,
  members: readonly MemberInput[],
): Promise<MemberResult[]> {
  const started = performance.now()
  const results: MemberResult[] = []
  for (const [index, member] of members.entries()) {
    const left = members.length - 1 - index
    results.push(
      await fitMember(
        {
          ...input,
          ...member,
          time: input.time?.share(1 / (left + 1)),
          onProgress: (progress) =>
            input.onProgress({
              ...progress,
              // Trees of other epochs count as many as a network: that is how many were told before the first began.
              epoch: index * input.epochs + Math.floor((progress.epoch * input.epochs) / member.epochs),
              epochEnded: progress.epochEnded && index === 0,
              etaSeconds: progress.etaSeconds + restOf(left, index, started, progress.etaSeconds),
            }),
        },
        input.training.inputs,
      ),
    )
  }
  return results
}

async function sideBySide(
  input: EnsembleInput,
  seeds: readonly number[],
  threads: number,
): Promise<MemberResult[]> {
  const { recipe } = input
  const started = performance.now()
  const done = seeds.map(() => 0)
  let values: FitProgress['values'] = null
  const onProgress = (member: number, progress: FitProgress) => {
    done[member] = progress.epoch
    if (member === 0) values = progress.values
    const epoch = done.reduce((sum, epochs) => sum + epochs, 0)
    const seconds = (performance.now() - started) / 1000
    const rest = epoch > 0 ? (seconds / epoch) * (seeds.length * input.epochs - epoch) : progress.etaSeconds
    const etaSeconds = Math.max(0, Math.round(rest * 10) / 10)
    return input.onProgress({ epoch, values, epochEnded: progress.epochEnded && member === 0, etaSeconds })
  }
  const checkpoints = input.checkpoints
    ? seeds.flatMap((seed) => checkpointOf({ ...input, recipe: { ...recipe, seed } }) ?? [])
    : null
  const results = await fitInThreads({ ...input, onProgress, checkpoints }, seeds, threads)
  for (const [at, fit] of results.entries())
    input.fitted?.networks.keep(
      { ...input, recipe: { ...recipe, seed: seeds[at] ?? recipe.seed } },
      input.fitted.rows,
      fit,
    )
  return results.map(memberOf)
}

/** Multiplications of a fit's forward passes from which a thread's start, some 0.2 s, is worth it. */
const LONG = 1e9

function isLong({
  training,
  plan,
  epochs,
}: {
  training: Examples
  plan: readonly LayerPlan[]
  epochs: number
}) {
  const { rows } = training
  const filled = mostlyFilled(rows) ? rows.width : rows.indices.length / Math.max(1, rows.rows)
  let weights = 0
  let inputs = filled
  for (const { units } of plan) {
    weights += inputs * units
    inputs = units
  }
  return epochs * rows.rows * weights >= LONG
}

/** The first network has the recipe's own seed, so that it is the same with and without the others. */
function memberSeed(seed: number, index: number): number {
  return index === 0 ? seed : new Random(seed, `network ${index + 1}`).uint32()
}

/** Seconds that the networks after the running one will take, if each takes as long as those so far. */
function restOf(left: number, done: number, started: number, running: number): number {
  const spent = (performance.now() - started) / 1000
  return Math.round(((spent + running) / (done + 1)) * left * 10) / 10
}

/** Early stopping may end the networks after different epochs: an epoch's mean is over those that had it. */
function meanEpochs(members: readonly (readonly EpochValues[])[]): EpochValues[] {
  const [first = []] = members
  if (members.length <= 1) return [...first]
  const names = Object.keys(first[0] ?? {})
  return Array.from({ length: Math.max(...members.map((epochs) => epochs.length)) }, (_, epoch) =>
    Object.fromEntries(
      names.map((name) => {
        const values = members
          .map((epochs) => epochs[epoch]?.[name] ?? null)
          .filter((value) => value !== null)
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        return [name, values.length > 0 ? mean : null]
      }),
    ),
  )
}
