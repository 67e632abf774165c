import { z } from 'zod'
import type { EpochValues } from '../../evaluation/history.ts'
import { RandomState } from '../../evaluation/random.ts'
import type { NetworkWeights } from '../../models/network/network.ts'
import type { CheckpointFiles } from '../../training-contract.ts'
import { decodeArrays, encodeArrays } from './array-file.ts'

const floats = z.custom<Float32Array>((value) => value instanceof Float32Array)
const count = z.int().nonnegative()
/** A network's arrays in their order: embeddings, then each layer's kernel and bias. */
const Weights = z.array(floats)

/** Answers to validation rows at epochs that they did not choose: see `CrossFit`. */
const CrossFitState = z.object({
  /** Shape [rows, outputs]. */
  logits: z.custom<Float64Array>((value) => value instanceof Float64Array),
  /** The best value of the monitored column by the rows at even and at odd places; null before there is one. */
  best: z.tuple([z.number().nullable(), z.number().nullable()]),
})
export type CrossFitState = z.infer<typeof CrossFitState>

/** State of one fit at the end of an epoch: everything that decides how it goes on, in its exact bits. */
export const FitState = z.object({
  /** Values of the epochs that are done. */
  epochs: z.array(z.record(z.string(), z.number().nullable())),
  /** The current weights, or the final ones of a fit that has ended. */
  weights: Weights,
  /** Null without validation rows. */
  crossFit: CrossFitState.nullable(),
  /** The state to go on from; null once the fit has ended. */
  next: z
    .object({
      /** Weights of the best epoch; null where none are to be restored. */
      best: Weights.nullable(),
      optimizer: z.object({
        step: count,
        slots: z.array(z.record(z.string(), floats)).readonly(),
        reached: z.custom<Uint32Array>((value) => value instanceof Uint32Array).nullable(),
      }),
      dropout: RandomState,
    })
    .nullable(),
})
export type FitState = z.infer<typeof FitState>

const doubles = z.custom<Float64Array>((value) => value instanceof Float64Array)
const words = z.custom<Uint32Array>((value) => value instanceof Uint32Array)
const integers = z.custom<Int32Array>((value) => value instanceof Int32Array)

/** State of one fit of trees at the end of an epoch. */
export const TreesState = z.object({
  epochs: FitState.shape.epochs,
  /** The arrays of the trees so far, or of those that are kept by a fit that has ended. */
  trees: z.object({
    base: doubles,
    value: doubles,
    roots: words,
    feature: integers,
    left: words,
    split: words,
    sets: words,
    rows: words,
  }),
  /** Null without validation rows. */
  crossFit: CrossFitState.nullable(),
  /** Null once the fit has ended: all else follows from the epochs and the trees. */
  next: z.object({}).nullable(),
})
export type TreesState = z.infer<typeof TreesState>

/** State of one fit of either family. */
export type MemberState = FitState | TreesState

const Kept = z.array(z.object({ fit: count, key: z.string(), state: z.union([FitState, TreesState]) }))
type Kept = z.infer<typeof Kept>

/** Share of the time between two saves that a save may take. */
const SAVE_SHARE = 0.05

/**
 * The checkpoints of a run. A run is a fixed order of fits (an ensemble's networks, folds, a last fit), so a fit is
 * known by its place; the encoders before it are fitted again, which gives the same.
 */
export class RunCheckpoints {
  readonly #files: CheckpointFiles
  readonly #everyMs: number
  readonly #kept = new Map<number, { key: string; state: MemberState }>()
  /** Fits that ended since the last save. */
  #ended: Kept = []
  /** The newest state of each fit that is not at its end: several may run at once. */
  readonly #running = new Map<number, Kept[number]>()
  /** Saves go one after the other. */
  #saving: Promise<void> = Promise.resolve()
  #fits = 0
  #savedAt = performance.now()
  #tookMs = 0

  private constructor(files: CheckpointFiles, everyMs: number) {
    this.#files = files
    this.#everyMs = everyMs
  }

  /** Reads what earlier processes kept. @param everyMs least time between two saves; 0: at every epoch */
  static async open(files: CheckpointFiles, everyMs: number): Promise<RunCheckpoints> {
    const checkpoints = new RunCheckpoints(files, everyMs)
    for (const bytes of await files.read())
      for (const { fit, key, state } of keptIn(bytes))
        if (checkpoints.#kept.get(fit)?.state.next !== null) checkpoints.#kept.set(fit, { key, state })
    return checkpoints
  }

  /**
   * The run's next fit.
   * @param key equal for equal fits: what was kept of another is left alone
   */
  next(key: string): FitCheckpoint {
    const fit = this.#fits
    this.#fits += 1
    const found = this.#kept.get(fit)
    this.#kept.delete(fit)
    const kept = found?.key === key ? found.state : null
    return {
      kept: kept && 'weights' in kept ? kept : null,
      keptTrees: kept && 'trees' in kept ? kept : null,
      due: () => this.#due(),
      save: (state) => {
        this.#running.set(fit, { fit, key, state })
        return this.#save()
      },
      end: async (state) => {
        this.#running.delete(fit)
        this.#ended.push({ fit, key, state })
        if (this.#due()) await this.#save()
      },
    }
  }

  #due(): boolean {
    const wait = this.#everyMs === 0 ? 0 : Math.max(this.#everyMs, this.#tookMs / SAVE_SHARE)
    return performance.now() - this.#savedAt >= wait
  }

  #save(): Promise<void> {
    const save = this.#saving.then(() => this.#write())
    // The caller receives the failure of its save; the next one is tried all the same.
    this.#saving = save.catch(() => {})
    return save
  }

  async #write(): Promise<void> {
    const started = performance.now()
    const ended = this.#ended
    this.#ended = []
    if (ended.length > 0) await this.#files.save('done', encodeArrays(ended))
    if (this.#running.size > 0) await this.#files.save('running', encodeArrays([...this.#running.values()]))
    this.#savedAt = performance.now()
    this.#tookMs = this.#savedAt - started
  }
}

/** One fit's part of a run's checkpoints. */
export interface FitCheckpoint {
  /** State of a network that an earlier process left; null if none did. */
  readonly kept: FitState | null
  /** The same of trees. */
  readonly keptTrees: TreesState | null
  /** Returns whether it is time to save. */
  due(): boolean
  /** Keeps the state of a fit that goes on. */
  save(state: MemberState): Promise<void>
  /** Keeps the results of a fit that has ended. */
  end(state: MemberState): Promise<void>
}

/** The results of a network's fit. */
export interface EndedFit {
  epochs: readonly EpochValues[]
  weights: NetworkWeights
  crossFit: CrossFitState | null
}

/** Returns the state of a network's fit that has ended. */
export function endState({ epochs, weights, crossFit }: EndedFit): FitState {
  return { epochs: [...epochs], weights: arraysOf(weights), crossFit, next: null }
}

/** Decodes kept states; none if the bytes are of another version of this format. */
function keptIn(bytes: Uint8Array): Kept {
  try {
    return Kept.parse(decodeArrays(bytes))
  } catch {
    return []
  }
}

/** Returns a network's arrays in the order of a checkpoint. */
export function arraysOf({ fronts, layers }: NetworkWeights): Float32Array[] {
  return [
    ...fronts.map(({ embedding }) => embedding),
    ...layers.flatMap(({ kernel, bias }) => [kernel, bias]),
  ]
}

/** Returns the network of the given shape with these arrays. @throws RangeError if they do not fit */
export function withArrays(shape: NetworkWeights, arrays: readonly Float32Array[]): NetworkWeights {
  let at = 0
  const next = ({ length }: Float32Array) => {
    const values = arrays[at++]
    if (values?.length !== length) throw new RangeError('a checkpoint of another network')
    return values
  }
  return {
    fronts: shape.fronts.map((front) => ({ ...front, embedding: next(front.embedding) })),
    layers: shape.layers.map((layer) => {
      return { ...layer, kernel: next(layer.kernel), bias: next(layer.bias) }
    }),
  }
}
