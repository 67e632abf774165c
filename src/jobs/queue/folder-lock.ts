import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { FitserveError } from '../../errors.ts'

const NAME = 'owner.lock'
/** File descriptor of the lock file in the program that locks it. */
const FD = 3
/**
 * Programs that call flock(2) on the descriptor and end with 1 if it is refused: the first for Linux, the second for
 * macOS.
 */
const LOCKERS: readonly (readonly [command: string, ...args: string[]])[] = [
  ['flock', '-x', '-n', `${FD}`],
  ['perl', '-e', `use Fcntl ':flock'; open(F, '+<&=', ${FD}) or exit 2; exit !flock(F, LOCK_EX | LOCK_NB)`],
]

/**
 * Makes this process the only user of a folder until it releases the lock or ends, however it ends. Node has no file
 * locks, but flock(2) locks an open file description, which processes share: a program that inherits the open file
 * takes the lock and ends, and this process holds it until the system closes its files.
 * @returns a function that releases the lock
 * @throws FitserveError `queue-unavailable` if another process has the folder, or no program can lock it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = await open(join(folder, NAME), 'a+')
  try {
    if (!(await lock(file))) throw inUse(await ownerOf(file))
    // The process id is for people only, and a full disk may not take it.
    await writeOwner(file).catch(() => {})
    return () => file.close()
  } catch (error) {
    await file.close()
    throw error
  }
}

async function writeOwner(file: FileHandle): Promise<void> {
  await file.truncate()
  await file.write(`${process.pid}\n`)
}

/** Takes the lock. Returns false if another process has it. */
async function lock(file: FileHandle): Promise<boolean> {
  for (const [command, ...args] of LOCKERS) {
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'ignore', file.fd],
      env: { PATH: process.env['PATH'] },
    })
    const code = await once(child, 'exit').then(
      ([exit]: (number | null)[]) => exit,
      (error: NodeJS.ErrnoException) => error,
    )
    if (code === 0) return true
    if (code === 1) return false
    // Too many open files are a transient failure, which says nothing about the folder.
    if (code instanceof Error && ['EMFILE', 'ENFILE'].includes(code.code ?? '')) throw code
    if (!(code instanceof Error && code.code === 'ENOENT'))
      throw new Error(`${command} could not lock the folder: ${code}`)
  }
  throw new FitserveError(
    'queue-unavailable',
    'The embedded queue needs the command flock (package util-linux) to lock its folder. Install it, or set REDIS_URL or DATABASE_URL.',
  )
}

/**
 * Returns the process id that the owner left in the file, for people; 0 if none. In another container it has no
 * meaning.
 */
async function ownerOf(file: FileHandle): Promise<number> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0)
  return Number(buffer.toString('latin1', 0, bytesRead).trim()) || 0
}

function inUse(pid: number): FitserveError {
  const who = pid > 0 ? `by the process ${pid}` : 'by another process'
  return new FitserveError(
    'queue-unavailable',
    `The embedded queue in DATA_DIR is in use ${who}. ` +
      'Stop it, or set another DATA_DIR, or share a queue by REDIS_URL or DATABASE_URL.',
  )
}
