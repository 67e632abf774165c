import { constants } from 'node:fs'
import { access, copyFile, link, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { explain, SetupError } from './errors.mjs'

/**
 * Refuses to begin if there is not enough space to finish.
 * @param {string} folder it need not exist yet
 * @param {number} bytes
 * @param {string} what who needs it: `The npm packages`
 */
export async function checkSpace(folder, bytes, what) {
  const parent = await nearest(folder)
  const { bavail, bsize } = await statfs(parent)
  const free = bavail * bsize
  if (free >= bytes) return
  throw new SetupError(
    `${what} need ${megabytes(bytes)} of disk space, and ${folder} has ${megabytes(free)}.`,
    ['Free some space and run this again;', 'XDG_CACHE_HOME=/another/disk moves the downloads.'],
  )
}

/** @param {string} folder it need not exist yet */
export async function checkWritable(folder) {
  try {
    await access(await nearest(folder), constants.W_OK)
  } catch (error) {
    throw explain(error, folder)
  }
}

/** Makes a hard link to a file, or a copy where the file system has no hard links. */
export async function linkOrCopy(file, target) {
  try {
    await link(file, target)
  } catch {
    await copyFile(file, target, constants.COPYFILE_FICLONE)
  }
}

/** @param {string} file @returns {Promise<number | undefined>} */
export const sizeOf = async (file) => (await stat(file).catch(() => undefined))?.size

async function nearest(folder) {
  let parent = folder
  while ((await sizeOf(parent)) === undefined && parent !== dirname(parent)) parent = dirname(parent)
  return parent
}

const megabytes = (bytes) =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.floor(bytes / 1e6)} MB`
