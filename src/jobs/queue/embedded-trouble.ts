import { FitserveError } from '../../errors.ts'

/** Sentences for what a disk or the system refuses, by the code of the system's error. */
const SENTENCES: Record<string, string> = {
  ENOSPC: 'The embedded queue has no space left on its disk.',
  EDQUOT: 'The embedded queue has used up its disk quota.',
  EACCES: "The embedded queue's folder does not let this process in.",
  EPERM: "The embedded queue's folder does not let this process in.",
  EROFS: 'The embedded queue is on a file system that is read-only.',
  EIO: "The embedded queue's disk reports an error.",
  EMFILE: 'Too many files are open in this process.',
  ENFILE: 'Too many files are open on this machine.',
}
/** The SQLSTATE that PostgreSQL gives to an error of the system. It has one for both limits on open files. */
const BY_SQLSTATE: Record<string, string> = {
  '53100': 'ENOSPC',
  '53000': 'EMFILE',
  '42501': 'EACCES',
  '58030': 'EIO',
}

/** Returns the error for what may pass, such as a full disk; undefined for any other error, such as damage. */
export function troubleOf(error: unknown): FitserveError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  const sentence = SENTENCES[BY_SQLSTATE[error.code] ?? error.code]
  return sentence === undefined
    ? undefined
    : new FitserveError('queue-unavailable', sentence, { cause: error })
}
