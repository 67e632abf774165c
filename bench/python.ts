import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PEERS = fileURLToPath(new URL('peers/', import.meta.url))
/** Virtual environments, and what peers keep between runs; below the user's cache, as what set-up fetches. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'fitserve', 'bench')
const READY = 'ready'

/** MLServer needs older libraries than the other peers, so it has an environment of its own. */
export const ENVIRONMENT_NAMES = ['python', 'mlserver', 'accuracy'] as const
export type Environment = (typeof ENVIRONMENT_NAMES)[number]
/** The files of their requirements. */
const ENVIRONMENTS: Record<Environment, string> = {
  python: 'requirements.txt',
  mlserver: 'requirements-mlserver.txt',
  accuracy: 'requirements-accuracy.txt',
}

/** The path of a peer's file. */
export const peer = (file: string): string => join(PEERS, file)

/** A program of an environment. */
export const program = (environment: Environment, name = 'python'): string =>
  join(folderOf(environment), 'bin', name)

/** Says what a peer needs and is missing. */
export function missingEnvironment(environment: Environment): string | undefined {
  return existsSync(join(folderOf(environment), READY)) ? undefined : '`npm run bench -- peers`'
}

/** Where a peer keeps what it trained; a new folder for other requirements. */
export async function keptBy(environment: Environment): Promise<string> {
  const folder = join(folderOf(environment), 'kept')
  await mkdir(folder, { recursive: true })
  return folder
}

/** Returns the environments that are among some names; all of them if none is. */
export function environmentsAmong(names: readonly string[]): readonly Environment[] {
  const named = ENVIRONMENT_NAMES.filter((name) => names.includes(name))
  return named.length > 0 ? named : ENVIRONMENT_NAMES
}

/** Creates the environments that are missing. All take some minutes and 2.5 GB of disk space, downloads included. */
export async function installPeers(
  say: (text: string) => void,
  environments: readonly Environment[],
): Promise<void> {
  for (const environment of environments) {
    const folder = folderOf(environment)
    if (missingEnvironment(environment) === undefined) {
      say(`${environment}: is there, ${folder}`)
      continue
    }
    say(`${environment}: installing into ${folder} …`)
    await rm(folder, { recursive: true, force: true })
    await mkdir(dirname(folder), { recursive: true })
    await run('python3', ['-m', 'venv', folder])
    const requirements = peer(ENVIRONMENTS[environment])
    await run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--no-deps', '-r', requirements])
    await run(join(folder, 'bin', 'pip'), ['check'])
    await writeFile(join(folder, `${READY}.part`), new Date().toISOString())
    await rename(join(folder, `${READY}.part`), join(folder, READY))
    say(`${environment}: done`)
  }
}

/** The exact version of a package in an environment's requirements. */
export function versionIn(environment: Environment, name: string): string {
  const pinned = readFileSync(peer(ENVIRONMENTS[environment]), 'utf8')
  const [, version] = new RegExp(`^${name}==(\\S+)`, 'im').exec(pinned) ?? []
  if (!version) throw new Error(`${name} is not in ${ENVIRONMENTS[environment]}`)
  return version
}

function folderOf(environment: Environment): string {
  const hash = createHash('sha256')
    .update(readFileSync(peer(ENVIRONMENTS[environment])))
    .digest('hex')
  return join(CACHE, `${environment}-${hash.slice(0, 12)}`)
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', (cause) => reject(new Error(`${command} cannot be run`, { cause })))
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${code}`)),
    )
  })
}
