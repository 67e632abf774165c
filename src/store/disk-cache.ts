import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { unless } from './folder-errors.ts'
import type { Workspace } from './workspace.ts'

/**
 * A file that was asked for within this time stays, since whoever has its path may not have opened it yet.
 */
const IN_USE_MS = 5 * 60_000
const GONE = ['ENOENT']

export interface CachedFile {
  /** The same name always means the same bytes. */
  name: string
  bytes: number
  /** Writes the bytes to a new file, or rejects. */
  fill(path: string): Promise<void>
  /** Whether a file that another process, or an earlier one, has filled is whole. */
  check(path: string): Promise<boolean>
}

/** Files on the local disk that can be had again; those not asked for the longest make room. */
export interface DiskCache {
  /** The path of the file, to be read within minutes. */
  file(wanted: CachedFile): Promise<string>
}

/**
 * A cache in a folder that many processes may share: a file appears whole, by a rename, and two that fill the
 * same name write the same bytes. A file is checked once by each process that uses it.
 * @param limit bytes that all files together may have, but for those in use
 */
export function createDiskCache(folder: string, workspace: Workspace, limit: number): DiskCache {
  const checked = new Set<string>()
  const running = new Map<string, Promise<string>>()

  const provide = async (wanted: CachedFile): Promise<string> => {
    const path = join(folder, wanted.name)
    if (await isWhole(path, wanted, checked)) return path
    const draft = await workspace.file()
    try {
      await makeRoom(folder, limit - wanted.bytes)
      await wanted.fill(draft)
      await sync(draft)
      await mkdir(folder, { recursive: true })
      await rename(draft, path)
      checked.add(markOf(path, await stat(path)))
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

/** Whether the file is there as it should be; it then counts as used now. */
async function isWhole(path: string, wanted: CachedFile, checked: Set<string>): Promise<boolean> {
  const now = new Date()
  const found = await unless(GONE, async () => {
    await utimes(path, now, now)
    return stat(path)
  })
  if (found === undefined || found.size !== wanted.bytes) return false
  const mark = markOf(path, found)
  if (checked.has(mark)) return true
  if ((await unless(GONE, () => wanted.check(path))) !== true) return false
  checked.add(mark)
  return true
}

/** Another file under the same name has another number. */
function markOf(path: string, { ino, birthtimeMs }: { ino: number; birthtimeMs: number }): string {
  return `${path} ${ino} ${birthtimeMs}`
}

/** Removes files, the longest unused first, until those left have no more than so many bytes. */
async function makeRoom(folder: string, limit: number): Promise<void> {
  const names = (await unless(GONE, () => readdir(folder))) ?? []
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const state = await unless(GONE, () => stat(path))
      return { path, bytes: state?.isFile() ? state.size : 0, used: state?.mtimeMs ?? 0 }
    }),
  )
  let total = found.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const { path, bytes } of found.filter((it) => it.bytes > 0).sort((a, b) => a.used - b.used)) {
    if (total <= limit) return
    // It may have been asked for since.
    const used = (await unless(GONE, () => stat(path)))?.mtimeMs
    if (used !== undefined && Date.now() - used < IN_USE_MS) continue
    await rm(path, { force: true })
    total -= bytes
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
