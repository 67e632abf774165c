import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { unless } from './folder-errors.ts'

const BEAT_MS = 60_000
/** An owner on another machine or in another container is taken for dead after so long without a beat. */
const SILENT_MS = 15 * 60_000
/** Where an owner says that it lives. */
const ALIVE = 'alive'

/** Temporary files of one process, swept by others once it is gone. */
export interface Workspace {
  /** A path for a new file; its folder exists. */
  file(): Promise<string>
  folder(): Promise<string>
  /** Milliseconds since 1970 by the file system's clock. */
  now(): Promise<number>
  /** Clears away what dead processes have left, or only names it. */
  sweep(options: { dryRun: boolean }): Promise<string[]>
  close(): Promise<void>
}

/**
 * Opens a folder of this process's own below `root`, which is there, and clears away those of dead processes. A process of
 * this machine and process namespace is judged by its pid and start; any other, which could be a container on
 * the same folder or a machine on the same network drive, by the age of its last beat. Both times are the file
 * system's, so clocks that differ do no harm.
 */
export async function openWorkspace(root: string): Promise<Workspace> {
  const self = await identify(process.pid)
  const own = join(root, `${self.place}+${process.pid}+${self.start}+${randomUUID().slice(0, 8)}`)
  /** Only this: where `root` is gone, its disk may be, and a folder made in its place would hide that. */
  const make = () => unless(['EEXIST'], () => mkdir(own))
  const beat = async () => {
    await make()
    await writeFile(join(own, ALIVE), '')
  }
  await beat()
  const sweepNow = ({ dryRun }: { dryRun: boolean }) => sweep({ root, own, place: self.place, dryRun })
  await sweepNow({ dryRun: false })
  let beats = 0
  const timer = setInterval(() => {
    beats += 1
    const late = beats % (SILENT_MS / BEAT_MS) === 0
    // A disk that is full or away now is reported by the next call that a caller makes.
    beat()
      .then(() => (late ? sweepNow({ dryRun: false }) : undefined))
      .catch(() => {})
  }, BEAT_MS)
  timer.unref()

  return {
    async file() {
      await make()
      return join(own, randomUUID())
    },
    async folder() {
      await make()
      return mkdtemp(join(own, 'work-'))
    },
    async now() {
      await beat()
      return (await stat(join(own, ALIVE))).mtimeMs
    },
    sweep: sweepNow,
    async close() {
      clearInterval(timer)
      await rm(own, { recursive: true, force: true })
    },
  }
}

async function sweep(where: {
  root: string
  own: string
  place: string
  dryRun: boolean
}): Promise<string[]> {
  const { root, own, place, dryRun } = where
  const now = (await stat(join(own, ALIVE))).mtimeMs
  const dead: string[] = []
  for (const name of await readdir(root)) {
    const path = join(root, name)
    if (path === own || !(await isDead(path, name, place, now))) continue
    dead.push(name)
    if (!dryRun) await rm(path, { recursive: true, force: true })
  }
  return dead
}

async function isDead(path: string, name: string, place: string, now: number): Promise<boolean> {
  const [itsPlace, pid, start] = name.split('+')
  if (itsPlace === place && pid !== undefined) {
    const running = await identify(Number(pid)).catch(() => undefined)
    return running === undefined || running.start !== start
  }
  const beat =
    (await unless(['ENOENT'], () => stat(join(path, ALIVE)))) ?? (await unless(['ENOENT'], () => stat(path)))
  return beat !== undefined && now - beat.mtimeMs > SILENT_MS
}

/** Where a pid means something (this boot of this machine, this process namespace), and when it began there. */
async function identify(pid: number): Promise<{ place: string; start: string }> {
  if (process.platform !== 'linux') {
    process.kill(pid, 0)
    return { place: hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-'), start: '0' }
  }
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  const namespace = /\d+/.exec(await readlink('/proc/self/ns/pid'))?.[0] ?? '0'
  const line = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name of the program, in brackets, may hold anything; after it come state, parent, …, start as 20th.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z') throw new Error('The process has ended')
  return { place: `${boot}-${namespace}`, start: fields[19] ?? '0' }
}
