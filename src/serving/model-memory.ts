import type { ServedVersion } from './served-version.ts'

/** A model with versions in memory. */
export interface Holder {
  loaded(): ServedVersion[]
  /** Lets a version go; it comes back when it is asked for. */
  letGo(version: ServedVersion): void
}

/** What all models in memory share. */
export interface ModelMemory {
  /** Whether another version may be loaded that nobody has asked for. */
  hasRoom(): boolean
  loaded(model: Holder, version: ServedVersion): void
}

/** The memory of all models that `models` gives. @param maxBytes of their versions together */
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

/** Lets versions go that were not used for longest, until all fit; what was just loaded stays. */
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
