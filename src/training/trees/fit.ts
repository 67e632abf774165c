import { FitserveError } from '../../errors.ts'
import type { EpochValues } from '../../evaluation/history.ts'
import { meanLoss, type Scored } from '../../evaluation/losses.ts'
import { Random } from '../../evaluation/random.ts'
import { takeRows } from '../../evaluation/take-rows.ts'
import {
  type BinnedFeature,
  copyOfForest,
  type Forest,
  firstTrees,
  goesLeft,
  LEAF,
} from '../../models/trees/forest.ts'
import { type Trees, validationName } from '../../recipe/index.ts'
import type { CrossFitState, FitCheckpoint, TreesState } from '../checkpoints/checkpoints.ts'
import { checkpointOf } from '../checkpoints/fit-checkpoint.ts'
import { Clock } from '../clock.ts'
import { CrossFit } from '../cross-fit.ts'
import { EarlyStop } from '../early-stop.ts'
import { type Examples, isProbabilistic } from '../engine.ts'
import type { FitInput } from '../fit.ts'
import { ForestBuilder } from './forest-builder.ts'
import { growTree, type Leaf } from './grow.ts'
import { openTreeMemory, type TreeMemory, type TreeNode } from './memory.ts'
import { type Objective, objectiveOf } from './objective.ts'
import { SumThreads } from './sum-threads.ts'

/** Fitted trees. */
export interface TreesResult {
  /** Those up to the best epoch where the recipe restores it, else all. */
  forest: Forest
  /** Values of each epoch by column name. */
  epochs: EpochValues[]
  /** Answers to the validation rows at epochs that they did not choose; null without such rows. */
  crossFit: CrossFitState | null
}

/** Training rows on which loss and metrics are measured after each epoch, at most. */
const MEASURED_ROWS = 50_000

/**
 * Fits gradient-boosted trees: each epoch adds one tree for each output (Friedman 2001), grown on sums by bin. Loss and
 * metrics are those of the trees so far. The same input gives the same trees, bit for bit, on every machine and with any
 * number of threads.
 * @param threads those that may sum rows, with the calling one
 * @throws FitserveError `loss-not-finite`, `training-failed`, `out-of-memory`; the signal's reason when aborted
 */
export async function fitTrees(input: FitInput, options: Trees, threads = 1): Promise<TreesResult> {
  const checkpoint = checkpointOf(input)
  const kept = checkpoint?.keptTrees ?? null
  for (const [index, values] of (kept?.epochs ?? []).entries())
    await input.onProgress({ epoch: index + 1, values, epochEnded: true, etaSeconds: 0 })
  const boost = new Boosting(input, options, threads)
  if (kept?.next === null)
    return { forest: { ...boost.forest(), ...kept.trees }, epochs: kept.epochs, crossFit: kept.crossFit }
  const helpers = boost.openThreads()
  const result = await runEpochs(input, boost, checkpoint, kept).finally(() => helpers?.close())
  await checkpoint?.end({
    epochs: result.epochs,
    trees: arraysOfForest(result.forest),
    crossFit: result.crossFit,
    next: null,
  })
  return result
}

async function runEpochs(
  input: FitInput,
  boost: Boosting,
  checkpoint: FitCheckpoint | null,
  kept: TreesState | null,
): Promise<TreesResult> {
  const { recipe } = input
  const stop = new EarlyStop(recipe.earlyStopping)
  const epochs: EpochValues[] = []
  let best: number | null = null
  const isBest = (values: EpochValues) => {
    const verdict = stop.epochEnded(values)
    if (verdict.improved && recipe.earlyStopping?.restoreBest) best = epochs.length
    return verdict
  }
  for (const values of kept?.epochs ?? []) {
    epochs.push(values)
    isBest(values)
  }
  if (kept) boost.restore(kept.trees)
  const crossFit = input.validation && new CrossFit(recipe, input.metricsOf, kept?.crossFit ?? null)
  const clock = new Clock(input.epochs, epochs.length)
  while (epochs.length < input.epochs && !(epochs.length > 0 && input.time?.isOver())) {
    await input.turn?.()
    for (let output = 0; output < boost.outputs; output++) {
      boost.addTree(epochs.length, output)
      if (!clock.breathe()) continue
      await new Promise((resolve) => setImmediate(resolve))
      input.signal.throwIfAborted()
      if (!clock.reportDue()) continue
      await input.onProgress({
        epoch: epochs.length,
        values: epochs.at(-1) ?? null,
        epochEnded: false,
        etaSeconds: clock.etaSeconds(epochs.length + (output + 1) / boost.outputs),
      })
    }
    const { values, held } = boost.measure()
    for (const loss of [values['loss'], values['valLoss']])
      if (typeof loss === 'number' && !Number.isFinite(loss)) throw notFinite(epochs.length + 1)
    epochs.push(values)
    const verdict = isBest(values)
    if (held) crossFit?.epochEnded({ scored: held, penalty: 0, improved: verdict.improved })
    await input.onProgress({
      epoch: epochs.length,
      values,
      epochEnded: true,
      etaSeconds: clock.etaSeconds(epochs.length),
    })
    if (verdict.stop) break
    if (epochs.length < input.epochs && checkpoint?.due())
      await checkpoint.save({
        epochs: [...epochs],
        trees: arraysOfForest(boost.forest()),
        crossFit: crossFit?.state() ?? null,
        next: {},
      })
  }
  const forest = boost.forest()
  return {
    forest: best === null ? forest : copyOfForest(firstTrees(forest, best)),
    epochs,
    crossFit: crossFit?.state() ?? null,
  }
}

/** A fit in progress: the trees so far and their sums for all rows. */
class Boosting {
  readonly outputs: number
  readonly #input: FitInput
  readonly #options: Trees
  readonly #threads: number
  readonly #features: readonly BinnedFeature[]
  readonly #objective: Objective
  readonly #memory: TreeMemory
  readonly #builder: ForestBuilder
  /** The training rows with their sums so far. */
  readonly #scored: Scored
  readonly #validation: Scored | null
  /** The training rows on which an epoch is measured; null: all. */
  readonly #measured: Uint32Array | null

  /** @param threads those that sum rows, with the calling one */
  constructor(input: FitInput, options: Trees, threads: number) {
    const { training, validation, recipe, classWeights } = input
    this.#input = input
    this.#options = options
    this.#features = training.inputs.features ?? []
    this.outputs = input.plan.at(-1)?.units ?? 1
    this.#objective = objectiveOf({ training, loss: recipe.loss, outputs: this.outputs, classWeights })
    const last = input.plan.at(-1)?.activation
    this.#builder = new ForestBuilder({
      features: this.#features.length,
      outputs: this.outputs,
      activation: last === 'sigmoid' || last === 'softmax' ? last : 'linear',
      base: this.#objective.base,
    })
    this.#threads = isLong(training, options, input.epochs * this.outputs) ? threads : 1
    this.#memory = openTreeMemory(
      { training: training.rows, held: validation?.rows ?? null },
      this.#features,
      {
        leaves: options.leaves,
        outputs: this.outputs,
        counted: !this.#objective.counts,
        threads: this.#threads,
      },
    )
    this.#scored = scoredRows(training, this.#objective.base, this.#memory.sums)
    this.#validation = validation && scoredRows(validation, this.#objective.base, this.#memory.heldSums)
    const step = training.rows.rows / MEASURED_ROWS
    this.#measured =
      step > 1
        ? Uint32Array.from({ length: Math.floor(training.rows.rows / step) }, (_, at) =>
            Math.floor(at * step),
          )
        : null
  }

  /** Starts the threads that help to sum rows; null where there are none. */
  openThreads(): SumThreads | null {
    const { memory, control } = this.#memory.shared
    return this.#threads > 1 ? new SumThreads(memory, control, this.#threads - 1) : null
  }

  /** Adds the tree of one output. @param epoch number of epochs done */
  addTree(epoch: number, output: number): void {
    const { recipe } = this.#input
    const memory = this.#memory
    if (output === 0) this.#objective.epochBegins(this.#scored.logits)
    this.#objective.derive(this.#scored.logits, output, memory.gradients)
    const purpose = `tree ${epoch} ${output}`
    const rows = this.#chooseRows(new Random(recipe.seed, `rows ${epoch}`))
    const chosen = this.#chooseFeatures(new Random(recipe.seed, purpose))
    const leaves = growTree(memory, this.#features, this.#options, { rows, chosen }, this.#builder)
    this.#answer(leaves, output)
    this.#addAnswers(leaves, output, rows)
  }

  /** Brings the rows to grow on to the front of the order, in rising order; returns their number. */
  #chooseRows(random: Random): number {
    const { order, rows } = this.#memory
    const { rowShare } = this.#options
    if (rowShare === 1) {
      for (let row = 0; row < rows; row++) order[row] = row
      return rows
    }
    let wanted = Math.max(1, Math.round(rows * rowShare))
    const count = wanted
    let at = 0
    let rest = count
    // Each row is taken with the share of those still wanted among those left (Knuth 1969, algorithm S).
    for (let row = 0; row < rows; row++) {
      if (random.next() * (rows - row) < wanted) {
        order[at++] = row
        wanted -= 1
      } else order[rest++] = row
    }
    return count
  }

  #chooseFeatures(random: Random): number[] {
    const all = this.#features.map((_, feature) => feature)
    const { featureShare } = this.#options
    if (featureShare === 1) return all
    const count = Math.max(1, Math.round(all.length * featureShare))
    return random
      .shuffle(all)
      .slice(0, count)
      .sort((a, b) => a - b)
  }

  /** Sets the answers of leaves, and the mean answers of the nodes above them. */
  #answer(leaves: readonly Leaf[], output: number): void {
    const { learningRate, l2 } = this.#options
    const { value, left, rows, feature, roots } = this.#builder.view()
    for (const { node, start, end, sums } of leaves) {
      const own = this.#objective.leafAnswer?.(
        this.#scored.logits,
        output,
        this.#memory.order.subarray(start, end),
      )
      value[node] = learningRate * (own ?? -sums.gradient / (sums.curvature + l2))
    }
    for (let node = feature.length - 1; node >= (roots.at(-1) ?? 0); node--) {
      const child = left[node] ?? 0
      if (child === 0) continue
      const sum = (value[child] ?? 0) * (rows[child] ?? 0) + (value[child + 1] ?? 0) * (rows[child + 1] ?? 0)
      value[node] = sum / (rows[node] ?? 1)
    }
  }

  /** Adds the newest tree's answers to the sums. @param grownOn number of rows that it was grown on */
  #addAnswers(leaves: readonly Leaf[], output: number, grownOn: number): void {
    const trees = this.#builder.view()
    for (const { node, start, end } of leaves) this.#memory.answer(output, trees.value[node] ?? 0, start, end)
    if (grownOn < this.#memory.rows || this.#validation)
      this.#memory.walk(output, nodesOf(trees, trees.roots.length - 1), grownOn)
  }

  /** Goes on from trees of an earlier process: their answers are added again, in the order in which they were grown. */
  restore(trees: Omit<Forest, 'features' | 'outputs' | 'activation'>): void {
    this.#builder.restore({ ...this.#builder.view(), ...trees })
    const { order } = this.#memory
    for (let row = 0; row < order.length; row++) order[row] = row
    const forest = this.#builder.view()
    for (let tree = 0; tree < forest.roots.length; tree++) {
      const nodes = nodesOf(forest, tree)
      for (const [node, { feature }] of nodes.entries())
        if (feature !== LEAF) this.#memory.setSides(node, sidesOf(forest, (forest.roots[tree] ?? 0) + node))
      this.#memory.walk(tree % this.outputs, nodes, 0)
    }
  }

  /** Returns all trees so far. */
  forest(): Forest {
    return copyOfForest(this.#builder.view())
  }

  /** Returns loss and metrics of the trees so far. */
  measure(): { values: EpochValues; held: Scored | null } {
    const { recipe, metricsOf } = this.#input
    const probabilistic = isProbabilistic(recipe)
    const own = this.#measured ? takeRows(this.#scored, this.#measured) : this.#scored
    const values: EpochValues = { loss: meanLoss(own, recipe.loss, probabilistic), ...metricsOf(own) }
    if (!this.#validation) return { values, held: null }
    const held = this.#validation
    values['valLoss'] = meanLoss(held, recipe.loss, probabilistic)
    for (const [name, value] of Object.entries(metricsOf(held))) values[validationName(name)] = value
    return { values, held }
  }
}

function arraysOfForest({
  base,
  value,
  roots,
  feature,
  left,
  split,
  sets,
  rows,
}: Forest): TreesState['trees'] {
  return { base, value, roots, feature, left, split, sets, rows }
}

/** Returns the nodes of a tree. Their children are counted from the tree's root on. */
function nodesOf({ roots, feature, left, value }: Forest, tree: number): TreeNode[] {
  const root = roots[tree] ?? 0
  const end = roots[tree + 1] ?? feature.length
  return Array.from({ length: end - root }, (_, at) => {
    const node = root + at
    return { feature: feature[node] ?? LEAF, left: (left[node] ?? 0) - root, answer: value[node] ?? 0 }
  })
}

/** Returns for each bin 1 if it goes left at a node, else 0. */
function sidesOf(forest: Forest, node: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, bin) => (goesLeft(forest, node, bin) ? 1 : 0))
}

/** Returns rows whose sums are those before the first tree. @param sums where they are kept */
function scoredRows({ rows, targets, weights }: Examples, base: Float64Array, sums: Float64Array): Scored {
  for (let row = 0; row < rows.rows; row++) sums.set(base, row * base.length)
  return { rows: rows.rows, outputs: base.length, logits: sums, truth: new Float64Array(targets), weights }
}

/** Cells that a fit sums from which starting threads, some 0.1 s, is worth it. */
const LONG = 1e9

/** Returns whether threads should help. @param trees number of trees */
function isLong({ rows, inputs }: Examples, { leaves }: Trees, trees: number): boolean {
  return rows.rows * (inputs.features?.length ?? 0) * trees * Math.log2(leaves) > LONG
}

function notFinite(epoch: number): FitserveError {
  return new FitserveError(
    'loss-not-finite',
    `In epoch ${epoch} the loss was no longer a number. Lower the learning rate in recipe.network, raise its l2, or use the loss huber.`,
  )
}
