import { mkdir, readdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { noSpace, SetupError } from './errors.mjs'
import { startProgress } from './progress.mjs'
import { run } from './run.mjs'
import { inTemporary } from './temporary.mjs'
import { findCompiler, missingTools } from './tools.mjs'

export const NAPI = 8

/**
 * Compiles tfjs-node's binding against the library: two files, one call of the compiler.
 * @param {import('./library.mjs').Library} library
 * @param {string} target
 * @param {import('./paths.mjs').Paths} paths
 */
export async function compileBinding(library, target, paths, { quiet }) {
  const compiler = await findCompiler()
  if (!compiler) throw missingTools(['compiler'])
  const log = join(paths.work, 'compile.log')
  const progress = startProgress('Compiling the TensorFlow binding', { quiet })
  let note = 'failed'
  try {
    await inTemporary(paths.cache, async (folder) => {
      const output = join(folder, 'tfjs_binding.node')
      const result = await run(compiler, await compilerArguments(library, output, paths), { log })
      if (!result.ok) throw failure(result, paths.cache, log)
      await mkdir(dirname(target), { recursive: true })
      await rename(output, target)
    })
    note = 'done'
  } finally {
    progress.end(note)
  }
}

async function compilerArguments(library, output, paths) {
  const sources = (await readdir(join(paths.tfjs, 'binding'))).filter((name) => name.endsWith('.cc'))
  const mac = process.platform === 'darwin'
  return [
    '-O2',
    '-std=c++17',
    '-shared',
    '-fPIC',
    `-DNAPI_VERSION=${NAPI}`,
    ...[paths.tfjs, library.include, join(paths.modules, 'node-api-headers', 'include')].map(
      (dir) => `-I${dir}`,
    ),
    ...sources.map((name) => join(paths.tfjs, 'binding', name)),
    '-o',
    output,
    ...library.files,
    `-Wl,-rpath,${mac ? '@loader_path' : '$ORIGIN'}/../../deps/lib`,
    ...(mac ? ['-undefined', 'dynamic_lookup'] : []),
  ]
}

function failure({ output }, cache, log) {
  if (/No space left on device/.test(output)) return noSpace(cache)
  const gist = /(?:fatal )?error: (.+)/.exec(output)?.[1] ?? 'the compiler ended without a message.'
  return new SetupError(
    `the TensorFlow binding does not compile: ${gist}`,
    ['It needs a compiler with C++17 and its standard library: g++ 9 or newer.'],
    log,
  )
}
