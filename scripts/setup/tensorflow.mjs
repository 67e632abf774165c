import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileBinding, NAPI } from './binding.mjs'
import { checkSpace, checkWritable, linkOrCopy, sizeOf } from './disk.mjs'
import { SetupError } from './errors.mjs'
import { libraryDone, UNPACKED_BYTES, unpackLibrary, wantedLibrary, wheelDone } from './library.mjs'
import { withLock } from './lock.mjs'
import { startProgress } from './progress.mjs'
import { run } from './run.mjs'
import { inTemporary, removeLeftovers, swap } from './temporary.mjs'
import { checkTools } from './tools.mjs'

const STAMP = '.fitserve-tensorflow.json'
const PROVE = fileURLToPath(new URL('prove.mjs', import.meta.url))

/**
 * Returns whether library and binding are in tfjs-node's folder and have been loaded there once.
 * @param {import('./paths.mjs').Paths} paths
 */
export async function tensorflowDone(paths, env = process.env) {
  try {
    const { wanted, files } = JSON.parse(await readFile(join(paths.modules, STAMP), 'utf8'))
    if (wanted !== (await plan(paths, env)).key) return false
    const sizes = await Promise.all(Object.keys(files).map((file) => sizeOf(join(paths.tfjs, file))))
    return Object.values(files).every((size, i) => size === sizes[i])
  } catch {
    return false
  }
}

/** Reports now, before anything is downloaded, what would fail later. */
export async function checkTensorflow(paths, env = process.env) {
  const { library, binding } = await plan(paths, env)
  const needLibrary = !libraryDone(library)
  await checkTools({ pip: needLibrary && !wheelDone(library, paths), compiler: !existsSync(binding) })
  if (needLibrary || !existsSync(binding)) await checkWritable(paths.cache)
}

/**
 * Library and binding are made once in the user's cache; each clone gets links to them, or copies, and so
 * goes on working when the cache is emptied.
 * @param {import('./paths.mjs').Paths} paths
 */
export async function installTensorflow(paths, ui, env = process.env) {
  const wanted = await plan(paths, env)
  const cached = existsSync(wanted.binding)
  const make = async () => {
    await fillCache(wanted, paths, ui)
    await place(wanted, paths)
    return prove(paths, ui)
  }
  let problem = await make()
  if (problem && cached) {
    // The binding in the cache was compiled on another system (perhaps a shared home): compile it here.
    await rm(wanted.binding, { force: true })
    problem = await make()
  }
  if (problem) {
    await Promise.all(
      ['deps', 'lib'].map((name) => rm(join(paths.tfjs, name), { recursive: true, force: true })),
    )
    throw problem
  }
  await stamp(wanted, paths)
}

async function plan(paths, env) {
  const library = await wantedLibrary(paths, env)
  const { packages } = JSON.parse(await readFile(join(paths.root, 'package-lock.json'), 'utf8'))
  const { version } = packages['node_modules/@tensorflow/tfjs-node']
  const key = `${library.key}-tfjs-node-${version}-napi${NAPI}`
  return { key, library, binding: join(paths.cache, 'bindings', `${key}.node`) }
}

async function fillCache({ library, binding }, paths, ui) {
  if (libraryDone(library) && existsSync(binding)) return
  const onWait = () => ui.say('Another set-up is preparing TensorFlow; waiting for it …')
  await withLock(
    paths.cache,
    async () => {
      await removeLeftovers(paths.cache)
      if (!libraryDone(library)) await unpackLibrary(library, paths, ui)
      if (!existsSync(binding)) await compileBinding(library, binding, paths, ui)
    },
    { onWait },
  )
}

async function place({ library, binding }, paths) {
  await removeLeftovers(paths.tfjs)
  if (!library.own && (await deviceOf(paths.tfjs)) !== (await deviceOf(paths.cache))) {
    await checkSpace(paths.tfjs, UNPACKED_BYTES, 'A copy of the TensorFlow library')
  }
  await inTemporary(paths.tfjs, async (folder) => {
    const libraries = join(folder, 'deps', 'lib')
    const addon = join(folder, 'lib', `napi-v${NAPI}`)
    await Promise.all([mkdir(libraries, { recursive: true }), mkdir(addon, { recursive: true })])
    for (const file of library.files) {
      const target = join(libraries, basename(file))
      if (library.own) await symlink(file, target)
      else await linkOrCopy(file, target)
    }
    await linkOrCopy(binding, join(addon, 'tfjs_binding.node'))
    await swap(join(folder, 'deps'), join(paths.tfjs, 'deps'), join(folder, 'old-deps'))
    await swap(join(folder, 'lib'), join(paths.tfjs, 'lib'), join(folder, 'old-lib'))
  })
}

/** @returns {Promise<SetupError | undefined>} what keeps TensorFlow from loading here */
async function prove(paths, ui) {
  const log = join(paths.work, 'tensorflow.log')
  const progress = startProgress('Loading TensorFlow once', ui)
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' }
  const { ok, signal, output } = await run(process.execPath, [PROVE], { cwd: paths.root, env, log })
  progress.end(ok ? 'done' : 'failed')
  if (ok) return undefined
  if (signal === 'SIGILL') {
    return new SetupError('this processor lacks instructions (AVX) that TensorFlow is built with.', [
      'Use another machine, or a TensorFlow library built for this one (TENSORFLOW_DIR).',
    ])
  }
  const gist = /^(?:\w*Error: )(.+)$/m.exec(output)?.[1] ?? `it ended with ${signal ?? 'no message'}`
  return new SetupError(`TensorFlow does not load: ${gist}`, 'The full output says more.', log)
}

async function stamp({ key, library }, paths) {
  const names = library.files.map((file) => join('deps', 'lib', basename(file)))
  names.push(join('lib', `napi-v${NAPI}`, 'tfjs_binding.node'))
  const sizes = await Promise.all(names.map(async (name) => [name, await sizeOf(join(paths.tfjs, name))]))
  const content = JSON.stringify({ wanted: key, files: Object.fromEntries(sizes) })
  await writeFile(join(paths.modules, STAMP), `${content}\n`)
}

const deviceOf = async (path) => (await stat(path)).dev
