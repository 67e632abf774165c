import type { ServedVersion } from './served-version.ts'

/** A model with versions in memory. */
export interface Holder {
  /** Its versions in memory. */
  loaded(): ServedVersion[]
  /** Drops a version from memory; it is loaded again when it is asked for. */
  letGo(version: ServedVersion): void
}

/** The memory that all models share. */
export interface ModelMemory {
  /** Returns whether a version may be loaded that no request has asked for. */
  hasRoom(): boolean
  /** Frees memory after a version was loaded. */
  loaded(model: Holder, version: ServedVersion): void
}

/**
 * Creates the shared memory of models.
 * @param models returns the models at the time of the call
 * @param maxBytes limit on the bytes of all versions together
 */
export function modelMemory(models: () => Iterable<Holder>, maxBytes: number): ModelMemory {
  return {
    hasRoom: () => maxBytes === Number.POSITIVE_INFINITY || bytesOf(models()) < maxBytes,
    loaded: (model, version) => makeRoom(new Set([...models(), model]), version, maxBytes),
  }
}

function bytesOf(models: Iterable<Holder>): number {
  let bytes = 0
  for (const model of models) for (const { predictor } of model.loaded()) bytes += predictor.memoryBytes
  return bytes
}

/** Drops the least recently used versions until all fit; the version that was just loaded stays. */
function makeRoom(models: ReadonlySet<Holder>, keep: ServedVersion, maxBytes: number): void {
  let bytes = bytesOf(models)
  if (bytes <= maxBytes) return
  const loaded = [...models].flatMap((model) => model.loaded().map((served) => ({ model, served })))
  loaded.sort((a, b) => a.served.lastUsed - b.served.lastUsed)
  for (const { model, served } of loaded) {
    if (bytes <= maxBytes) return
    if (served === keep) continue
    model.letGo(served)
    bytes -= served.predictor.memoryBytes
  }
}
