import { FitserveError } from '../../errors.ts'
import type { EpochValues } from '../../evaluation/history.ts'
import { meanLoss, type Scored } from '../../evaluation/losses.ts'
import { Random } from '../../evaluation/random.ts'
import { takeRows } from '../../evaluation/take-rows.ts'
import {
  type BinnedFeature,
  binMatrix,
  copyOfForest,
  type Forest,
  firstTrees,
  leafOf,
  sumTrees,
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
import { openTreeMemory, type TreeMemory } from './memory.ts'
import { type Objective, objectiveOf } from './objective.ts'

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
 * metrics are those of the trees so far. The same input gives the same trees, bit for bit, on every machine.
 * @throws FitserveError `loss-not-finite`, `training-failed`, `out-of-memory`; the signal's reason when aborted
 */
export async function fitTrees(input: FitInput, options: Trees): Promise<TreesResult> {
  const checkpoint = checkpointOf(input)
  const kept = checkpoint?.keptTrees ?? null
  for (const [index, values] of (kept?.epochs ?? []).entries())
    await input.onProgress({ epoch: index + 1, values, epochEnded: true, etaSeconds: 0 })
  const boost = new Boosting(input, options)
  if (kept?.next === null)
    return { forest: { ...boost.forest(), ...kept.trees }, epochs: kept.epochs, crossFit: kept.crossFit }
  const result = await runEpochs(input, boost, checkpoint, kept)
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
  while (epochs.length < input.epochs) {
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
  readonly #features: readonly BinnedFeature[]
  readonly #objective: Objective
  readonly #memory: TreeMemory
  readonly #builder: ForestBuilder
  /** The training rows with their sums so far. */
  readonly #scored: Scored
  readonly #validation: { bins: Uint8Array; scored: Scored } | null
  /** The training rows on which an epoch is measured; null: all. */
  readonly #measured: Uint32Array | null

  constructor(input: FitInput, options: Trees) {
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
    const counted = !this.#objective.counts
    this.#memory = openTreeMemory(training.rows, this.#features, { slots: options.leaves + 1, counted })
    this.#scored = scoredRows(training, this.#objective.base)
    this.#validation = validation && {
      bins: binMatrix(validation.rows, this.#features.length),
      scored: scoredRows(validation, this.#objective.base),
    }
    const step = training.rows.rows / MEASURED_ROWS
    this.#measured =
      step > 1
        ? Uint32Array.from({ length: Math.floor(training.rows.rows / step) }, (_, at) =>
            Math.floor(at * step),
          )
        : null
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

  /** Adds the newest tree's answers to the sums. */
  #addAnswers(leaves: readonly Leaf[], output: number, grownOn: number): void {
    const { order, rows, bins } = this.#memory
    const sums = this.#scored.logits
    const trees = this.#builder.view()
    for (const { node, start, end } of leaves) {
      const answer = trees.value[node] ?? 0
      for (let at = start; at < end; at++) {
        const place = (order[at] ?? 0) * this.outputs + output
        sums[place] = (sums[place] ?? 0) + answer
      }
    }
    const validation = this.#validation
    if (grownOn === rows && !validation) return
    const root = trees.roots.at(-1) ?? 0
    const add = (from: Uint8Array, row: number, into: Float64Array) => {
      const place = row * this.outputs + output
      const leaf = leafOf(trees, root, from, row * this.#features.length)
      into[place] = (into[place] ?? 0) + (trees.value[leaf] ?? 0)
    }
    for (let at = grownOn; at < rows; at++) add(bins, order[at] ?? 0, sums)
    if (!validation) return
    const { rows: count, logits } = validation.scored
    for (let row = 0; row < count; row++) add(validation.bins, row, logits)
  }

  /** Goes on from trees of an earlier process: their answers are added again, in the order in which they were grown. */
  restore(trees: Omit<Forest, 'features' | 'outputs' | 'activation'>): void {
    this.#builder.restore({ ...this.#builder.view(), ...trees })
    const { bins } = this.#memory
    const parts = [{ bins, scored: this.#scored }, ...(this.#validation ? [this.#validation] : [])]
    const forest = this.#builder.view()
    for (const { bins, scored } of parts)
      for (let row = 0; row < scored.rows; row++)
        sumTrees(
          forest,
          bins,
          row * this.#features.length,
          scored.logits.subarray(row * this.outputs, (row + 1) * this.outputs),
        )
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
    const held = this.#validation.scored
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

/** Returns rows whose sums are those before the first tree. */
function scoredRows({ rows, targets, weights }: Examples, base: Float64Array): Scored {
  const logits = new Float64Array(rows.rows * base.length)
  for (let row = 0; row < rows.rows; row++) logits.set(base, row * base.length)
  return { rows: rows.rows, outputs: base.length, logits, truth: Float64Array.from(targets), weights }
}

function notFinite(epoch: number): FitserveError {
  return new FitserveError(
    'loss-not-finite',
    `In epoch ${epoch} the loss was no longer a number. Lower the learning rate in recipe.network, raise its l2, or use the loss huber.`,
  )
}
