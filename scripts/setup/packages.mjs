import { existsSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkSpace } from './disk.mjs'
import { noSpace, SetupError } from './errors.mjs'
import { sha256 } from './paths.mjs'
import { startProgress } from './progress.mjs'
import { run } from './run.mjs'
import { inTemporary, swap } from './temporary.mjs'

const STAMP = '.fitserve-packages.json'
const SPACE = 700e6
/** Limits on npm's retries, whose default waits add up to minutes for each package. */
export const BRIEF_RETRIES = [
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
]
export const NO_NETWORK =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|SOCKET_TIMEOUT|ENOTCACHED/

/** @param {import('./paths.mjs').Paths} paths */
export async function packagesDone(paths) {
  const lock = await readFile(join(paths.root, 'package-lock.json'))
  const stamp = await readJson(join(paths.modules, STAMP))
  if (stamp?.lock === sha256(lock)) return true
  const installed = await readJson(join(paths.modules, '.package-lock.json'))
  if (!installed || !agrees(JSON.parse(lock.toString()), installed)) return false
  // The packages were installed by hand, and they match the lock file.
  await writeStamp(paths.modules, lock).catch(() => {})
  return true
}

/**
 * Lets npm work in a temporary folder that then replaces the old one, so that a failure changes nothing. It does
 * not use `npm ci`, which refuses a lock file without the packages of other platforms; npm writes such a file where
 * the registry does not have them. Instead, the installed packages are compared with the lock file.
 * @param {import('./paths.mjs').Paths} paths
 */
export async function installPackages(paths, { quiet }) {
  await checkSpace(paths.root, SPACE, 'The npm packages')
  const log = join(paths.work, 'npm.log')
  const progress = startProgress('Installing npm packages', { quiet })
  let note = 'failed'
  try {
    await inTemporary(paths.work, async (folder) => {
      for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
        const file = join(paths.root, name)
        if (existsSync(file)) await copyFile(file, join(folder, name))
      }
      const [command, ...first] = npmCommand()
      const options = { cwd: folder, env: cleanEnv(), log }
      const source = (await isReachable(command, first, options)) ? '--prefer-offline' : '--offline'
      const args = ['install', '--ignore-scripts', '--include=dev', '--include=optional', source]
      const result = await run(
        command,
        [...first, ...args, ...BRIEF_RETRIES, '--no-audit', '--no-fund', '--loglevel=error'],
        options,
      )
      if (!result.ok) throw failure(result, paths.root, log)
      const fresh = join(folder, 'node_modules')
      const lock = await readFile(join(paths.root, 'package-lock.json'))
      if (!agrees(JSON.parse(lock.toString()), await readJson(join(fresh, '.package-lock.json')))) {
        throw new SetupError('package-lock.json does not belong to package.json.', [
          'Run `npm install` and commit the lock file that it writes.',
        ])
      }
      await writeStamp(fresh, lock)
      await swap(fresh, paths.modules, join(folder, 'old'))
    })
    note = 'done'
  } finally {
    progress.end(note)
  }
}

/** Returns whether npm should use its cache only: without a network it would try each package in vain. */
async function isReachable(command, first, options) {
  const { output } = await run(command, [...first, 'ping', ...BRIEF_RETRIES], options)
  return !NO_NETWORK.test(output)
}

async function writeStamp(modules, lock) {
  await writeFile(join(modules, STAMP), `${JSON.stringify({ lock: sha256(lock) })}\n`)
}

/** Compares npm's record of installed packages with the lock file's packages for this platform. */
function agrees(wanted, installed) {
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (path === '' || entry.link) return true
    const there = installed?.packages?.[path]
    if (!there) return entry.optional === true && (!entry.cpu || !fits(entry) || Boolean(entry.libc))
    return there.version === entry.version && there.integrity === entry.integrity
  })
}

function fits({ os = [process.platform], cpu = [process.arch] }) {
  return os.includes(process.platform) && cpu.includes(process.arch)
}

/** Returns the npm that started this process, else the one on the path. */
export function npmCommand() {
  const cli = process.env.npm_execpath
  return cli?.endsWith('npm-cli.js') && existsSync(cli) ? [process.execPath, cli] : ['npm']
}

/** Returns the environment for npm: without an outer npm's variables, and with development packages included. */
function cleanEnv() {
  const own = /^(npm_lifecycle_|npm_package_|npm_config_local_prefix$|INIT_CWD$|NODE_ENV$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

function failure({ output, missing }, root, log) {
  if (missing) return new SetupError('npm is not installed.', 'It comes with Node: https://nodejs.org/', log)
  if (/ENOSPC|EDQUOT/.test(output)) return noSpace(root)
  if (NO_NETWORK.test(output)) {
    return new SetupError(
      'the npm registry cannot be reached.',
      ['Check the network connection, and `npm config get proxy` behind a proxy; then run this again.'],
      log,
    )
  }
  if (/EINTEGRITY/.test(output)) {
    return new SetupError(
      'an npm package is not the one that package-lock.json names (its hash differs).',
      [
        'Empty the npm cache (`npm cache clean --force`) and run this again;',
        'if it stays so, your registry or proxy hands out altered packages.',
      ],
      log,
    )
  }
  const gist = /npm error (?!code|errno|syscall)(.+)/.exec(output)?.[1] ?? 'npm ended without a message.'
  return new SetupError(`npm could not install the packages: ${gist}`, 'The full output says more.', log)
}

/** @returns {Promise<any>} undefined where there is no such file, or half of one */
async function readJson(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return undefined
  }
}
