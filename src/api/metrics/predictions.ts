import { Counter, type Registry } from 'prom-client'
import { FitserveError } from '../../errors.ts'
import type {
  Answer,
  LoadedVersion,
  NotedPrediction,
  PredictOptions,
  PredictTarget,
  RowError,
  ServedSignature,
  Serving,
  ServingHealth,
} from '../../serving/contract.ts'
import type { Deadline } from '../../serving/deadline.ts'
import { ModelLabels, OTHERS } from './model-labels.ts'
import { type Durations, TypedHistogram } from './typed-histogram.ts'

/** Upper bounds in seconds: a row takes some 10 µs, a large batch seconds. */
export const PREDICTION_BUCKETS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** Counters of the predictions of one label. */
export interface ModelTraffic {
  readonly durations: Durations
  /** Rows that were answered. */
  rows: number
}

/** Counts and times predictions by model, whatever protocol they come by. */
export class PredictionMetrics {
  readonly #labels = new ModelLabels()
  readonly #traffic = new Map<string, ModelTraffic>()
  readonly #durations: TypedHistogram<'model'>
  readonly #failures: Counter<'model' | 'code'>

  constructor(registry: Registry) {
    this.#durations = new TypedHistogram({
      name: 'fitserve_prediction_duration_seconds',
      help: 'Time to answer the rows of a request, or of a part of a stream, by model ("*": further models).',
      labelNames: ['model'],
      buckets: PREDICTION_BUCKETS,
      registry,
    })
    const traffic = this.#traffic
    new Counter({
      name: 'fitserve_prediction_rows_total',
      help: 'Rows answered, by model ("*": further models).',
      labelNames: ['model'] as const,
      registers: [registry],
      collect() {
        this.reset()
        for (const [model, { rows }] of traffic) this.inc({ model }, rows)
      },
    })
    this.#failures = new Counter({
      name: 'fitserve_prediction_failures_total',
      help: 'Requests for predictions that were refused or failed, by model ("*": unknown and further models) and code.',
      labelNames: ['model', 'code'] as const,
      registers: [registry],
    })
  }

  /** Returns where the answers of a model that exists are counted. */
  of(model: string): ModelTraffic {
    const known = this.#traffic.get(model)
    if (known) return known
    const label = this.#labels.of(model)
    const traffic = this.#traffic.get(label) ?? {
      durations: this.#durations.series({ model: label }),
      rows: 0,
    }
    this.#traffic.set(label, traffic)
    return traffic
  }

  /** Returns what was counted so far by label: requests up to each bound of the buckets and, last, all; and rows. */
  read(): Map<string, { upTo: number[]; rows: number }> {
    return new Map(
      [...this.#traffic].map(([model, { durations, rows }]) => [
        model,
        { upTo: durations.read().upTo, rows },
      ]),
    )
  }

  /** Counts a request without an answer. @param model undefined for one that does not exist */
  failed(model: string | undefined, error: unknown): void {
    const code = error instanceof FitserveError ? error.code : 'internal'
    this.#failures.inc({ model: model === undefined ? OTHERS : this.#labels.of(model), code })
  }
}

/** Counts what is predicted through it, and is the serving that it is made with otherwise. */
export class MeteredServing implements Serving {
  readonly #serving: Serving
  readonly #metrics: PredictionMetrics

  constructor(serving: Serving, metrics: PredictionMetrics) {
    this.#serving = serving
    this.#metrics = metrics
  }

  predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions & { onError: 'refuse' },
  ): Promise<Answer<NotedPrediction>>
  predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions & { onError: 'row' },
  ): Promise<Answer<NotedPrediction | RowError>>
  async predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions,
  ): Promise<Answer<NotedPrediction | RowError>> {
    const began = performance.now()
    const { onError } = options
    try {
      const answer =
        onError === 'refuse'
          ? await this.#serving.predict(target, rows, { ...options, onError })
          : await this.#serving.predict(target, rows, { ...options, onError })
      this.#answered(answer.model, answer.predictions.length, began)
      return answer
    } catch (error) {
      this.#metrics.failed(this.#existing(target.model), error)
      throw error
    }
  }

  predictNow(target: PredictTarget, row: unknown, form: PredictOptions['form']) {
    const began = performance.now()
    const answer = this.#serving.predictNow(target, row, form)
    if (answer) this.#answered(answer.model, 1, began)
    return answer
  }

  describe(target: PredictTarget, deadline?: Deadline): Promise<ServedSignature> {
    return this.#serving.describe(target, deadline)
  }

  refresh(model?: string): Promise<void> {
    return this.#serving.refresh(model)
  }

  hasFollowed(model: string, version: number): boolean {
    return this.#serving.hasFollowed(model, version)
  }

  loaded(model: string): LoadedVersion[] {
    return this.#serving.loaded(model)
  }

  health(): ServingHealth {
    return this.#serving.health()
  }

  close(): Promise<void> {
    return this.#serving.close()
  }

  #answered(model: string, rows: number, began: number): void {
    // A stream asks for no rows at its begin, to learn whether it can be answered.
    if (rows === 0) return
    const traffic = this.#metrics.of(model)
    traffic.rows += rows
    traffic.durations.observe((performance.now() - began) / 1000)
  }

  /** Returns the name if it is that of a model: a client may send any, and each would be a series. */
  #existing(name: string | undefined): string | undefined {
    return name !== undefined && this.#serving.hasFollowed(name, 0) ? name : undefined
  }
}
