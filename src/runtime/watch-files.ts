import { statSync, unwatchFile, watchFile } from 'node:fs'

/** Milliseconds between two looks at a file. Looks also find files that were replaced, and those behind links. */
const LOOK_MS = 500
/** Milliseconds for which files must have stayed as they are: a program may still be writing them. */
const SETTLED_MS = 200
/** Times that files may be found changed again before they are told of all the same. */
const MOST_WAITS = 10

/**
 * Calls a function each time that a file has changed, once none of them changes any more.
 * @param options.lookMs milliseconds between two looks
 * @param options.settledMs milliseconds for which the files must have stayed as they are
 * @returns a function that ends this
 */
export function watchFiles(
  paths: readonly string[],
  onChange: () => void,
  { lookMs = LOOK_MS, settledMs = SETTLED_MS }: { lookMs?: number; settledMs?: number } = {},
): () => void {
  let timer: NodeJS.Timeout | undefined
  const settle = (before: string, waits: number) => {
    timer = setTimeout(() => {
      const now = stateOf(paths)
      if (now !== before && waits < MOST_WAITS) return settle(now, waits + 1)
      timer = undefined
      onChange()
    }, settledMs).unref()
  }
  // A look that finds another change meanwhile has nothing to add.
  const listener = () => timer ?? settle(stateOf(paths), 1)
  for (const path of paths) watchFile(path, { interval: lookMs, persistent: false }, listener)
  return () => {
    clearTimeout(timer)
    for (const path of paths) unwatchFile(path, listener)
  }
}

/** Returns what differs between two states of files. */
function stateOf(paths: readonly string[]): string {
  return paths.map(stateOfFile).join(' ')
}

function stateOfFile(path: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs}`
  } catch (error) {
    // Who reads it will say why it cannot be read.
    return String(error)
  }
}
