import type { KeptTable } from '../datasets/kept.ts'
import { readTable } from '../datasets/table.ts'
import { FitserveError } from '../errors.ts'
import type { EpochValues, History } from '../evaluation/history.ts'
import { networkSize } from '../models/network.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import { writeLayersModel } from './layers-model.ts'
import { type TrainingProgress, train } from './train.ts'

/** How far a run is: reading the table, then what training says. */
export type RunProgress =
  | TrainingProgress
  | {
      phase: 'read'
      epoch: null
      epochs: null
      values: EpochValues | null
      epochEnded: false
      etaSeconds: null
    }

export interface TrainerInput {
  recipe: CompleteRecipe
  /** Id of the data set. */
  dataset: string
  onProgress: (progress: RunProgress) => Promise<void>
  signal: AbortSignal
}

/** The files of a version, and what its manifest says of the run. */
export interface TrainerOutput {
  files: ReadonlyMap<string, Uint8Array | string>
  history: History
  warnings: string[]
  about: Record<string, unknown>
}

/**
 * A trainer over data sets that are kept as Parquet: reads the recipe's columns, trains, and gives the files of
 * a version.
 * @param open a data set's local copy and what it holds, or undefined where there is none
 */
export function createTrainer(open: (datasetId: string) => Promise<KeptTable | undefined>) {
  return async ({ recipe, dataset, onProgress, signal }: TrainerInput): Promise<TrainerOutput> => {
    const started = performance.now()
    await onProgress({
      phase: 'read',
      epoch: null,
      epochs: null,
      values: null,
      epochEnded: false,
      etaSeconds: null,
    })
    const kept = await open(dataset)
    if (!kept) throw new FitserveError('unknown-dataset', `The data set ${dataset} is no longer there.`)
    const table = await readTable(kept.file, kept.description, { columns: [...recipe.inputs, recipe.target] })
    const readSeconds = secondsSince(started)
    signal.throwIfAborted()
    const { encoder, members, engine, history, evaluation, rows, warnings } = await train({
      recipe,
      table,
      onProgress,
      signal,
    })
    const model = await writeLayersModel(members)
    const files = new Map<string, Uint8Array | string>([
      ['model.json', model['model.json']],
      ['weights.bin', model['weights.bin']],
      ['encoder.json', JSON.stringify(encoder)],
      ['history.json', JSON.stringify(history)],
    ])
    if (evaluation) files.set('evaluation.json', JSON.stringify(evaluation))
    return {
      ...{ files, history, warnings },
      about: {
        metrics: evaluation ? { loss: evaluation.loss, ...evaluation.metrics } : null,
        rows,
        network: { ...networkSize(members), engine },
        classes: encoder.target.task === 'regression' ? null : encoder.target.classes,
        seconds: { read: readSeconds, total: secondsSince(started) },
      },
    }
  }
}

function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000
}
