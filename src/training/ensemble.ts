import type { EpochValues } from '../evaluation/history.ts'
import { Random } from '../evaluation/random.ts'
import type { NetworkWeights } from '../models/network.ts'
import type { EngineName } from './engines.ts'
import { type FitInput, fitNetwork } from './fit.ts'

export interface EnsembleResult {
  /** The networks whose outputs are to be averaged, one unless the recipe asks for more. */
  members: NetworkWeights[]
  /** The mean over the members of each value of an epoch. */
  epochs: EpochValues[]
  engine: EngineName
}

/**
 * Fits a recipe's networks one after the other on the same rows, with starting weights, row order and dropout of
 * their own; each keeps its own best epoch. Progress counts the epochs of all; its values are new while the
 * first network learns.
 * @throws what `fitNetwork` throws
 */
export async function fitEnsemble(input: FitInput): Promise<EnsembleResult> {
  const { recipe } = input
  const started = performance.now()
  const results: Awaited<ReturnType<typeof fitNetwork>>[] = []
  for (let index = 0; index < recipe.ensemble; index++) {
    const left = recipe.ensemble - 1 - index
    results.push(
      await fitNetwork({
        ...input,
        recipe: { ...recipe, seed: memberSeed(recipe.seed, index) },
        onProgress: (progress) =>
          input.onProgress({
            ...progress,
            epoch: index * input.epochs + progress.epoch,
            epochEnded: progress.epochEnded && index === 0,
            etaSeconds: progress.etaSeconds + restOf(left, index, started, progress.etaSeconds),
          }),
      }),
    )
  }
  return {
    members: results.map(({ weights }) => weights),
    epochs: meanEpochs(results.map(({ epochs }) => epochs)),
    engine: results[0]?.engine ?? 'typed',
  }
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
