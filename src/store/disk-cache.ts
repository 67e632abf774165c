import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { unless } from './folder-errors.ts'
import type { Workspace } from './workspace.ts'

/** Time for which a file stays after it was asked for, in ms: a caller that has its path may not have opened it yet. */
const IN_USE_MS = 5 * 60_000
const GONE = ['ENOENT']

/** A file that the cache is asked for, and how to get it. */
export interface CachedFile {
  /** File name in the cache's folder. The same name always means the same bytes. */
  name: string
  /** Size of the file. */
  bytes: number
  /** Writes the bytes to a new file, or rejects. */
  fill(path: string): Promise<void>
  /** Returns whether a file that another or an earlier process has filled is undamaged. */
  check(path: string): Promise<boolean>
}

/** Copies on the local disk of files that can be fetched again. The least recently used are removed to make room. */
export interface DiskCache {
  /** Returns the path of the file, which must be opened within 5 minutes. */
  file(wanted: CachedFile): Promise<string>
}

/**
 * Opens a cache in a folder that many processes may share. A file appears complete, by a rename, and two processes that
 * fill the same name write the same bytes. Each process checks a file once, when it first uses it.
 * @param limit on all files together, in bytes; files in use may exceed it
 */
export function createDiskCache(folder: string, workspace: Workspace, limit: number): DiskCache {
  const checked = new Map<string, string>()
  const running = new Map<string, Promise<string>>()

  const provide = async (wanted: CachedFile): Promise<string> => {
    const path = join(folder, wanted.name)
    if (await isUndamaged(path, wanted, checked)) return path
    const draft = await workspace.file()
    try {
      for (const removed of await makeRoom(folder, limit - wanted.bytes)) checked.delete(removed)
      await wanted.fill(draft)
      await sync(draft)
      await mkdir(folder, { recursive: true })
      await rename(draft, path)
      checked.set(wanted.name, identityOf(await stat(path)))
    } finally {
      await rm(draft, { force: true })
    }
    return path
  }

  return {
    file(wanted) {
      const before = running.get(wanted.name)
      if (before) return before
      const provided = provide(wanted).finally(() => running.delete(wanted.name))
      running.set(wanted.name, provided)
      return provided
    },
  }
}

/**
 * Returns whether the file is there and undamaged. If so, it counts as used now.
 * @param checked identities of the files that this process has checked, by name
 */
async function isUndamaged(path: string, wanted: CachedFile, checked: Map<string, string>): Promise<boolean> {
  const now = new Date()
  const found = await unless(GONE, async () => {
    await utimes(path, now, now)
    return stat(path)
  })
  if (found === undefined || found.size !== wanted.bytes) {
    checked.delete(wanted.name)
    return false
  }
  const identity = identityOf(found)
  if (checked.get(wanted.name) === identity) return true
  if ((await unless(GONE, () => wanted.check(path))) !== true) return false
  checked.set(wanted.name, identity)
  return true
}

/** Returns a text that differs between a file and an earlier one of the same path. */
function identityOf({ ino, birthtimeMs }: { ino: number; birthtimeMs: number }): string {
  return `${ino} ${birthtimeMs}`
}

/** Removes files, the least recently used first, until the others have at most `limit` bytes together. @returns their names */
async function makeRoom(folder: string, limit: number): Promise<string[]> {
  const names = (await unless(GONE, () => readdir(folder))) ?? []
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const state = await unless(GONE, () => stat(path))
      return { name, path, bytes: state?.isFile() ? state.size : 0, used: state?.mtimeMs ?? 0 }
    }),
  )
  let total = found.reduce((sum, { bytes }) => sum + bytes, 0)
  const removed: string[] = []
  for (const { name, path, bytes } of found.filter((it) => it.bytes > 0).sort((a, b) => a.used - b.used)) {
    if (total <= limit) break
    // It may have been asked for since.
    const used = (await unless(GONE, () => stat(path)))?.mtimeMs
    if (used !== undefined && Date.now() - used < IN_USE_MS) continue
    await rm(path, { force: true })
    removed.push(name)
    total -= bytes
  }
  return removed
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
