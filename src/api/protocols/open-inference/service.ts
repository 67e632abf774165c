import type { ModelRegistry } from '../../../registry/registry.ts'
import type { PredictTarget, ServedSignature, Serving } from '../../../serving/contract.ts'
import type { Deadline } from '../../../serving/deadline.ts'
import { answerRows, type Named } from '../predictions.ts'
import { chosenOutputs, modelMetadata, type OutputTensor, outputTensor } from './answers.ts'
import { InferenceStatistics } from './statistics.ts'
import { type InferRequest, rowsOfTensors } from './tensors.ts'

/** Dependencies of this protocol's routes and its gRPC service. */
export interface OpenInferenceDependencies {
  serving: Pick<Serving, 'predict' | 'describe' | 'health' | 'loaded'>
  models: Pick<ModelRegistry, 'entry' | 'head' | 'heads'>
  version: string
  draining: () => boolean
  overloaded: () => boolean
  config: { maxBatch: number }
}

/** Extensions of the protocol that are offered. */
const EXTENSIONS = ['classification', 'binary_tensor_data', 'model_repository', 'statistics']

/** A version in the list of a repository. */
export interface IndexEntry {
  name: string
  version: string
  state: 'READY' | 'UNAVAILABLE'
  reason: string
}

/** The Open Inference Protocol, version 2, apart from its two transports. */
export class OpenInference {
  readonly #dependencies: OpenInferenceDependencies
  readonly #statistics = new InferenceStatistics()

  constructor(dependencies: OpenInferenceDependencies) {
    this.#dependencies = dependencies
  }

  /** Returns name, version and extensions of the server. */
  server() {
    return { name: 'fitserve', version: this.#dependencies.version, extensions: EXTENSIONS }
  }

  /** Returns whether requests are answered: the models are known, and the process neither ends nor is too busy. */
  isReady(): boolean {
    const { draining, overloaded, serving } = this.#dependencies
    return !draining() && !overloaded() && serving.health().looked
  }

  /** Loads a version unless it is in memory, and returns its signature. @throws FitserveError as `Serving.describe` */
  load(target: Named, deadline?: Deadline): Promise<ServedSignature> {
    return this.#dependencies.serving.describe(target, deadline)
  }

  /** Returns what a version takes and answers. @throws FitserveError as `load` */
  async metadata(target: Named, deadline?: Deadline) {
    const signature = await this.load(target, deadline)
    const head = await this.#dependencies.models.head(signature.model)
    const versions = head?.state.versions.map(({ version }) => version) ?? [signature.version]
    return { ...modelMetadata(signature, versions), properties: propertiesOf(signature) }
  }

  /** Answers a request. @throws FitserveError `invalid-request`, `invalid-rows`, and as `load` */
  async infer(
    target: Named,
    request: InferRequest,
    deadline?: Deadline,
  ): Promise<{ signature: ServedSignature; outputs: OutputTensor[] }> {
    const { serving, config } = this.#dependencies
    const begin = performance.now()
    const signature = await this.load(target, deadline)
    let rows: readonly unknown[] = []
    let succeeded = false
    try {
      const { maxBatch } = config
      rows = rowsOfTensors(request.inputs, signature, maxBatch)
      const chosen = chosenOutputs(signature, request)
      const predictions = await answerRows(serving, { signature, rows, path: '/inputs', deadline, maxBatch })
      const outputs = chosen.map((one) => outputTensor(one, predictions))
      succeeded = true
      return { signature, outputs }
    } finally {
      const { model, version } = signature
      const milliseconds = performance.now() - begin
      this.#statistics.note({ model, version, rows: rows.length, milliseconds, succeeded })
    }
  }

  /** Returns the versions of all models. @param readyOnly true: only those in memory */
  async index(readyOnly: boolean): Promise<IndexEntry[]> {
    const { models, serving } = this.#dependencies
    const heads = (await models.heads()).sort((a, b) => (a.name < b.name ? -1 : 1))
    return heads.flatMap(({ name, head }) => {
      const loaded = new Set(serving.loaded(name).map(({ version }) => version))
      const versions = head.state.versions.filter(({ version }) => !readyOnly || loaded.has(version))
      return versions.map(({ version }): IndexEntry => {
        if (loaded.has(version)) return { name, version: String(version), state: 'READY', reason: '' }
        const reason = 'It is loaded by its first request.'
        return { name, version: String(version), state: 'UNAVAILABLE', reason }
      })
    })
  }

  /**
   * Returns counts of inferences since the process began: of all versions, or of those that are meant.
   * @throws FitserveError `unknown-model`, `unknown-version`, `unknown-alias`
   */
  async statistics(target?: PredictTarget) {
    const { model, version } = target ?? {}
    if (model === undefined) return { model_stats: this.#statistics.of() }
    const { models, serving } = this.#dependencies
    if (version === undefined) {
      if (!(await models.head(model))) await serving.describe({ model })
      return { model_stats: this.#statistics.of(model) }
    }
    const entry = await models.entry(model, version)
    return { model_stats: this.#statistics.of(model, entry.version) }
  }
}

function propertiesOf({ task, classes }: ServedSignature): Record<string, string> {
  return classes.length === 0 ? { task } : { task, classes: JSON.stringify(classes) }
}
