import { unwatchFile, watchFile } from 'node:fs'

/** Milliseconds between two looks at a file. Looks also find files that were replaced, and those behind links. */
const LOOK_MS = 1_000

/** Calls a function each time that a file has changed. @returns a function that ends this */
export function watchFiles(paths: readonly string[], onChange: () => void): () => void {
  const listener = () => onChange()
  for (const path of paths) watchFile(path, { interval: LOOK_MS, persistent: false }, listener)
  return () => {
    for (const path of paths) unwatchFile(path, listener)
  }
}
