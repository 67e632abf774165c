import { FitserveError } from '../errors.ts'

const SENTENCES: Record<string, string> = {
  ENOSPC: 'The store has no space left on its disk.',
  EDQUOT: 'The store has used up its disk quota.',
  EACCES: "The store's folder does not let this process in.",
  EPERM: "The store's folder does not let this process in.",
  EROFS: "The store's folder is on a file system that is read-only.",
  EIO: "The store's disk reports an error.",
  EMFILE: 'Too many files are open in this process.',
  ENFILE: 'Too many files are open on this machine.',
  ENOTSUP: "The store's file system has no hard links, which it needs.",
  EOPNOTSUPP: "The store's file system has no hard links, which it needs.",
}

/** Runs file system calls; what fails for the disk's reasons becomes `store-unavailable`, without a path. */
export async function reaching<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = errno(error)
    if (code === undefined) throw error
    const sentence = SENTENCES[code] ?? 'The store does not answer.'
    throw new FitserveError('store-unavailable', sentence, { cause: error })
  }
}

/** The code of a system error (`ENOENT`), or undefined for any other error. */
export function errno(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The work's result, or undefined where it fails with one of these codes. */
export async function unless<T>(codes: readonly string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (codes.includes(errno(error) ?? '')) return undefined
    throw error
  }
}
