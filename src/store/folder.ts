import type { FileHandle } from 'node:fs/promises'
import {
  constants,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { FitserveError } from '../errors.ts'
import { freeBytes } from '../runtime/free-bytes.ts'
import type { Store } from './contract.ts'
import { errno, reaching, unless } from './folder-errors.ts'
import { checkKey, checkPrefix, isSegment } from './keys.ts'
import { openWorkspace } from './workspace.ts'

/** Folder of temporary files. No key can begin with `+`, so it never collides with one. */
const TEMPORARY = '+tmp'
const GONE = "The store's folder is gone or empty: is its disk mounted?"
/** Errors that mean a key is absent. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR']
/** Errors of a creation whose name is taken, or whose folder was removed by another process at that moment. */
const CHANGING = ['EEXIST', 'ENOENT', 'ENOTDIR']

/**
 * Opens a store in a folder, which many processes and machines may share. A key is created by linking a finished,
 * synced temporary file to its name: the link either makes the name or fails because it exists, and a process that dies
 * on the way leaves only a temporary file. If the folder becomes empty or vanishes, its disk is taken to be unmounted,
 * and the store to be unavailable rather than empty.
 */
export async function createFolderStore(folder: string): Promise<Store> {
  const root = resolve(folder)
  const temporary = join(root, TEMPORARY)
  const workspace = await reaching(async () => {
    await mkdir(temporary, { recursive: true })
    return openWorkspace(temporary)
  })
  const pathOf = (key: string) => join(root, checkKey(key))

  /**
   * Throws if the whole store is gone; called when a key is absent. A removed folder of temporary files is made again.
   */
  const checkThere = async (): Promise<undefined> => {
    if (await unless(['ENOENT'], () => stat(temporary))) return
    if ((await readdir(root)).length === 0) throw new FitserveError('store-unavailable', GONE)
    await unless(['EEXIST'], () => mkdir(temporary))
  }

  /** Fills a temporary file by `fill`, syncs it, and links it to the key's name. */
  const createBy = async (key: string, fill: (path: string) => Promise<void>): Promise<boolean> => {
    const path = pathOf(key)
    await checkThere()
    const draft = await workspace.file()
    try {
      await fill(draft)
      return await linkNew(draft, path)
    } finally {
      await rm(draft, { force: true })
    }
  }

  return {
    create: (key, bytes) => reaching(() => createBy(key, (draft) => writeSynced(draft, bytes))),
    createFromFile: (key, path, { finished = false } = {}) =>
      reaching(() => createBy(key, (draft) => (finished ? linkSynced : copySynced)(path, draft))),
    read: (key) => reaching(async () => (await unless(ABSENT, () => readFile(pathOf(key)))) ?? checkThere()),
    stream: (key, range) =>
      reaching(async () => {
        const part = range && { start: range.from, end: range.to }
        return (await openFile(pathOf(key)))?.createReadStream(part) ?? checkThere()
      }),
    localFile: (key) => reaching(async () => ((await isFile(pathOf(key))) ? pathOf(key) : checkThere())),
    has: (key) => reaching(async () => (await isFile(pathOf(key))) || ((await checkThere()) ?? false)),
    children: (prefix, { after = '' } = {}) =>
      reaching(async () => {
        const path = join(root, checkPrefix(prefix, { root: true }))
        const names = (await unless(ABSENT, () => readdir(path))) ?? (await checkThere()) ?? []
        return names.filter((name) => isSegment(name) && name > after).sort()
      }),
    async *entries(prefix) {
      const path = join(root, checkPrefix(prefix, { root: true }))
      const now = await reaching(async () => (await checkThere()) ?? workspace.now())
      const files = filesBelow(path, prefix)
      for (;;) {
        const next = await reaching(() => files.next())
        if (next.done) return
        const { key, bytes, modifiedMs } = next.value
        yield { key, bytes, ageMs: now - modifiedMs }
      }
    },
    sweep: (options) => reaching(() => workspace.sweep(options)),
    delete: (key) =>
      reaching(async () => {
        const path = pathOf(key)
        await unless([...ABSENT, 'EPERM'], () => unlink(path))
        await removeEmptyFolders(dirname(path), root)
      }),
    deleteBelow: (prefix) =>
      reaching(async () => {
        const path = join(root, checkPrefix(prefix, { root: false }).slice(0, -1))
        const doomed = await workspace.file()
        // The rename hides everything in one step. If the process dies before the removal, the sweep does the rest.
        await unless(ABSENT, () => rename(path, doomed))
        await rm(doomed, { recursive: true, force: true })
        await removeEmptyFolders(dirname(path), root)
      }),
    scratchFolder: () => reaching(async () => (await checkThere()) ?? workspace.folder()),
    ping: () => reaching(async () => void (await stat(temporary))),
    freeBytes: () => reaching(() => freeBytes(root)),
    close: () => reaching(() => workspace.close()),
  }
}

/** Tries to link a name while other processes delete it and remove its folders, before the last error is thrown. */
const MAX_TRIES = 100

/** Makes `path` a name of the finished file `draft`. Returns false if the name is taken. */
async function linkNew(draft: string, path: string): Promise<boolean> {
  const parent = dirname(path)
  /** The topmost folder that any try has made; it is synced even if a later try made only a folder in it. */
  let made: string | undefined
  for (let tries = 1; ; tries += 1) {
    try {
      const topmost = await mkdir(parent, { recursive: true })
      if (made === undefined || (topmost ?? made).length < made.length) made = topmost
      await link(draft, path)
      await syncFolders(parent, made)
      return true
    } catch (error) {
      if (!CHANGING.includes(errno(error) ?? '')) throw error
      if (await isFile(path)) {
        await syncFolders(parent, made)
        return false
      }
      await refuseNesting(path)
      // The key was deleted just now, or an empty folder above it was removed.
      if (tries === MAX_TRIES) throw error
    }
  }
}

/** Throws if `path` is a folder, or a file is above it: one of two keys is then a prefix of the other. */
async function refuseNesting(path: string): Promise<void> {
  const found = await unless(['ENOENT'], async () => (await stat(path)).isDirectory())
    // Only a file above the path gives this error, and not the removal of a folder.
    .catch((error: unknown) => errno(error) === 'ENOTDIR' || Promise.reject(error))
  if (found) throw new TypeError('A store key cannot be a prefix of other keys too')
}

/**
 * Syncs a folder. If `made` names the topmost new folder, also syncs those above `folder` up to the parent of `made`.
 */
async function syncFolders(folder: string, made: string | undefined): Promise<void> {
  const last = made === undefined ? folder : dirname(made)
  for (let path = folder; ; path = dirname(path)) {
    // A folder that another process has removed meanwhile held nothing that could be lost.
    await unless(ABSENT, () => syncing(path, 'r', async () => {}))
    if (path === last) return
  }
}

async function writeSynced(path: string, bytes: Uint8Array | string): Promise<void> {
  await syncing(path, 'wx', (handle) => handle.writeFile(bytes))
}

async function copySynced(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  await syncing(to, 'r', async () => {})
}

/** Makes `to` a name of a file that nobody changes; a copy of it where it is on another file system, or another user's. */
async function linkSynced(from: string, to: string): Promise<void> {
  const isLinked = await unless(['EXDEV', 'EPERM', 'EMLINK'], async () => {
    await link(from, to)
    return true
  })
  if (!isLinked) return copySynced(from, to)
  await syncing(to, 'r', async () => {})
}

async function syncing(path: string, flags: string, work: (handle: FileHandle) => Promise<void>) {
  const handle = await open(path, flags)
  try {
    await work(handle)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Opens a file to read; undefined where there is none, or a folder. */
async function openFile(path: string): Promise<FileHandle | undefined> {
  const handle = await unless(ABSENT, () => open(path))
  if (handle === undefined) return undefined
  let isFile = false
  try {
    isFile = (await handle.stat()).isFile()
  } finally {
    if (!isFile) await handle.close()
  }
  return isFile ? handle : undefined
}

/** Yields all files that have keys, folder by folder. */
async function* filesBelow(
  folder: string,
  prefix: string,
): AsyncGenerator<{ key: string; bytes: number; modifiedMs: number }> {
  for (const entry of (await unless(ABSENT, () => readdir(folder, { withFileTypes: true }))) ?? []) {
    if (!isSegment(entry.name)) continue
    const path = join(folder, entry.name)
    const key = `${prefix}${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(path, `${key}/`)
    else {
      const found = await unless(ABSENT, () => stat(path))
      if (found?.isFile()) yield { key, bytes: found.size, modifiedMs: found.mtimeMs }
    }
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await unless(ABSENT, () => stat(path)))?.isFile() ?? false
}

/** Removes a folder and those above it while they are empty: as on S3, a prefix without keys does not exist. */
async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (let path = folder; path !== root && path.startsWith(root); path = dirname(path)) {
    const gone = await unless(['ENOTEMPTY', 'EEXIST', 'ENOTDIR'], async () => {
      await unless(['ENOENT'], () => rmdir(path))
      return true
    })
    if (gone === undefined) return
  }
}
