/** Limit on the models that have series of their own. */
export const MAX_MODELS = 200
/** Label of all further models. No model can have this name. */
export const OTHERS = '*'

/** Returns a label of its own for each of the first models, and one label for all others. */
export class ModelLabels {
  readonly #own = new Set<string>()

  /** Returns the label of a model that exists. */
  of(model: string): string {
    if (this.#own.has(model)) return model
    if (this.#own.size >= MAX_MODELS) return OTHERS
    this.#own.add(model)
    return model
  }
}
