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
 * Runs `work` with a temporary folder that is removed afterwards in any case. Results are made in such a folder
 * and renamed into place, so a killed process leaves nothing that looks finished.
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

/** Removes what dead runs left. Call it under the parent's lock, when no live run can own a temporary folder. */
export async function removeLeftovers(parent) {
  const names = await readdir(parent).catch(() => [])
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX)).map((name) => rm(join(parent, name), REMOVE)),
  )
}

/** Removes all temporary folders synchronously, for signal handlers. */
export function removeOpenNow() {
  for (const folder of open) rmSync(folder, REMOVE)
}

/**
 * Puts a finished folder in the place of an older one. Both steps are renames, so no half-written folder is visible.
 * @param {string} fresh
 * @param {string} target
 * @param {string} spare a path in a temporary folder, for the old one
 */
export async function swap(fresh, target, spare) {
  await rename(target, spare).catch((error) => {
    // A folder in a container image's lower layer can be removed but not renamed.
    if (error.code === 'EXDEV') return rm(target, REMOVE)
    if (error.code !== 'ENOENT') throw error
  })
  await rename(fresh, target)
}
