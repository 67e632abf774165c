import { FitserveError } from '../errors.ts'

/** Messages for system errors, without a path. */
const SENTENCES: Record<string, string> = {
  ENOSPC: 'The store has no space left on its disk, or no inodes (see df -h and df -i).',
  EDQUOT: 'The store has reached its disk quota.',
  EACCES: "The store's folder cannot be accessed by this user.",
  EPERM: "The store's folder cannot be accessed by this user.",
  EROFS: "The store's folder is on a read-only file system.",
  EIO: "The store's disk reports an error.",
  EMFILE: 'Too many files are open in this process.',
  ENFILE: 'Too many files are open on this machine.',
  ENOTSUP: "The store's file system has no hard links, which it needs.",
  EOPNOTSUPP: "The store's file system has no hard links, which it needs.",
}

/** Codes of the errors that say that a disk or a quota is used up. */
export const DISK_FULL: readonly string[] = ['ENOSPC', 'EDQUOT']

/** Runs file system calls. Turns system errors into `store-unavailable`, with a message that names no path. */
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

/** Returns the code of a system error (`ENOENT`), or undefined for any other error. */
export function errno(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Tells whether an error says that a disk or a quota is used up. */
export function isDiskFull(error: unknown): boolean {
  return DISK_FULL.includes(errno(error) ?? '')
}

/** Returns the result of `work`, or undefined if it fails with one of these system errors. */
export async function unless<T>(codes: readonly string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (codes.includes(errno(error) ?? '')) return undefined
    throw error
  }
}
