import { spawnSync } from 'node:child_process'

/** Whether util-linux's `setpriv` can bind a process to its parent; on Linux only. */
const canBind =
  process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0

/**
 * Returns the command line of a program that ends with the process of the tests, even if that is killed or crashes
 * before its hooks run. The process keeps its id, since `setpriv` becomes the program.
 */
export function bound(program: string, args: readonly string[]): [string, string[]] {
  return canBind ? ['setpriv', ['--pdeathsig', 'KILL', program, ...args]] : [program, [...args]]
}
