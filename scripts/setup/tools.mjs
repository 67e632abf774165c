import { existsSync } from 'node:fs'
import { SetupError } from './errors.mjs'
import { run, works } from './run.mjs'

/** The name of each program that may be missing, and its package by package manager. */
const PACKAGES = {
  python3: {
    name: 'Python 3',
    apt: 'python3 python3-pip',
    dnf: 'python3 python3-pip',
    mac: 'brew install python',
  },
  pip: {
    name: "Python's pip",
    apt: 'python3-pip',
    dnf: 'python3-pip',
    mac: 'python3 -m ensurepip --upgrade',
  },
  compiler: { name: 'a C++ compiler (g++)', apt: 'g++', dnf: 'gcc-c++', mac: 'xcode-select --install' },
}

/** @param {NodeJS.ProcessEnv} env @returns {Promise<string | undefined>} */
export async function findCompiler(env = process.env) {
  for (const command of [env.CXX, 'g++', 'c++', 'clang++']) {
    if (command && (await works(command))) return command
  }
  return undefined
}

/**
 * Looks for every tool that a step will need before anything is downloaded, and reports all missing ones at once.
 * @param {{ pip: boolean, compiler: boolean }} needs
 */
export async function checkTools(needs) {
  const missing = []
  if (needs.pip) {
    const pip = await run('python3', ['-m', 'pip', '--version'])
    if (pip.missing) missing.push('python3')
    else if (!pip.ok) missing.push('pip')
  }
  if (needs.compiler && !(await findCompiler())) missing.push('compiler')
  if (missing.length > 0) throw missingTools(missing)
}

/** @param {(keyof typeof PACKAGES)[]} missing */
export function missingTools(missing) {
  const names = missing.map((tool) => PACKAGES[tool].name)
  return new SetupError(`${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} not installed.`, [
    'Install what is missing and run this again:',
    ...commands(missing).map((line) => `  ${line}`),
  ])
}

function commands(missing) {
  if (process.platform === 'darwin') return missing.map((tool) => PACKAGES[tool].mac)
  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  const manager = existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dnf') ? 'apt' : 'dnf'
  const packages = missing.map((tool) => PACKAGES[tool][manager]).join(' ')
  return [manager === 'apt' ? `${sudo}apt-get install ${packages}` : `${sudo}dnf install ${packages}`]
}
