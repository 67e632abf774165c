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
 * The lock is a row of symbolic links `lock.<n>` whose target says who holds it. Making the next link is the
 * one step that only one process can win, so nobody ever removes a lock that somebody else has just taken.
 * A holder that was killed is recognised and followed; one that cannot be looked at (it runs in another
 * container) counts as dead after half a minute without a heartbeat.
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
  // Whoever looked long ago may have filled a gap below a newer link.
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
    // A full disk, or the folder is gone: the end of this process frees the lock as well.
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
