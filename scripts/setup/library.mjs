import { existsSync } from 'node:fs'
import { mkdir, rename, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { checkSpace } from './disk.mjs'
import { fetchWheel } from './download.mjs'
import { SetupError } from './errors.mjs'
import { sha256 } from './paths.mjs'
import { startProgress } from './progress.mjs'
import { inTemporary } from './temporary.mjs'
import { TENSORFLOW, wheelFor } from './wheels.mjs'
import { extractEntry, listZip } from './zip.mjs'

/**
 * Returns the TensorFlow library that the settings ask for, installed or not.
 * @typedef {{ key: string, own: boolean, include: string, files: string[], wheel?: import('./wheels.mjs').Wheel }} Library
 */

const HEADERS = ['tensorflow/c', 'tensorflow/core/platform', 'tsl/platform', 'xla/tsl']
export const UNPACKED_BYTES = 870e6

/**
 * @param {import('./paths.mjs').Paths} paths
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Library>}
 */
export async function wantedLibrary(paths, env) {
  if (env.TENSORFLOW_DIR) return ownLibrary(resolve(env.TENSORFLOW_DIR))
  const wheel = wheelFor()
  const key = `tensorflow-${TENSORFLOW}-${process.platform}-${process.arch}`
  const folder = join(paths.cache, key)
  const files = wheel.libraries.map((name) => join(folder, 'lib', name))
  return { key, own: false, include: join(folder, 'include'), files, wheel }
}

/** Finds `lib/` and `include/`, as in TensorFlow's C archives, or in a pip-installed `tensorflow` folder. */
async function ownLibrary(folder) {
  const suffix = process.platform === 'darwin' ? '.2.dylib' : '.so.2'
  const include = join(folder, 'include')
  for (const place of [join(folder, 'lib'), folder]) {
    const [main, framework] = [['tensorflow_cc', 'tensorflow'], ['tensorflow_framework']].map((names) =>
      names.map((name) => join(place, `lib${name}${suffix}`)).find((file) => existsSync(file)),
    )
    if (!main || !existsSync(join(include, 'tensorflow/c/c_api.h'))) continue
    const files = [main, framework].filter(Boolean)
    const marks = await Promise.all(files.map(async (file) => `${file} ${(await stat(file)).mtimeMs}`))
    return { key: `own-${sha256(marks.join('\n')).slice(0, 16)}`, own: true, include, files }
  }
  throw new SetupError(`TENSORFLOW_DIR is ${folder}, but there is no TensorFlow library in it.`, [
    `It must hold lib/libtensorflow_cc${suffix} or lib/libtensorflow${suffix}, libtensorflow_framework${suffix}`,
    'beside it, and include/tensorflow/c/c_api.h. Unset it to have the official library downloaded.',
  ])
}

/** @param {Library} library */
export const libraryDone = (library) => library.files.every((file) => existsSync(file))

/** @param {Library} library @param {import('./paths.mjs').Paths} paths */
export const wheelDone = ({ wheel }, paths) => existsSync(join(paths.cache, 'wheels', wheel.file))

/**
 * Extracts the two libraries and the headers that the binding includes from the wheel: 860 MB of 15,000 files.
 * @param {Library} library
 * @param {import('./paths.mjs').Paths} paths
 */
export async function unpackLibrary(library, paths, { quiet }) {
  const wheelBytes = wheelDone(library, paths) ? 0 : library.wheel.size
  await checkSpace(paths.cache, UNPACKED_BYTES + wheelBytes, 'TensorFlow and its download')
  const archive = await fetchWheel(library.wheel, paths, { quiet })
  const progress = startProgress('Unpacking TensorFlow', { quiet })
  let note = 'failed'
  try {
    await inTemporary(paths.cache, async (folder) => {
      const entries = (await listZip(archive)).flatMap((entry) => {
        const target = placeOf(entry.name, library.wheel)
        return target ? [{ entry, target: join(folder, library.key, target) }] : []
      })
      const total = entries.reduce((sum, { entry }) => sum + entry.size, 0)
      let done = 0
      for (const { entry, target } of entries) {
        await extractEntry(archive, entry, target, (bytes) => {
          done += bytes
          progress.update(done, total)
        })
      }
      await mkdir(paths.cache, { recursive: true })
      await rename(join(folder, library.key), join(paths.cache, library.key))
    })
    note = 'done'
  } finally {
    progress.end(note)
  }
}

/** @returns {string | undefined} undefined: not needed */
function placeOf(name, wheel) {
  const inside = name.replace(/^tensorflow\//, '')
  if (wheel.libraries.includes(inside)) return join('lib', basename(inside))
  const header = inside.replace(/^include\//, '')
  return HEADERS.some((folder) => header.startsWith(`${folder}/`)) ? join('include', header) : undefined
}
