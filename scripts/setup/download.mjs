import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { noSpace, SetupError } from './errors.mjs'
import { startProgress } from './progress.mjs'
import { run } from './run.mjs'
import { inTemporary } from './temporary.mjs'
import { missingTools } from './tools.mjs'
import { TENSORFLOW } from './wheels.mjs'

/**
 * Returns the wheel's file in the cache; pip fetches it if it is missing or incomplete. pip knows the user's
 * proxy, certificates and mirror, and checks the hash.
 * @param {import('./wheels.mjs').Wheel} wheel
 * @param {import('./paths.mjs').Paths} paths
 */
export async function fetchWheel(wheel, paths, { quiet }) {
  const target = join(paths.cache, 'wheels', wheel.file)
  if ((await hashOf(target)) === wheel.sha256) return target
  const log = join(paths.work, 'pip.log')
  const progress = startProgress(`Downloading TensorFlow ${TENSORFLOW}`, { quiet })
  let note = 'failed'
  try {
    await inTemporary(paths.cache, async (folder) => {
      const temp = join(folder, 'pip')
      await mkdir(temp)
      const requirements = join(folder, 'requirements.txt')
      await writeFile(requirements, `${wheel.package}==${TENSORFLOW} --hash=sha256:${wheel.sha256}\n`)
      const watch = setInterval(async () => progress.update(await largestFile(folder), wheel.size), 300)
      const result = await run('python3', pipArguments(wheel, requirements, folder), {
        env: { ...process.env, TMPDIR: temp },
        log,
      }).finally(() => clearInterval(watch))
      if (!result.ok) throw failure(result, paths.cache, log)
      await mkdir(join(paths.cache, 'wheels'), { recursive: true })
      await rename(join(folder, wheel.file), target)
    })
    note = 'done'
  } finally {
    progress.end(note)
  }
  return target
}

function pipArguments(wheel, requirements, folder) {
  return [
    '-m',
    'pip',
    '--disable-pip-version-check',
    '--no-input',
    '--no-cache-dir',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '--progress-bar=off',
    '--retries=2',
    '--platform',
    wheel.platform,
    '--python-version',
    '3.11',
    '--implementation',
    'cp',
    '--dest',
    folder,
    '--requirement',
    requirements,
  ]
}

function failure({ output, missing }, cache, log) {
  if (missing) return missingTools(['python3'])
  if (/No module named '?pip/.test(output)) return missingTools(['pip'])
  if (/No space left on device|ENOSPC|Disk quota exceeded/.test(output)) return noSpace(cache)
  if (/DO NOT MATCH THE HASHES/.test(output)) {
    return new SetupError(
      'the downloaded TensorFlow wheel is not the official one (its SHA-256 differs).',
      [
        'Nothing of it was kept. Run this again; if it stays so, the index or proxy that pip uses',
        '(`python3 -m pip config list`) hands out altered files.',
      ],
      log,
    )
  }
  if (
    /NewConnectionError|NameResolutionError|name resolution|Failed to resolve|Connection (refused|reset)|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Network is unreachable|ConnectionError/.test(
      output,
    )
  ) {
    return new SetupError(
      'the Python package index cannot be reached, so TensorFlow cannot be downloaded.',
      [
        'Check the network connection (behind a proxy: HTTPS_PROXY), then run this again.',
        'Without a network: put the library on the machine yourself and set TENSORFLOW_DIR.',
      ],
      log,
    )
  }
  if (/No matching distribution|Could not find a version|is not a supported wheel/.test(output)) {
    return new SetupError(
      `pip finds no TensorFlow ${TENSORFLOW} for this machine.`,
      [
        "It may be too old to know today's wheels: `python3 -m pip install --upgrade pip` (20.3 or newer);",
        'or your index (`python3 -m pip config list`) does not have it.',
      ],
      log,
    )
  }
  const gist = /^ERROR: (.+)$/m.exec(output)?.[1] ?? 'pip ended without a message.'
  return new SetupError(`pip could not download TensorFlow: ${gist}`, 'The full output says more.', log)
}

/** @returns {Promise<string | undefined>} undefined: no such file */
async function hashOf(file) {
  try {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk)
    return hash.digest('hex')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Shows progress by the growing file, because pip prints nothing while it downloads. */
async function largestFile(folder) {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (s) => s.size,
        () => 0,
      ),
    ),
  )
  return Math.max(0, ...sizes)
}
