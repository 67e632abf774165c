import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folders that a set-up works in. `root` is the clone; `work` (ignored by git) holds its lock, its logs and its
 * temporary folders; `cache` is shared by all clones of one user; `vectors` is where the service looks for word vectors.
 * @typedef {{ root: string, work: string, modules: string, dist: string, tfjs: string, cache: string,
 *   vectors: string }} Paths
 */

/** @param {NodeJS.ProcessEnv} env */
export function cacheFolder(env = process.env) {
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'fitserve')
  const home = env.HOME || homedir()
  return process.platform === 'darwin'
    ? join(home, 'Library', 'Caches', 'fitserve')
    : join(home, '.cache', 'fitserve')
}

/** @returns {Paths} */
export function pathsOf(root = fileURLToPath(new URL('../..', import.meta.url)), env = process.env) {
  const modules = join(root, 'node_modules')
  return {
    root,
    work: join(root, '.setup'),
    modules,
    dist: join(root, 'dist'),
    tfjs: join(modules, '@tensorflow', 'tfjs-node'),
    cache: cacheFolder(env),
    vectors: resolve(root, env.VECTORS_DIR || 'vectors'),
  }
}

/** @param {string | Buffer} bytes */
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
