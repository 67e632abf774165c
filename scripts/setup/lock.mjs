import { lstat, lutimes, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeSelf, stateOf } from './holder.mjs'

const FREE = 'free'
const HEARTBEAT_MS = 5_000
const SILENT_MS = 30_000

/**
 * Runs `work` while no other process runs work under the same folder's lock.
 *
 * The lock is a numbered list of symbolic links `lock.<n>` whose target names the holder. Only one process can
 * create the next link, so no process ever removes a lock that another one has just taken. A killed holder is
 * recognised and succeeded. A holder that cannot be examined (it runs in another container) counts as dead after
 * half a minute without a heartbeat.
 *
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @param {{ onWait?: (holder: string) => void, pollMs?: number }} [options]
 * @returns {Promise<T>}
 */
export async function withLock(folder, work, { onWait, pollMs = 200 } = {}) {
  await mkdir(folder, { recursive: true })
  const self = describeSelf()
  let told = false
  let mine = await tryTake(folder, self)
  while (mine === undefined) {
    if (!told) onWait?.((await newest(folder)).holder.split(' ')[0])
    told = true
    await sleep(pollMs)
    mine = await tryTake(folder, self)
  }
  const link = linkOf(folder, mine)
  const heartbeat = setInterval(() => lutimes(link, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS)
  heartbeat.unref()
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    await release(folder, mine)
  }
}

/** @returns {Promise<number | undefined>} the number of the link that is now ours */
async function tryTake(folder, self) {
  const last = await newest(folder)
  if (last.holder !== FREE && (await isAlive(last))) return undefined
  const next = last.number + 1
  try {
    await symlink(self, linkOf(folder, next))
  } catch (error) {
    if (error.code === 'EEXIST') return undefined
    throw error
  }
  // A process with an outdated view may have filled a gap below a newer link.
  const numbers = await numbersIn(folder)
  if (Math.max(...numbers) > next) {
    await rm(linkOf(folder, next), { force: true })
    return undefined
  }
  await Promise.all(numbers.filter((n) => n < next).map((n) => rm(linkOf(folder, n), { force: true })))
  return next
}

async function release(folder, number) {
  const spare = join(folder, `free.${process.pid}`)
  try {
    await rm(spare, { force: true })
    await symlink(FREE, spare)
    await rename(spare, linkOf(folder, number))
  } catch {
    // The disk is full or the folder is gone; the end of this process frees the lock as well.
  }
}

async function newest(folder) {
  const number = Math.max(0, ...(await numbersIn(folder)))
  if (number === 0) return { number, holder: FREE, link: '' }
  const link = linkOf(folder, number)
  const holder = await readlink(link).catch(() => FREE)
  return { number, holder, link }
}

async function isAlive({ holder, link }) {
  const state = stateOf(holder)
  if (state !== 'unknown') return state === 'alive'
  const beat = await lstat(link).catch(() => undefined)
  return beat !== undefined && Date.now() - beat.mtimeMs < SILENT_MS
}

const linkOf = (folder, number) => join(folder, `lock.${number}`)

async function numbersIn(folder) {
  const names = await readdir(folder)
  return names
    .map((name) => /^lock\.(\d+)$/.exec(name)?.[1])
    .filter(Boolean)
    .map(Number)
}
