/**
 * A failure that the user can fix: what happened, what to do, and where the failing tool's full output is.
 */
export class SetupError extends Error {
  name = 'SetupError'

  /**
   * @param {string} problem one sentence
   * @param {string | string[]} remedy what to do, a line for each step
   * @param {string} [log] path of the full output
   */
  constructor(problem, remedy, log) {
    super(problem)
    this.remedy = [remedy].flat()
    this.log = log
  }

  /** Returns the whole message as it is printed. */
  toText() {
    const lines = [`fitserve set-up failed: ${this.message}`, ...this.remedy.map((line) => `  ${line}`)]
    if (this.log) lines.push(`  Full output: ${this.log}`)
    return lines.join('\n')
  }
}

/** Translates error codes of the operating system into set-up errors; other errors are returned unchanged. */
export function explain(error, folder) {
  if (error instanceof SetupError) return error
  const where = error?.path ?? folder
  if (error?.code === 'ENOSPC' || error?.code === 'EDQUOT') return noSpace(folder)
  if (error?.code === 'EROFS' || error?.code === 'EACCES' || error?.code === 'EPERM')
    return notWritable(where)
  return error
}

export function noSpace(folder) {
  return new SetupError(`the disk that holds ${folder} is full.`, [
    'Free some space and run this again; what was begun has been removed.',
    'XDG_CACHE_HOME=/another/disk moves the downloads.',
  ])
}

export function notWritable(folder) {
  return new SetupError(`${folder} cannot be written.`, [
    'Make it writable, or clone the project to a folder of your own;',
    'if it is the cache, set XDG_CACHE_HOME to a folder you can write.',
  ])
}
