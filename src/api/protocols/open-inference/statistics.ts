import { forgetOldest } from '../../../runtime/forget-oldest.ts'

/** Versions whose counts are kept. */
const MOST = 1_000

interface Counts {
  name: string
  version: number
  lastMs: number
  rows: number
  success: { count: number; ns: number }
  fail: { count: number; ns: number }
}

/** One inference, for the counts. */
export interface Inference {
  model: string
  version: number
  rows: number
  /** Duration in ms. */
  milliseconds: number
  succeeded: boolean
}

/** Counts of the inferences by this protocol since the process began. */
export class InferenceStatistics {
  readonly #counts = new Map<string, Counts>()

  /** Counts an inference. */
  note({ model, version, rows, milliseconds, succeeded }: Inference): void {
    const key = `${model}/${version}`
    const counts = this.#counts.get(key) ?? {
      name: model,
      version,
      lastMs: 0,
      rows: 0,
      success: { count: 0, ns: 0 },
      fail: { count: 0, ns: 0 },
    }
    const outcome = succeeded ? counts.success : counts.fail
    outcome.count += 1
    outcome.ns += Math.round(milliseconds * 1e6)
    if (succeeded) {
      counts.rows += rows
      counts.lastMs = Date.now()
    }
    this.#counts.delete(key)
    this.#counts.set(key, counts)
    forgetOldest(this.#counts, MOST)
  }

  /** Returns the counts of all versions, of one model's, or of one version. */
  of(model?: string, version?: number) {
    const chosen = [...this.#counts.values()].filter(
      (counts) =>
        (model === undefined || counts.name === model) &&
        (version === undefined || counts.version === version),
    )
    return chosen.map((counts) => ({
      name: counts.name,
      version: String(counts.version),
      last_inference: counts.lastMs,
      inference_count: counts.rows,
      execution_count: counts.success.count,
      inference_stats: {
        success: { ...counts.success },
        fail: { ...counts.fail },
        compute_infer: { ...counts.success },
      },
      batch_stats: [],
    }))
  }
}
