import { z } from 'zod'
import { FitserveError, quoted } from '../errors.ts'
import { type EncoderFile, encoderFileSteps } from '../models/files/files.ts'
import { type Signature, signatureOf } from '../models/signature.ts'
import { CompleteRecipe } from '../recipe/index.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { VERSION_FILES } from '../registry/version-files.ts'
import { forgetOldest } from '../runtime/forget-oldest.ts'
import { inTurns } from '../runtime/steps.ts'

/** Signatures that are kept. */
const MOST = 100
/** Characters as JSON of the largest signature that is kept: that of some 2,000 columns. */
const MOST_CHARACTERS = 2 ** 18

/** The part of a manifest that a signature tells of. Earlier releases and other services may have kept another one. */
const { target, missing, columns } = CompleteRecipe.shape
const WithRecipe = z.looseObject({
  recipe: z.looseObject({ target, missing: missing.default('median'), columns: columns.default({}) }),
})

/**
 * Signatures of versions. To make one takes the whole encoder, which may have hundreds of megabytes, and a version never
 * changes: so those that were asked for last are kept, and all who ask for one at a time share the work.
 */
export class Signatures {
  readonly #models: Pick<ModelRegistry, 'manifest' | 'readArtifact'>
  readonly #kept = new Map<string, Promise<Signature>>()

  constructor(models: Pick<ModelRegistry, 'manifest' | 'readArtifact'>) {
    this.#models = models
  }

  /** Returns the signature of a version. @throws FitserveError `corrupt-artifact` */
  of(model: string, entry: VersionEntry): Promise<Signature> {
    const key = `${model}/${entry.artifacts}`
    const known = this.#kept.get(key)
    const made = known ?? this.#read(model, entry)
    this.#kept.delete(key)
    this.#kept.set(key, made)
    forgetOldest(this.#kept, MOST)
    if (known) return known
    const forget = () => {
      if (this.#kept.get(key) === made) this.#kept.delete(key)
    }
    made.then((signature) => JSON.stringify(signature).length > MOST_CHARACTERS && forget(), forget)
    return made
  }

  async #read(model: string, entry: VersionEntry): Promise<Signature> {
    const [file, manifest] = await Promise.all([
      this.#encoder(model, entry),
      this.#models.manifest(model, entry),
    ])
    return signatureOf(file, WithRecipe.safeParse(manifest).data?.recipe)
  }

  async #encoder(model: string, entry: VersionEntry): Promise<EncoderFile> {
    const bytes = await this.#models.readArtifact(model, entry, VERSION_FILES.encoder)
    // In steps, which leave vocabularies unread: they may have many megabytes.
    if (bytes) return (await inTurns(encoderFileSteps(bytes))).file
    throw new FitserveError(
      'corrupt-artifact',
      `Version ${entry.version} of ${quoted(model)} has no encoder.`,
    )
  }
}
