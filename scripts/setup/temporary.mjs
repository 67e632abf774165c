import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

const PREFIX = 'tmp-'
// A child that outlived a killed set-up may still be writing where we remove, hence the retries.
const REMOVE = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }

/** @type {Set<string>} */
const open = new Set()

/**
 * A folder to work in, gone afterwards whatever happens. Everything is made in one of these and renamed into
 * place, so a process that is killed leaves nothing that looks finished.
 * @template T
 * @param {string} parent
 * @param {(folder: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inTemporary(parent, work) {
  const folder = join(parent, PREFIX + randomBytes(6).toString('hex'))
  await mkdir(folder, { recursive: true })
  open.add(folder)
  try {
    return await work(folder)
  } finally {
    await rm(folder, REMOVE)
    open.delete(folder)
  }
}

/** What dead runs left; call it under the parent's lock, when every temporary folder there is a dead one's. */
export async function removeLeftovers(parent) {
  const names = await readdir(parent).catch(() => [])
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX)).map((name) => rm(join(parent, name), REMOVE)),
  )
}

/** For a signal's handler, which has no time to wait for anything. */
export function removeOpenNow() {
  for (const folder of open) rmSync(folder, REMOVE)
}

/**
 * Puts a finished folder where an older one may be. Both are renames: at no time is there a half of it.
 * @param {string} fresh
 * @param {string} target
 * @param {string} spare a path in a temporary folder, for the old one
 */
export async function swap(fresh, target, spare) {
  await rename(target, spare).catch((error) => {
    // A folder of a container image's lower layer can be removed, but not moved.
    if (error.code === 'EXDEV') return rm(target, REMOVE)
    if (error.code !== 'ENOENT') throw error
  })
  await rename(fresh, target)
}
