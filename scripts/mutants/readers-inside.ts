import { fileURLToPath } from 'node:url'

/**
 * Makes data sets be read in the thread of the tests. A fault is only there, and a reader is a process of its own, so that
 * no test would notice a fault in `src/datasets/reader/`. A plugin of Vite, for `plugins` of a vitest configuration.
 */
export function readersInside() {
  const inside = fileURLToPath(new URL('inside-pool.ts', import.meta.url))
  return {
    name: 'readers-inside',
    enforce: 'pre' as const,
    resolveId: (source: string, importer: string | undefined) =>
      source.endsWith('/runtime/helper-pool.ts') && importer?.endsWith('/datasets/readers.ts') === true
        ? inside
        : undefined,
  }
}
