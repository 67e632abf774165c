import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { noSpace, SetupError } from './errors.mjs'
import { startProgress } from './progress.mjs'
import { run } from './run.mjs'
import { inTemporary, swap } from './temporary.mjs'

/** Runs as a process of its own: it imports packages, which do not exist before the set-up. */
const BUNDLE = fileURLToPath(new URL('bundle.mjs', import.meta.url))
/** The same for the web page. */
const DASHBOARD = fileURLToPath(new URL('dashboard.mjs', import.meta.url))
const STAMP = '.fitserve-build.json'
/** The programs of kernels/ by the names of their files, with their compiler options: what threads share is apart. */
const KERNELS = {
  'kernels.wasm': ['kernels/index.ts', 'kernels/asconfig.json'],
  'trees.wasm': ['kernels/trees.ts', 'kernels/trees.asconfig.json'],
}
/** The definition of the gRPC service, which is read when the service is opened. */
const PROTO = 'src/api/protocols/open-inference/grpc/open-inference.proto'
/** Files that a finished build has. */
const FILES = ['main.js', ...Object.keys(KERNELS), 'dashboard/index.html', basename(PROTO)]

/** @param {import('./paths.mjs').Paths} paths */
export async function buildDone(paths) {
  try {
    const stamp = JSON.parse(await readFile(join(paths.dist, STAMP), 'utf8'))
    return (
      stamp.sources === (await fingerprint(paths.root)) &&
      FILES.every((name) => existsSync(join(paths.dist, name)))
    )
  } catch {
    return false
  }
}

/** @param {import('./paths.mjs').Paths} paths */
export async function build(paths, { quiet }) {
  const log = join(paths.work, 'build.log')
  const progress = startProgress('Compiling TypeScript', { quiet })
  let note = 'failed'
  try {
    await inTemporary(paths.work, async (folder) => {
      const sources = await fingerprint(paths.root)
      const fresh = join(folder, 'dist')
      const compiled = join(folder, 'compiled')
      const step = async (program, args) => {
        const result = await run(program, args, { cwd: paths.root, log })
        if (!result.ok) throw failure(result, paths.root, log)
      }
      const tool = (name) => join(paths.modules, '.bin', name)
      const info = join(folder, 'info')
      await step(tool('tsc'), ['-p', 'tsconfig.json', '--outDir', compiled, '--tsBuildInfoFile', info])
      await step(process.execPath, [BUNDLE, compiled, fresh])
      for (const [name, [source, options]] of Object.entries(KERNELS))
        await step(tool('asc'), [source, '--config', options, '--outFile', join(fresh, name)])
      await step(tool('tsc'), ['-p', 'src/dashboard/tsconfig.json'])
      await step(process.execPath, [DASHBOARD, join(fresh, 'dashboard')])
      await copyFile(join(paths.root, PROTO), join(fresh, basename(PROTO)))
      await writeFile(join(fresh, STAMP), `${JSON.stringify({ sources })}\n`)
      await swap(fresh, paths.dist, join(folder, 'old'))
    })
    note = 'done'
  } finally {
    progress.end(note)
  }
}

/** Returns a hash of all files that decide what is built. */
async function fingerprint(root) {
  const folders = ['src', 'kernels', 'examples'].map((name) =>
    readdir(join(root, name), { recursive: true, withFileTypes: true }),
  )
  const entries = (await Promise.all(folders)).flat()
  const sources = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const others = [BUNDLE, DASHBOARD, join(root, 'tsconfig.json'), join(root, 'package-lock.json')]
  const files = [...sources.sort(), ...others]
  const contents = await Promise.all(files.map((file) => readFile(file)))
  const hash = createHash('sha256')
  files.forEach((file, i) => {
    hash.update(`${relative(root, file)}\0${contents[i].length}\0`).update(contents[i])
  })
  return hash.digest('hex')
}

function failure({ output, missing }, root, log) {
  if (missing || output.includes('ERR_MODULE_NOT_FOUND')) {
    return new SetupError(
      'a compiler is missing from node_modules.',
      'Remove node_modules and run this again.',
    )
  }
  if (/ENOSPC|no space left/i.test(output)) return noSpace(root)
  const errors = output.split('\n').filter((line) => /error TS|^ERROR |\[ERROR\]/.test(line))
  return new SetupError(`the sources do not compile (${errors.length} errors).`, errors.slice(0, 10), log)
}
